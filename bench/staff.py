"""What the roads of the staff cost, and whether it grows with the tables: the same pages asked of two stores in turn.

The large store is the small one with other académies added: the school and the académie that are looked at, hence the
answers, are the same in both. Each round asks one store then the other, in the other order the next time; a ratio is
the median over the rounds. CPU is that of one process called as the server calls it, and of the one backend behind it,
whose plans may not share the work out to others. Argon2id, which has threads of its own, is in no figure.
"""

import os
import re
import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlencode

from bench import measure, serve, staff_fill, store
from bench.application import PORT, Server

TITLE = "Staff"
ROUNDS, TIMES = 5, 15
SCHOOL = staff_fill.uai(0)
#: Each session's secret, by who holds it.
HEAD, TEAM = {"personnel": "h" * 43}, {"personnel": "t" * 43}
_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@dataclass(slots=True)
class Spent:
    """What an operation cost in a store, CPU ms each time, round by round."""

    ours: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)

    def all(self) -> list[float]:
        return [one + other for one, other in zip(self.ours, self.database, strict=True)]


def run(quick: bool) -> Iterator[measure.Figure]:
    """Fill both stores, then each operation on both."""
    small, large = (20_000, 40_000) if quick else (20_000, 200_000)
    with filled(small, large):
        server = Server(level="WARNING")
        for name, operation in operations(server).items():
            yield from compared(server, name, operation, small=small, large=large, quick=quick)


@contextmanager
def filled(small: int, large: int) -> Iterator[None]:
    """A server of production with two stores, named by their sizes; `turn_to` goes from one to the other."""
    with store.folder("staff") as data_dir:
        os.environ.update(serve.environment(data_dir, PORT, "cheap", {}))
        os.environ["EDUCONNECT_STAFF_FRESH"] = str(8 * 3600)  # no proof is asked for again while it runs
        from educonnect.config import embedded

        with embedded.running(data_dir) as url:
            os.environ["DATABASE_URL"] = url
            store.migrate()
            store.educonnect("collectstatic", "--no-input", "--verbosity", "0")
            import django

            django.setup()
            from django.db import connections

            staff_fill.fill(0, staff_fill.sizes(small)[0])
            people()
            staff_fill.settle()
            empty = connections["default"].settings_dict["NAME"]
            copy(empty, name_of(small))
            copy(empty, name_of(large))
            turn_to(name_of(large))
            staff_fill.fill(staff_fill.sizes(small)[0], staff_fill.sizes(large)[0])
            staff_fill.settle()
            try:
                yield
            finally:
                connections.close_all()


def people() -> None:
    """What opens the pages of the head and of the académie that are looked at."""
    import uuid

    from django.utils import timezone

    from educonnect.accounts import passwords
    from educonnect.sessions import cookies
    from educonnect.sessions.models import StaffSession, StaffStage
    from educonnect.staff import totp
    from educonnect.staff.models import Staff, Totp

    now = timezone.now()
    head, team = staff_fill.head(0), staff_fill.team(0)
    Staff.objects.filter(pk=head).update(password=passwords.hashed(staff_fill.PASSWORD))
    Totp.objects.filter(staff=head).update(sealed=totp.seal(head, _SECRET))
    for staff_id, cookie, second in ((head, HEAD, "totp"), (team, TEAM, "passkey")):
        StaffSession.objects.create(
            digest=cookies.digest(cookie["personnel"]),
            sid=uuid.uuid4(),
            staff_id=staff_id,
            epoch=0,
            stage=StaffStage.OPEN,
            first="password",
            second=second,
            authenticated_at=now,
            proved_at=now,
            last_seen_at=now,
            expires_at=now + timedelta(hours=8),
        )


