import re
from datetime import date

import argon2
import pytest

from educonnect.accounts import passwords
from educonnect.accounts.errors import (
    PasswordCommon,
    PasswordHoldsDate,
    PasswordPattern,
    PasswordPersonal,
    PasswordTooLong,
    PasswordTooShort,
    TooBusy,
    WeakPassword,
)
from educonnect.accounts.passwords import Personal
from educonnect.accounts.turns import Turns
from tests.accounts.factories import GuardianAccountFactory, PupilAccountFactory
from tests.population.factories import EnrolmentFactory, GuardianshipFactory, PupilFactory
from tests.schools.factories import SchoolFactory

NOBODY = Personal()
CAMILLE = Personal(
    names=("Marie-Ève", "LÉA", "DUVERGER", "D'ESTRÉES"),
    username="m.duverger12",
    places=("Lycée professionnel Aimé Fictif", "Fort-de-France"),
    uais=("9720001B",),
)


@pytest.mark.parametrize("password", ["", "court", "onze-signes", "éééàààùùùo1"])
def test_T01_under_twelve_characters_is_refused(password: str) -> None:
    with pytest.raises(PasswordTooShort):
        passwords.check(password, NOBODY)


def test_T01_twelve_characters_are_counted_as_the_person_sees_them() -> None:
    composed = "été-hiver-né"

    passwords.check(composed, NOBODY)
    with pytest.raises(PasswordTooShort):
        passwords.check("e\u0301te\u0301-hiver-n", NOBODY)


@pytest.mark.parametrize("length", [64, 128, 1024])
def test_T02_a_long_passphrase_is_accepted_and_verified_whole(length: int) -> None:
    phrase = ("le héron 日本語 🦉 dîne à Ouessant avec neuf phoques gris ; " * 20)[: length - 3] + "fin"

    passwords.check(phrase, NOBODY)
    encoded = passwords.hashed(phrase)

    assert passwords.verify(encoded, phrase)
    assert not passwords.verify(encoded, phrase[:-1])
    assert not passwords.verify(encoded, phrase[:-1] + "m")


def test_T02_what_is_longer_than_any_password_is_refused_in_clear_words() -> None:
    with pytest.raises(PasswordTooLong):
        passwords.check("héron cendré " * 90, NOBODY)


def test_a_text_too_long_to_be_a_password_still_costs_one_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    spent: list[None] = []
    monkeypatch.setattr(passwords, "spend_one_hash", lambda: spent.append(None))

    right = passwords.verify(passwords.hashed("x" * 1024), "x" * 1025)

    assert not right
    assert spent == [None]


@pytest.mark.parametrize(
    "phrase",
    ["quatre hérons boivent du thé", "dauphintambourruelle", "mon chat mange des glaces", "ouistiti perplexe"],
)
def test_T03_a_long_sentence_in_lower_case_is_accepted(phrase: str) -> None:
    passwords.check(phrase, NOBODY)


def test_T04_each_common_password_is_refused_even_filled_up() -> None:
    denied = sorted(passwords._denied())

    assert len(denied) > 19_000
    passed = []
    for word in denied:
        for password in (word, word + "2026!", word.capitalize() + "#1234567"):
            if len(password) >= 12 and len(word) >= 4 and re.search("[a-z]", word):
                try:
                    passwords.check(password, NOBODY)
                except (PasswordCommon, PasswordPattern, PasswordHoldsDate):
                    continue
                passed.append(password)
    assert passed == []


@pytest.mark.parametrize(
    "password",
    [
        "motdepasse2026",
        "MotDePasse!!!!",
        "m0td3p@ss3-2026",
        "azerty-azerty-azerty",
        "azertyuiop12",
        "Bonjour123456",
        "P@ssw0rd2026!",
        "jetaimejetaime",
        "2026 Marseille 2026",
        "chocolat123456",
    ],
)
def test_T04_what_french_people_choose_is_refused_however_dressed(password: str) -> None:
    with pytest.raises(PasswordCommon):
        passwords.check(password, NOBODY)


@pytest.mark.parametrize(
    "password",
    ["aaaaaaaaaaaa", "abababababab", "123456789012", "qsdfghjklm12", "abcdefghijkl", "987654321098", "xyzxyzxyzxyz",
     "wxcvbn,wxcvbn", "&é\"'(-è_çà&é\"'("],
)  # fmt: skip
def test_T04_rows_of_keys_and_repetitions_are_refused(password: str) -> None:
    with pytest.raises((PasswordPattern, PasswordCommon)):
        passwords.check(password, NOBODY)


