from collections.abc import Iterator

import pytest

from educonnect.imports import rules
from educonnect.imports.errors import FileRefused
from educonnect.imports.siecle import records
from educonnect.imports.siecle.kinds import RECORDS, Kind

Taken = list[tuple[str, records.Fields, list[records.Fields], int]]


def pieces(text: str, size: int) -> Iterator[bytes]:
    content = text.encode()
    for start in range(0, len(content), size):
        yield content[start : start + size]


def taken(inside: str, kind: Kind = Kind.ELEVES, *, size: int = 50) -> Taken:
    found: Taken = []
    records.read(
        pieces(f"<R><DONNEES>{inside}</DONNEES></R>", size),
        "a.xml",
        wanted=RECORDS[kind],
        take=lambda *record: found.append(record),
        root=lambda _name: None,
    )
    return found


def refused(text: str) -> FileRefused:
    with pytest.raises(FileRefused) as error:
        records.read(
            pieces(text, rules.CHUNK),
            "a.xml",
            wanted=RECORDS[Kind.ELEVES],
            take=lambda *_: None,
            root=lambda _name: None,
        )
    return error.value


def test_attributes_and_children_are_one_and_the_attribute_wins() -> None:
    [(name, fields, _, _)] = taken(
        '<ELEVES><ELEVE ELEVE_ID="1" ELENOET="2"><ELENOET>3</ELENOET><PRENOM> Camille </PRENOM></ELEVE></ELEVES>'
    )

    assert name == "ELEVE"
    assert fields == {"ELEVE_ID": "1", "ELENOET": "2", "PRENOM": "Camille"}


def test_the_key_may_be_a_child() -> None:
    [(_, fields, _, _)] = taken("<ELEVES><ELEVE><ELEVE_ID>1</ELEVE_ID></ELEVE></ELEVES>")

    assert fields == {"ELEVE_ID": "1"}


@pytest.mark.parametrize("empty", ["<MEL/>", "<MEL></MEL>", "<MEL>  </MEL>", ""])
def test_empty_is_absent(empty: str) -> None:
    [(_, fields, _, _)] = taken(f'<ELEVES><ELEVE ELEVE_ID="1" ELENOET="">{empty}</ELEVE></ELEVES>')

    assert fields == {"ELEVE_ID": "1"}


def test_last_year_s_course_is_not_this_year_s() -> None:
    [(_, fields, _, _)] = taken(
        '<ELEVES><ELEVE ELEVE_ID="1"><SCOLARITE_AN_DERNIER><CODE_MEF>OLD</CODE_MEF><MEL>x</MEL></SCOLARITE_AN_DERNIER>'
        "<PRENOM>A</PRENOM></ELEVE></ELEVES>"
    )

    assert fields == {"ELEVE_ID": "1", "PRENOM": "A"}


def test_blocks_are_a_list_and_options_are_passed_over() -> None:
    [(name, fields, blocks, _)] = taken(
        '<OPTIONS><OPTION ELEVE_ID="1"><OPTIONS_ELEVE><NUM_OPTION>1</NUM_OPTION></OPTIONS_ELEVE></OPTION></OPTIONS>'
        '<STRUCTURES><STRUCTURES_ELEVE ELEVE_ID="1">'
        "<STRUCTURE><CODE_STRUCTURE>6A</CODE_STRUCTURE><TYPE_STRUCTURE>D</TYPE_STRUCTURE></STRUCTURE>"
        "<STRUCTURE><TYPE_STRUCTURE>G</TYPE_STRUCTURE><CODE_STRUCTURE>G1</CODE_STRUCTURE></STRUCTURE>"
        "</STRUCTURES_ELEVE></STRUCTURES>"
    )

    assert (name, fields) == ("STRUCTURES_ELEVE", {"ELEVE_ID": "1"})
    assert blocks == [
        {"CODE_STRUCTURE": "6A", "TYPE_STRUCTURE": "D"},
        {"TYPE_STRUCTURE": "G", "CODE_STRUCTURE": "G1"},
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 10_000])
def test_where_chunks_end_does_not_matter(size: int) -> None:
    inside = '<ELEVES><ELEVE ELEVE_ID="1"><PRENOM>Élo&#239;se &amp; L&apos;</PRENOM></ELEVE></ELEVES>'

    [(_, fields, _, line)] = taken(inside, size=size)

    assert fields["PRENOM"] == "Éloïse & L'"
    assert line == 1


