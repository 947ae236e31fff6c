from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest

from educonnect.imports.findings import Finding, Severity
from educonnect.population.roll import Roll, RollGuardian, RollLink, RollPupil
from tests.imports.builders import (
    classes,
    communs,
    element,
    eleves,
    envelope,
    link,
    nomenclatures,
    person,
    pupil,
    read,
    responsables,
    rules,
    structures,
)
from tests.population.factories import ine


def roll(folder: Path, *contents: bytes) -> tuple[Roll, list[Finding]]:
    reading, found = read(folder, *contents)
    return reading.roll, found


def one_pupil(folder: Path, **fields: str | None) -> tuple[RollPupil | None, list[str]]:
    read_roll, found = roll(folder, eleves(pupil(1, **fields), structures=classes(1, "2DE1")))
    return (read_roll.pupils[0] if read_roll.pupils else None), [
        rule for rule in rules(found) if rule != "EXPORT-SANS-ELEVE"
    ]


def one_guardian(folder: Path, **fields: str | None) -> tuple[RollGuardian | None, list[str]]:
    read_roll, found = roll(folder, responsables(person(1, **fields), link(1, 1)))
    return (read_roll.guardians[0] if read_roll.guardians else None), rules(found)


def test_an_ordinary_pupil_is_read_without_a_word(tmp_path: Path) -> None:
    read_pupil, found = one_pupil(
        tmp_path, NOM_USAGE="Tafic", PRENOM2="Anne", PRENOM3="Lise", ID_NATIONAL=" 110000001dg ", CODE_MOTIF_SORTIE=None
    )

    assert found == []
    assert read_pupil == RollPupil(
        source_id=1001,
        ine="110000001DG",
        family_name="DUVERGER",
        used_name="TAFIC",
        first_name="Camille",
        other_names="Anne Lise",
        birthdate=date(2010, 5, 14),
        sex="2",
        birth_commune="97209",
        birth_country="100",
        division="2DE1",
        mef="20010018110",
        level="2211",
        started_on=date(2026, 9, 1),
    )


def test_names_of_before_2016_are_read(tmp_path: Path) -> None:
    read_pupil, found = one_pupil(tmp_path, NOM_DE_FAMILLE=None, NOM="TAFIC")

    assert read_pupil is not None
    assert read_pupil.family_name == "TAFIC"
    assert found == []


def test_the_key_may_be_a_child_and_sections_come_in_any_order(tmp_path: Path) -> None:
    inside = (
        "<STRUCTURES><STRUCTURES_ELEVE><ELEVE_ID>7</ELEVE_ID><STRUCTURE><TYPE_STRUCTURE>G</TYPE_STRUCTURE>"
        "<CODE_STRUCTURE>ANG</CODE_STRUCTURE></STRUCTURE><STRUCTURE><TYPE_STRUCTURE>D</TYPE_STRUCTURE>"
        "<CODE_STRUCTURE> 2DE 1 </CODE_STRUCTURE></STRUCTURE></STRUCTURES_ELEVE></STRUCTURES>"
        f"<ELEVES><ELEVE><ELEVE_ID>7</ELEVE_ID><ID_NATIONAL>{ine(110000001)}</ID_NATIONAL><NOM_DE_FAMILLE>A</NOM_DE_FAMILLE>"
        "<PRENOM>B</PRENOM><DATE_NAISS>14/05/2010</DATE_NAISS></ELEVE></ELEVES>"
    )

    read_roll, _found = roll(tmp_path, envelope("eleves", inside))

    assert [(one.source_id, one.division) for one in read_roll.pupils] == [(7, "2DE 1")]


