import random
from datetime import UTC, date, datetime

import pytest

from educonnect.imports.siecle import values


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("14/05/2010", date(2010, 5, 14)),
        ("14-05-2010", date(2010, 5, 14)),
        ("2010-05-14", date(2010, 5, 14)),
        ("29/02/2012", date(2012, 2, 29)),
        ("31/12/9999", None),
        ("", None),
        (None, None),
    ],
)
def test_dates_are_read_in_both_writings(written: str | None, read: date | None) -> None:
    assert values.day(written) == read


@pytest.mark.parametrize(
    "written",
    [
        "29/02/2011",
        "32/01/2010",
        "00/00/0000",
        "14/5/2010",
        "140510",
        "mai 2010",
        "14/05/201O",
        "14/05-2010",
        "١٤/٠٥/٢٠١٠",
    ],
)
def test_what_is_not_a_day_of_the_calendar_is_unreadable(written: str) -> None:
    with pytest.raises(values.Unreadable):
        values.day(written)


def test_the_time_of_an_export_is_paris_time() -> None:
    assert values.moment("20/11/2026 08:00:00") == datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
    assert values.moment("20/06/2026") == datetime(2026, 6, 19, 22, 0, tzinfo=UTC)


@pytest.mark.parametrize("written", [None, "", "hier", "20/11/2026 25:00:00", "20/11/2026 8h", "31/12/9999 00:00:00"])
def test_a_time_that_cannot_be_read_is_none(written: str | None) -> None:
    assert values.moment(written) is None


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("duverger", "DUVERGER"),
        ("  DUVERGER ", "DUVERGER"),
        ("de la  Tour", "DE LA TOUR"),
        ("d’Aubigné", "D’AUBIGNÉ"),
        ("DUPRÉ--MARTIN", "DUPRÉ--MARTIN"),
        ("N\u00a0GUYEN", "N GUYEN"),
        ("DU\u200bVERGER", "DUVERGER"),
        ("E\u0301LIE", "ÉLIE"),
    ],
)
def test_surnames_are_in_capitals_and_tidy(written: str, kept: str) -> None:
    assert values.surname(written) == values.Name(kept)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("CAMILLE", "Camille"),
        ("camille", "Camille"),
        ("JEAN-PIERRE", "Jean-Pierre"),
        ("Jean Pierre", "Jean Pierre"),
        ("ÉLOÏSE", "Éloïse"),
        ("McKenzie", "McKenzie"),
        ("N'GOLO", "N'Golo"),
    ],
)
def test_first_names_have_their_capitals(written: str, kept: str) -> None:
    assert values.given_name(written).text == kept


@pytest.mark.parametrize("written", ["'DUVERGER'", '"DUVERGER"', "« DUVERGER »", "'DUVERGER", "DUVERGER’"])
def test_quotes_around_a_name_are_taken_off_and_said(written: str) -> None:
    assert values.surname(written) == values.Name("DUVERGER", quoted=True)


def test_a_lost_character_and_a_wrong_encoding_are_seen() -> None:
    assert values.surname("DUV?RGER").question
    assert values.surname("DuprÃ©").garbled
    assert values.surname("FrançÃ§ois").garbled
    assert not values.surname("JOÃO").garbled
    assert not values.surname("CONCEIÇÃO").garbled


def test_a_name_of_100_characters_is_whole_and_a_longer_one_is_cut() -> None:
    assert values.surname("A" * 100) == values.Name("A" * 100)
    assert values.surname("A" * 101) == values.Name("A" * 100, long=True)


@pytest.mark.parametrize(
    ("written", "region", "read"),
    [
        ("0696 20 30 40", "MQ", "+596696203040"),
        ("0696.20.30.40", "FR", "+596696203040"),
        ("06 12 34 56 78", "FR", "+33612345678"),
        ("06-12-34-56-78", "MQ", "+33612345678"),
        ("+33 6 12 34 56 78", "FR", "+33612345678"),
        ("0033612345678", "FR", "+33612345678"),
        ("+33 (0)6 12 34 56 78", "FR", "+33612345678"),
        ("+33 696 20 30 40", "FR", "+596696203040"),
        ("0690 20 30 40", "FR", "+590690203040"),
        ("0692 20 30 40", "RE", "+262692203040"),
        ("0639 01 23 45", "FR", "+262639012345"),
        ("06 39 98 12 34", "MQ", "+33639981234"),
        ("78 12 34", "NC", "+687781234"),
        ("+44 7400 123456", "FR", "+447400123456"),
    ],
)
def test_mobiles_are_read_in_the_region_of_the_school(written: str, region: str, read: str) -> None:
    assert values.phone(written, region) == values.Phone(read, exists=True, mobile=True)


def test_a_landline_is_a_number_and_not_a_mobile() -> None:
    assert values.phone("0596 61 23 45", "MQ") == values.Phone("+596596612345", exists=True, mobile=False)


@pytest.mark.parametrize("written", ["06", "06 00", "néant", "0000000000", "1" * 60, "+", "06/12/34"])
def test_what_is_not_a_number_is_kept_as_given(written: str) -> None:
    assert values.phone(written, "FR") == values.Phone(written[:20], exists=False, mobile=False)


@pytest.mark.parametrize("region", ["FR", "MQ", "GP", "GF", "RE", "YT", "PM"])
def test_the_fast_way_agrees_with_the_library(region: str) -> None:
    draw = random.Random(region)
    for _ in range(400):
        written = f"0{draw.choice('67')}{draw.randrange(10**8):08d}"
        if values._FICTION.fullmatch(written[1:]):
            continue

        read = values.phone(written, region)

        slow = values.parse(written, region)
        if values.is_valid_number(slow):
            assert read.text == values.format_number(slow, values.PhoneNumberFormat.E164)
        elif read.exists:
            assert values.is_valid_number(values.parse(read.text, region))


@pytest.mark.parametrize("text", ["a@exemple.fr", "a.b-c+d@sous.exemple.fr", "x@e-x.org", "a" * 64 + "@exemple.fr"])
def test_e_mail_addresses_have_their_shape(text: str) -> None:
    assert values.is_email(text)


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "a@",
        "@exemple.fr",
        "a@exemple",
        "a b@exemple.fr",
        "a@exemple..fr",
        "a@-exemple.fr",
        "é@exemple.fr",
        "a@b.fr\n",
        "a" * 250 + "@b.fr",
    ],
)
def test_others_are_not_addresses(text: str) -> None:
    assert not values.is_email(text)


@pytest.mark.parametrize(
    ("text", "read"), [("12", 12), ("", None), (None, None), ("-1", None), ("1e3", None), ("٣", None), ("9" * 19, None)]
)
def test_numbers_are_those_the_database_holds(text: str | None, read: int | None) -> None:
    assert values.number(text) == read
