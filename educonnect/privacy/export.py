"""« Mes données »: everything that is held of a person, composed of what each package says it holds."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeAlias

from educonnect.accounts import held as accounts
from educonnect.accounts.models import Account
from educonnect.federation.received import labels, of_holder
from educonnect.journal.models import Connection, Entry
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.population import held as population
from educonnect.sessions import held as sessions

FORMAT = "educonnect-mes-donnees"
#: Raised whenever a key changes its name or its meaning; a new key changes nothing.
VERSION = 1

#: Section -> what it holds; a section that may be long is an iterator, read from the database as it is written.
Sections: TypeAlias = Mapping[str, Any]

#: Each table with a link to a person: the section it is in…
EXPORTED: Mapping[str, str] = {
    "population.Pupil": "identité",
    "population.Enrolment": "scolarités",
    "population.Guardian": "identité",
    "population.GuardianSource": "numéros dans les bases académiques",
    "population.Guardianship": "enfants, responsables",
    "population.GuardianshipReport": "signalements",
    "accounts.Account": "compte",
    "accounts.ProvisionalPassword": "compte",
    "accounts.OneTimeLink": "compte",
    "sessions.Session": "sessions",
    "sessions.Participation": "sessions",
    "sessions.Waiting": "demandes de services en attente",
    "federation.Release": "données envoyées aux services",
    "journal.Entry": "journal",
    "journal.Connection": "connexions",
}
#: …or why it is in none.
NOT_EXPORTED: Mapping[str, str] = {
    "notification.Chunk": "letters of a whole class, sealed and destroyed after a day; « journal » tells of the letter",
    "notification.Campaign": "who asked for a school's letters, not who received them",
    "notification.Download": "who took a school's letters, not who received them",
    "sessions.Departure": "a sign-out under way, forgotten within minutes; « journal » tells that it was asked for",
    "sessions.Farewell": "what a service is told of that sign-out, forgotten with it",
    "imports.Run": "who ran a school's import; figures only",
}


def of(account: Account) -> Sections:
    """All that is held of the holder, under whichever account became this one, section by section. Reads only.

    Messages are not kept: their content is erased once sent, and their rows hold no address.
    """
    joined = dict(account.merged.order_by("pk").values_list("pk", "username"))
    numbers = [account.pk, *joined]
    return {
        "compte": accounts.of_account(account),
        "comptes réunis à celui-ci": list(joined.values()),
        **(population.of_pupil(account.pupil) if account.pupil else {}),
        **(population.of_guardian(account.guardian) if account.guardian else {}),
        **sessions.of_account(account.pk),
        "connexions": _connections(numbers),
        "journal": _journal(numbers),
        "données envoyées aux services": _releases(account.pk),
    }


def hand_over(account_id: int, *, actor: str, now: datetime) -> Iterator[str]:
    """The whole as JSON text, piece by piece, whatever its length; the journal tells of it first.

    Args:
        actor: who receives it, as the journal writes it.
    """
    account = Account.objects.select_related("pupil", "guardian", "provisional").get(pk=account_id)
    record(Event.DATA_EXPORTED, actor=actor, account_id=account_id)
    return _written({"format": FORMAT, "version": VERSION, "remis le": now, **of(account)})


def _written(sections: Sections) -> Iterator[str]:
    lead = "{\n"
    for name, held in sections.items():
        yield f"{lead}{_json(name)}: "
        if isinstance(held, Iterator):
            yield from _list(held)
        else:
            yield _json(held)
        lead = ",\n"
    yield "\n}\n"


def _list(lines: Iterable[Any]) -> Iterator[str]:
    lead = "[\n"
    for line in lines:
        yield lead + _json(line)
        lead = ",\n"
    yield "[]" if lead == "[\n" else "\n]"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _connections(numbers: Sequence[int]) -> Iterator[dict[str, Any]]:
    for one in Connection.objects.filter(account_id__in=numbers).order_by("at", "pk").iterator():
        yield {"le": one.at, "résultat": one.outcome, "adresse": one.address, "appareil": one.device}


def _journal(numbers: Sequence[int]) -> Iterator[dict[str, Any]]:
    for one in Entry.objects.filter(account_id__in=numbers).order_by("at", "pk").iterator():
        yield {
            "le": one.at,
            "événement": one.event,
            "par": one.actor,
            "établissement": one.uai,
            "service": one.provider_id,
            "détail": one.detail,
        }


def _releases(account_id: int) -> Iterator[dict[str, Any]]:
    found = of_holder(account_id).select_related("provider")
    for one in found.order_by("at", "pk").iterator():
        yield {"le": one.at, "service": one.provider.name, "données": [str(label) for label in labels(one.attributes)]}
