"""Tell a service about a person: what it may learn, no more, and leave a trace of it."""

from collections.abc import Iterable
from datetime import datetime

from educonnect.accounts.authentication import Authentication
from educonnect.federation import catalogue, rules
from educonnect.federation.errors import AccountGone, PopulationNotServed, ProviderSuspended
from educonnect.federation.identity import ReleasedIdentity
from educonnect.federation.models import Provider
from educonnect.federation.subjects import pairwise
from educonnect.journal.recording import RECORD, recorded
from educonnect.journal.rules import Event
from educonnect.population.rules import school_year
from educonnect.statements import Also, First, NotFirst, row, run

# One statement whatever the attributes. The current enrolment is one that has neither ended nor passed its date of
# leaving; of two, the one that began last, but next year's waits for its September. Somebody without one still has a
# degree, the last one's, and no school.
PERSON = """
SELECT account.kind, account.educonnect_id,
       COALESCE(pupil.family_name, guardian.family_name), COALESCE(pupil.first_name, guardian.first_name),
       COALESCE(pupil.first_ine, ''), pupil.birthdate, COALESCE(pupil.sex, ''), COALESCE(guardian.civility, ''),
       enrolment.current, enrolment.school_id, enrolment.level, COALESCE(enrolment.degree, children.degree, 2)
FROM accounts_account account
LEFT JOIN population_pupil pupil ON pupil.id = account.pupil_id
LEFT JOIN population_guardian guardian ON guardian.id = account.guardian_id
LEFT JOIN LATERAL (
  SELECT e.school_id, e.level, school.degree,
         e.ended_at IS NULL AND (e.leaves_on IS NULL OR e.leaves_on > %(today)s) AS current
  FROM population_enrolment e JOIN schools_school school ON school.uai = e.school_id
  WHERE e.pupil_id = account.pupil_id
  ORDER BY current DESC, (e.year <= %(year)s) DESC, e.year DESC, e.started_on DESC NULLS LAST, e.id DESC LIMIT 1
) enrolment ON true
LEFT JOIN LATERAL (
  SELECT max(school.degree) AS degree
  FROM population_guardianship g
  JOIN population_enrolment e ON e.pupil_id = g.pupil_id AND e.ended_at IS NULL
  JOIN schools_school school ON school.uai = e.school_id
  WHERE g.guardian_id = account.guardian_id AND g.ended_at IS NULL AND g.level = 1
) children ON true
WHERE account.id = %(account)s AND account.epoch = %(epoch)s AND account.closed_at IS NULL
"""

# « qui a reçu quoi », and the journal's line with it: one statement, one commit
TRACE = f"""
told AS (
  INSERT INTO federation_release (account_id, provider_id, at, attributes)
  SELECT %(account)s, %(provider)s, %(now)s, %(attributes)s::varchar[] FROM first
)
{RECORD} FROM first
"""  # noqa: S608 - constants


def release(
    authentication: Authentication,
    provider: Provider,
    *,
    now: datetime,
    first: First | None = None,
    also: Also | None = None,
) -> ReleasedIdentity:
    """What the provider learns of the person, now on record: a Release row and a line of the journal.

    Args:
        first: what must be written with it and may be written once, such as the request that is answered.
        also: what is written with it besides, such as that the service shares the session; it may use the parameters
            `account`, `provider`, `subject` and `now`.

    Raises:
        NotFirst: it was written before; nothing is recorded, and nothing may be told.
        Refusal: ProviderSuspended, AccountGone (closed, or sessions ended, since the sign-in), PopulationNotServed.
            A refusal records nothing and releases nothing.
    """
    if provider.suspended_at is not None:
        raise ProviderSuspended
    person = read_person(authentication.account_id, authentication.epoch, now=now)
    if person.kind not in provider.populations:
        raise PopulationNotServed
    keys = provider.attributes
    if person.kind == rules.GUARDIAN and provider.guardian_attributes is not None:
        keys = provider.guardian_attributes
    attributes = catalogue.values(person, keys, proved_at=authentication.at, now=now)
    told_as = subject(person.educonnect_id, provider, attributes)
    first, parts = first or First(), TRACE if also is None else f"{also.part}, {TRACE}"
    written = run(
        f"WITH {first.part}, {parts}",
        {
            **first.parameters,
            **(also.parameters if also else {}),
            "subject": told_as,
            "account": authentication.account_id,
            "provider": provider.pk,
            "now": now,
            "attributes": list(attributes),
            **recorded(
                Event.IDENTITY_RELEASED,
                actor=f"account:{authentication.account_id}",
                account_id=authentication.account_id,
                provider_id=provider.pk,
                attributes=list(attributes),
            ),
        },
    )
    if not written:
        raise NotFirst
    return ReleasedIdentity(
        subject=told_as,
        attributes=attributes,
        authenticated_at=authentication.at,
        method=authentication.method,
    )


def subject(educonnect_id: str, provider: Provider, attributes: Iterable[str]) -> str:
    """The person's opaque identifier for this provider: pairwise, or FrEduCtId where its contract releases it."""
    if provider.national and "educonnect_id" in attributes:
        return educonnect_id
    return pairwise(educonnect_id, provider.sector or provider.identifier)


def read_person(account_id: int, epoch: int, *, now: datetime) -> catalogue.Person:
    """All that may be released of an account's holder, in one statement.

    Raises:
        AccountGone: the account is closed, or its sessions ended since.
    """
    today = now.astimezone(rules.CLOCK).date()
    found = row(PERSON, {"account": account_id, "epoch": epoch, "today": today, "year": school_year(today)})
    if found is None:
        raise AccountGone
    kind, educonnect_id, family, first, first_ine, birthdate, sex, civility, current, uai, level, degree = found
    return catalogue.Person(
        kind=kind,
        educonnect_id=educonnect_id,
        family_name=family,
        first_name=first,
        civility=civility if kind == rules.GUARDIAN else rules.CIVILITIES.get(sex, ""),
        degree=degree,
        first_ine=first_ine,
        birthdate=birthdate,
        uai=uai if current else "",
        level=level if current else "",
    )