def test_files_with_and_without_addresses_say_the_same(tmp_path: Path) -> None:
    people = element("ELEVES", pupil(1)) + "<STRUCTURES/>"
    addresses = (
        "<ADRESSES>" + '<ADRESSE ADRESSE_ID="1"><LIGNE1_ADRESSE>1 RUE\x0b</LIGNE1_ADRESSE></ADRESSE>' + "</ADRESSES>"
    )

    without, _ = roll(tmp_path, envelope("eleves", people))
    empty, _ = roll(tmp_path, envelope("eleves", people + "<ADRESSES/>"))
    full, found = roll(tmp_path, envelope("eleves", people + addresses))

    assert without.pupils == empty.pupils == full.pupils
    assert "FICHIER-CONTROLE" in rules(found)


def test_options_in_either_order_change_nothing(tmp_path: Path) -> None:
    early = (
        '<OPTIONS><OPTIONS_ELEVE ELEVE_ID="1001"><OPTION><NUM_OPTION>1</NUM_OPTION></OPTION></OPTIONS_ELEVE></OPTIONS>'
    )
    late = (
        '<OPTIONS><OPTION ELEVE_ID="1001"><OPTIONS_ELEVE><NUM_OPTION>1</NUM_OPTION></OPTIONS_ELEVE></OPTION></OPTIONS>'
    )

    rolls = [roll(tmp_path, envelope("eleves", element("ELEVES", pupil(1)) + options))[0] for options in (early, late)]

    assert rolls[0].pupils == rolls[1].pupils


def test_last_year_s_course_is_never_this_year_s(tmp_path: Path) -> None:
    last_year = element("SCOLARITE_AN_DERNIER", element("CODE_MEF", "10310019110") + element("CODE_STRUCTURE", "3A"))

    read_roll, found = roll(tmp_path, eleves(pupil(1, extra=last_year, CODE_MEF=None)))

    assert (read_roll.pupils[0].mef, read_roll.pupils[0].level, read_roll.pupils[0].division) == ("", "", "")
    assert "ACMEF-ABSENT" in rules(found)


@pytest.mark.parametrize("empty", [None, "", "   "])
def test_a_pupil_without_ine_waits(tmp_path: Path, empty: str | None) -> None:
    read_roll, found = roll(tmp_path, eleves(pupil(1, ID_NATIONAL=empty), pupil(2)))

    assert read_roll.quarantined == {1001: "INE_MISSING"}
    assert [one.source_id for one in read_roll.pupils] == [1002]
    [finding] = [one for one in found if one.rule == "IDNAT-ABSENT"]
    assert (finding.severity, finding.record, finding.field, finding.line) == (
        Severity.BLOCKING,
        "ELEVE_ID 1001",
        "ID_NATIONAL",
        5,
    )


def test_another_element_may_hold_the_ine(tmp_path: Path) -> None:
    read_pupil, found = one_pupil(tmp_path, ID_NATIONAL=None, INE_RNIE=ine(110000001), INE_BEA="0100000001D")

    assert read_pupil is not None
    assert (read_pupil.ine, read_pupil.former_ine) == (ine(110000001), "0100000001D")
    assert found == []


def test_T71_two_pupils_with_one_ine_both_wait(tmp_path: Path) -> None:
    shared = ine(110000001)

    read_roll, found = roll(
        tmp_path,
        eleves(pupil(1), pupil(2, ID_NATIONAL=f" {shared.lower()}"), pupil(3)),
        responsables(person(1), link(2, 1)),
    )

    assert read_roll.quarantined == {1001: "INE_DUPLICATED", 1002: "INE_DUPLICATED"}
    assert [one.source_id for one in read_roll.pupils] == [1003]
    assert read_roll.links == ()
    assert rules(found).count("IDNAT-DOUBLE") == 2


def test_T71_a_pupil_given_twice_is_taken_once(tmp_path: Path) -> None:
    read_roll, found = roll(tmp_path, eleves(pupil(1), pupil(1, PRENOM="Autre")))

    assert [one.first_name for one in read_roll.pupils] == ["Camille"]
    assert rules(found).count("CREAT-DOUBLE") == 1


