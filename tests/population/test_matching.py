"""Are these records one person?"""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from educonnect.population.matching import (
    Person,
    another_person,
    contradicts,
    identity_of,
    recognise,
    replaced,
    same_name,
    shared_contacts,
)

BORN, OTHER_DAY = date(2010, 4, 2), date(2011, 5, 3)
PHONE, MAIL = "+33612345678", "parent@courriel.example"


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (("Le Goff", "", "Anaïs"), ("LE-GOFF", "", "ANAIS"), True),
        (("Le Goff", "", "Marie"), ("Le Goff", "", "Marie-Anne"), True),
        (("Le Goff", "Rivière", "Anaïs"), ("Rivière", "", "Anaïs"), True),
        (("Le Goff", "", "Anaïs"), ("Le Goff", "", "Anatole"), False),
        (("Le Goff", "", "Anaïs"), ("Rivière", "", "Anaïs"), False),
        (("", "", "Anaïs"), ("", "", "Anaïs"), False),
    ],
)
def test_names_that_may_be_one_persons(a, b, same):
    assert same_name(a, b) is same
    assert same_name(b, a) is same


def test_somebody_else_has_another_name_and_another_birth_date():
    known = ("Le Goff", "", "Anaïs", BORN)

    assert another_person(known, ("Le Goff", "", "Malo", OTHER_DAY))
    assert not another_person(known, ("Le Goff", "", "Malo", BORN))
    assert not another_person(known, ("Le Goff", "", "Anaïs", OTHER_DAY))


@pytest.mark.parametrize(
    ("a", "b", "so"),
    [("M.", "MME", True), ("MME", "MLLE", False), ("", "M.", False), ("M", "Monsieur", False), ("Mx", "M.", False)],
)
def test_civilities_that_contradict(a, b, so):
    assert contradicts(a, b) is so


@pytest.mark.parametrize(
    ("claimed", "so"),
    [
        (("MME", "Mariée", "", "Anne"), False),
        (("MME", "Le Goff", "", "Anna"), False),
        (("M.", "Le Goff", "", "Luc"), True),
        (("MME", "Autre", "", "Luce"), True),
    ],
)
def test_a_record_typed_over_with_another_person(claimed, so):
    assert replaced(("MME", "Le Goff", "", "Anne"), claimed) is so


def person(key, *, civility="", name=("Le Goff", "Anne"), mobile="", email=""):
    return Person(key, civility, identity_of(*name), mobile, email)


def test_the_same_name_and_phone_is_the_same_guardian_the_oldest_first():
    known = [person(70, mobile=PHONE), person(30, email=MAIL)]

    assert recognise([person(1, mobile=PHONE, email=MAIL)], known) == ({1: 30}, {})


def test_records_of_one_file_are_joined_through_a_third():
    newcomers = [person(1, mobile=PHONE), person(2, mobile=PHONE, email=MAIL), person(3, email=MAIL)]

    assert recognise(newcomers, []) == ({}, {2: 1, 3: 1})


def test_an_unknown_civility_joins_one_of_the_two_and_never_both():
    newcomers = [
        person(1, civility="M.", mobile=PHONE),
        person(2, civility="", mobile=PHONE),
        person(3, civility="MME", mobile=PHONE),
    ]

    assert recognise(newcomers, []) == ({}, {2: 1})


@pytest.mark.parametrize("filler", ["+33600000000", "0606060606", "00", ""])
def test_a_filler_phone_proves_nothing(filler):
    assert recognise([person(1, mobile=filler), person(2, mobile=filler)], []) == ({}, {})


def test_a_contact_more_than_three_people_share_is_worthless():
    people = [(identity_of("Martin", first), "", MAIL) for first in ("a", "b", "c", "d")]

    assert shared_contacts(people) == {MAIL}
    assert shared_contacts(people[:3] * 5) == set()
    assert recognise([person(1, email=MAIL), person(2, email=MAIL)], [], worthless={MAIL}) == ({}, {})


contacts = st.sampled_from(["", PHONE, "+33698761234"]), st.sampled_from(["", MAIL, "autre@courriel.example"])
people = st.lists(
    st.tuples(
        st.sampled_from(["", "M.", "MME"]),
        st.sampled_from([("Le Goff", "Anne"), ("LE GOFF", "anne"), ("Le Goff", "Luc")]),
        *contacts,
    ),
    max_size=8,
)


@given(people)
def test_whoever_is_joined_has_the_name_and_no_contradicting_civility(drawn):
    newcomers = [
        person(key, civility=civility, name=name, mobile=mobile, email=email)
        for key, (civility, name, mobile, email) in enumerate(drawn)
    ]
    by_key = {one.key: one for one in newcomers}

    _, joined = recognise(newcomers, [])

    groups: dict[int, list[Person]] = {}
    for one in newcomers:
        groups.setdefault(joined.get(one.key, one.key), []).append(one)
    for first, group in groups.items():
        assert first not in joined
        assert {one.identity for one in group} == {by_key[first].identity}
        assert not any(contradicts(a.civility, b.civility) for a in group for b in group)
