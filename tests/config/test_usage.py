from argparse import ArgumentError, ArgumentParser
from typing import NoReturn

import pytest

from educonnect.config.usage import in_french


class _Parser(ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ArgumentError(None, message)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "il manque : CHEMIN"),
        (["a", "--years", "b"], "en trop ou inconnu : --years b"),
        (["a", "--number"], "il manque une valeur après --number"),
        (["a", "--number", "x"], "--number : « x » n’est pas un nombre entier"),
        (["a", "--kind", "x"], "--kind : « x » n’est pas l’un de one, two"),
        (["a", "--n"], "--n peut vouloir dire --number, --name"),
    ],
)
def test_each_complaint_of_the_parser_is_said_in_french(words: list[str], said: str) -> None:
    parser = _Parser()
    parser.add_argument("path", metavar="CHEMIN")
    parser.add_argument("--number", type=int)
    parser.add_argument("--name")
    parser.add_argument("--kind", choices=["one", "two"])

    with pytest.raises(ArgumentError) as complaint:
        parser.parse_args(words)

    assert in_french(str(complaint.value), "import").startswith(f"{said}. « educonnect import --help »")


def test_a_sentence_nobody_foresaw_is_shown_as_it_is() -> None:
    assert in_french("Error: something new", "import").startswith("something new.")