@pytest.mark.parametrize("number", ["110000001ZZ", "0100000001A", "1234A56789B", "0750001U001"])
def test_an_ine_of_wrong_key_or_other_shape_is_taken(tmp_path: Path, number: str) -> None:
    read_pupil, found = one_pupil(tmp_path, ID_NATIONAL=number)

    assert read_pupil is not None
    assert read_pupil.ine == number
    assert set(found) <= {"IDNAT-CLE"}


def test_a_wrong_key_is_said(tmp_path: Path) -> None:
    assert one_pupil(tmp_path, ID_NATIONAL="110000001AA")[1] == ["IDNAT-CLE"]


@pytest.mark.parametrize("number", ["110000001DGX", "1100", "0750001U", "1100000-1DG", "11000000éDG"])
def test_what_cannot_be_an_ine_waits(tmp_path: Path, number: str) -> None:
    read_roll, found = roll(tmp_path, eleves(pupil(1, ID_NATIONAL=number)))

    assert read_roll.quarantined == {1001: "INE_MALFORMED"}
    assert "IDNAT-FORME" in rules(found)


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("NOM_DE_FAMILLE", None, "CREAT-NOM"),
        ("NOM_DE_FAMILLE", "''", "CREAT-NOM"),
        ("PRENOM", "", "CREAT-PRENOM"),
        ("DATE_NAISS", None, "DNAIS-ABSENTE"),
        ("DATE_NAISS", "31/12/9999", "DNAIS-ABSENTE"),
        ("DATE_NAISS", "30/02/2010", "DNAIS-FORME"),
        ("DATE_NAISS", "mai 2010", "DNAIS-FORME"),
        ("DATE_NAISS", "24/11/2026", "DNAIS-FUTURE"),
        ("DATE_NAISS", "14/05/1899", "DNAIS-ANCIENNE"),
    ],
)
def test_a_pupil_whose_identity_is_not_whole_waits(tmp_path: Path, field: str, value: str | None, rule: str) -> None:
    fields = {field: value}

    read_roll, found = roll(tmp_path, eleves(pupil(1, **fields), pupil(2)))

    assert read_roll.quarantined == {1001: "IDENTITY_INCOMPLETE"}
    assert [one.source_id for one in read_roll.pupils] == [1002]
    assert [one.record for one in found if one.rule == rule] == ["ELEVE_ID 1001"]


@pytest.mark.parametrize("birthdate", ["14/05/1990", "14/05/2025"])
def test_an_unusual_age_is_said(tmp_path: Path, birthdate: str) -> None:
    read_pupil, found = one_pupil(tmp_path, DATE_NAISS=birthdate)

    assert read_pupil is not None
    assert found == ["DNAIS-AGE"]


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("NOM_DE_FAMILLE", "DUV?RGER", "ELNOM-SIGNE"),
        ("PRENOM", "ÉloÃ¯se", "ELNOM-ENCODAGE"),
        ("NOM_USAGE", "'TAFIC'", "ELNOM-GUILLEMET"),
        ("NOM_DE_FAMILLE", "A" * 101, "ELNOM-LONG"),
        ("CODE_SEXE", None, "CSEXE-ABSENT"),
        ("CODE_SEXE", "3", "CSEXE-ABSENT"),
        ("CODE_COMMUNE_INSEE_NAISS", "9720", "LNAIS-COMMUNE"),
        ("CODE_MEF", "2001001811", "ACMEF-FORME"),
        ("CODE_MEF", "99910018110", "ACMEF-NIVEAU"),
        ("DATE_SORTIE", "bientôt", "SORTI-DATE"),
        ("DATE_ENTREE", "32/13/2026", "SCOAC-DATE"),
    ],
)
def test_what_looks_wrong_is_said_and_the_pupil_taken(tmp_path: Path, field: str, value: str | None, rule: str) -> None:
    fields = {field: value}

    read_pupil, found = one_pupil(tmp_path, **fields)

    assert read_pupil is not None
    assert found == [rule]


