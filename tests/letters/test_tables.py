import csv
import io

import pytest

from educonnect.letters import tables


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", "\n=", "  =", "＝", "\u200b=", "|", "%"])
def test_T70_what_would_begin_a_formula_is_neutralised(start: str) -> None:
    cell = tables.neutral(f'{start}HYPERLINK("http://x.invalid";"clic")')

    assert cell.startswith("'")
    assert not {"\t", "\r", "\n"} & set(cell)


@pytest.mark.parametrize("name", ["DUVERGER", "D’Œuvre-Noël", "", "Anne-Sophie", "2DE1", "l'Hay"])
def test_an_ordinary_cell_is_left_as_it_is(name: str) -> None:
    assert tables.neutral(name) == name


def test_T70_a_cell_cannot_open_another_cell_or_line() -> None:
    written = tables.rows([['a";=1+1;"', "b\r\n=2"], ["c", "d"]])

    read = list(csv.reader(io.StringIO(written.decode()), delimiter=";"))

    assert read == [['a";=1+1;"', "b  =2"], ["c", "d"]]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("2DE1", "2DE1"),
        ("6ème A", "6eme-A"),
        ("../../etc/passwd", "etc-passwd"),
        ("..", "sans"),
        ("", "sans"),
        ("名前", "sans"),
        ("a\x00b/c\\d:e*f", "a-b-c-d-e-f"),
        ("-rf", "rf"),
        ("CON", "_CON"),
        ("com1", "_com1"),
        ("=cmd", "cmd"),
        ("x" * 100, "x" * 40),
    ],
)
def test_T70_a_file_name_is_safe_everywhere(text: str, name: str) -> None:
    assert tables.file_name(text, otherwise="sans") == name
