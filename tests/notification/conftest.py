"""A school with classes, pupils and guardians whose accounts wait for their letters."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from educonnect.accounts.models import Account
from educonnect.population.names import searchable
from educonnect.schools.models import Division, School
from tests.accounts.factories import GuardianAccountFactory, PupilAccountFactory
from tests.population.factories import EnrolmentFactory, GuardianshipFactory
from tests.schools.factories import DivisionFactory, SchoolFactory

NOW = datetime(2026, 10, 14, 8, 0, tzinfo=UTC)


@dataclass
class World:
    school: School
    divisions: dict[str, Division] = field(default_factory=dict)

    def division(self, code: str) -> Division | None:
        if not code:
            return None
        if code not in self.divisions:
            self.divisions[code] = DivisionFactory(school=self.school, code=code)
        return self.divisions[code]

    def pupil(self, family: str, first: str = "Camille", code: str = "2DE1", **values: object) -> Account:
        """A pupil enrolled in a class, with an account; `enrolment__…` and account fields as given."""
        enrolment = {key[11:]: values.pop(key) for key in list(values) if key.startswith("enrolment__")}
        account = PupilAccountFactory(
            pupil__family_name=family,
            pupil__first_name=first,
            pupil__folded=searchable(family, first),
            **values,
        )
        EnrolmentFactory(
            pupil=account.pupil,
            **{"school": self.school, "division": self.division(code), "year": 2026, **enrolment},
        )
        return account

    def guardian(self, family: str, children: list[Account], first: str = "Maryse", **values: object) -> Account:
        """A guardian of these pupils, with an account; `link__…` for the guardianships."""
        link = {key[6:]: values.pop(key) for key in list(values) if key.startswith("link__")}
        account = GuardianAccountFactory(
            guardian__family_name=family,
            guardian__first_name=first,
            guardian__folded=searchable(family, first),
            **values,
        )
        for child in children:
            GuardianshipFactory(
                guardian=account.guardian, pupil=child.pupil, school=link.get("school", self.school), **link
            )
        return account


@pytest.fixture
def world(db: None) -> World:
    return World(SchoolFactory(name="Lycée fictif Auguste-Moulin", phone="05 96 00 00 00"))