def test_a_corsican_commune_is_one(tmp_path: Path) -> None:
    read_pupil, found = one_pupil(tmp_path, CODE_COMMUNE_INSEE_NAISS="2A004")

    assert read_pupil is not None
    assert read_pupil.birth_commune == "2A004"
    assert found == []


def test_a_name_of_100_characters_is_whole(tmp_path: Path) -> None:
    read_pupil, found = one_pupil(tmp_path, NOM_DE_FAMILLE="A" * 100)

    assert read_pupil is not None
    assert len(read_pupil.family_name) == 100
    assert found == []


def test_twins_are_two_pupils_and_homonyms_are_said(tmp_path: Path) -> None:
    read_roll, found = roll(
        tmp_path, eleves(pupil(1), pupil(2, PRENOM="Camélia"), pupil(3, NOM_DE_FAMILLE="Duverger", PRENOM="CAMILLE"))
    )

    assert len(read_roll.pupils) == 3
    assert [one.record for one in found if one.rule == "CREAT-HOMONYME"] == ["ELEVE_ID 1003"]


def test_departures_are_kept_past_and_future(tmp_path: Path) -> None:
    read_roll, _found = roll(
        tmp_path,
        eleves(
            pupil(1, DATE_SORTIE="01/10/2026", CODE_MOTIF_SORTIE="10"),
            pupil(2, DATE_SORTIE="01/03/2027"),
            pupil(3, DATE_SORTIE="31/12/9999"),
        ),
    )

    assert [(one.leaves_on, one.leaving_reason) for one in read_roll.pupils] == [
        (date(2026, 10, 1), "10"),
        (date(2027, 3, 1), ""),
        (None, ""),
    ]


def test_a_deceased_pupil_is_told_as_such_even_without_a_date(tmp_path: Path) -> None:
    read_roll, found = roll(tmp_path, eleves(pupil(1, CODE_MOTIF_SORTIE="43"), pupil(2, structures="")))

    assert read_roll.pupils[0].leaving_reason == "43"
    assert "SORTI-DECES" in rules(found)


@pytest.mark.parametrize("name", ["Inactifs", "INACTIFS", "inactifs"])
def test_inactifs_is_not_a_class(tmp_path: Path, name: str) -> None:
    read_roll, found = roll(
        tmp_path, structures({name: "INACTIFS", "2DE1": ""}), eleves(pupil(1), structures=classes(1, name))
    )

    assert read_roll.pupils[0].division == ""
    assert read_roll.divisions == {"2DE1": ""}
    assert rules(found) == ["ACDIV-INACTIFS"]


def test_of_several_classes_the_first_in_code_order_is_kept(tmp_path: Path) -> None:
    read_roll, found = roll(
        tmp_path, eleves(pupil(1), structures=classes(1, "2DE9", "Inactifs", "2DE3", groups=["1G"]))
    )

    assert read_roll.pupils[0].division == "2DE3"
    assert set(rules(found)) == {"ACDIV-PLUSIEURS", "ACDIV-INACTIFS"}


def test_several_blocks_for_one_pupil_are_said_and_joined(tmp_path: Path) -> None:
    read_roll, found = roll(tmp_path, eleves(pupil(1), structures=classes(1, groups=["G"]) + classes(1, "2DE1")))

    assert read_roll.pupils[0].division == "2DE1"
    assert rules(found) == ["ACDIV-BLOCS"]


def test_classes_of_a_pupil_who_is_not_there_are_passed_over(tmp_path: Path) -> None:
    read_roll, found = roll(tmp_path, eleves(pupil(1), structures=classes(9, "3A") + classes(1, "2DE1")))

    assert read_roll.divisions == {"2DE1": ""}
    assert found == []


def test_a_pupil_without_class_is_said(tmp_path: Path) -> None:
    _roll, found = roll(tmp_path, eleves(pupil(1), pupil(2, PRENOM="Anne"), structures=classes(1, "2DE1")))

    assert [(one.rule, one.record) for one in found] == [("ACDIV-ABSENTE", "ELEVE_ID 1002")]


