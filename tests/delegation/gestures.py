"""Each gesture that takes a mandate, and what it may yield: the table that the walk over random worlds goes through.

A check is given the rows of the world, the mandate, and the reach that the oracle says; what it does is undone.
"""

import importlib
import inspect
import io
import pkgutil
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import get_type_hints

import pytest
from django.db import transaction

import educonnect
from educonnect.accounts.models import Account
from educonnect.delegation.mandate import Mandate, OutOfMandate, renewed
from educonnect.federation import providers
from educonnect.federation.models import Provider
from educonnect.helpdesk import finding, locking, portal, reports, reset
from educonnect.helpdesk.errors import NoReport, NotActivated, UnknownAccount
from educonnect.imports.posts.applying import import_posts
from educonnect.imports.run import Outcome, run_import
from educonnect.jobs import sealing
from educonnect.notification import campaign as campaigns
from educonnect.notification import export, selection
from educonnect.notification.errors import NobodySelected
from educonnect.notification.models import Campaign, Chunk
from educonnect.notification.selection import Selection
from educonnect.privacy import erasure
from educonnect.schools.errors import PortalRefused
from educonnect.schools.models import Audience, PortalAddress, School
from tests.delegation.oracle import Reach
from tests.delegation.worlds import NOW, World, marks
from tests.imports.builders import eleves, individual, sts
from tests.imports.builders import pupil as exported
from tests.web.people import provider

Check = Callable[[World, Mandate, Reach], None]
TABLE: dict[str, Check] = {}

#: What stands above the domain: screens, and the program itself. What it shows is walked address by address.
_EDGES = ("web", "sessions", "saml", "config", "demo")


def of_the_domain() -> set[str]:
    """Every public function and class of the domain that takes a mandate, by its full name."""
    found = set()
    for module in pkgutil.walk_packages(educonnect.__path__, "educonnect."):
        parts = module.name.split(".")
        if parts[1] in _EDGES or {"migrations", "management", "__main__"} & set(parts):
            continue
        for name, thing in vars(importlib.import_module(module.name)).items():
            if getattr(thing, "__module__", "") != module.name or name.startswith("_"):
                continue
            if (inspect.isfunction(thing) or inspect.isclass(thing)) and _takes_a_mandate(thing):
                found.add(f"{module.name}.{name}")
    return found


def _takes_a_mandate(thing: object) -> bool:
    try:
        told = get_type_hints(thing.__init__ if inspect.isclass(thing) else thing)
    except NameError:
        return False
    return any(hint is Mandate for name, hint in told.items() if name != "return")


def gesture(*names: str) -> Callable[[Check], Check]:
    """This check shows these gestures."""

    def note(check: Check) -> Check:
        TABLE.update({f"educonnect.{name}": check for name in names})
        return check

    return note


# --- what a mandate reaches -------------------------------------------------------------------------------------------


def reached(world: World, made: Mandate) -> Reach:
    """The reach of a mandate as its queries tell it, in the numbers of the drawn world; accounts are compared too."""

    def numbers(rows: Iterable[object], known: list) -> frozenset[int]:
        told = list(rows)
        assert len(set(told)) == len(told), "a row comes twice"
        return frozenset(known.index(pk) for pk in told)

    guardians = numbers(made.guardians().values_list("pk", flat=True), world.guardians)
    pupils = numbers(made.pupils().values_list("pk", flat=True), world.pupils)
    accounts = list(made.accounts().values_list("pk", flat=True))
    assert len(set(accounts)) == len(accounts)
    of_pupils = {world.pupil_accounts[n] for n in pupils} if "pupil" in made.kinds else set()
    assert set(accounts) == of_pupils | {world.guardian_accounts[n] for n in guardians}
    assert made.accounts().count() == len(accounts)
    asked = some([*world.pupil_accounts, *world.guardian_accounts], 8)
    assert set(made.accounts(asked).values_list("pk", flat=True)) == set(accounts).intersection(asked)
    scope = made.scope
    return Reach(
        place=world.uais.index(scope.uai) if scope.uai else scope.academie,
        right=str(made.right),
        kinds=frozenset(map(str, made.kinds)),
        schools=numbers(made.schools().values_list("pk", flat=True), world.uais),
        whole=scope.divisions is None,
        classes=numbers(made.divisions().values_list("pk", flat=True), world.divisions),
        pupils=pupils,
        guardians=guardians,
    )


