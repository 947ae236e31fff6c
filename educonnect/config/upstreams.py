"""Who signs staff in elsewhere, read from the settings: what is ill-formed stops the start by name."""

import re
import tomllib
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from educonnect.delegation.rules import Right
from educonnect.schools.reference import ACADEMIES
from educonnect.upstream import rules
from educonnect.upstream.loopback import on_loopback
from educonnect.upstream.rules import Upstream

_LEAST_SECRET = 32
_RIGHTS = {Right.ADMINISTRATION.value, Right.DEPANNAGE.value}
_HUB = {"label", "issuer", "client_id", "client_secret", "alg", "acr", "scope", "userinfo", "rights", "stand_in"}
_APPLICATION = re.compile(r"[a-z0-9_.-]{1,60}")


def proconnect(
    *, issuer: str, client_id: str, client_secret: str, alg: str, acr: str, stand_in: bool | None
) -> list[Upstream]:
    """ProConnect, where its issuer is set; nothing otherwise."""
    if not issuer:
        return []
    where = "EDUCONNECT_PROCONNECT_{}"
    _require(client_id, where.format("CLIENT_ID"))
    _require_secret(client_secret, where.format("CLIENT_SECRET"))
    simulated = on_loopback(issuer) if stand_in is None else stand_in
    return [
        Upstream(
            name=rules.PROCONNECT,
            label="ProConnect",
            issuer=issuer,
            client_id=client_id,
            client_secret=client_secret,
            alg=alg,
            scope=rules.PROCONNECT_SCOPE,
            acr=tuple(acr.split()),
            asks_claims=True,
            stand_in=simulated,
        )
    ]


def hubs(text: str) -> list[Upstream]:
    """The académies' hubs, from a table of TOML for each, named by the académie's code."""
    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ImproperlyConfigured(
            f"EDUCONNECT_HUBS : ce n’est pas du TOML ({error}), voir docs/settings.md"
        ) from error
    return [_hub(academie, told) for academie, told in read.items()]


def _hub(academie: str, told: Any) -> Upstream:
    where = f"EDUCONNECT_HUBS, [{academie}]"
    if academie not in ACADEMIES:
        raise ImproperlyConfigured(f"{where} : ce n’est pas le code d’une académie")
    if not isinstance(told, dict):
        raise ImproperlyConfigured(f"{where} : une table est attendue, voir docs/settings.md")
    if strangers := told.keys() - _HUB:
        raise ImproperlyConfigured(f"{where} : {', '.join(sorted(strangers))} ? Voir docs/settings.md")
    values = {name: _text(told, name, where) for name in _HUB - {"rights", "stand_in"}}
    _require(values["client_id"], f"{where}, client_id")
    _require_secret(values["client_secret"], f"{where}, client_secret")
    rights = told.get("rights", {})
    if not isinstance(rights, dict) or not all(
        _APPLICATION.fullmatch(name) and right in _RIGHTS for name, right in rights.items()
    ):
        allowed = " ou ".join(sorted(_RIGHTS))
        raise ImproperlyConfigured(f"{where}, rights : nom d’application en minuscules = {allowed}")
    if values["userinfo"] not in {"", "jwt", "json"}:
        raise ImproperlyConfigured(f"{where}, userinfo : jwt ou json")
    if values["alg"] not in {"", *rules.ALGORITHMS}:
        raise ImproperlyConfigured(f"{where}, alg : {', '.join(rules.ALGORITHMS)}")
    stand_in = told.get("stand_in", on_loopback(values["issuer"]))
    if not isinstance(stand_in, bool):
        raise ImproperlyConfigured(f"{where}, stand_in : true ou false")
    return Upstream(
        name=f"academie-{academie}",
        label=values["label"] or f"Guichet de l’académie : {ACADEMIES[academie].name}",
        issuer=_issuer(values["issuer"], where),
        client_id=values["client_id"],
        client_secret=values["client_secret"],
        alg=values["alg"] or "RS256",
        scope=values["scope"] or rules.HUB_SCOPE,
        acr=tuple(values["acr"].split()),
        signed_userinfo=values["userinfo"] != "json",
        academie=academie,
        rights=rights,
        stand_in=stand_in,
    )


def _text(told: dict[str, Any], name: str, where: str) -> str:
    value = told.get(name, "")
    if not isinstance(value, str):
        raise ImproperlyConfigured(f"{where}, {name} : un texte entre guillemets")
    return value


def _issuer(value: str, where: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ImproperlyConfigured(f"{where}, issuer : une adresse http(s), et non {value!r}")
    return value


def _require(value: str, name: str) -> None:
    if not value:
        raise ImproperlyConfigured(f"{name} manque : voir docs/settings.md")


def _require_secret(value: str, name: str) -> None:
    if len(value) < _LEAST_SECRET:
        raise ImproperlyConfigured(f"{name} : au moins {_LEAST_SECRET} caractères, et non {len(value)}")