def test_a_summer_base_without_classes_is_said_once(tmp_path: Path) -> None:
    read_roll, found = roll(tmp_path, eleves(*(pupil(number, PRENOM=f"P{number}") for number in range(20))))

    assert len(read_roll.pupils) == 20
    assert rules(found) == ["ACDIV-AUCUNE"]


def test_a_class_that_structures_does_not_hold_is_said(tmp_path: Path) -> None:
    read_roll, found = roll(tmp_path, structures({"2DE1": "x"}), eleves(pupil(1), structures=classes(1, "2DE9")))

    assert read_roll.pupils[0].division == "2DE9"
    assert rules(found) == ["ACDIV-INCONNUE"]


def test_a_class_of_too_long_a_code_is_left_aside(tmp_path: Path) -> None:
    read_roll, found = roll(tmp_path, eleves(pupil(1), structures=classes(1, "SECONDE 1")))

    assert read_roll.pupils[0].division == ""
    assert "ACDIV-FORME" in rules(found)


def test_the_key_of_a_class_may_be_a_child(tmp_path: Path) -> None:
    division = element("CODE_STRUCTURE", "2DE1") + element("LIBELLE_LONG", "SECONDE 1  ")
    inside = element("DIVISIONS", element("DIVISION", division))

    read_roll, _found = roll(
        tmp_path, envelope("structures", inside + "<GROUPES><GROUPE CODE_STRUCTURE='G'/></GROUPES>")
    )

    assert read_roll.divisions == {"2DE1": "SECONDE 1"}


def test_levels_come_from_the_nomenclature_and_local_courses_from_theirs(tmp_path: Path) -> None:
    national = element("MEF_RATTACHEMENT", "20010018110")
    local = f'<MEF CODE_MEF="2001001811A"><LIBELLE_LONG>LOCAL  </LIBELLE_LONG>{national}</MEF>'

    read_roll, _found = roll(
        tmp_path,
        nomenclatures({"20010018110": ("2NDE", "22110010001")}, local),
        eleves(pupil(1, CODE_MEF="2001001811A")),
    )

    assert read_roll.mefs == {"20010018110": ("2NDE", "2211"), "2001001811A": ("LOCAL", "2211")}
    assert read_roll.pupils[0].level == "2211"


def test_the_school_tells_its_name_and_head(tmp_path: Path) -> None:
    reading, _found = read(
        tmp_path,
        communs(
            DENOM_PRINC="COLLEGE",
            DENOM_COMPL="DES FREGATES",
            CODE_TYPE_ETAB="CLG",
            QUAL_RESP="Principale",
            TELEPHONE="0596 61 00 00",
        ),
    )

    assert reading.school == {
        "name": "COLLEGE DES FREGATES",
        "kind": "CLG",
        "sector": "PU",
        "town": "",
        "phone": "0596 61 00 00",
        "head_title": "Principale",
    }


def test_an_ordinary_guardian_is_read_without_a_word(tmp_path: Path) -> None:
    guardian, found = one_guardian(tmp_path, NOM_USAGE="TAFIC", MEL="m.duverger@exemple.fr", ADRESSE_ID="1")

    assert found == []
    assert guardian == RollGuardian(
        source_id=5001,
        family_name="DUVERGER",
        first_name="Maryse",
        civility="Mme",
        used_name="TAFIC",
        mobile="+596696200001",
        email="m.duverger@exemple.fr",
    )


@pytest.mark.parametrize(("written", "kept"), [("M.", "M."), ("MME", "Mme"), ("MLLE", "Mme"), ("", ""), ("DR", "")])
def test_civilities_are_two(tmp_path: Path, written: str, kept: str) -> None:
    guardian, _found = one_guardian(tmp_path, LC_CIVILITE=written)

    assert guardian is not None
    assert guardian.civility == kept