def within(world: World, due: Reach) -> dict[int, str]:
    """The accounts in scope -> their usernames."""
    drawn = world.drawn
    return {world.pupil_accounts[n]: drawn.pupils[n].username for n in due.pupil_accounts} | {
        world.guardian_accounts[n]: drawn.guardians[n].username for n in due.guardian_accounts
    }


def beyond(world: World, due: Reach) -> dict[int, str]:
    """All other accounts."""
    drawn = world.drawn
    everyone = dict(zip(world.pupil_accounts, (one.username for one in drawn.pupils), strict=True))
    everyone |= zip(world.guardian_accounts, (one.username for one in drawn.guardians), strict=True)
    return {pk: username for pk, username in everyone.items() if pk not in within(world, due)}


def some(found: Iterable[object], most: int = 4) -> list:
    """Several, far from each other."""
    listed = list(found)
    return listed[:: max(1, len(listed) // most)]


def told_of_nobody_else(told: object, world: World, due: Reach, *, also: Iterable[str] = ()) -> None:
    """Whatever is told names nothing out of scope: no person, no username, no class, no school."""
    drawn = world.drawn
    known = set(also)
    known |= {mark for n in due.pupils for mark in (drawn.pupils[n].mark, drawn.pupils[n].username.upper())}
    known |= {mark for n in due.guardians for mark in (drawn.guardians[n].mark, drawn.guardians[n].username.upper())}
    known |= {drawn.classes[n].mark for n in due.classes} | {drawn.schools[n].mark for n in due.schools}
    assert marks(told) <= known, sorted(marks(told) - known)


def untouched(world: World, due: Reach) -> Callable[[], None]:
    """Call it later: no account out of scope has changed since."""
    others = Account.objects.filter(pk__in=beyond(world, due)).order_by("pk")
    before = list(others.values())
    return lambda: _same(list(others.values()), before)


def _same(now: object, before: object) -> None:
    assert now == before


@gesture("delegation.mandate.renewed")
def _renewed(world: World, made: Mandate, due: Reach) -> None:
    again = renewed(made, now=NOW)
    assert again == made
    assert reached(world, again) == due


# --- the help desk ----------------------------------------------------------------------------------------------------


@gesture("helpdesk.finding.named")
def _named(world: World, made: Mandate, due: Reach) -> None:
    inside = within(world, due)

    assert {one.pk for one in finding.named(made, inside.values())} == inside.keys()
    for username in some(beyond(world, due).values()):
        with pytest.raises(UnknownAccount):
            finding.named(made, [*some(inside.values(), 1)[:1], username.upper()])


@gesture("helpdesk.finding.require")
def _required(world: World, made: Mandate, due: Reach) -> None:
    inside = within(world, due)

    assert finding.require(made, inside) == sorted(inside)
    for other in (*some(beyond(world, due)), 2**62):
        with pytest.raises(OutOfMandate):
            finding.require(made, [*some(inside, 1)[:1], other])


@gesture("helpdesk.finding.by_school")
def _by_school(world: World, made: Mandate, due: Reach) -> None:
    inside = within(world, due)
    split = finding.by_school(made, inside)

    assert sorted(pk for theirs in split.values() for pk in theirs) == sorted(inside)
    assert split.keys() <= {"", *(world.uais[n] for n in due.schools)}


@gesture("helpdesk.reset.reset")
def _reset(world: World, made: Mandate, due: Reach) -> None:
    inside, unchanged = within(world, due), untouched(world, due)
    for other in some(beyond(world, due), 2):
        with pytest.raises(OutOfMandate):
            reset.reset(made, [*inside, other], now=NOW)
    served: dict[int, str] = {}
    with suppress(NotActivated):
        served = reset.reset(made, inside, now=NOW)

    unchanged()
    assert served.keys() == {pk for pk in inside if _active(world, pk)}


def _active(world: World, pk: int) -> bool:
    if pk in world.pupil_accounts:
        one = world.drawn.pupils[world.pupil_accounts.index(pk)]
        return one.activated and not one.closed
    adult = world.drawn.guardians[world.guardian_accounts.index(pk)]
    return adult.activated and not adult.closed


@gesture("helpdesk.locking.lock", "helpdesk.locking.unlock")
def _lock(world: World, made: Mandate, due: Reach) -> None:
    unchanged = untouched(world, due)
    for other in some(beyond(world, due), 2):
        for act in (locking.lock, locking.unlock):
            with pytest.raises(OutOfMandate):
                act(made, other)
    for pk in some(pk for pk in within(world, due) if _active(world, pk)):
        locking.lock(made, pk)
        assert Account.objects.get(pk=pk).locked_at is not None
        locking.unlock(made, pk)

    unchanged()


@gesture("helpdesk.portal.declare", "helpdesk.portal.verify")
def _portal(world: World, made: Mandate, due: Reach) -> None:
    settled = due.right == "administration" and due.whole
    for n, uai in enumerate(world.uais):
        if settled and n in due.schools:
            portal.declare(made, uai, Audience.PUPILS, "https://portail.example/")
            with pytest.raises(PortalRefused):  # nobody is there: it was tried
                portal.verify(made, uai, Audience.PUPILS, resolver=lambda *_: [], fetcher=None)
        else:
            with pytest.raises(OutOfMandate):
                portal.declare(made, uai, Audience.PUPILS, "https://portail.example/")
            with pytest.raises(OutOfMandate):
                portal.verify(made, uai, Audience.PUPILS)

    declared = PortalAddress.objects.filter(school__in=world.uais)
    assert {one.school_id for one in declared} == ({world.uais[n] for n in due.schools} if settled else set())


@gesture("helpdesk.reports.waiting", "helpdesk.reports.end", "helpdesk.reports.keep")
def _reports(world: World, made: Mandate, due: Reach) -> None:
    if due.right != "administration":
        with pytest.raises(OutOfMandate):
            reports.waiting(made)
        for report in some(world.reports, 2):
            with pytest.raises(OutOfMandate):
                reports.end(made, report, now=NOW)
        return
    inside = {
        pk
        for pk, (_, pupil, school) in world.reports.items()
        if school in due.schools and (due.whole or pupil in due.pupils)
    }

    assert {one.pk for one in reports.waiting(made)} == inside
    for report in [pk for pk in world.reports if pk not in inside][:4]:
        for act in (reports.end, reports.keep):
            with pytest.raises(NoReport):
                act(made, report, now=NOW)
    for report in some(inside, 2):
        reports.end(made, report, now=NOW)
        reports.keep(made, report, now=NOW)


# --- letters ----------------------------------------------------------------------------------------------------------


def _listed(world: World, due: Reach, school: int, audience: str) -> dict[int, bool]:
    """Account -> whether it is activated, of those whom a letter of this school may be for."""
    found: dict[int, bool] = {}
    for one in world.drawn.pupils:
        there = {e.year: e.division for e in one.enrolments if e.school == school and not e.ended}
        if not there or one.deceased or one.n not in due.pupils:
            continue
        filed = there[max(there, key=lambda year: (year <= 2026, year))]
        if not due.whole and filed not in due.classes:
            continue
        if audience == "pupils":
            if "pupil" in due.kinds and not one.closed:
                found[world.pupil_accounts[one.n]] = one.activated
            continue
        for adult in world.drawn.guardians:
            legal = any(link.pupil == one.n and link.level == 1 and not link.ended for link in adult.links)
            if legal and adult.n in due.guardians and not adult.closed:
                found[world.guardian_accounts[adult.n]] = adult.activated
    return found


@gesture("notification.selection.select", "notification.selection.preview")
def _select(world: World, made: Mandate, due: Reach) -> None:
    for school, uai in enumerate(world.uais):
        for audience in Audience.values:
            asked = Selection(uai, audience=audience)
            if school not in due.schools:
                for act in (selection.select, selection.preview):
                    with pytest.raises(OutOfMandate):
                        act(made, asked, now=NOW)
                continue
            listed = _listed(world, due, school, audience)
            chosen: list[selection.Selected] = []
            with suppress(NobodySelected):
                chosen = selection.select(made, asked, now=NOW)
            seen = selection.preview(made, asked, now=NOW)
            assert sorted(one.account_id for one in chosen) == sorted(pk for pk in listed if not listed[pk])
            assert sum(seen.letters.values()) == len(chosen)
            assert seen.activated == sum(listed.values())
            told_of_nobody_else((chosen, seen), world, due)


@gesture(
    "notification.campaign.notify",
    "notification.campaign.files",
    "notification.export.followed",
    "notification.export.write_files",
    "notification.export.save",
)
def _letters(world: World, made: Mandate, due: Reach) -> None:
    unchanged = untouched(world, due)
    for school, uai in enumerate(world.uais):
        for audience in Audience.values:
            asked = Selection(uai, audience=audience)
            if due.right != "administration" or school not in due.schools:
                with pytest.raises(OutOfMandate):
                    campaigns.notify(made, asked, now=NOW)
                continue
            with transaction.atomic():
                with suppress(NobodySelected):
                    _printed(world, made, due, campaigns.notify(made, asked, now=NOW))
                unchanged()
                transaction.set_rollback(True)
    _of_somebody_else(world, made)


def _printed(world: World, made: Mandate, due: Reach, campaign: Campaign) -> None:
    listed = _listed(world, due, world.uais.index(campaign.school_id), campaign.audience)
    for chunk in campaign.chunks.all():
        campaigns.run_chunk(chunk.pk)
    content = campaigns.files(made, campaign.pk)
    archive = zipfile.ZipFile(io.BytesIO(content))
    told = b"".join(name.encode() + archive.read(name) for name in archive.namelist())
    told_of_nobody_else(told, world, due)
    asked = {one.username.upper() for one in Account.objects.filter(pk__in=[pk for pk in listed if not listed[pk]])}
    assert asked <= marks(told)
    with tempfile.TemporaryDirectory() as folder:
        assert export.save(made, campaign.pk, Path(folder)).exists()


def _of_somebody_else(world: World, made: Mandate) -> None:
    """The files of others, in scope or not, are not handed over."""
    for uai in world.uais:
        other = Campaign.objects.create(
            school_id=uai, audience=Audience.PUPILS, actor="staff:999999", address="x", state="done", created_at=NOW
        )
        chunk = Chunk.objects.create(campaign=other, number=0, accounts=[], state="done")
        chunk.letters = chunk.rows = sealing.seal(b"x", purpose=chunk.purpose("rows"))
        for act in (
            lambda pk=other.pk: export.followed(made, pk),
            lambda pk=other.pk: campaigns.files(made, pk),
            lambda pk=other.pk: export.save(made, pk, Path("nowhere")),
        ):
            with pytest.raises(OutOfMandate):
                act()


# --- imports, and what is the operator's alone ------------------------------------------------------------------------


@gesture(
    "imports.run.run_import", "imports.groups.Group", "imports.siecle.applying.Pupils", "imports.sts.applying.People"
)
def _import(world: World, made: Mandate, due: Reach) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for n, uai in enumerate(world.uais):
            when = {"school": uai, "at": "12/10/2026 08:00:00"}
            (Path(folder) / f"{n}.xml").write_bytes(eleves(exported(9000 + n), **when))
            (Path(folder) / f"{n}-sts.xml").write_bytes(sts(individual(9000 + n), **when))
        report = run_import([Path(folder)], mandate=made, now=NOW, dry_run=True, allow_mass_departure=True, year=2026)

    may = {world.uais[n] for n in due.schools} if due.right == "administration" and due.whole else set()
    for staff in (False, True):
        groups = {one.uai: one.outcome for one in report.groups if one.staff is staff}
        assert groups.keys() == set(world.uais)
        assert {uai for uai, outcome in groups.items() if outcome != Outcome.REFUSED} == may
    told_of_nobody_else(report.findings, world, due)


@gesture(
    "federation.providers.register",
    "federation.providers.suspend",
    "privacy.erasure.erase",
    "imports.posts.applying.import_posts",
)
def _of_the_operator(world: World, made: Mandate, due: Reach) -> None:
    known = provider()
    for username in some(within(world, due).values(), 1):
        with pytest.raises(OutOfMandate):
            erasure.erase(made, username)
    with pytest.raises(OutOfMandate):
        providers.suspend(made, known.identifier)
    with pytest.raises(OutOfMandate):
        providers.register(made, None)
    with pytest.raises(OutOfMandate):
        import_posts(Path("nowhere"), mandate=made, now=NOW, invite=None, found=None)

    assert Provider.objects.get(pk=known.pk).suspended_at is None
    assert School.objects.filter(pk__in=world.uais).count() == len(world.uais)
