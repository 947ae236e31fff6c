"""What must hold of the whole: layers of the tables, a French sentence for each refusal, closed views."""

import ast
import importlib
import inspect
import pkgutil
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

import educonnect
from educonnect.errors import Refusal
from educonnect.privacy import export
from educonnect.web.refusals import SENTENCES
from educonnect.web.staff import door
from tests.delegation import gestures

ROOT = Path(__file__).resolve().parents[1]
LAYERS = [
    {"config", "demo"},
    {"web", "saml", "upstream", "imports"},
    {"privacy"},
    {"sessions"},
    {"federation", "helpdesk"},
    {"notification"},
    {"oversight"},
    {"delegation"},
    {"staff"},
    {"accounts"},
    {"population"},
    {"schools"},
    {"messaging", "letters", "limits", "journal", "jobs", "ui"},
]


def layer(label: str) -> int:
    return next(height for height, labels in enumerate(LAYERS) if label in labels)


def test_each_foreign_key_points_downward() -> None:
    upward = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for model in apps.get_models()
        if model.__module__.startswith("educonnect.")
        for field in model._meta.get_fields()
        if field.is_relation and field.concrete and field.related_model._meta.app_label != model._meta.app_label
        if layer(field.related_model._meta.app_label) <= layer(model._meta.app_label)
    ]

    assert upward == []


PEOPLE = {"population.Pupil", "population.Guardian", "accounts.Account"}
#: Columns that name a person without a foreign key.
NAMING = {"account_id", "accounts", "actor"}


def about_people() -> set[str]:
    """Each table of ours with a link to a person, be it by way of another."""
    ours = [model for model in apps.get_models() if model.__module__.startswith("educonnect.")]
    found = PEOPLE | {m._meta.label for m in ours if NAMING & {field.name for field in m._meta.get_fields()}}
    while True:
        more = {
            model._meta.label
            for model in ours
            for field in model._meta.get_fields()
            if field.concrete and field.is_relation and field.related_model._meta.label in found
        }
        if more <= found:
            return found
        found |= more


def test_T76_each_table_about_people_is_handed_over_to_them_or_says_why_not() -> None:
    told = {**export.EXPORTED, **export.NOT_EXPORTED}

    assert about_people() - told.keys() == set()
    assert told.keys() - about_people() == set()


def every_refusal(base: type[Refusal] = Refusal) -> set[type[Refusal]]:
    return {found for child in base.__subclasses__() for found in {child, *every_refusal(child)}}


def test_each_refusal_has_its_french_sentence_and_its_own_code() -> None:
    for module in pkgutil.walk_packages(educonnect.__path__, "educonnect."):
        if "migrations" not in module.name and not module.name.endswith("wsgi"):
            importlib.import_module(module.name)
    concrete = {refusal for refusal in every_refusal() if not refusal.__subclasses__()}

    assert {refusal.__name__ for refusal in concrete if refusal not in SENTENCES} == set()
    assert len({refusal.code for refusal in concrete}) == len(concrete)


# each view that answers somebody who is not signed in; all others are closed
OPEN_VIEWS = {
    "public:home",
    "public:sign-in",
    "public:cannot-sign-in",
    "public:cannot-sign-in-answers",
    "public:choose-password",
    "public:identity",
    "public:done",
    "public:not-concerned",
    "public:forgotten-password",
    "public:forgotten-password-sent",
    "public:forgotten-username",
    "public:forgotten-username-sent",
    "public:recover-password",
    "public:password-recovered",
    "public:new-password",
    "public:confirm-email",
    "public:email-confirmed",
    "public:continue-as",
    "public:reserved",
    "public:sign-out",
    "public:signed-out",
    "public:leaving",
    "public:accessibility",
    "public:legal",
    "public:personal-data",
    "public:help",
    "public:catalogue",
    "saml:metadata",
    "saml:redirect-sso",
    "saml:post-sso",
    "saml:resume",
    "saml:logout",
    "saml:unsolicited",
    "saml:redirect-slo",
    "saml:post-slo",
    "upstream:start",
    "upstream:prove-again",
    "upstream:come-back",
    "upstream:signed-out",
    "upstream:arena",
}


def every_view(resolver: URLResolver | None = None, *namespaces: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLPattern):
            yield ":".join((*namespaces, pattern.name or "")), pattern
        else:
            yield from every_view(pattern, *namespaces, *filter(None, [pattern.namespace]))


def test_each_view_is_closed_but_those_listed_here() -> None:
    opened = {name for name, pattern in every_view() if not getattr(pattern.callback, "login_required", True)}

    assert opened - OPEN_VIEWS - STAFF_OPEN_VIEWS == set()