@pytest.mark.parametrize(
    ("fields", "mobile", "rules_found"),
    [
        ({"TEL_PORTABLE": "pas de portable"}, "pas de portable", ["TELEP-NUMERO"]),
        ({"TEL_PORTABLE": "0596 61 23 45"}, "+596596612345", ["TELEP-FIXE"]),
        ({"TEL_PORTABLE": None, "TEL_PERSONNEL": "0696203040"}, "+596696203040", []),
        ({"TEL_PORTABLE": None, "TEL_PERSONNEL": "0596612345"}, "", []),
        ({"TEL_PORTABLE": None}, "", []),
    ],
)
def test_the_mobile_is_where_it_is(
    tmp_path: Path, fields: dict[str, str | None], mobile: str, rules_found: list[str]
) -> None:
    guardian, found = one_guardian(tmp_path, **fields)

    assert guardian is not None
    assert guardian.mobile == mobile
    assert found == rules_found


def test_a_wrong_e_mail_is_left_aside(tmp_path: Path) -> None:
    guardian, found = one_guardian(tmp_path, MEL="m.duverger(at)exemple.fr")

    assert guardian is not None
    assert guardian.email == ""
    assert found == ["TELEP-MEL"]


@pytest.mark.parametrize("fields", [{"PRENOM": None}, {"NOM_DE_FAMILLE": ""}])
def test_a_guardian_who_is_not_a_person_has_no_account(tmp_path: Path, fields: dict[str, str | None]) -> None:
    read_roll, found = roll(tmp_path, responsables(person(1, **fields), link(1, 1)))

    assert (read_roll.guardians, read_roll.links) == ((), ())
    assert rules(found) == ["PAREN-NOM", "PAREN-ABSENT"]


def links_of(folder: Path, links: str) -> tuple[tuple[RollLink, ...], list[str]]:
    read_roll, found = roll(
        folder,
        eleves(pupil(1), structures=classes(1, "2DE1")),
        responsables(person(1) + person(2, PRENOM="Octave"), links),
    )
    return read_roll.links, rules(found)


@pytest.mark.parametrize(
    ("fields", "level"),
    [
        ({"NIVEAU_RESPONSABILITE": "1"}, 1),
        ({"NIVEAU_RESPONSABILITE": "2"}, 2),
        ({"NIVEAU_RESPONSABILITE": "3"}, 3),
        ({"RESP_LEGAL": "1"}, 1),
        ({"RESP_LEGAL": "2"}, 1),
        ({"RESP_LEGAL": "0", "PERS_CONTACT": "1"}, 3),
        ({"NIVEAU_RESPONSABILITE": "3", "RESP_LEGAL": "1"}, 3),
    ],
)
def test_levels_of_before_and_after_2018_are_read(tmp_path: Path, fields: dict[str, str], level: int) -> None:
    links, found = links_of(tmp_path, link(1, 1, level=None, **fields) + link(1, 2))

    assert links[0] == RollLink(1001, 5001, level, "10")
    assert found == []


@pytest.mark.parametrize("fields", [{}, {"NIVEAU_RESPONSABILITE": "9"}, {"RESP_LEGAL": "X"}])
def test_an_unknown_level_gives_no_access(tmp_path: Path, fields: dict[str, str]) -> None:
    links, found = links_of(tmp_path, link(1, 1, level=None, **fields) + link(1, 2))

    assert links[0].level == 3
    assert found == ["PAREN-NIVEAU"]


def test_both_parents_are_legal(tmp_path: Path) -> None:
    links, found = links_of(tmp_path, link(1, 1) + link(1, 2, kinship="20"))

    assert [(one.guardian, one.level) for one in links] == [(5001, 1), (5002, 1)]
    assert found == []


@pytest.mark.parametrize(("written", "kept"), [("10", "10"), ("1", "20"), ("2", "10"), ("51", "51"), ("", "")])
def test_kinship_of_before_2018_is_that_of_today(tmp_path: Path, written: str, kept: str) -> None:
    links, _found = links_of(tmp_path, link(1, 1, kinship=written))

    assert links[0].kinship == kept