def test_a_record_knows_its_line() -> None:
    lines = [line for *_, line in taken('<ELEVES>\n<ELEVE ELEVE_ID="1"/>\n\n<ELEVE ELEVE_ID="2"/>\n</ELEVES>')]

    assert lines == [2, 4]


def test_a_value_without_end_is_cut() -> None:
    [(_, fields, _, _)] = taken(
        f"<ELEVES><ELEVE><PRENOM>{'x' * 300_000}</PRENOM><MEL>a</MEL></ELEVE></ELEVES>", size=10_000
    )

    assert fields == {"PRENOM": "x" * rules.LONGEST_VALUE, "MEL": "a"}


def test_a_record_of_endless_fields_is_cut() -> None:
    many = "".join(f"<F{number}>x</F{number}>" for number in range(1000))

    [(_, fields, _, _)] = taken(f"<ELEVES><ELEVE>{many}</ELEVE></ELEVES>", size=10_000)

    assert len(fields) == rules.MOST_FIELDS


def test_T59_a_doctype_is_refused_before_anything_of_it_is_read() -> None:
    bomb = '<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )

    error = refused(f"<!DOCTYPE R [{bomb}]><R><DONNEES><ELEVES><ELEVE>&i;</ELEVE></ELEVES></DONNEES></R>")

    assert error.finding.rule == "FICHIER-DTD"


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE R SYSTEM "http://exemple.invalid/a.dtd">',
        '<!DOCTYPE R PUBLIC "-//A" "file:///etc/passwd">',
        '<!DOCTYPE R [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE R [<!ENTITY % p SYSTEM "http://exemple.invalid/">%p;]>',
        "<!DOCTYPE R>",
    ],
)
def test_T59_external_entities_are_never_fetched(doctype: str) -> None:
    assert refused(f"{doctype}<R><DONNEES/></R>").finding.rule == "FICHIER-DTD"


def test_T59_an_entity_nobody_declared_is_malformed() -> None:
    assert refused("<R><DONNEES>&x;</DONNEES></R>").finding.rule == "FICHIER-XML"


def test_T71_a_broken_line_is_placed() -> None:
    finding = refused("<R>\n<DONNEES>\n<ELEVES></ELEVE></DONNEES></R>").finding

    assert (finding.rule, finding.line) == ("FICHIER-XML", 3)
    assert "ligne 3, colonne 11" in finding.problem


def test_T71_what_came_before_a_break_was_handed_over() -> None:
    found: Taken = []

    with pytest.raises(FileRefused):
        records.read(
            pieces('<R><DONNEES><ELEVES><ELEVE ELEVE_ID="1"/><ELEVE ELEVE_ID="2"', 10),
            "a.xml",
            wanted=RECORDS[Kind.ELEVES],
            take=lambda *record: found.append(record),
            root=lambda _name: None,
        )

    assert [fields for _, fields, _, _ in found] == [{"ELEVE_ID": "1"}]


@pytest.mark.parametrize("inside", ["<a>" * 100, "<DONNEES><ELEVES><ELEVE>" + "<a>" * 100])
def test_T59_absurd_depth_is_refused(inside: str) -> None:
    assert refused(f"<R>{inside}").finding.rule == "FICHIER-XML"


@pytest.mark.parametrize("endless", ["<a b='", "<!-- ", "<?p ", "<a "])
def test_T59_a_tag_without_end_is_stopped(endless: str) -> None:
    error = refused(f"<R>{endless}{'x' * 3 * rules.LONGEST_TOKEN}")

    assert error.finding.rule == "FICHIER-XML"


def test_the_head_is_read_without_the_rest() -> None:
    def chunks() -> Iterator[bytes]:
        yield b"<BEE_ELEVES><PARAMETRES><UAJ>9720001U</UAJ></PARAMETRES>"
        pytest.fail("read too far")

    assert records.head(chunks(), "a.xml") == ("BEE_ELEVES", {"UAJ": "9720001U"})