# the views of the staff have a door of their own; those that stand before it
STAFF_OPEN_VIEWS = {
    "staff:sign-in",
    "staff:sign-out",
    "staff:signed-out",
    "staff:join",
    "staff:forgotten-password",
    "staff:forgotten-password-sent",
    "staff:recover-password",
    "staff:password-recovered",
}


def test_each_view_of_the_staff_is_behind_the_staff_s_door_but_those_listed_here() -> None:
    views = {name: pattern.callback for name, pattern in every_view() if name.startswith("staff:")}
    outside = {name for name, view in views.items() if f"{view.__module__}.{view.__name__}" not in door.DOORS}

    assert views
    assert outside - STAFF_OPEN_VIEWS == set()


@pytest.mark.django_db
def test_a_closed_view_sends_whoever_is_not_signed_in_to_the_sign_in_page(client: Client) -> None:
    opened = OPEN_VIEWS | STAFF_OPEN_VIEWS
    closed = [name for name, pattern in every_view() if name not in opened and "<" not in str(pattern.pattern)]
    assert closed

    for name in closed:
        door_of = "staff:sign-in" if name.startswith("staff:") else "public:sign-in"
        answer = client.get(reverse(name))
        assert (answer.status_code, answer.headers.get("Location")) == (303, reverse(door_of)), name


def test_each_view_has_a_name() -> None:
    assert [str(pattern.pattern) for name, pattern in every_view() if not name or name.endswith(":")] == []


def our_modules(*packages: str) -> Iterator[tuple[str, ast.Module]]:
    """The source of each module of these packages, but for migrations, read and not run."""
    for package in packages or ("",):
        for path in sorted((ROOT / "educonnect" / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))


def test_T65_no_module_but_the_gate_makes_a_mandate() -> None:
    """Called by its name, by another name, or copied with one thing changed: all of these would make one."""
    making = []
    for name, tree in our_modules():
        if name == "educonnect/delegation/mandate.py":
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "Mandate":
                making.append(f"{name}:{node.lineno}")
            if isinstance(node, ast.alias) and (node.name == "_GATE" or (node.name == "Mandate" and node.asname)):
                making.append(f"{name}:{node.lineno}")
            if isinstance(node, ast.Attribute) and node.attr in {"_GATE", "gate"}:
                making.append(f"{name}:{node.lineno}")
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("replace") and node.args:
                making += [f"{name}:{node.lineno}"] if "mandate" in ast.unparse(node.args[0]).lower() else []

    assert making == []


#: Whose rows a page of the staff shows: it asks the mandate, or a function of the domain that takes one.
GUARDED = {"Account", "Pupil", "Guardian", "Enrolment", "Guardianship", "GuardianshipReport", "Division", "Entry"}


def test_T65_no_screen_of_the_staff_reads_people_but_through_a_mandate() -> None:
    reading = [
        f"{name}:{node.lineno} {ast.unparse(node)}"
        for name, tree in our_modules("web/staff")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in {"objects", "_default_manager", "_base_manager"}
        and isinstance(node.value, ast.Name)
        and node.value.id in GUARDED
    ]

    assert reading == []


#: Packages that know of people, and what a screen of the staff may ask of them without a mandate, with the reason.
OF_PEOPLE = {"accounts", "population", "helpdesk", "notification", "oversight", "delegation", "imports", "privacy"}
WORDS_ALONE = {"educonnect.population.names"}
WITHOUT_A_MANDATE = {
    "educonnect.delegation.mandate.mandate_for": "it is the gate",
    "educonnect.delegation.mandate.held": "of whoever is signed in, alone",
    "educonnect.delegation.mandate.rights_in": "of whoever is signed in, alone",
    "educonnect.delegation.mandate.kinds_of": "a table, of nobody",
    "educonnect.delegation.holding.holdings": "of whoever is signed in, alone",
    "educonnect.oversight.trail.own": "of whoever is signed in, alone",
    "educonnect.oversight.names.staff_name": "of those whom an alert, read within a mandate, names",
    "educonnect.oversight.warning.what": "the words of an alert that was read within a mandate",
    "educonnect.delegation.waiting.why_nothing": "of whoever is signed in, alone",
    "educonnect.delegation.known.asks_for_a_passkey": "of whoever is signed in, alone",
    "educonnect.delegation.known.personal": "of whoever chooses a password, from their session or their link",
    "educonnect.delegation.invitations.open_": "of the person whom the link invites",
    "educonnect.delegation.invitations.accept_local": "of the person whom the link invites",
    "educonnect.delegation.invitations.accept_as": "of the person whom the link invites, and of whoever is signed in",
    "educonnect.delegation.invitations.never_came": "of a person whom the desk read within a mandate",
    "educonnect.oversight.alerts.refused": "it counts whoever is signed in, and tells nothing",
}