def test_T04_the_operator_adds_a_breached_set(settings, tmp_path) -> None:
    breached = tmp_path / "breached.txt"
    breached.write_text("heron-turquoise-47\n", encoding="utf-8")
    settings.PASSWORD_DENYLIST = str(breached)
    passwords._denied.cache_clear()

    try:
        with pytest.raises(PasswordCommon):
            passwords.check("Heron-Turquoise-47", NOBODY)
    finally:
        passwords._denied.cache_clear()


@pytest.mark.parametrize(
    "password",
    [
        "oiseau marieeve bleu",
        "MARIE-EVE au balcon",
        "marie court vite",
        "le chat de Léa dort",
        "duverger-parapluie",
        "xxDUV3RG3Rxx-soupe",
        "d'estrées-parapluie",
        "m.duverger12-soupe",
        "soupe à fort de france",
        "lyceeprofessionnelaimefictif",
        "soupe 9720001b chaude",
    ],
)
def test_T05_nothing_of_the_person_or_of_the_school(password: str) -> None:
    with pytest.raises(PasswordPersonal):
        passwords.check(password, CAMILLE)


def test_T05_a_short_name_inside_another_word_is_no_name() -> None:
    passwords.check("fleaillerie obsolète", CAMILLE)


@pytest.mark.parametrize(
    "date_of_birth",
    ["14052009", "140509", "20090514", "05142009", "14/05/2009", "14-5-09", "2009-05-14", "14.05.2009", "14 mai 2009",
     "14mai", "1er mai 2009", "1452009", "090514"],
)  # fmt: skip
def test_T05_no_date_whoevers(date_of_birth: str) -> None:
    with pytest.raises(PasswordHoldsDate):
        passwords.check(f"héron{date_of_birth} turquoise", NOBODY)


def test_T05_a_refusal_never_tells_the_birth_date_to_who_found_a_letter() -> None:
    right, wrong = date(2009, 5, 14), date(2010, 11, 3)

    refusals = []
    for day in (right, wrong):
        with pytest.raises(WeakPassword) as refused:
            passwords.check(f"héron {day:%d%m%Y} turquoise", CAMILLE)
        refusals.append(type(refused.value))
    assert refusals[0] is refusals[1]


@pytest.mark.parametrize("password", ["héron 83620 turquoise", "lune1maison2fleuve", "42 cigognes et 7 mares"])
def test_figures_that_are_no_date_are_accepted(password: str) -> None:
    passwords.check(password, NOBODY)


@pytest.mark.django_db
def test_the_words_of_a_pupil_are_those_of_the_roll(django_assert_max_num_queries) -> None:
    school = SchoolFactory(name="Lycée Aimé Fictif", town="Le Lamentin")
    pupil = PupilFactory(first_name="Camille", family_name="DUVERGER", used_name="MARTEL")
    EnrolmentFactory(pupil=pupil, school=school)
    account = PupilAccountFactory(pupil=pupil, username="c.duverger")

    with django_assert_max_num_queries(3):
        about = passwords.personal(account)

    assert about == Personal(
        names=("Camille", "DUVERGER", "MARTEL"),
        username="c.duverger",
        places=("Lycée Aimé Fictif", "Le Lamentin"),
        uais=(school.pk,),
    )


@pytest.mark.django_db
def test_the_words_of_a_guardian_hold_those_of_the_children() -> None:
    account = GuardianAccountFactory()
    school = SchoolFactory(name="Collège Fictif", town="Le Robert")
    child = PupilFactory(first_name="Ysoline")
    GuardianshipFactory(guardian=account.guardian, pupil=child, school=school)
    EnrolmentFactory(pupil=child, school=school)

    about = passwords.personal(account)

    assert {"Maryse", "Ysoline"} <= set(about.names)
    assert about.uais == (school.pk,)


def test_T08_a_hash_is_argon2id_with_its_parameters_and_a_salt_of_128_bits() -> None:
    one, other = passwords.hashed("quatre hérons"), passwords.hashed("quatre hérons")

    kind, version, parameters, salt, _, pepper = one.strip("$").split("$")
    assert (kind, version, parameters) == ("argon2id", "v=19", "m=8,t=1,p=1")
    assert len(salt) * 6 >= 128
    assert pepper == "pepper=1"
    assert one != other


