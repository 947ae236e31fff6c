"""What is fixed of what services may learn."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

#: The real service's logout address; FrEduUrlRetour leads there.
LOGOUT_PATH = "/idp/profile/Logout"
#: The clock of FrEduCtDateConnexion, which has no room for an offset. Source: decision 0055.
CLOCK = ZoneInfo("Europe/Paris")
#: A provider is asked for again at most this long after another process changed or suspended it.
PROVIDER_TRUSTED_FOR = 2.0

PUPIL = "pupil"
GUARDIAN = "guardian"
CIVILITIES = {"1": "M.", "2": "Mme"}


@dataclass(frozen=True, slots=True)
class Profile:
    """An approved contract: what a well-known service receives, pupil by pupil and guardian by guardian."""

    attributes: tuple[str, ...]
    guardian_attributes: tuple[str, ...]
    populations: tuple[str, ...]
    national: bool
    certifies_identity: bool
    options: Mapping[str, object]


PROFILES: Mapping[str, Profile] = {
    # Source: the public code of the Pass Culture's API. It refuses guardians on a page of its own, which tells
    # them to come back as the pupil: they are let through with what that page needs and nothing of a child.
    "pass-culture": Profile(
        attributes=(
            "logout_url",
            "connection_date",
            "affiliation",
            "educonnect_id",
            "ine_hash",
            "birthdate",
            "uai",
            "level",
            "civility",
            "first_name",
            "family_name",
        ),
        guardian_attributes=("logout_url", "affiliation", "first_name", "family_name"),
        populations=(PUPIL, GUARDIAN),
        national=True,
        certifies_identity=True,
        # its metadata name an address for single logout that nothing serves: telling it would lose the person there
        options={"name_id": "transient", "encrypt": True, "single_logout": False},
    ),
}


def age(birthdate: date, today: date) -> int:
    """Whole years; somebody born on 29 February ages on 1 March of ordinary years."""
    return today.year - birthdate.year - ((today.month, today.day) < (birthdate.month, birthdate.day))


def connection_date(at: datetime) -> str:
    """`YYYY-MM-DD HH:MM:SS.mmm`, the fraction always there."""
    local = at.astimezone(CLOCK)
    return f"{local:%Y-%m-%d %H:%M:%S}.{local.microsecond // 1000:03d}"