def test_T65_what_a_screen_of_the_staff_asks_about_people_takes_a_mandate() -> None:
    asked = set()
    for _, tree in our_modules("web/staff"):
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("educonnect."):
                asked |= {f"{node.module}.{alias.name}" for alias in node.names}
    functions = set()
    for name in asked:
        module, _, last = name.rpartition(".")
        thing = getattr(importlib.import_module(module), last, None)
        if inspect.ismodule(thing):
            functions |= {f"{name}.{said}" for said in calls_of("web/staff", last) if hasattr(thing, said)}
        elif inspect.isfunction(thing):
            functions.add(name)
    mandated = gestures.of_the_domain()
    bare = {
        name
        for name in functions
        if name.split(".")[1] in OF_PEOPLE
        and inspect.isfunction(resolved(name))
        and name.rpartition(".")[0] not in WORDS_ALONE
        and ".rules." not in name
        and name not in mandated
    }

    assert bare - WITHOUT_A_MANDATE.keys() == set()
    assert WITHOUT_A_MANDATE.keys() - bare == set()


def calls_of(package: str, module: str) -> set[str]:
    """What the modules of a package take of a module that they import."""
    return {
        node.attr
        for _, tree in our_modules(package)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == module
    }


def resolved(name: str) -> object:
    module, _, last = name.rpartition(".")
    return getattr(importlib.import_module(module), last)


def test_each_setting_has_its_line_in_the_page_of_settings() -> None:
    source = (ROOT / "educonnect/config/settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z0-9_]+)"', source))
    documented = set(re.findall(r"^\| `EDUCONNECT_(\w+)` \|", (ROOT / "docs/settings.md").read_text(), re.MULTILINE))

    assert read
    assert read == documented


def test_each_rules_file_is_in_the_contract_of_purity() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    pure = next(contract for contract in contracts if contract["name"].startswith("Rules are pure"))
    files = {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in (ROOT / "educonnect").rglob("rules.py")}

    assert files - set(pure["source_modules"]) == set()


def test_each_decision_has_a_number_of_its_own() -> None:
    names = [path.name for path in (ROOT / "docs/decisions").glob("*.md") if path.name != "README.md"]
    numbers = [name[:4] for name in names]

    assert [name for name in names if not re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", name)] == []
    assert len(set(numbers)) == len(numbers)


def test_the_index_of_decisions_names_each() -> None:
    index = (ROOT / "docs/decisions/README.md").read_text("utf-8")
    pages = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
    titles = [page.read_text("utf-8").splitlines()[0].removeprefix(f"# {page.name[:4]}. ") for page in pages]
    lines = [f"- [{page.name[:4]}]({page.name}) {title}" for page, title in zip(pages, titles, strict=True)]

    assert re.findall(r"^- \[.*$", index, re.MULTILINE) == lines


def repository_files() -> list[Path]:
    words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, check=False, text=True)
    if done.returncode == 0:
        found = [ROOT / name for name in done.stdout.split("\0") if name]
    else:  # an archive of the repository
        found = [path for path in ROOT.rglob("*") if not {"var", ".venv"} & set(path.relative_to(ROOT).parts)]
    return [path for path in found if path.is_file()]


@pytest.mark.slow
def test_a_wheel_holds_every_file_that_runs(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    running = [path for path in repository_files() if path.relative_to(ROOT).parts[0] in {"educonnect", "services"}]
    for path in [*running, ROOT / "pyproject.toml", ROOT / "README.md", ROOT / "LICENSE"]:
        (tree / path.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, tree / path.relative_to(ROOT))
    make = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"

    subprocess.run([sys.executable, "-c", make, str(tmp_path)], cwd=tree, check=True, capture_output=True)

    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        assert {str(path.relative_to(ROOT)) for path in running} - set(wheel.namelist()) == set()


@pytest.mark.parametrize(
    "word",
    # spelt in two halves, so that this file is not found
    [
        "/wo" + "rk/",
        "/ho" + "me/",
        "/o" + "pt/",
        "/ro" + "ot/",
        "index-" + "url h",
        "educonnect." + "education.gouv",
    ],
)
def test_no_file_names_a_machine_or_a_real_host_of_the_State(word: str) -> None:
    naming = [
        str(path.relative_to(ROOT))
        for path in repository_files()
        if path.suffix not in {".png", ".ttf", ".otf", ".pdf"} and word.encode() in path.read_bytes()
    ]

    assert naming == []
