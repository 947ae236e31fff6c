"""Every address of the staff, asked for by people of each kind with numbers of elsewhere: nothing of elsewhere is told.

An address that is not in the table fails, by name: say at which height it stands, so that the walk reaches it.
"""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse

from educonnect.delegation.models import Function
from educonnect.delegation.rules import Right
from educonnect.journal.models import Entry
from educonnect.schools.models import School
from educonnect.sessions.models import StaffSession
from educonnect.staff.authentication import Second
from educonnect.staff.models import Passkey, Staff
from tests.delegation.conftest import _a_school_day
from tests.delegation.factories import a_delegation, a_post, a_staff
from tests.delegation.oracle import Reach, reach
from tests.delegation.worlds import (
    ACADEMIES,
    NOW,
    DrawnDelegation,
    DrawnPost,
    DrawnStaff,
    Span,
    World,
    build,
    drawn,
    marks,
)
from tests.test_consistency import every_view
from tests.web.staff.visitors import Browser, arrives

__all__ = ["_a_school_day"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_a_school_day")]

SCHOOL, ACADEMIE, NATION, OWN, BEFORE = "school", "académie", "nation", "own", "before"
#: Where each address stands: in a school, an académie, the nation; the person's own; before the door.
STANDS = {
    BEFORE: """sign-in sign-out signed-out join forgotten-password forgotten-password-sent recover-password
        password-recovered""",
    OWN: """home stay account password end-device end-others end-all second-factor add-application add-passkey
        new-passkey-asked passkey-asked prove-passkey prove-again recovery-codes renew-recovery-codes security
        rename-passkey remove-passkey remove-application my-rights own-journal""",
    SCHOOL: """school delegations delegations-over delegate delegate-newcomer delegate-address delegate-right
        delegate-check delegation delegation-end delegation-withdraw suspend restore access disconnect forget-factors
        lost-factors
        journal journal-person journal-export alerts alert alert-see""",
    ACADEMIE: """academie academie-schools academie-grant academie-grant-end academie-grant-withdraw
        academie-suspensions academie-suspend academie-restore academie-access academie-disconnect
        academie-lost-factors
        academie-forget-factors academie-journal academie-journal-person academie-journal-export academie-alerts
        academie-alert academie-alert-see""",
    NATION: """nation nation-academies nation-suspensions nation-suspend nation-restore nation-access nation-disconnect
        nation-forget-factors nation-lost-factors nation-alerts nation-alert nation-alert-see""",
}
TABLE = {name: height for height, names in STANDS.items() for name in names.split()}
#: A number that is nobody's.
NOBODYS = 987_654_321
#: The session of somebody else.
STRANGE = uuid.UUID("00000000-0000-4000-8000-00000000aaaa")


@dataclass
class Person:
    """Somebody who reads: who they are in the drawn world, and their browser."""

    kind: str
    row: Staff
    drawn: DrawnStaff
    home: int
    browser: Browser = field(init=False)

    def __post_init__(self) -> None:
        strong = self.kind in {ACADEMIE, NATION}
        self.browser = arrives(self.row, second=Second.PASSKEY if strong else Second.TOTP)

    def asks(self, method: str, path: str, query: dict[str, str] | None = None) -> tuple[HttpResponse, set[str]]:
        """What an address answers, and the marks it tells; whatever it did is undone."""
        cookies = self.browser.cookies.copy()
        with transaction.atomic():
            answer = getattr(self.browser, method)(path, query or {})
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            transaction.set_rollback(True)
        self.browser.cookies = cookies
        return answer, marks(body) | marks(answer.headers.get("Location", ""))


def a_world() -> tuple[World, int]:
    """A world with a public lycée to be at home in: its number."""
    for seed in range(99):
        values = drawn(seed, 4, 24, 16, 8)
        for one in values.schools:
            if (one.sector, one.degree) == ("PU", 2) and len({other.academie for other in values.schools}) == 2:
                return build(values), one.n
    raise AssertionError("no such world")


def people(world: World, home: int) -> list[Person]:
    """A head, delegates, an académie, the nation, somebody with nothing."""
    lasting = Span(-300, None)
    academie = world.drawn.schools[home].academie
    rooms = tuple(one.n for one in world.drawn.classes if one.school == home and one.year == 2026)
    kinds: dict[str, tuple[tuple[DrawnPost, ...], tuple[DrawnDelegation, ...]]] = {
        "head": ((DrawnPost("head", home, "", lasting, False),), ()),
        "secretary": ((), (DrawnDelegation("administration", home, None, False, lasting, False),)),
        "form teacher": ((), (DrawnDelegation("depannage", home, rooms[:1], False, lasting, False),)),
        ACADEMIE: ((DrawnPost("academie", None, academie, lasting, False),), ()),
        NATION: ((DrawnPost("nation", None, "", lasting, False),), ()),
    }
    found = []
    for n, (kind, (posts, given)) in enumerate(kinds.items()):
        row = a_staff(name=f"QG9{n:03}Z")
        for post in posts:
            school = None if post.school is None else _school(world, post.school)
            a_post(Function(post.function), staff=row, school=school, academie=post.academie)
        for one in given:
            divisions = None if one.classes is None else [world.divisions[c] for c in one.classes]
            a_delegation(Right(one.right), _school(world, home), staff=row, divisions=divisions)
        found.append(Person(kind, row, DrawnStaff(9000 + n, False, posts, given, ()), home))
    return found


def _school(world: World, n: int) -> School:
    return School.objects.get(pk=world.uais[n])


def best(world: World, who: Person, place: int | str) -> Reach | None:
    """The widest thing they may do in a place."""
    return next(
        (
            found
            for right in ("delegation", "administration", "depannage")
            if (found := reach(world.drawn, who.drawn, right, place)) is not None
        ),
        None,
    )


def known(world: World, who: Person, place: int | str) -> set[str]:
    """Every mark that somebody may be told in a place; of the staff, whoever holds or did something there."""
    due, values = best(world, who, place), world.drawn
    own = {f"QG{who.drawn.n % 1000 + 9000:04}Z"}
    if due is None:
        return own
    told = own | {values.schools[n].mark for n in due.schools} | {values.classes[n].mark for n in due.classes}
    told |= {mark for n in due.pupils for mark in (values.pupils[n].mark, values.pupils[n].username.upper())}
    told |= {mark for n in due.guardians for mark in (values.guardians[n].mark, values.guardians[n].username.upper())}
    if due.right != "delegation":
        return told
    if place == "":
        return told | {one.mark for one in values.staff} | {f"QG9{n:03}Z" for n in range(9)}
    there = {n for n, (about, school, academie) in world.alerts.items() if school in due.schools or academie == place}
    colleagues = {world.alerts[n][0] for n in there}
    colleagues |= {
        one.n
        for one in values.staff
        if any(post.school in due.schools or (post.academie and post.academie == place) for post in one.posts)
        or any(given.school in due.schools for given in one.delegations)
        or any(stop.school in due.schools or (stop.academie and stop.academie == place) for stop in one.suspensions)
    }
    acting = {actor for uai, _, actor in world.lines.values() if uai in {world.uais[n] for n in due.schools}}
    colleagues |= {n for n, pk in enumerate(world.staff) if f"staff:{pk}" in acting}
    return told | {values.staff[n].mark for n in colleagues} | {f"QG9{n:03}Z" for n in range(9)}


def numbers(world: World, pattern: str) -> Iterator[dict[str, object]]:
    """Every number that a part of an address may hold, whosesoever it is."""
    names = set(re.findall(r"<\w+:(\w+)>", pattern)) - {"uai", "academie"}
    if not names:
        yield {}
        return
    for n, staff in enumerate(world.staff):
        yield {
            name: {
                "staff_id": staff,
                "passkey_id": Passkey.objects.values_list("pk", flat=True).order_by("pk")[0],
                "delegation_id": (list(world.delegations) or [1])[n % max(len(world.delegations), 1)],
                "alert_id": list(world.alerts)[n % len(world.alerts)],
                "school": world.uais[n % len(world.uais)],
                "sid": STRANGE,
                "token": "x" * 43,
            }[name]
            for name in names
        }


def places(world: World, height: str) -> list[dict[str, str]]:
    if height == SCHOOL:
        return [{"uai": uai} for uai in world.uais]
    return [{"academie": code} for code in ACADEMIES] if height == ACADEMIE else [{}]


def where(world: World, place: dict[str, str]) -> int | str:
    return world.uais.index(place["uai"]) if "uai" in place else place.get("academie", "")


def hints(world: World) -> list[dict[str, str]]:
    """What a query or a form may hold to ask for those of elsewhere."""
    account, pupil = str(world.pupil_accounts[0]), world.drawn.pupils[0]
    days = {"du": "2026-10-14", "au": "2026-12-31"}
    return [
        {},
        {"compte": account, "par": str(world.staff[0]), "account_id": account, "staff_id": str(world.staff[0])},
        {"compte": str(world.guardian_accounts[0]), "sorte": "help"},
        {"droit": "depannage", "classes": ",".join(map(str, world.divisions)), **days},
        {"droit": "administration", **days, "lettre": "Q", "recherche": "q", "tous": "1", "nom": "q", "typed": "q"},
        {"nom": pupil.username, "recherche": pupil.mark, "qui": pupil.mark, "personne": pupil.username, "q": "maude"},
        {"apres": "0", "avant": "999999999999999-99", "page": "2", "fait": pupil.mark.lower()},
    ]


def views() -> list[tuple[str, str]]:
    """Each address of the staff, without its namespace, and its pattern."""
    return [(name.removeprefix("staff:"), str(p.pattern)) for name, p in every_view() if name.startswith("staff:")]


def test_T65_each_address_of_the_staff_is_in_the_table() -> None:
    assert {name for name, _ in views()} - TABLE.keys() == set(), "say where it stands in TABLE"
    assert TABLE.keys() - {name for name, _ in views()} == set()


def _staged() -> tuple[World, list[Person]]:
    world, home = a_world()
    found = people(world, home)
    Passkey.objects.create(
        staff_id=world.staff[0], credential_id=b"x", public_key=b"x", label=world.drawn.staff[0].mark, created_at=NOW
    )
    stranger = arrives(Staff.objects.get(pk=world.staff[1]), second=Second.TOTP)
    StaffSession.objects.filter(staff=world.staff[1]).update(sid=STRANGE, device=world.drawn.staff[1].mark)
    assert stranger.cookies
    return world, found


def test_T65_no_address_of_the_staff_tells_anything_of_elsewhere() -> None:
    world, everyone = _staged()
    refused = shown = 0
    for who in everyone:
        for name, pattern in views():
            for place, may in where_asked(world, who, TABLE[name]):
                for part, query in asked_for(world, pattern, whole=may is not None):
                    path = reverse(f"staff:{name}", kwargs={**place, **part})
                    for method in ("get",) if query else ("get", "post"):
                        answer, heard = who.asks(method, path, query)
                        what = f"{who.kind} {method} {path} {query}: {answer.status_code} {sorted(heard)}"
                        assert heard - typed(query) <= (may or {who.row.name}), what
                        assert may is not None or answer.status_code == 404, what
                        assert answer.status_code < 500, what
                        refused += answer.status_code == 404
                        shown += answer.status_code == 200

    assert refused > 100
    assert shown > 100


def where_asked(world: World, who: Person, height: str) -> Iterator[tuple[dict[str, str], set[str] | None]]:
    """Each place, with what may be told there, None where they hold nothing; one of each."""
    if height in {OWN, BEFORE}:
        yield {}, set().union(*(known(world, who, at) for at in ("", *ACADEMIES, *range(len(world.uais)))))
        return
    theirs = [place for place in places(world, height) if best(world, who, where(world, place)) is not None]
    others = [place for place in places(world, height) if place not in theirs]
    yield from ((place, None) for place in others[:1])
    yield from ((place, known(world, who, where(world, place))) for place in theirs[:1])


def asked_for(world: World, pattern: str, *, whole: bool) -> Iterator[tuple[dict[str, object], dict[str, str]]]:
    """What is put in an address and behind it: several numbers, then one with all that may be typed."""
    parts = list(numbers(world, pattern))
    yield from ((part, {}) for part in (parts[:: max(1, len(parts) // 2)] if whole else parts[:1]))
    yield from ((parts[0], query) for query in (hints(world)[1:] if whole else []))


def typed(query: dict[str, str]) -> set[str]:
    """What the person typed is theirs to see again."""
    return set().union(*(marks(value) for value in query.values())) if query else set()


def test_T65_another_place_and_one_that_does_not_exist_answer_alike_and_are_journalled() -> None:
    world, everyone = _staged()
    for who in everyone:
        for name, pattern in views():
            height = TABLE[name]
            for place in places(world, height) if height in {SCHOOL, ACADEMIE, NATION} else []:
                if best(world, who, where(world, place)) is not None:
                    continue
                nowhere = {key: "9999999Z" if key == "uai" else "44" for key in place}
                part = next(numbers(world, pattern))
                before = Entry.objects.filter(event="scope.refused").count()

                answer = who.browser.get(reverse(f"staff:{name}", kwargs={**place, **part}))

                other = who.browser.get(reverse(f"staff:{name}", kwargs={**nowhere, **part}))
                assert answer.status_code == other.status_code == 404, f"{who.kind} {name} {place}"
                assert _bare(answer) == _bare(other), f"{who.kind} {name} {place}"
                lines = Entry.objects.filter(event="scope.refused", actor=f"staff:{who.row.pk}").order_by("-pk")
                assert Entry.objects.filter(event="scope.refused").count() == before + 2, f"{who.kind} {name}"
                assert lines[1].detail["place"] == next(iter(place.values()), "")


def _bare(answer: HttpResponse) -> str:
    """A page without what is drawn anew each time."""
    body = re.sub(r'value="[A-Za-z0-9]{64}"', "", answer.content.decode())
    return re.sub(r"\b[0-9a-f]{16}\b|\d+", "", body)


def test_T65_a_number_of_elsewhere_answers_as_one_that_is_nobody_s() -> None:
    world, everyone = _staged()
    walked = [(who, *view) for who in everyone for view in views() if "int:" in view[1] and TABLE[view[0]] != OWN]
    for who, name, pattern in walked:
        for place in places(world, TABLE[name]):
            due = best(world, who, where(world, place))
            if due is None or due.right != "delegation" or TABLE[name] == NATION:
                continue
            for part in numbers(world, pattern):
                if mine(world, due, part):
                    continue
                nobodys = {key: NOBODYS if key.endswith("_id") else value for key, value in part.items()}
                here, none = (reverse(f"staff:{name}", kwargs={**place, **p}) for p in (part, nobodys))
                for method in ("get", "post"):
                    (answer, _), (other, _) = who.asks(method, here), who.asks(method, none)
                    assert answer.status_code == other.status_code, f"{who.kind} {here}"
                    assert answer.headers.get("Location") == other.headers.get("Location"), f"{who.kind} {here}"
                    assert answer.status_code != 200, f"{who.kind} {here}"


def mine(world: World, due: Reach, part: dict[str, object]) -> bool:
    """Whether everything that these parts name is of the place."""
    for key, value in part.items():
        if key == "delegation_id" and world.delegations[value][1].school not in due.schools:
            return False
        if key == "school" and world.uais.index(value) not in due.schools:
            return False
        if key == "alert_id":
            _, school, academie = world.alerts[value]
            if school not in due.schools and (isinstance(due.place, int) or academie != due.place):
                return False
        if key == "staff_id":
            one = world.drawn.staff[world.staff.index(value)]
            ever = [*(post.school for post in one.posts), *(given.school for given in one.delegations)]
            ever += [post.academie for post in one.posts if post.academie] + [stop.school for stop in one.suspensions]
            ever += [stop.academie for stop in one.suspensions if stop.academie]
            if not ({*due.schools, due.place} & {at for at in ever if at is not None}):
                return False
    return True
