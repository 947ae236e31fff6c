"""Every releasable attribute, once: its key, what it means, whose it is, how it is computed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from educonnect.accounts.identifiers import ine_hash
from educonnect.federation import rules
from educonnect.federation.rules import GUARDIAN, PUPIL


@dataclass(frozen=True, slots=True)
class Person:
    """What one query reads of an account and its holder; a guardian has no `first_ine`, `birthdate`, `uai` nor `level`.

    Attributes:
        first_ine: the first number known of the pupil, which no correction changes.
        degree: 1 or 2, of the current school; for a guardian the highest of the children's.
    """

    kind: str
    educonnect_id: str
    family_name: str
    first_name: str
    civility: str
    degree: int
    first_ine: str = ""
    birthdate: date | None = None
    uai: str = ""
    level: str = ""


@dataclass(frozen=True, slots=True)
class Attribute:
    """A thing a service may learn.

    Attributes:
        label: as its holder reads it in « qui a reçu quoi ».
        holders: the populations that have it; nobody else ever releases it.
        compute: (person, date of the proof, date of the release) -> value, empty when there is none.
    """

    key: str
    label: Promise
    holders: tuple[str, ...]
    compute: Callable[[Person, datetime, datetime], str]


def _affiliation(person: Person, proved_at: datetime, now: datetime) -> str:
    return f"{'resp' if person.kind == GUARDIAN else 'eleve'}{person.degree}d"


def _birthdate(person: Person, proved_at: datetime, now: datetime) -> str:
    return person.birthdate.isoformat() if person.birthdate else ""


def _older_than(threshold: int) -> Callable[[Person, datetime, datetime], str]:
    def compute(person: Person, proved_at: datetime, now: datetime) -> str:
        if person.birthdate is None:
            return ""
        return "true" if rules.age(person.birthdate, now.astimezone(rules.CLOCK).date()) >= threshold else "false"

    return compute


BOTH = (PUPIL, GUARDIAN)

CATALOGUE: Mapping[str, Attribute] = {
    attribute.key: attribute
    for attribute in (
        Attribute(
            "logout_url",
            _("Adresse de déconnexion"),  # FrEduUrlRetour
            BOTH,
            lambda person, proved_at, now: settings.BASE_URL + rules.LOGOUT_PATH,
        ),
        Attribute(
            "connection_date",
            _("Date de connexion"),  # FrEduCtDateConnexion
            BOTH,
            lambda person, proved_at, now: rules.connection_date(proved_at),
        ),
        Attribute("affiliation", _("Type de compte"), BOTH, _affiliation),  # FrEduCtPersonAffiliation
        Attribute(
            "educonnect_id",
            _("Numéro de compte ÉduConnect"),  # FrEduCtId
            BOTH,
            lambda person, proved_at, now: person.educonnect_id,
        ),
        Attribute(
            "ine_hash",
            _("Empreinte de l’identifiant national"),  # FrEduCtEleveINEHash
            (PUPIL,),
            lambda person, proved_at, now: ine_hash(person.first_ine) if person.first_ine else "",
        ),
        Attribute("birthdate", _("Date de naissance"), (PUPIL,), _birthdate),  # FrEduCtDateNaissance
        Attribute(
            "uai",
            _("Établissement"),  # FrEduCtEleveUAI
            (PUPIL,),
            lambda person, proved_at, now: person.uai,
        ),
        Attribute(
            "level",
            _("Niveau scolaire"),  # FrEduCtEleveNiveau, MEFSTAT4
            (PUPIL,),
            lambda person, proved_at, now: person.level,
        ),
        Attribute("civility", _("Civilité"), BOTH, lambda person, proved_at, now: person.civility),
        Attribute(
            "family_name",
            _("Nom de famille"),
            BOTH,
            lambda person, proved_at, now: person.family_name.upper(),
        ),
        Attribute("first_name", _("Prénom"), BOTH, lambda person, proved_at, now: person.first_name),
        Attribute("age_over_13", _("Avoir 13 ans ou plus"), (PUPIL,), _older_than(13)),
        Attribute("age_over_15", _("Avoir 15 ans ou plus"), (PUPIL,), _older_than(15)),
        Attribute("age_over_16", _("Avoir 16 ans ou plus"), (PUPIL,), _older_than(16)),
        Attribute("age_over_18", _("Avoir 18 ans ou plus"), (PUPIL,), _older_than(18)),
    )
}


def values(
    person: Person, keys: list[str] | tuple[str, ...], *, proved_at: datetime, now: datetime
) -> dict[str, tuple[str, ...]]:
    """The person's values for these keys, in the provider's order; what is empty or not theirs is left out."""
    found: dict[str, tuple[str, ...]] = {}
    for key in keys:
        attribute = CATALOGUE[key]
        if person.kind in attribute.holders and (value := attribute.compute(person, proved_at, now)):
            found[key] = (value,)
    return found
