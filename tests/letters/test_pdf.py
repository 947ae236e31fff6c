"""The printed page: one for each account, readable by eye, by machine and aloud."""

import io
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pikepdf
import psutil
import pypdf
import pytest

from educonnect.letters import pdf, rules
from educonnect.letters.letter import Address, Letter, Passage
from tests.letters.factories import PUPIL, children, letter

LONG = "Anne-Sophie-Élisabeth Marie-Hélène " * 3  # a hundred characters


def pages(*letters: Letter) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf.render(letters))).pages]


def test_what_identifies_and_opens_the_account_can_be_selected() -> None:
    (page,) = pages(PUPIL)

    for value in ("Camille DUVERGER", "2DE1", "c.duverger12", "K7QM-2XPA-9RTB", "mardi 12 janvier 2027"):
        assert value in page


def test_letters_come_one_a_page_in_the_order_given() -> None:
    made = pages(*(letter(recipient=f"Élève {number}") for number in range(5)))

    assert [f"Élève {number}" in page for number, page in enumerate(made)] == [True] * 5
    assert len(made) == 5


@pytest.mark.parametrize(
    "changes",
    [
        {"recipient": LONG + LONG},
        {"recipient": "W" * 100, "school": "W" * 120},
        {"division": ""},
        {"place": ()},
        {"username": "a." + "w" * 62},
        {"addresses": (Address("https://" + "sous-domaine." * 15 + "example/" + "chemin/" * 15),)},
        {"introduction": (LONG * 6,)},
        {"steps": tuple(Passage(LONG, LONG * 3) for _ in range(3))},
        {"sections": tuple(Passage(LONG, LONG * 4) for _ in range(4))},
        {"children_title": "Vos enfants", "children": children(8)},
        {"children_title": "Vos enfants", "children": children(20, length=100)},
    ],
    ids="+".join,
)
def test_nothing_ever_adds_a_page(changes: dict[str, object]) -> None:
    made = pages(letter(**changes), PUPIL)

    assert len(made) == 2
    assert "K7QM-2XPA-9RTB" in made[0]
    assert "La cheffe ou le chef" in made[0]


def test_a_name_is_data_and_never_markup() -> None:
    name = '#panic() $x$ *a* _b_ <c> @d \\ " ’ \u202e 名'

    (page,) = pages(letter(recipient=name))

    assert "#panic() $x$ *a* _b_ <c> @d" in page
    assert re.search(r"’ +\?", page)  # no font of ours holds the last character


def test_T82_letters_are_tagged_pdf() -> None:
    with pikepdf.open(io.BytesIO(pdf.render([PUPIL, PUPIL], title="Comptes de la 2DE1"))) as document:
        assert bool(document.Root.MarkInfo.Marked)
        assert str(document.Root.Lang) == "fr-FR"
        assert bool(document.Root.ViewerPreferences.DisplayDocTitle)
        with document.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            assert metadata["dc:title"] == "Comptes de la 2DE1"
        tags = structure(document.Root.StructTreeRoot)

    assert tags.count("H1") == 2
    assert tags.count("Figure") == 2
    assert tags.count("L") == 2  # the three numbered steps
    assert tags.count("LI") == 6
    assert {"P", "H2"} <= set(tags)


def test_T82_the_code_to_scan_has_its_words() -> None:
    with pikepdf.open(io.BytesIO(pdf.render([PUPIL]))) as document:
        figures = [
            element for element in elements(document.Root.StructTreeRoot) if str(element.get("/S", "")) == "/Figure"
        ]
        assert [str(figure.Alt) for figure in figures] == ["Code QR de l’adresse https://educonnect.example"]


def elements(node: pikepdf.Object):
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield kid
            yield from elements(kid)


def structure(root: pikepdf.Object) -> list[str]:
    return [str(element.S).lstrip("/") for element in elements(root)]


def test_every_font_is_embedded_and_ours() -> None:
    with pikepdf.open(io.BytesIO(pdf.render([PUPIL]))) as document:
        fonts = {
            str(font.DescendantFonts[0].BaseFont).split("+")[-1]
            for page in document.pages
            for font in page.Resources.Font.values()
        }

    assert {name.split("-")[0] for name in fonts} == {"Andika", "DejaVuSansMono"}


def test_the_same_letters_give_the_same_bytes() -> None:
    assert pdf.render([PUPIL]) == pdf.render([PUPIL])


def test_several_threads_print_at_once() -> None:
    with ThreadPoolExecutor(3) as threads:
        made = list(threads.map(lambda number: pages(letter(recipient=f"Élève {number}")), range(6)))

    assert all(f"Élève {number}" in page for number, (page,) in enumerate(made))


def test_a_killed_press_is_replaced() -> None:
    pdf.render([PUPIL])
    for child in psutil.Process().children():
        if str(pdf.PRESS) in child.cmdline():
            os.kill(child.pid, signal.SIGKILL)
    time.sleep(0.1)

    assert pdf.render([PUPIL]).startswith(b"%PDF")


def test_memory_is_given_back(monkeypatch) -> None:
    monkeypatch.setattr(rules, "LETTERS_A_PROCESS", 4)
    pdf.close_presses()
    seen = set()

    for _ in range(4):
        pdf.render([PUPIL, PUPIL])
        seen |= {child.pid for child in psutil.Process().children() if str(pdf.PRESS) in child.cmdline()}

    assert len(seen) == 2
    assert not {pid for pid in seen if psutil.pid_exists(pid)}


@pytest.mark.parametrize("number", [0, rules.LETTERS_A_PROCESS + 1])
def test_a_batch_has_its_bounds(number: int) -> None:
    with pytest.raises(ValueError, match="letters"):
        pdf.render([PUPIL] * number)


def test_what_cannot_be_printed_says_so_without_repeating_the_letters() -> None:
    with pytest.raises(pdf.PressFailed) as failure:
        pdf.render([letter(qr_alt="")])  # PDF/UA asks for the words of an image

    assert "K7QM" not in str(failure.value)


def test_the_press_knows_none_of_our_secrets(monkeypatch) -> None:
    monkeypatch.setenv("EDUCONNECT_PEPPER", "a secret of the installation")
    pdf.close_presses()
    pdf.render([PUPIL])

    (press,) = [child for child in psutil.Process().children() if str(pdf.PRESS) in child.cmdline()]

    assert not [name for name in press.environ() if name.startswith("EDUCONNECT_") or name == "DATABASE_URL"]


def test_a_press_whose_owner_was_killed_leaves_without_a_word() -> None:
    batch = b"{}"

    with subprocess.Popen(
        [sys.executable, str(pdf.PRESS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as press:
        assert press.stdin
        assert press.stdout
        assert press.stderr
        press.stdout.close()
        press.stdin.write(len(batch).to_bytes(8) + batch)
        press.stdin.close()
        said = press.stderr.read()

    assert said == b""