def test_an_adult_pupil_is_not_his_own_guardian(tmp_path: Path) -> None:
    read_roll, found = roll(
        tmp_path, eleves(pupil(1), structures=classes(1, "2DE1")), responsables(person(1), link(1, 1, kinship="70"))
    )

    assert (read_roll.guardians, read_roll.links) == ((), ())
    assert rules(found) == ["PAREN-SOI", "PAREN-SANS-LIEN"]


def test_T71_persons_and_links_without_each_other_are_counted(tmp_path: Path) -> None:
    read_roll, found = roll(
        tmp_path,
        eleves(pupil(1), structures=classes(1, "2DE1")),
        responsables(person(1) + person(2) + person(3), link(1, 1) + link(1, 8) + link(9, 2) + link(9, 3)),
    )

    assert [one.source_id for one in read_roll.guardians] == [5001]
    assert read_roll.links == (RollLink(1001, 5001, 1, "10"),)
    assert [(one.rule, one.problem.split()[0]) for one in found] == [
        ("PAREN-ABSENT", "Un"),
        ("PAREN-ELEVE-ABSENT", "2"),
        ("PAREN-SANS-LIEN", "2"),
    ]


def test_the_other_element_of_links_is_read(tmp_path: Path) -> None:
    links, _found = links_of(tmp_path, link(1, 1).replace("RESPONSABLE_ELEVE", "RESPONSABLE"))

    assert links == (RollLink(1001, 5001, 1, "10"),)


def test_one_parent_under_two_numbers_is_said(tmp_path: Path) -> None:
    read_roll, found = roll(
        tmp_path,
        eleves(pupil(1), structures=classes(1, "2DE1")),
        responsables(person(1) + person(2, TEL_PORTABLE="+596 696 20 00 01"), link(1, 1) + link(1, 2)),
    )

    assert len(read_roll.guardians) == 2
    assert [(one.rule, one.record) for one in found] == [("PAREN-HOMONYME", "PERSONNE_ID 5002")]


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (responsables(person(1) + person(1), link(1, 1)), "PAREN-DOUBLE"),
        (responsables(person(1).replace("5001", "x"), link(1, 2)), "PAREN-NUMERO"),
        (responsables(person(1), link(1, 1) + "<RESPONSABLE_ELEVE/>"), "PAREN-LIEN"),
        (eleves(pupil(1), pupil(2).replace("1002", "-2")), "CREAT-NUMERO"),
        (eleves(), "EXPORT-SANS-ELEVE"),
    ],
)
def test_records_without_number_or_twice_are_left_out(tmp_path: Path, content: bytes, rule: str) -> None:
    _roll, found = roll(tmp_path, content)

    assert rule in rules(found)


def personal(found: Iterable[Finding]) -> str:
    return " ".join(f"{one.problem} {one.cure} {one.record} {one.field}" for one in found)


def test_T75_findings_name_records_by_number_only(tmp_path: Path) -> None:
    _roll, found = roll(
        tmp_path,
        eleves(
            pupil(1, ID_NATIONAL="110000001AA", PRENOM="Cam?lle"),
            pupil(2, DATE_NAISS="99/99/2010"),
            pupil(3, ID_NATIONAL="110000001AA"),
        ),
        responsables(person(1, TEL_PORTABLE="0600", MEL="x(at)y"), link(1, 1)),
    )

    assert len(found) > 5
    for secret in ("DUVERGER", "Duverger", "Cam?lle", "110000001", "0600", "x(at)y", "99/99"):
        assert secret not in personal(found)


def test_without_its_pupils_a_file_of_guardians_keeps_its_links(tmp_path: Path) -> None:
    read_roll, found = roll(tmp_path, responsables(person(1), link(1, 1)))

    assert set(read_roll.exported_at) == set(read_roll.digests) == {"responsables"}
    assert len(read_roll.links) == 1
    assert found == []
