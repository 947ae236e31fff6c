"""The sheet of a demonstration: who can sign in, as whom, with which password.

Only demonstration accounts have one: a file that its owner alone may read, in the demonstration's data folder.
"""

import contextlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from educonnect.accounts.models import Account
from educonnect.accounts.states import State, state_of
from educonnect.demo.errors import NoSheet
from educonnect.staff.models import Staff, Totp

METADATA_PATH = "/idp/shibboleth"
PASS_CULTURE = "pass-culture"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the sheet.

    Attributes:
        kind: `pupil` or `guardian`. state: a word of `accounts.states.State`.
        password: what opens the account in that state, provisional or own; empty when nothing does or nobody knows it.
        birthdate: AAAA-MM-JJ; empty for a guardian, whose children's are in `children_birthdates`.
        about: why this person is on the sheet, such as `aged-17` or `two-schools`.
    """

    kind: str
    state: str
    username: str
    password: str
    birthdate: str
    school: str
    uai: str = ""
    name: str = ""
    division: str = ""
    about: str = ""
    children_birthdates: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A member of the staff on the sheet.

    Attributes:
        kind: `head`, `deputy`, `secretary`, `form-teacher`, `private-head`, `primary-head`, `academie` or `nation`.
        since: when the password was drawn: one changed later is no longer told.
        secret: of an application of codes, in Base32; empty: the second factor is made at the first sign-in.
    """

    kind: str
    email: str
    password: str
    name: str
    since: str
    uai: str = ""
    school: str = ""
    division: str = ""
    secret: str = ""


def path() -> Path:
    """Where the sheet is kept."""
    return Path(settings.DATA_DIR) / "demo" / "sheet.json"


def staff_path() -> Path:
    """Where the staff's sheet is kept."""
    return path().with_name("staff.json")


def write(people: Iterable[Person]) -> None:
    """Keep the sheet, whole or not at all, readable by its owner alone."""
    _write(path(), people)


def write_staff(people: Iterable[StaffMember]) -> None:
    """Keep the staff's sheet likewise."""
    _write(staff_path(), people)


def _write(target: Path, people: Iterable[Person | StaffMember]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump([asdict(person) for person in people], file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(target)


def read() -> list[Person]:
    """The sheet as it was written.

    Raises:
        NoSheet: there is none.
    """
    return [Person(**row) for row in _rows(path())]


def read_staff() -> list[StaffMember]:
    """The staff's sheet, none before it was written; a password or an application replaced since is no longer told."""
    with contextlib.suppress(NoSheet):
        people = [StaffMember(**row) for row in _rows(staff_path())]
        known = {one.email: one for one in Staff.objects.filter(email__in=[one.email for one in people])}
        return [_still(one, known.get(one.email)) for one in people]
    return []


def _still(one: StaffMember, staff: Staff | None) -> StaffMember:
    since = datetime.fromisoformat(one.since)
    same = staff is not None and staff.password_changed_at == since
    applies = Totp.objects.filter(staff=staff, created_at=since).exists()
    return replace(one, password=one.password if same else "", secret=one.secret if applies else "")


def _rows(where: Path) -> list[dict[str, Any]]:
    try:
        rows: list[dict[str, Any]] = json.loads(where.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError) as error:
        raise NoSheet from error
    return rows


def as_now(people: Sequence[Person], now: datetime) -> list[Person]:
    """The sheet with each state as it is by now: a password that the person has changed since is no longer told."""
    accounts = {
        account.username: account
        for account in Account.objects.filter(username__in=[person.username for person in people]).select_related(
            "provisional"
        )
    }
    seen = []
    for person in people:
        account = accounts.get(person.username)
        state = state_of(account, now) if account else State.CLOSED
        if state == person.state or (state == State.LOCKED and person.password):
            seen.append(replace(person, state=state))
        else:
            keeps = person.state == State.LOCKED or (person.state, state) == (State.NOTIFIED, State.EXPIRED)
            seen.append(replace(person, state=state, password=person.password if keeps else ""))
    return seen


def addresses() -> dict[str, Any]:
    """Where things are: `base_url`, `saml_metadata_url`, `services` (name -> address).

    As the server now running says in `run.json`; else where it will be once started.
    """
    running = _running(Path(settings.DATA_DIR) / "run.json")
    base_url = str(running.get("base_url") or settings.BASE_URL)
    services = running.get("services") or {PASS_CULTURE: f"http://127.0.0.1:{settings.PORT + 1}"}
    return {"base_url": base_url, "saml_metadata_url": base_url + METADATA_PATH, "services": dict(services)}


def _running(said: Path) -> Mapping[str, Any]:
    with contextlib.suppress(OSError, ValueError, TypeError):
        what = json.loads(said.read_text(encoding="utf-8"))
        os.kill(int(what["processes"]["run"]), 0)  # it may have been killed, and its file remain
        return what if isinstance(what, dict) else {}
    return {}
