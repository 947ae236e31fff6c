"""Schools for tests. UAIs carry their right check letter."""

import factory

from educonnect.schools.models import Division, School

KEY = "ABCDEFGHJKLMNPRSTUVWXYZ"


def uai(number: int) -> str:
    return f"{number:07d}{KEY[number % 23]}"


class SchoolFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = School

    uai = factory.Sequence(lambda n: uai(9720000 + n + 1))
    name = factory.Sequence(lambda n: f"Lycée fictif {n}")
    kind = "LYC"
    sector = "PU"
    departement = "972"
    academie = "31"
    si_instance = "31"
    town = "Fort-de-France"


class DivisionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Division

    school = factory.SubFactory(SchoolFactory)
    year = 2026
    code = factory.Sequence(lambda n: f"2DE{n}")
