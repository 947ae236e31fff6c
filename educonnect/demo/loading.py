"""Load the fictive académie: its files through the real importer, its people through the real gestures.

Each step brings people to the state it is about, whatever an earlier start that was killed had made of them: the mark
is set first, so that nobody takes the database for a real one, and says last that all is there. Passwords are drawn as
for anyone; the seed of the fiction knows nothing of them.
"""

import csv
import io
import itertools
import json
import secrets
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.utils import timezone

from educonnect.accounts import activation, contacts, provisional
from educonnect.accounts.models import Account, Kind, ProvisionalPassword
from educonnect.accounts.states import State, state_of
from educonnect.delegation.mandate import Mandate, operator_mandate
from educonnect.demo import personnel, sheet, writing
from educonnect.demo.academie import Academie
from educonnect.demo.errors import NotADemonstration
from educonnect.demo.models import Mark
from educonnect.demo.sheet import Person
from educonnect.helpdesk import locking
from educonnect.helpdesk.reset import reset
from educonnect.imports.run import run_import
from educonnect.jobs import sealing
from educonnect.messaging import sending
from educonnect.messaging.models import OutboxMessage
from educonnect.notification import campaign
from educonnect.notification.models import Chunk
from educonnect.notification.selection import STATES, Selection
from educonnect.population.models import Enrolment, Level, Pupil
from educonnect.schools.models import Audience, Division

SCHOOLS = 5
PUPILS = 60
SEED = 1
EXPIRED_SINCE = timedelta(days=10)
LOCK = 20200  # of the database, while the académie comes in
# places of the fictive schools in the académie
LYCEE, COLLEGE, CITE_LYCEE = 0, 1, 3
SYLLABLES = [consonant + vowel for consonant in "bcdfgjklmnprstvz" for vowel in "aeiou"]


@dataclass(slots=True)
class Scene:
    """What the loading holds while it plays: who plays what where, and which password opens what."""

    mandate: Mandate
    now: datetime
    uais: list[str]
    cases: dict[tuple[str, str], list[str]]  # (UAI, case) -> INE
    passwords: dict[int, str] = field(default_factory=dict)


def load(*, now: datetime, seed: int = SEED) -> list[Person] | None:
    """Load the fictive académie once; again only if its sheet was lost, which brings people back to their first states.

    Returns:
        the people of the sheet; None when all was already there, and nothing changed.

    Raises:
        NotADemonstration: fictive people are for demonstrations only.
    """
    if not settings.DEMO:
        raise NotADemonstration
    with _alone():
        mark = Mark.objects.first()
        if mark is not None and mark.loaded_at is not None and sheet.path().exists():
            if not sheet.staff_path().exists():
                _hire(now, mark.seed)
            return None
        if mark is None:
            mark = Mark.objects.create(made_at=now, seed=seed)
        scene = _import(now, mark.seed)
        _notify(scene)
        _play(scene)
        people = _people(scene)
        _hire(now, mark.seed)
        sheet.write(people)
        mark.loaded_at = now
        mark.save(update_fields=["loaded_at"])
    return people