def operations(server: Server) -> dict[str, Callable[[], object]]:
    """What people of the staff do all day."""
    from django.urls import reverse
    from django.utils import timezone

    from educonnect.delegation import rules
    from educonnect.delegation.mandate import mandate_for
    from educonnect.delegation.rules import Right
    from educonnect.population.rules import school_year

    today = timezone.localdate()
    wish = {"droit": "administration", "du": today, "au": rules.last_day(school_year(today))}
    colleague = staff_fill.head(0) + 20

    def page(view: str, *place: object, asked: str = "") -> Callable[[], object]:
        cookies = TEAM if staff_fill.ACADEMIE in place else HEAD
        return lambda: read(server, reverse(f"staff:{view}", args=place) + asked, dict(cookies))

    def mandate() -> object:
        return server.timed(lambda: mandate_for(staff_fill.head(0), Right.DELEGATION, uai=SCHOOL, now=timezone.now()))

    return {
        "sign-in, first step": lambda: sign_in(server, {}),
        "second factor, code of an application": lambda: second_factor(server),
        "a mandate": mandate,
        "first page of a school": page("school", SCHOOL),
        "its delegations": page("delegations", SCHOOL),
        "its people, to give one a right": page("delegate", SCHOOL),
        "a right to give, over 1000 pupils and their guardians": page(
            "delegate-check", SCHOOL, colleague, asked=f"?{urlencode(wish)}"
        ),
        "its journal": page("journal", SCHOOL),
        "first page of an académie": page("academie", staff_fill.ACADEMIE),
        "its schools": page("academie-schools", staff_fill.ACADEMIE),
        "its journal, over 200 schools": page("academie-journal", staff_fill.ACADEMIE),
    }


def read(server: Server, address: str, cookies: dict[str, str]) -> str:
    """A page, which must be there."""
    status, shown = server.answer("GET", address, cookies)
    if status != 200:
        raise RuntimeError(f"{address}: {status}")
    return shown


def sign_in(server: Server, cookies: dict[str, str]) -> None:
    """The page, then address and password."""
    from django.urls import reverse

    address = reverse("staff:sign-in")
    shown = read(server, address, cookies)
    pair = {"email": f"personne{staff_fill.head(0)}@ac.invalid", "password": staff_fill.PASSWORD}
    post(server, address, shown, pair, cookies)


def second_factor(server: Server) -> None:
    """The page, then six figures; signing in first, and the code served already, are not counted."""
    import pyotp
    from django.urls import reverse

    from educonnect.staff.models import Totp

    cookies: dict[str, str] = {}
    with server.aside():
        sign_in(server, cookies)
        Totp.objects.filter(staff=staff_fill.head(0)).update(last_step=0)
    address = reverse("staff:second-factor")
    shown = read(server, address, cookies)
    post(server, address, shown, {"code": pyotp.TOTP(_SECRET).now()}, cookies)


def post(server: Server, address: str, shown: str, typed: dict[str, str], cookies: dict[str, str]) -> None:
    """Send the form of a page, which must lead on."""
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', shown))
    status, _ = server.answer("POST", address, cookies, urlencode(hidden | typed).encode())
    if status not in {302, 303}:
        raise RuntimeError(f"{address}: {status}")


def compared(
    server: Server, name: str, operation: Callable[[], object], *, small: int, large: int, quick: bool
) -> Iterator[measure.Figure]:
    """One operation on both stores, in alternating rounds."""
    rounds, times = (1, 3) if quick else (ROUNDS, TIMES)
    spent = {small: Spent(), large: Spent()}
    for number in range(rounds):
        for size in (small, large) if number % 2 == 0 else (large, small):
            turn_to(name_of(size))
            for _ in range(3):  # warm, for the connection is new
                operation()
            server.python = server.database = 0.0
            for _ in range(times):
                operation()
            spent[size].ours.append(1000 * server.python / times)
            spent[size].database.append(1000 * server.database / times)
    whole = ratio(spent[small].all(), spent[large].all())
    database = ratio(spent[small].database, spent[large].database)
    for size, one in spent.items():
        yield measure.Figure(
            operation=f"{name}, {size} accounts",
            ops=rounds * times,
            cpu=statistics.median(one.ours) * rounds * times / 1000,
            database_cpu=statistics.median(one.database) * rounds * times / 1000,
            note="" if size == small else f"{large // small} times the table: {whole}; PostgreSQL alone {database}",
        )


def ratio(base: list[float], other: list[float]) -> str:
    """The median over the rounds, with the extremes."""
    found = [there / here for here, there in zip(base, other, strict=True)]
    return f"{statistics.median(found):.2f} ({min(found):.2f} to {max(found):.2f})"


def name_of(size: int) -> str:
    return f"staff_{size}"


def copy(source: str, name: str) -> None:
    """Another database with all that is in this one, that nobody is connected to."""
    from django.db import connections

    connections.close_all()
    turn_to("template1")
    with connections["default"].cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE {source}")
        cursor.execute(f"ALTER DATABASE {name} SET max_parallel_workers_per_gather = 0")
    connections.close_all()
    turn_to(source)


def turn_to(name: str) -> None:
    """Go on with this database."""
    from django.db import connections

    connections["default"].close()
    connections["default"].settings_dict["NAME"] = name


if __name__ == "__main__":
    measure.main(TITLE, run)
