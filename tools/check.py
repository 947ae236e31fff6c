"""`make check`: all that must hold, each step timed, every failure shown before the end says no.

A step that fails does not hide the next. System tools the tests need are installed where we may (root with apt-get);
elsewhere the check says which package to install and how, and fails unless `SKIP=name,name` leaves them out.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FONTS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
DATA = ROOT / "var" / "check"


def any_font() -> bool:
    """Whether a page can show letters at all."""
    return any(found for folder in FONTS if folder.is_dir() for found in folder.rglob("*.[ot]tf"))


def any_of(*programs: str) -> str | None:
    """The path of the first of these programs this machine has."""
    return next((path for program in programs if (path := shutil.which(program))), None)


@dataclass(frozen=True, slots=True)
class Tool:
    """A program of the system that tests need: its name in SKIP, its Debian packages, whether it is there."""

    name: str
    packages: str
    why: str
    present: Callable[[], bool]


TOOLS = (
    Tool("chromium", "chromium", "les parcours dans un vrai navigateur", lambda: any_of(*CHROMIUMS) is not None),
    Tool("fonts", "fonts-dejavu-core", "des lettres dans les pages que le navigateur montre", any_font),
    Tool("xmlsec1", "xmlsec1", "un second avis sur nos signatures XML", lambda: any_of("xmlsec1") is not None),
    Tool(
        "apache",
        "apache2 libapache2-mod-shib libapache2-mod-auth-mellon",
        "les clients des autres : Shibboleth et mod_auth_mellon",
        lambda: (
            all(any_of(name, f"/usr/sbin/{name}") for name in ("apache2", "shibd"))
            and Path("/usr/lib/apache2/modules/mod_auth_mellon.so").exists()
        ),
    ),
    Tool(
        "nginx",
        "nginx-light",
        "plusieurs nœuds derrière un mandataire",
        lambda: any_of("nginx", "/usr/sbin/nginx") is not None,
    ),
    Tool(
        "npm",
        "nodejs npm",
        "un vrai fournisseur OpenID Connect, que les tests vont chercher eux-mêmes",
        lambda: all(any_of(program) for program in ("node", "npm")),
    ),
    Tool("systemd", "systemd", "les unités publiées", lambda: any_of("systemd-analyze") is not None),
    Tool(
        "gettext",
        "gettext",
        "les traductions",
        lambda: all(any_of(program) for program in ("xgettext", "msgmerge", "msgfmt")),
    ),
)


def skipped() -> frozenset[str]:
    """The tools `SKIP` leaves out.

    Raises:
        SystemExit: it names something that is no tool of ours.
    """
    names = frozenset(filter(None, os.environ.get("SKIP", "").replace(" ", ",").split(",")))
    if unknown := names - {tool.name for tool in TOOLS}:
        known = ", ".join(tool.name for tool in TOOLS)
        raise SystemExit(f"SKIP : {', '.join(sorted(unknown))} ? Les noms possibles : {known}")
    return names


def provide(left_out: Iterable[str]) -> bool:
    """See that the tools are there, installing them where we may; False if one is missing and not left out."""
    wanted = [tool for tool in TOOLS if tool.name not in set(left_out)]
    missing = [tool for tool in wanted if not tool.present()]
    if missing and os.getuid() == 0 and any_of("apt-get"):
        packages = [package for tool in missing for package in tool.packages.split()]
        print(f"Installation par apt-get : {' '.join(packages)}", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        install = ["apt-get", "install", "-qq", "-y", "--no-install-recommends", *packages]
        for words in (["apt-get", "update", "-qq"], install):
            subprocess.run(words, env=environment, check=False, stdout=subprocess.DEVNULL)
        missing = [tool for tool in wanted if not tool.present()]
    for tool in missing:
        print(f"Il manque « {tool.name} », pour {tool.why} : apt-get install {tool.packages}, ou SKIP={tool.name}")
    for name in sorted(left_out):
        print(f"SKIP : ce qui demande « {name} » n’est pas vérifié.")
    return not missing


def steps(left_out: frozenset[str]) -> list[tuple[str, list[str]]]:
    """Each step: its name and its command, run with the environment's own Python."""
    python = sys.executable
    found = [
        ("mise en forme", [python, "-m", "ruff", "format", "--check", "--quiet", "."]),
        ("style", [python, "-m", "ruff", "check", "--quiet", "."]),
        ("types", [python, "-m", "mypy"]),
        ("couches", [str(Path(python).with_name("lint-imports"))]),
        ("migrations", [python, "-m", "educonnect", "makemigrations", "--check", "--dry-run"]),
        ("traductions", [python, "-m", "tools.messages", "--check"]),
        ("tests", [python, "-m", "pytest", "-n", "2", "--dist", "loadgroup", "--durations", "10"]),
    ]
    return [(name, words) for name, words in found if not (name == "traductions" and "gettext" in left_out)]


def environment() -> dict[str, str]:
    """Ours, without what would make the check depend on this machine's own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("EDUCONNECT_", "PYTEST_"))}
    kept.pop("PORT", None)
    kept["EDUCONNECT_DATA_DIR"] = str(DATA)
    kept["PYTHONPATH"] = str(ROOT)
    if browser := any_of(*CHROMIUMS):
        kept["CHROMIUM"] = browser
    return kept


def holds(name: str, words: Sequence[str], variables: dict[str, str]) -> tuple[bool, float]:
    """Run one step, silent if it holds; whether it does, and its seconds."""
    print(f"— {name}…", flush=True)
    began = time.monotonic()
    quiet = name not in {"tests"}
    done = subprocess.run(
        words,
        cwd=ROOT,
        env=variables,
        check=False,
        text=True,
        stdout=subprocess.PIPE if quiet else None,
        stderr=subprocess.STDOUT if quiet else None,
    )
    if done.returncode and quiet:
        print(done.stdout, flush=True)
    return done.returncode == 0, time.monotonic() - began


def main() -> int:
    """Run everything; 0 if all holds."""
    began = time.monotonic()
    left_out = skipped()
    if not provide(left_out):
        return 1
    report = [("outils", True, time.monotonic() - began)]
    variables = environment()
    for name, words in steps(left_out):
        report.append((name, *holds(name, words, variables)))
    print()
    for name, good, seconds in report:
        print(f"{name:<15} {seconds:6.1f} s  {'tient' if good else 'NE TIENT PAS'}")
    broken = [name for name, good, _ in report if not good]
    print(f"{'tout':<15} {time.monotonic() - began:6.1f} s  {'NE TIENT PAS' if broken else 'tient'}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
