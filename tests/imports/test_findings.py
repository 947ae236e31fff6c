import csv
import re
from pathlib import Path

import pytest

from educonnect.imports import findings, wording
from educonnect.imports.errors import ReportUnwritable
from educonnect.imports.findings import Finding, Findings, Rule, Severity
from educonnect.imports.posts import wording as of_posts


def catalogue() -> list[Rule]:
    said = (findings.TOO_MANY, *vars(wording).values(), *vars(of_posts).values())
    return [one for one in said if isinstance(one, Rule)]


def test_each_rule_has_its_code_but_the_two_ways_of_a_wrong_year() -> None:
    codes = [rule.code for rule in catalogue()]

    assert sorted({code for code in codes if codes.count(code) > 1}) == ["FICHIER-ANNEE"]


def test_each_rule_says_what_is_wrong_and_the_cure() -> None:
    for rule in catalogue():
        assert str(rule.problem).endswith(".")
        assert str(rule.cure).endswith(".")


def lines(path: Path) -> list[list[str]]:
    return list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))


def test_a_report_is_a_line_a_finding_as_french_spreadsheets_read_it(tmp_path: Path) -> None:
    path = tmp_path / "constats.csv"

    with findings.report(path) as write:
        write(wording.INE_MISSING.finding("a.zip/b.xml", 12, record="ELEVE_ID 1", uai="9720001U"))
        write(wording.NOTHING.finding())

    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert path.read_bytes().count(b"\r\n") == 3
    head, first, second = lines(path)
    assert head[:7] == ["règle", "gravité", "établissement", "fichier", "ligne", "fiche", "champ"]
    assert first[:7] == ["IDNAT-ABSENT", "bloquant", "9720001U", "a.zip/b.xml", "12", "ELEVE_ID 1", "ID_NATIONAL"]
    assert second[4] == ""


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"])
def test_T70_a_file_name_never_becomes_a_formula(tmp_path: Path, name: str) -> None:
    path = tmp_path / "constats.csv"

    with findings.report(path) as write:
        write(wording.FILE_EMPTY.finding(name))

    assert lines(path)[1][3].startswith("'")


def test_a_report_that_cannot_be_written_is_refused_before_anything(tmp_path: Path) -> None:
    with pytest.raises(ReportUnwritable), findings.report(tmp_path / "absent" / "constats.csv"):
        pytest.fail("nothing must begin")


def test_a_report_replaces_a_former_one(tmp_path: Path) -> None:
    path = tmp_path / "constats.csv"
    path.touch()
    for number in (1, 2):
        with findings.report(path) as write:
            write(wording.INE_MISSING.finding(line=number))

    assert [line[4] for line in lines(path)[1:]] == ["2"]


@pytest.mark.parametrize("content", ["<BEE_ELEVES/>", "PK\x03\x04", "nom;note\n"])
def test_a_report_never_replaces_another_file(tmp_path: Path, content: str) -> None:
    path = tmp_path / "ElevesSansAdresses.xml"
    path.write_text(content)

    with pytest.raises(ReportUnwritable), findings.report(path):
        pytest.fail("nothing must begin")

    assert path.read_text() == content


def test_what_is_counted_is_said_of_one_and_of_many() -> None:
    one, many = (wording.LINKS_WITHOUT_PUPIL.finding(count=count).problem for count in (1, 4))

    assert one == "Un lien désigne un élève qui n’est pas repris : il est laissé de côté."
    assert many == "4 liens désignent un élève qui n’est pas repris : ils sont laissés de côté."


def test_beyond_a_number_findings_are_only_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "MOST_FINDINGS", 3)
    found = Findings("9720001U")
    for number in range(10):
        found.add(wording.SEX.finding(record=f"ELEVE_ID {number}"))

    said: list[Finding] = list(found.all())

    assert len(said) == 4
    assert said[-1].rule == "EXPORT-SUITE"
    assert said[-1].problem.startswith("7 ")
    assert found.counts[Severity.WARNING] == 10


def test_what_a_file_holds_never_moves_the_cursor_of_a_terminal() -> None:
    finding = wording.UNKNOWN_ROOT.finding("a", root="a\x9b2J\x1b[2Jb")

    assert finding.problem == "Ce fichier n’est pas un export SIECLE ou STS connu (élément « a2J[2Jb »)."


def test_each_rule_is_in_the_manual() -> None:
    manual = Path(__file__).parents[2] / "docs" / "import-findings.md"
    listed = re.findall(r"^\| `([A-Z0-9-]+)` \| (\w+) \|", manual.read_text(encoding="utf-8"), re.MULTILINE)

    assert sorted(listed) == sorted({(rule.code, rule.severity.value) for rule in catalogue()})
