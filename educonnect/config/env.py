"""Typed readers of the environment: a missing or ill-formed value stops the start by name.

They are read before translations can be: their sentences are French as they stand.
"""

import os
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

PREFIX = "EDUCONNECT_"


def text(name: str, default: str | None = None) -> str:
    """The value of `EDUCONNECT_<name>`, or of the file `EDUCONNECT_<name>_FILE` names."""
    value = os.environ.get(PREFIX + name)
    if value is None and (path := os.environ.get(f"{PREFIX}{name}_FILE")):
        try:
            value = Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{PREFIX}{name}_FILE : {path} ne se lit pas ({error.strerror})") from error
    if value is None:
        if default is None:
            raise ImproperlyConfigured(f"{PREFIX}{name} manque : voir docs/settings.md")
        return default
    return value


def require(*names: str) -> None:
    """Name at once all the settings that are missing, so that one start tells everything."""
    missing = [PREFIX + name for name in names if not {PREFIX + name, f"{PREFIX}{name}_FILE"} & os.environ.keys()]
    if missing:
        raise ImproperlyConfigured(f"{', '.join(missing)} : à régler, voir docs/settings.md")


def flag(name: str, default: bool = False) -> bool:
    """0/1, false/true, no/yes."""
    value = text(name, "1" if default else "0").strip().lower()
    if value not in {"0", "1", "false", "true", "no", "yes", ""}:
        raise ImproperlyConfigured(f"{PREFIX}{name} : 0 ou 1, et non {value!r}")
    return value in {"1", "true", "yes"}


def number(name: str, default: int, *, least: int = 0) -> int:
    """A whole number."""
    value = text(name, str(default))
    try:
        result = int(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{PREFIX}{name} : un nombre entier, et non {value!r}") from error
    if result < least:
        raise ImproperlyConfigured(f"{PREFIX}{name} : au moins {least}, et non {result}")
    return result


def choice(name: str, default: str, *, among: tuple[str, ...]) -> str:
    """One of the words `among`, in whatever case."""
    value = text(name, default).strip().upper()
    if value not in among:
        raise ImproperlyConfigured(f"{PREFIX}{name} : {', '.join(among)}, et non {value!r}")
    return value


def port(name: str, default: int) -> int:
    """A TCP port, read without our prefix as every program's `PORT` is."""
    value = os.environ.get(name, str(default))
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise ImproperlyConfigured(f"{name} : un port de 1 à 65535, et non {value!r}")
    return int(value)


def seconds(name: str, default: int) -> int:
    """A duration, in seconds."""
    return number(name, default, least=1)


def url(name: str, default: str | None = None) -> str:
    """An http or https address, without a final slash."""
    value = text(name, default).rstrip("/")
    parts = urlsplit(value)
    if value and (parts.scheme not in {"http", "https"} or not parts.hostname):
        raise ImproperlyConfigured(f"{PREFIX}{name} : une adresse http(s), et non {value!r}")
    return value


def secret(name: str, default: str | None = None, *, least: int = 32) -> str:
    """A secret of at least `least` characters; its value is never repeated in a message."""
    value = text(name, default)
    if len(value) < least:
        raise ImproperlyConfigured(f"{PREFIX}{name} : au moins {least} caractères, et non {len(value)}")
    return value


def former(name: str, *, least: int = 32) -> list[str]:
    """Secrets that served before, one a line, the latest first; usually none."""
    found = [line.strip() for line in text(name, "").splitlines() if line.strip()]
    if any(len(value) < least for value in found):
        raise ImproperlyConfigured(f"{PREFIX}{name} : un ancien secret a moins de {least} caractères")
    return found


def versions(name: str, *, former: list[str]) -> dict[int, str]:
    """Version -> secret, of one that may be changed: the one in force, which has the highest version, and former ones.

    A secret may wear its version before it, `2:…`; bare, it is the first.
    """
    found: dict[int, str] = {}
    for value in (secret(name), *former):
        worn = _VERSION.fullmatch(value)
        version, bare = (int(worn["version"]), worn["secret"]) if worn else (1, value)
        if version in found:
            raise ImproperlyConfigured(f"{PREFIX}{name} : deux secrets de version {version}, voir docs/keys.md")
        found[version] = bare
    if max(found) != next(iter(found)):
        raise ImproperlyConfigured(f"{PREFIX}{name} : le secret en vigueur doit porter la plus haute version")
    return found


_VERSION = re.compile(r"(?P<version>[1-9]\d{0,3}):(?P<secret>.{32,})", re.DOTALL)


def database(value: str) -> dict[str, object]:
    """`postgresql://user:password@host:port/name` -> Django's DATABASES entry."""
    parts = urlsplit(value)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(f"DATABASE_URL : postgresql://…, et non {parts.scheme!r}")
    host = parts.hostname or ""
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    return {
        "ENGINE": "educonnect.config.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(query.get("host", host)),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 10},
    }
