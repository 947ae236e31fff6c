"""An account for each newcomer, and the same one again for those who come back."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from educonnect.accounts import usernames
from educonnect.accounts.identifiers import draw_educonnect_id
from educonnect.accounts.models import Kind
from educonnect.journal.recording import record_each
from educonnect.journal.rules import Event
from educonnect.population import staging

_HOLDERS = {Kind.PUPIL: ("population_pupil", "pupil_id"), Kind.GUARDIAN: ("population_guardian", "guardian_id")}


def open_accounts(
    *, pupils: Iterable[int], guardians: Iterable[int], now: datetime, actor: str = "system", uai: str = ""
) -> int:
    """Open the account of each pupil and guardian who is entitled to one and has none; reopen those closed.

    Entitled: a pupil enrolled in the second degree (in the first where the school opened them), alive; a guardian
    legally responsible (level 1) for an enrolled pupil. A reopened account has the username and the password it
    had. The number of statements does not grow with the number of people, and two imports at once open one account
    for a person and give a username once.

    Args:
        pupils, guardians: identifiers, in any number; whoever is not entitled is passed over.
        uai: the school whose import asks, for the journal.

    Returns:
        How many accounts were opened or reopened.
    """
    wanted = {Kind.PUPIL: sorted(set(pupils)), Kind.GUARDIAN: sorted(set(guardians))}
    with transaction.atomic():
        reopened: list[int] = []
        opened: list[int] = []
        missing: list[tuple[Kind, int]] = []
        for kind, holders in wanted.items():
            known = _accounts_of(kind, holders)
            candidates = [holder for holder in holders if holder not in known or known[holder].closed]
            entitled = _ENTITLED[kind](candidates) if candidates else set()
            missing += [(kind, holder) for holder in candidates if holder in entitled and holder not in known]
            reopened += _reopen([known[holder].pk for holder in candidates if holder in entitled and holder in known])
        # more than one turn only if a username allotted here was in use outside the stems: the next number is tried
        while missing:
            opened += _open(missing, now)
            left = {kind: _accounts_of(kind, [holder for one, holder in missing if one is kind]) for kind in wanted}
            missing = [(kind, holder) for kind, holder in missing if holder not in left[kind]]
        record_each(Event.ACCOUNT_OPENED, opened, actor=actor, uai=uai)
        record_each(Event.ACCOUNT_REOPENED, reopened, actor=actor, uai=uai)
    return len(opened) + len(reopened)


class _Known(NamedTuple):
    pk: int
    closed: bool


def _accounts_of(kind: Kind, holders: Sequence[int]) -> dict[int, _Known]:
    """Holder -> account."""
    _, key = _HOLDERS[kind]
    rows = staging.fetch(
        f"SELECT {key}, id, closed_at IS NOT NULL FROM accounts_account WHERE {key} = ANY(%s)",  # noqa: S608
        [list(holders)],
    )
    return {holder: _Known(pk, closed) for holder, pk, closed in rows}


def _entitled_pupils(pupils: Sequence[int]) -> set[int]:
    """Those enrolled in the second degree, or where the first degree's accounts are opened; alive."""
    return {pupil for pupil, opens in _enrolled(pupils) if opens}


def _entitled_guardians(guardians: Sequence[int]) -> set[int]:
    """Those legally responsible for a pupil enrolled somewhere, of any degree."""
    links = staging.fetch(
        "SELECT guardian_id, pupil_id, level = 1 AND ended_at IS NULL FROM population_guardianship "
        "WHERE guardian_id = ANY(%s)",
        [list(guardians)],
    )
    enrolled = {pupil for pupil, _ in _enrolled(sorted({pupil for _, pupil, legal in links if legal}))}
    return {guardian for guardian, pupil, legal in links if legal and pupil in enrolled}


def _enrolled(pupils: Sequence[int]) -> list[tuple[int, bool]]:
    """Open enrolments of living pupils: (pupil, whether that school opens accounts to pupils).

    What is open is told row by row, not asked for: without fresh statistics PostgreSQL would walk every open
    enrolment of the nation to find these.
    """
    rows = staging.fetch(
        "SELECT e.pupil_id, s.degree = 2 OR s.opens_first_degree_pupils, e.ended_at IS NULL AND NOT p.deceased "
        "FROM population_enrolment e JOIN schools_school s ON s.uai = e.school_id "
        "JOIN population_pupil p ON p.id = e.pupil_id WHERE e.pupil_id = ANY(%s)",
        [list(pupils)],
    )
    return [(pupil, opens) for pupil, opens, there in rows if there]


_ENTITLED: Mapping[Kind, Callable[[Sequence[int]], set[int]]] = {
    Kind.PUPIL: _entitled_pupils,
    Kind.GUARDIAN: _entitled_guardians,
}


def _reopen(accounts: list[int]) -> list[int]:
    """Open closed accounts again, with the username and password they had; locked in one order by all."""
    if not accounts:
        return []
    rows = staging.fetch(
        "UPDATE accounts_account SET closed_at = NULL, epoch = epoch + 1 WHERE id IN (SELECT id FROM accounts_account "
        "WHERE id = ANY(%s) AND closed_at IS NOT NULL ORDER BY id FOR NO KEY UPDATE) RETURNING id",
        [accounts],
    )
    return sorted(pk for (pk,) in rows)


def _stems(missing: Sequence[tuple[Kind, int]]) -> list[str]:
    """The username stem of each holder, in the order given."""
    stems: dict[tuple[Kind, int], str] = {}
    for kind, (table, _) in _HOLDERS.items():
        holders = [holder for one, holder in missing if one is kind]
        rows = staging.fetch(
            f"SELECT id, first_name, family_name FROM {table} WHERE id = ANY(%s)",  # noqa: S608
            [holders],
        )
        stems |= {(kind, pk): usernames.stem_of(first, family) for pk, first, family in rows}
    return [stems[holder] for holder in missing]


def _open(missing: Sequence[tuple[Kind, int]], now: datetime) -> list[int]:
    names = usernames.allot(_stems(missing))
    staging.stage(
        "opening",
        {
            "kind": "text",
            "pupil_id": "bigint",
            "guardian_id": "bigint",
            "username": "text",
            "educonnect_id": "text",
        },
        (
            (
                str(kind),
                holder if kind is Kind.PUPIL else None,
                holder if kind is Kind.GUARDIAN else None,
                name,
                draw_educonnect_id(),
            )
            for (kind, holder), name in zip(missing, names, strict=True)
        ),
    )
    rows = staging.fetch(
        "INSERT INTO accounts_account (kind, pupil_id, guardian_id, username, educonnect_id, password, opened_at, "
        "email, email_to_confirm, failures_since_sign_in, epoch) "
        "SELECT kind, pupil_id, guardian_id, username, educonnect_id, '', %s, '', '', 0, 0 FROM opening "
        "ORDER BY username ON CONFLICT DO NOTHING RETURNING id",
        [now],
    )
    return sorted(pk for (pk,) in rows)