@contextmanager
def _alone() -> Iterator[None]:
    """One loading at a time; another waits, then finds everything there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


# --- the school bases ---------------------------------------------------------------------------------------------
def _academie(now: datetime, seed: int) -> Academie:
    return Academie(schools=SCHOOLS, pupils=PUPILS, seed=seed, today=timezone.localdate(now))


def _hire(now: datetime, seed: int) -> None:
    sheet.write_staff(personnel.load(_academie(now, seed), own_password, now=now))


def _import(now: datetime, seed: int) -> Scene:
    academie = _academie(now, seed)
    mandate = operator_mandate()
    folder = Path(settings.DATA_DIR) / "demo"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        report = run_import(writing.write(academie, Path(scratch)), mandate=mandate, now=now)
    if report.refused:
        raise RuntimeError("the importer refuses the fictive académie: " + "; ".join(map(str, report.findings)))
    cases: dict[tuple[str, str], list[str]] = {}
    uais = []
    for school in academie.every_school():
        uais.append(school.uai)
        for pupil in school.pupils:
            if pupil.ine:
                cases.setdefault((school.uai, pupil.case), []).append(pupil.ine)
    return Scene(mandate, now, uais, cases)


# --- letters ------------------------------------------------------------------------------------------------------
def _notify(scene: Scene) -> None:
    """Hand letters to most classes of the lycées, to the eldest of the collège, to some guardians."""
    for place, left_out in ((LYCEE, "1STMG"), (CITE_LYCEE, "1STMG"), (COLLEGE, "6")):
        uai = scene.uais[place]
        codes = [code for code in _divisions(uai) if not code.startswith(left_out)]
        if place == COLLEGE:
            codes = [code for code in codes if code.startswith("3")]
        _hand_out(scene, Selection(uai, divisions=tuple(codes)))
    codes = [code for code in _divisions(scene.uais[LYCEE]) if code.startswith("2")]
    _hand_out(scene, Selection(scene.uais[LYCEE], divisions=tuple(codes), audience=Audience.GUARDIANS))


def _divisions(uai: str) -> list[str]:
    return list(Division.objects.filter(school=uai).order_by("code").values_list("code", flat=True))


def _hand_out(scene: Scene, selection: Selection) -> None:
    """Run a campaign to its end and read its passwords where staff do: in its files."""
    every = replace(selection, states=tuple(state.value for state in STATES))  # an earlier start may have notified
    begun = campaign.notify(scene.mandate, every, now=scene.now)
    for chunk in Chunk.objects.filter(campaign=begun).values_list("pk", flat=True):
        campaign.run_chunk(chunk)
    given = dict(_passwords(campaign.files(scene.mandate, begun.pk)))
    accounts = Account.objects.filter(username__in=given).values_list("pk", "username")
    scene.passwords.update({pk: given[username] for pk, username in accounts})


def _passwords(files: bytes) -> Iterable[tuple[str, str]]:
    """(username, provisional password) of each line of the campaign's CSV."""
    with zipfile.ZipFile(io.BytesIO(files)) as archive:
        for name in archive.namelist():
            if name.endswith(".csv"):
                text = archive.read(name).decode("utf-8-sig")
                for row in csv.DictReader(io.StringIO(text), delimiter=";"):
                    yield row["Identifiant"], row["Mot de passe provisoire"]


# --- what people have done since ----------------------------------------------------------------------------------
def _play(scene: Scene) -> None:
    """People in each state: activated at each age, reset, locked, expired, a guardian who activated."""
    for case in ("aged-15", "aged-16", "aged-17", "aged-18"):
        _take(scene, _account(scene, CITE_LYCEE, case))
    to_reset, to_lock, to_expire = _holding_letters(scene, CITE_LYCEE)[:3]
    _take(scene, to_reset)
    _reset(scene, to_reset)
    locking.lock(scene.mandate, to_lock.pk)
    _age_letter(to_expire, scene.now)
    _take(scene, _guardians(scene)[-1])


def _account(scene: Scene, place: int, case: str) -> Account:
    """The account of the pupil who plays that case in that school."""
    return _accounts(scene, place, case)[0]


def _accounts(scene: Scene, place: int, case: str) -> list[Account]:
    ines = scene.cases[scene.uais[place], case]
    return list(
        Account.objects.filter(pupil__ine__in=ines, closed_at__isnull=True)
        .select_related("provisional", "pupil")
        .order_by("pk")
    )


def _holding_letters(scene: Scene, place: int) -> list[Account]:
    """Ordinary pupils of a school who were handed a letter, whatever became of it."""
    return [account for account in _accounts(scene, place, "") if account.notified_at is not None]


def _guardians(scene: Scene) -> list[Account]:
    """Guardians who were handed a letter, whatever became of it."""
    return list(
        Account.objects.filter(kind=Kind.GUARDIAN, notified_at__isnull=False)
        .select_related("provisional", "guardian")
        .order_by("pk")
    )


def _take(scene: Scene, account: Account) -> None:
    """As its holder would: an own password; by the letter, or after a reset when an earlier start had activated it."""
    own = own_password()
    if account.activated_at is not None:
        _reset(scene, account)
        activation.choose_own_password_after_reset(account.pk, own, scene.now)
    elif account.kind == Kind.GUARDIAN:
        activation.activate_guardian(
            account.pk,
            birthdates=dict(_children(account.guardian_id)),
            password_hash=activation.choose_password(account.pk, own),
            email="responsable@famille.example",
            now=scene.now,
        )
        contacts.confirm_email(_last_link(), now=scene.now)
    elif account.pupil is not None:
        encoded = activation.choose_password(account.pk, own)
        activation.activate_pupil(
            account.pk, birthdate=account.pupil.birthdate, password_hash=encoded, email="", now=scene.now
        )
    scene.passwords[account.pk] = own


def _reset(scene: Scene, account: Account) -> None:
    clear = reset(scene.mandate, [account.pk], now=scene.now)
    scene.passwords[account.pk] = provisional.printed(clear[account.pk])


def _last_link() -> str:
    """The token of the last message that asks to confirm an address, read where the message waits to leave."""
    message = OutboxMessage.objects.filter(key__startswith="confirm-email:").latest("pk")
    body = json.loads(sealing.unseal(message.sealed, purpose=sending.PURPOSE))["body"]
    return str(body.split(contacts.CONFIRM_PATH, 1)[1].split()[0])


