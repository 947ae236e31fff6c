"""Pupils, guardians and their links for tests; invented names only."""

from datetime import date

import factory

from educonnect.population.models import Enrolment, Guardian, Guardianship, Pupil
from tests.schools.factories import DivisionFactory, SchoolFactory

LETTERS = "ABCDEFGHJK"


def ine(number: int) -> str:
    key = 97 - number % 97
    return f"{number:09d}{LETTERS[key // 10]}{LETTERS[key % 10]}"


class PupilFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Pupil

    ine = factory.Sequence(lambda n: ine(110000000 + n))
    first_ine = factory.SelfAttribute("ine")
    family_name = "DUVERGER"
    first_name = "Camille"
    birthdate = date(2009, 5, 14)
    folded = factory.LazyAttribute(lambda pupil: f"{pupil.family_name} {pupil.first_name}".lower())


class EnrolmentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Enrolment

    pupil = factory.SubFactory(PupilFactory)
    school = factory.SubFactory(SchoolFactory)
    year = 2026
    division = factory.SubFactory(
        DivisionFactory, school=factory.SelfAttribute("..school"), year=factory.SelfAttribute("..year")
    )
    level = "2211"
    source_id = factory.Sequence(lambda n: 100000 + n)


class GuardianFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Guardian

    family_name = "DUVERGER"
    first_name = "Maryse"
    folded = factory.LazyAttribute(lambda guardian: f"{guardian.family_name} {guardian.first_name}".lower())
    identity = factory.LazyAttribute(lambda guardian: f"{guardian.family_name}|{guardian.first_name}".lower())


class GuardianshipFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Guardianship

    guardian = factory.SubFactory(GuardianFactory)
    pupil = factory.SubFactory(PupilFactory)
    school = factory.SubFactory(SchoolFactory)
    level = 1
    kinship = "10"
