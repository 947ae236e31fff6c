import pytest

from educonnect.letters import pdf, printable
from tests.letters.factories import letter


@pytest.mark.parametrize(
    ("given", "printed"),
    [
        ("Zoé Nguyễn-Łąçßœ", "Zoé Nguyễn-Łąçßœ"),
        ("Ελένη Ψ", "Ελένη Ψ"),
        ("Чайка", "Чайка"),
        ("e\u0301le\u0300ve", "élève"),
        ("𝐂amille", "Camille"),
        ("ﬁlle", "fille"),
        ("名前", "??"),
        ("a\u202eb\u0000c\u200d", "abc"),
        ("a\tb\u3000c", "a b c"),
        ("", ""),
    ],
)
def test_what_no_font_holds_is_replaced(given: str, printed: str) -> None:
    assert printable.text(given) == printed


def test_every_character_said_printable_is_printed() -> None:
    everything = "".join(chr(code) for first, last in printable.RANGES for code in range(first, last + 1))
    words = " ".join(everything[start : start + 20] for start in range(0, len(everything), 20))

    assert pdf.render([letter(recipient=words, introduction=(words,))]).startswith(b"%PDF")


def test_only_a_word_longer_than_a_line_may_break() -> None:
    assert printable.breakable("Anne-Sophie de la Tour") == "Anne-Sophie de la Tour"
    assert printable.breakable("W" * 26) == printable.ZERO_WIDTH_SPACE.join("W" * 26)


def test_an_address_too_long_for_a_line_is_cut_in_full_lines() -> None:
    url = "https://" + "a" * 60 + ".example"

    assert printable.lines(url, 38, 52).replace("\n", "") == url
    assert "\n" not in printable.lines("https://educonnect.example", 38, 52)
