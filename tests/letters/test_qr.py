import pytest

from educonnect.letters import qr


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://educonnect.example", "HTTPS://EDUCONNECT.EXAMPLE"),
        ("https://educonnect.example/", "HTTPS://EDUCONNECT.EXAMPLE"),
        ("http://localhost:8000", "HTTP://LOCALHOST:8000"),
        ("https://ent.example/Accueil?a=b", "HTTPS://ENT.EXAMPLE/Accueil?a=b"),
    ],
)
def test_only_what_has_no_case_is_put_in_capitals(url: str, expected: str) -> None:
    assert qr.text(url) == expected


def test_an_address_with_credentials_is_never_printed() -> None:
    with pytest.raises(ValueError, match="credentials"):
        qr.text("https://user:secret@educonnect.example")


def test_the_code_is_vectors() -> None:
    drawn = qr.svg("HTTPS://EDUCONNECT.EXAMPLE")

    assert drawn.startswith("<svg")
    assert "<path" in drawn
