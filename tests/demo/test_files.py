"""The fictive académie's files: the same arguments give the same bytes, and every awkward case is there."""

import hashlib
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest

from educonnect.demo import numbers, writing
from educonnect.demo.academie import Academie, Kind

TODAY = date(2026, 11, 23)


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*.*")
    }


def raw(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        (member,) = archive.namelist()
        return archive.read(member)


def parsed(folder: Path, name: str) -> list[ElementTree.Element]:
    return [ElementTree.fromstring(raw(path)) for path in sorted(folder.glob(f"*/ExportXML_{name}.zip"))]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("academie")
    writing.write(Academie(schools=5, pupils=60, seed=7, today=TODAY), target)
    return target


@pytest.fixture(scope="module")
def pupils(folder: Path) -> list[ElementTree.Element]:
    return [pupil for root in parsed(folder, "ElevesAvecAdresses") for pupil in root.iter("ELEVE")]


def text(element: ElementTree.Element, tag: str) -> str:
    return element.findtext(tag) or ""


def test_the_same_arguments_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    command = ["--schools", "5", "--pupils", "60", "--seed", "7", "--today", "2026-11-23"]
    subprocess.run([sys.executable, "-m", "educonnect", "demo-files", *command, str(tmp_path)], check=True)

    assert digests(tmp_path) == digests(folder)


def test_another_seed_gives_other_people(folder: Path, tmp_path: Path) -> None:
    writing.write(Academie(schools=5, pupils=60, seed=8, today=TODAY), tmp_path)

    assert digests(tmp_path).keys() == digests(folder).keys()
    assert digests(tmp_path)["9729000A/ExportXML_ElevesAvecAdresses.zip"] not in digests(folder).values()


def test_a_school_is_a_folder_of_five_archives_in_latin_9(folder: Path) -> None:
    archives = sorted(folder.glob("*/*.zip"))

    assert len(archives) == 25
    assert {path.name for path in archives} == {
        "ExportXML_ElevesAvecAdresses.zip",
        "ExportXML_ResponsablesAvecAdresses.zip",
        "ExportXML_Structures.zip",
        "ExportXML_Nomenclature.zip",
        "ExportXML_Communs.zip",
    }
    assert all(raw(path).startswith(b'<?xml version="1.0" encoding="ISO-8859-15"?>') for path in archives)
    assert "CŒURBŒUF".encode("iso-8859-15") in b"".join(raw(path) for path in archives)


def test_beside_them_stands_the_sts_file_of_its_people_the_head_first(folder: Path) -> None:
    files = sorted(folder.glob("*/sts_emp_*.xml"))
    heads = [root.findtext("DONNEES/UAJ/NOM_RESP") for root in parsed(folder, "Communs")]

    assert [path.name for path in files] == [f"sts_emp_{path.parent.name}_2026.xml" for path in files]
    assert len(files) == 5
    for path, head in zip(files, heads, strict=True):
        root = ElementTree.fromstring(path.read_bytes())
        people = list(root.iter("INDIVIDU"))
        assert root.find("PARAMETRES/UAJ").attrib == {"CODE": path.parent.name}
        assert f"{text(people[0], 'PRENOM')} {text(people[0], 'NOM_USAGE')}" == head
        assert [text(one, "FONCTION") for one in people[:6]] == ["DIR", "ADJ", "EDU", "EDU", "DOC", "ADM"]
        assert len({(one.get("ID"), one.get("TYPE")) for one in people}) == len(people)


def test_each_school_has_the_pupils_asked_for_and_right_keys(folder: Path) -> None:
    roots = parsed(folder, "ElevesAvecAdresses")

    assert [len(list(root.iter("ELEVE"))) for root in roots] == [60] * 5
    for root in roots:
        uai = root.findtext("PARAMETRES/UAJ") or ""
        assert uai[:4] == "9729"
        assert numbers.A23[int(uai[:7]) % 23] == uai[7]


def test_ine_have_right_keys_and_belong_to_nobody(pupils: list[ElementTree.Element]) -> None:
    for pupil in pupils:
        ine = text(pupil, "ID_NATIONAL")
        if not ine or ine[4] == "A":
            continue
        if ine[9:].isalpha():
            assert ine.startswith("99")
            assert (int(ine[:9]) + numbers.A10.index(ine[9]) * 10 + numbers.A10.index(ine[10])) % 97 == 0
        else:
            assert ine.startswith("3199")
            assert numbers.A23[int(ine[:10]) % 23] == ine[10]


def test_the_kinds_of_school_are_there_with_a_cite_of_two_numbers(folder: Path) -> None:
    schools = [root.find("DONNEES/UAJ") for root in parsed(folder, "Communs")]

    kinds = [school.findtext("CODE_TYPE_ETAB") for school in schools if school is not None]
    cite = [
        school.findtext("DENOM_COMPL")
        for school in schools
        if school is not None and (school.findtext("DENOM_PRINC") or "").startswith("Cité scolaire")
    ]
    assert kinds == ["LYC", "CLG", "LP", "LYC", "CLG"]
    assert len(cite) == 2
    assert len(set(cite)) == 1


def test_ages_are_right_for_services_on_the_day(pupils: list[ElementTree.Element]) -> None:
    def age(pupil: ElementTree.Element) -> int:
        day, month, year = map(int, text(pupil, "DATE_NAISS").split("/"))
        return TODAY.year - year - ((TODAY.month, TODAY.day) < (month, day))

    ages = [age(pupil) for pupil in pupils]
    dates = {text(pupil, "DATE_NAISS") for pupil in pupils}

    assert {11, 12, 13, 14, 15, 16, 17, 18} <= set(ages)
    assert max(ages) <= 19
    assert {"23/11/2011", "23/11/2008", "24/11/2008", "29/02/2008"} <= dates


def test_every_awkward_pupil_is_in_the_files(pupils: list[ElementTree.Element]) -> None:
    ines = [text(pupil, "ID_NATIONAL") for pupil in pupils if text(pupil, "ID_NATIONAL")]
    identities = [(text(pupil, "NOM_DE_FAMILLE"), text(pupil, "PRENOM")) for pupil in pupils]
    born = [(*identity, text(pupil, "DATE_NAISS")) for identity, pupil in zip(identities, pupils, strict=True)]
    names = {identity[0] for identity in identities}

    assert any(pupil.find("ID_NATIONAL") is None for pupil in pupils)
    assert any(pupil.find("ID_NATIONAL") is not None and not text(pupil, "ID_NATIONAL") for pupil in pupils)
    assert any(text(pupil, "INE_BEA") and text(pupil, "INE_BEA") != text(pupil, "ID_NATIONAL") for pupil in pupils)
    assert any(text(pupil, "INE_BEA") == text(pupil, "ID_NATIONAL") != "" for pupil in pupils)
    assert len(ines) - len(set(ines)) == 2  # the two pupils in two schools
    assert identities.count(("MIRARIVAGE", "Camille")) >= 2
    assert any(
        born.count(one) == 2 and ines.count(text(pupil, "ID_NATIONAL")) == 1
        for one, pupil in zip(born, pupils, strict=True)
    )
    twins = [pupil for pupil in pupils if text(pupil, "PRENOM") in {"Élise", "Élie"}]
    assert any(
        text(one, "NOM_DE_FAMILLE") == text(other, "NOM_DE_FAMILLE")
        and text(one, "DATE_NAISS") == text(other, "DATE_NAISS")
        for one in twins
        for other in twins
        if one is not other
    )
    assert {text(pupil, "CODE_MOTIF_SORTIE") for pupil in pupils} >= {"10", "43"}
    leaving = [
        date(*map(int, reversed(text(pupil, "DATE_SORTIE").split("/"))))
        for pupil in pupils
        if text(pupil, "DATE_SORTIE")
    ]
    assert min(leaving) < TODAY < max(leaving)
    assert any("?" in name for name in names)
    assert any(len(name) == 100 for name in names)
    assert any("--" in name for name in names)
    assert any("'" in name for name in names)
    assert any(name.startswith("de La ") for name in names)
    assert any(name.islower() for name in names)
    assert any("&" in name for name in names)
    assert any(text(pupil, "NOM_USAGE") for pupil in pupils)
    assert {text(pupil, "CODE_STATUT") for pupil in pupils} >= {"ST", "AP"}
    assert any(not text(pupil, "CODE_SEXE") for pupil in pupils)
    assert {"97801", "97127", "2A004"} <= {text(pupil, "CODE_COMMUNE_INSEE_NAISS") for pupil in pupils}
    assert any(text(pupil, "CODE_PAYS") != "100" for pupil in pupils)


def test_every_awkward_class_is_in_the_files(folder: Path, pupils: list[ElementTree.Element]) -> None:
    classes: dict[str, list[str]] = {}
    for root in parsed(folder, "ElevesAvecAdresses"):
        for block in root.iter("STRUCTURES_ELEVE"):
            classes[block.get("ELEVE_ID") or ""] = [
                text(one, "CODE_STRUCTURE") for one in block.iter("STRUCTURE") if text(one, "TYPE_STRUCTURE") == "D"
            ]
    numbers_of_pupils = {pupil.get("ELEVE_ID") for pupil in pupils}

    assert any(len(codes) > 1 for codes in classes.values())
    assert any(codes == ["Inactifs"] for codes in classes.values())
    assert numbers_of_pupils - classes.keys()
    assert classes.keys() - numbers_of_pupils
    assert any(" " in code for codes in classes.values() for code in codes)


def test_every_awkward_guardian_is_in_the_files(folder: Path) -> None:
    people: dict[str, list[ElementTree.Element]] = {}
    links: list[ElementTree.Element] = []
    for root in parsed(folder, "ResponsablesAvecAdresses"):
        for person in root.iter("PERSONNE"):
            people.setdefault(person.get("PERSONNE_ID") or "", []).append(person)
        links += root.iter("RESPONSABLE_ELEVE")
    legal: dict[str, int] = {}
    for link in links:
        if text(link, "NIVEAU_RESPONSABILITE") == "1":
            legal[text(link, "ELEVE_ID")] = legal.get(text(link, "ELEVE_ID"), 0) + 1
    mobiles = [text(found[0], "TEL_PORTABLE") for found in people.values() if text(found[0], "TEL_PORTABLE")]
    known = [(text(p[0], "NOM_DE_FAMILLE"), text(p[0], "PRENOM"), text(p[0], "TEL_PORTABLE")) for p in people.values()]

    assert {1, 2, 3} <= set(legal.values())
    assert {text(link, "NIVEAU_RESPONSABILITE") for link in links} == {"1", "2", "3"}
    assert {"10", "20", "38", "42", "51", "70", "90"} <= {text(link, "CODE_PARENTE") for link in links}
    assert any(len(found) == 2 for found in people.values())  # the same PERSONNE_ID in two schools
    assert any(known.count(one) == 2 for one in known if one[2])  # the same person under two
    assert people.keys() - {text(link, "PERSONNE_ID") for link in links}
    assert {text(link, "PERSONNE_ID") for link in links} - people.keys()
    assert any(not text(p[0], "TEL_PORTABLE") and not text(p[0], "TEL_PERSONNEL") for p in people.values())
    assert any(not text(p[0], "TEL_PORTABLE") and text(p[0], "TEL_PERSONNEL") for p in people.values())
    assert any(mobiles.count(mobile) == 2 for mobile in mobiles)
    assert any(mobile.startswith("+44") for mobile in mobiles)
    assert all(mobile.startswith(("06 39 98", "+44 7700 900")) for mobile in mobiles)
    assert any(not text(p[0], "LC_CIVILITE") for p in people.values())


def test_older_schemas_are_written_for_the_last_two_schools(tmp_path: Path) -> None:
    writing.write(Academie(schools=3, pupils=40, seed=7, today=TODAY, older_schemas=True), tmp_path)
    current, before_2018, before_2016 = parsed(tmp_path, "ElevesAvecAdresses")
    links_now, links_2018, links_2016 = parsed(tmp_path, "ResponsablesAvecAdresses")

    assert not list(before_2016.iter("NOM_DE_FAMILLE"))
    assert not list(before_2016.iter("INE_RNIE"))
    assert len(list(before_2016.iter("NOM"))) == 40
    assert before_2016.find("DONNEES/OPTIONS/OPTIONS_ELEVE/OPTION") is not None
    assert current.find("DONNEES/OPTIONS/OPTION/OPTIONS_ELEVE") is not None
    assert len(list(before_2018.iter("NOM_DE_FAMILLE"))) == 40
    assert list(links_now.iter("NIVEAU_RESPONSABILITE"))
    assert not list(links_now.iter("RESP_LEGAL"))
    for links in (links_2018, links_2016):
        assert not list(links.iter("NIVEAU_RESPONSABILITE"))
        assert {element.text for element in links.iter("RESP_LEGAL")} == {"0", "1", "2"}
    assert {element.text for element in links_2016.iter("CODE_PARENTE")} <= {"1", "2", "7"}


@pytest.mark.parametrize(("schools", "size"), [(1, 1), (1, 80), (2, 50), (4, 7)])
def test_any_size_gives_what_was_asked(schools: int, size: int, tmp_path: Path) -> None:
    writing.write(Academie(schools=schools, pupils=size, seed=3, today=TODAY), tmp_path)

    roots = parsed(tmp_path, "ElevesAvecAdresses")
    identifiers = [pupil.get("ELEVE_ID") for root in roots for pupil in root.iter("ELEVE")]
    assert len(identifiers) == schools * size
    assert len(set(identifiers)) == schools * size


def test_a_school_alone_plays_all_the_cases() -> None:
    (alone,) = Academie(schools=1, pupils=100, seed=3, today=TODAY).every_school()
    cases = {pupil.case for pupil in alone.pupils}

    assert {"aged-15", "twin", "apprentice", "deceased", "ase", "no-ine", "hundred"} <= cases


def test_classes_hold_at_most_thirty_pupils() -> None:
    (school,) = Academie(schools=1, pupils=400, seed=3, today=TODAY).every_school()

    sizes = [sum(pupil.divisions == [code] for pupil in school.pupils) for code in school.divisions]
    assert 0 < max(sizes) <= 30
    assert all(len(code) <= 8 for code in school.divisions)


@pytest.mark.parametrize(
    ("day", "year"), [(date(2027, 8, 31), 2026), (date(2027, 9, 1), 2027), (date(2028, 2, 29), 2027)]
)
def test_the_school_year_is_that_of_its_september(day: date, year: int) -> None:
    academie = Academie(schools=1, pupils=80, seed=3, today=day)

    (school,) = academie.every_school()

    assert school.year == year
    assert school.kind is Kind.LYCEE


def test_memory_does_not_grow_with_the_number_of_schools(tmp_path: Path) -> None:
    code = (
        "import resource, sys\nfrom datetime import date\nfrom pathlib import Path\n"
        "from educonnect.demo import writing\nfrom educonnect.demo.academie import Academie\n"
        "writing.write(Academie(int(sys.argv[1]), 300, 1, date(2026, 11, 23)), Path(sys.argv[2]))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )

    def peak(schools: int) -> int:
        ran = subprocess.run(
            [sys.executable, "-c", code, str(schools), str(tmp_path)], check=True, capture_output=True, text=True
        )
        return int(ran.stdout)

    assert peak(24) < 1.1 * peak(4)


@pytest.mark.parametrize(("schools", "size"), [(0, 5), (5, 0), (10_000_000, 1), (5000, 5000)])
def test_a_size_beyond_the_fictive_identifiers_is_refused(schools: int, size: int) -> None:
    with pytest.raises(ValueError, match="school"):
        Academie(schools=schools, pupils=size, seed=1, today=TODAY)