def _children(guardian: int | None) -> list[tuple[int, date]]:
    """The pupils a guardian legally answers for, and their birth dates."""
    return list(
        Pupil.objects.filter(
            guardianships__guardian=guardian,
            guardianships__level=Level.LEGAL,
            guardianships__ended_at__isnull=True,
            deceased=False,
        )
        .distinct()
        .order_by("pk")
        .values_list("pk", "birthdate")
    )


def _age_letter(account: Account, now: datetime) -> None:
    """Move a letter back in time until its password has been dead for a while."""
    letter = ProvisionalPassword.objects.get(account=account)
    back = letter.expires_at - now + EXPIRED_SINCE
    ProvisionalPassword.objects.filter(pk=letter.pk).update(
        issued_at=F("issued_at") - back, expires_at=F("expires_at") - back
    )
    Account.objects.filter(pk=account.pk).update(notified_at=F("notified_at") - back, opened_at=F("opened_at") - back)


def own_password() -> str:
    """A password of somebody's own: four drawn words that mean nothing (48 bits), easy to type from a sheet."""
    return "-".join("".join(secrets.choice(SYLLABLES) for _ in range(2)) for _ in range(4))


# --- the sheet ----------------------------------------------------------------------------------------------------
def _people(scene: Scene) -> list[Person]:
    """Whoever is worth knowing: each age, each state, each awkward case that signs in; then the guardians."""
    chosen: dict[int, str] = {}

    def choose(accounts: Iterable[Account], about: str = "", most: int = 1) -> None:
        for account in itertools.islice((one for one in accounts if one.pk not in chosen), most):
            chosen[account.pk] = about

    for case in (
        "aged-15",
        "aged-16",
        "aged-17",
        "aged-18",
        "turns-15-today",
        "turns-18-today",
        "two-schools",
        "leap-day",
    ):
        choose([_account(scene, LYCEE, case)], case)
    choose(_accounts(scene, LYCEE, "homonym"), "homonym", most=2)
    for case in ("aged-15", "aged-16", "aged-17", "aged-18"):
        choose([_account(scene, CITE_LYCEE, case)], case)
    cite = _holding_letters(scene, CITE_LYCEE)
    for state in (State.RESET, State.LOCKED, State.EXPIRED):
        choose(one for one in cite if state_of(one, scene.now) is state)
    choose((one for one in _accounts(scene, LYCEE, "") if state_of(one, scene.now) is State.OPENED), most=2)
    choose((one for one in _accounts(scene, COLLEGE, "") if state_of(one, scene.now) is State.NOTIFIED), most=2)

    guardians = _guardians(scene)
    choose(one for one in guardians if state_of(one, scene.now) is State.ACTIVATED)
    letters = [one for one in guardians if state_of(one, scene.now) is State.NOTIFIED]
    choose((one for one in letters if len(_children(one.guardian_id)) > 1), "several-children")
    choose(letters, most=2)
    return _described(scene, chosen)


def _described(scene: Scene, chosen: Mapping[int, str]) -> list[Person]:
    """The lines of the sheet, in the order in which people were chosen."""
    accounts = Account.objects.select_related("provisional", "pupil", "guardian").in_bulk(chosen)
    enrolments: dict[int, Enrolment] = {}
    children = {pk: _children(account.guardian_id) for pk, account in accounts.items() if account.kind == Kind.GUARDIAN}
    pupils = [account.pupil_id for account in accounts.values() if account.pupil_id]
    pupils += [pupil for found in children.values() for pupil, _birthdate in found]
    for enrolment in Enrolment.objects.filter(pupil__in=pupils, ended_at__isnull=True).select_related(
        "school", "division"
    ):
        enrolments.setdefault(enrolment.pupil_id, enrolment)
    people = []
    for pk, about in chosen.items():
        account = accounts[pk]
        holder = account.pupil or account.guardian
        state = state_of(account, scene.now)
        here = enrolments.get(account.pupil_id or children[pk][0][0])
        people.append(
            Person(
                kind=account.kind,
                state=str(state.value),
                username=account.username,
                password=scene.passwords.get(pk, "") if state is not State.OPENED else "",
                birthdate=account.pupil.birthdate.isoformat() if account.pupil else "",
                school=here.school.name or here.school_id if here else "",
                uai=here.school_id if here else "",
                name=f"{holder.first_name} {holder.family_name}" if holder else "",
                division=here.division.code if here and here.division else "",
                about=about,
                children_birthdates=[day.isoformat() for _pupil, day in children.get(pk, [])],
            )
        )
    return people
