"""Fill a served store from a fixture: `python -m bench.serve_fill FILE`, on the database of this environment."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

UAI = "9729000A"
BATCH = 1000


def main(path: Path) -> None:
    """Read the fixture, write people and service."""
    import django

    django.setup()
    fixture = json.loads(path.read_text(encoding="utf-8"))
    users(fixture.get("users") or [])
    if fixture.get("sp"):
        service(fixture["sp"])


def users(pairs: list[list[str]]) -> None:
    """Activated pupils of one lycée, with these usernames and passwords and a made-up identity."""
    from django.db import transaction
    from django.utils import timezone

    from educonnect.accounts import passwords
    from educonnect.accounts.identifiers import draw_educonnect_id
    from educonnect.accounts.models import Account, Kind
    from educonnect.demo import numbers, words
    from educonnect.population.models import Enrolment, Pupil
    from educonnect.schools.directory import open_school
    from educonnect.schools.models import Division

    now = timezone.now()
    year = now.year if now.month >= 9 else now.year - 1
    with ThreadPoolExecutor() as pool:  # the hash leaves the interpreter's lock alone
        hashes = list(pool.map(lambda pair: passwords.hashed(pair[1]), pairs))
    with transaction.atomic():
        school = open_school(UAI, name="Lycée du Banc d’essai", kind="LYC", sector="PU")
        division = Division.objects.create(school=school, year=year, code="2DE A", label="2DE A")
        pupils = Pupil.objects.bulk_create(
            (
                Pupil(
                    ine=numbers.rnie(number),
                    family_name=(
                        family := (words.FIRST_HALVES[number % 42] + words.SECOND_HALVES[number % 37]).upper()
                    ),
                    first_name=(first := words.GIRLS[number % 40]),
                    birthdate=date(year - 16, 1, 1) + timedelta(days=number % 365),
                    sex="2",
                    birth_commune="97209",
                    birth_country="100",
                    folded=f"{family} {first}".lower(),
                )
                for number in range(len(pairs))
            ),
            batch_size=BATCH,
        )
        Enrolment.objects.bulk_create(
            (
                Enrolment(
                    pupil=pupil,
                    school=school,
                    year=year,
                    division=division,
                    mef="20010018110",
                    level="2211",
                    source_id=number,
                    started_on=date(year, 9, 1),
                )
                for number, pupil in enumerate(pupils, start=1)
            ),
            batch_size=BATCH,
        )
        Account.objects.bulk_create(
            (
                Account(
                    kind=Kind.PUPIL,
                    pupil=pupil,
                    username=username,
                    educonnect_id=draw_educonnect_id(),
                    password=encoded,
                    opened_at=now,
                    notified_at=now,
                    activated_at=now,
                    password_changed_at=now,
                    terms_accepted_at=now,
                )
                for pupil, (username, _password), encoded in zip(pupils, pairs, hashes, strict=True)
            ),
            batch_size=BATCH,
        )


def service(sp: dict[str, Any]) -> None:
    """A SAML service that has neither key nor certificate, with the attributes of the Pass Culture's profile.

    With a session open it is answered at once, as any service is that does not certify identity: that is what peers are
    measured doing.
    """
    from educonnect.delegation.mandate import operator_mandate
    from educonnect.federation import providers
    from educonnect.saml import metadata

    described = metadata.describe(metadata.minimal(sp["entity"], sp["acs"]))
    providers.register(operator_mandate(), described, profile="pass-culture", certifies_identity=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
