"""An account for each newcomer, and the same one again for those who come back."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from educonnect.accounts import usernames
from educonnect.accounts.identifiers import draw_educonnect_id
from educonnect.accounts.models import Kind
from educonnect.journal.recording import record_each
from educonnect.journal.rules import Event
from educonnect.population import staging

# a pupil of the second degree, or of a school of the first that opens its pupils' accounts
_ENTITLED_PUPIL = (
    "NOT p.deceased AND EXISTS (SELECT FROM population_enrolment e JOIN schools_school s ON s.uai = e.school_id "
    "WHERE e.pupil_id = p.id AND e.ended_at IS NULL AND (s.degree = 2 OR s.opens_first_degree_pupils))"
)
# legally responsible for a pupil who is enrolled somewhere
_ENTITLED_GUARDIAN = (
    "EXISTS (SELECT FROM population_guardianship l JOIN population_pupil c ON c.id = l.pupil_id AND NOT c.deceased "
    "JOIN population_enrolment e ON e.pupil_id = c.id AND e.ended_at IS NULL "
    "WHERE l.guardian_id = p.id AND l.level = 1 AND l.ended_at IS NULL)"
)
_HOLDERS = {
    Kind.PUPIL: ("population_pupil", "pupil_id", _ENTITLED_PUPIL),
    Kind.GUARDIAN: ("population_guardian", "guardian_id", _ENTITLED_GUARDIAN),
}


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
    with transaction.atomic():
        reopened, opened = [], []
        wanted = {Kind.PUPIL: sorted(set(pupils)), Kind.GUARDIAN: sorted(set(guardians))}
        for kind, holders in wanted.items():
            if holders:
                reopened += _reopen(kind, holders)
        # loops only if a username allotted here was already in use outside the stems: the next number is tried
        while missing := [holder for kind, holders in wanted.items() for holder in _without_account(kind, holders)]:
            opened += _open(missing, now)
        record_each(Event.ACCOUNT_OPENED, opened, actor=actor, uai=uai)
        record_each(Event.ACCOUNT_REOPENED, reopened, actor=actor, uai=uai)
    return len(opened) + len(reopened)


def _reopen(kind: Kind, holders: Sequence[int]) -> list[int]:
    table, key, entitled = _HOLDERS[kind]
    rows = staging.fetch(
        f"UPDATE accounts_account SET closed_at = NULL, epoch = epoch + 1 WHERE id IN (SELECT a.id "  # noqa: S608
        f"FROM accounts_account a JOIN {table} p ON p.id = a.{key} WHERE a.{key} = ANY(%s) "
        f"AND a.closed_at IS NOT NULL AND {entitled} ORDER BY a.id FOR NO KEY UPDATE OF a) RETURNING id",
        [holders],
    )
    return sorted(pk for (pk,) in rows)


def _without_account(kind: Kind, holders: Sequence[int]) -> list[tuple[Kind, int, str]]:
    """(kind, holder, username stem) of those entitled who have none."""
    if not holders:
        return []
    table, key, entitled = _HOLDERS[kind]
    rows = staging.fetch(
        f"SELECT p.id, p.first_name, p.family_name FROM {table} p WHERE p.id = ANY(%s) "  # noqa: S608
        f"AND NOT EXISTS (SELECT FROM accounts_account a WHERE a.{key} = p.id) AND {entitled} ORDER BY p.id",
        [holders],
    )
    return [(kind, pk, usernames.stem_of(first, family)) for pk, first, family in rows]


def _open(missing: Sequence[tuple[Kind, int, str]], now: datetime) -> list[int]:
    names = usernames.allot([stem for _, _, stem in missing])
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
            for (kind, holder, _), name in zip(missing, names, strict=True)
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
