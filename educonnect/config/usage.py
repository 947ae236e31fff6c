"""What is wrong with a command line, in French: the parser of Python's library says it in English."""

import re

_SENTENCES = (
    (r"the following arguments are required: (.+)", "il manque : {0}"),
    (r"unrecognized arguments: (.+)", "en trop ou inconnu : {0}"),
    (r"argument (.+?): expected (?:one|at least one) argument", "il manque une valeur après {0}"),
    (r"argument (.+?): invalid int value: '(.*)'", "{0} : « {1} » n’est pas un nombre entier"),
    (r"argument (.+?): invalid choice: '(.*)' \(choose from (.+)\)", "{0} : « {1} » n’est pas l’un de {2}"),
    (r"argument (.+?): not allowed with argument (.+)", "{0} ne va pas avec {1}"),
    (r"ambiguous option: (.+) could match (.+)", "{0} peut vouloir dire {1}"),
)


def in_french(said: str, command: str) -> str:
    """The parser's sentence in French and where to read more; one it never said before stays as it is."""
    said = said.removeprefix("Error: ")
    for pattern, sentence in _SENTENCES:
        if found := re.fullmatch(pattern, said):
            said = sentence.format(*(part.replace("'", "") for part in found.groups()))
            break
    return f"{said}. « educonnect {command} --help » dit comment l’employer."