def test_T08_the_default_parameters_are_19_mib_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded = passwords._hasher_with(2, 19 * 1024).hash(b"x")

    assert encoded.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_T08_other_parameters_ask_for_a_new_hash(settings) -> None:
    encoded = passwords.hashed("quatre hérons")
    assert not passwords.needs_rehash(encoded)

    settings.ARGON2_TIME = 3

    assert passwords.needs_rehash(encoded)
    assert passwords.verify(encoded, "quatre hérons")


def test_T09_a_dumped_hash_is_worthless_without_the_pepper(settings) -> None:
    encoded = passwords.hashed("quatre hérons")
    bare, version = passwords.parted(encoded)

    # with all that a dump holds, the right word is not recognised, by Argon2id itself or under a guessed pepper
    with pytest.raises(argon2.exceptions.VerifyMismatchError):
        argon2.PasswordHasher().verify(bare, "quatre hérons")
    assert version == 1
    settings.PEPPERS = {1: "another pepper, of another installation"}
    assert not passwords.verify(encoded, "quatre hérons")


def test_T08_a_hash_made_before_peppers_verifies_and_asks_for_a_new_one() -> None:
    encoded = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("quatre hérons")

    assert passwords.verify(encoded, "quatre hérons")
    assert not passwords.verify(encoded, "quatre herons")
    assert passwords.needs_rehash(encoded)


def test_T84_while_the_former_release_serves_a_new_hash_has_no_pepper_and_a_peppered_one_still_verifies(
    settings,
) -> None:
    peppered = passwords.hashed("quatre hérons")

    settings.PEPPER_PASSWORDS = False
    bare = passwords.hashed("quatre hérons")

    assert argon2.PasswordHasher().verify(bare, "quatre hérons")  # as the former release does
    assert passwords.verify(bare, "quatre hérons")
    assert passwords.verify(peppered, "quatre hérons")
    assert (passwords.needs_rehash(bare), passwords.needs_rehash(peppered)) == (False, True)
    settings.PEPPER_PASSWORDS = True
    assert passwords.needs_rehash(bare)


def test_T08_a_newer_pepper_asks_for_a_new_hash_and_the_former_still_verifies(settings) -> None:
    encoded = passwords.hashed("quatre hérons")

    settings.PEPPERS = {2: "a second pepper, drawn after a scare, long", **settings.PEPPERS}

    assert passwords.verify(encoded, "quatre hérons")
    assert passwords.needs_rehash(encoded)
    assert not passwords.needs_rehash(passwords.hashed("quatre hérons"))


def test_a_hash_whose_pepper_is_not_given_refuses_at_the_cost_of_one_hash(
    settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded = passwords.hashed("quatre hérons")
    settings.PEPPERS = {2: "a second pepper, drawn after a scare, long"}
    spent: list[bool] = []
    monkeypatch.setattr(passwords, "spend_one_hash", lambda: spent.append(True))

    assert not passwords.verify(encoded, "quatre hérons")

    assert spent == [True]


def test_accents_composed_by_another_keyboard_are_the_same_password() -> None:
    encoded = passwords.hashed("quatre h\u00e9rons")

    assert passwords.verify(encoded, "quatre he\u0301rons")


def test_T86_hashes_at_once_are_bounded_and_the_next_is_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = Turns(1, line=1, burst=0, patience=0.05)
    monkeypatch.setattr(passwords, "_turns", turns)

    with turns.one(), pytest.raises(TooBusy):
        passwords.spend_one_hash()

    passwords.spend_one_hash()


def test_the_meter_tells_0_for_what_is_refused_and_more_for_what_is_harder() -> None:
    told = [
        passwords.strength(password, CAMILLE)
        for password in ("motdepasse2026", "ouistitisale", "ouistiti perplexe", "ouistiti perplexe au 4e rang, ravi")
    ]

    assert told[0] == 0
    assert told == sorted(told)
    assert told[1] >= 1
    assert told[-1] == 4


def test_what_the_browsers_meter_gets_holds_nothing_of_any_person() -> None:
    assert set(passwords.meter()) == {"least", "most", "rows", "steps", "common"}
