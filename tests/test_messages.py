"""The catalogue of translations: compared by its sentences, so that the check never depends on an order or a date."""

from tools import messages

CATALOGUE = """\
# header
msgid ""
msgstr ""
"Language: en\\n"

msgid "Bonjour"
msgstr "Hello"

#, python-format
msgid ""
"un "
"%(n)s"
msgid_plural "des %(n)s"
msgstr[0] ""
msgstr[1] ""

msgctxt "bouton"
msgid "Bonjour"
msgstr ""
"""
GUESSED = """\
#, fuzzy, python-format
#| msgid "Bonjour %s"
msgid "Bonsoir %s"
msgstr "Hello %s"
"""


def test_each_sentence_counts_with_its_plural_and_its_context() -> None:
    assert messages.sentences(CATALOGUE) == {"Bonjour", "un %(n)s\x04des %(n)s", "bouton\x04Bonjour"}


def test_a_missing_sentence_a_former_one_and_a_doubt_are_each_said() -> None:
    assert list(messages.faults(CATALOGUE, CATALOGUE)) == []
    assert list(messages.faults('msgid "Adieu"\nmsgstr ""\n', 'msgid "Salut"\nmsgstr ""\n')) == [
        "absente du catalogue : « Salut »",
        "le code ne dit plus : « Adieu »",
    ]
    assert list(messages.faults(GUESSED, GUESSED)) == ["une traduction est marquée douteuse (fuzzy)"]


def test_a_guessed_translation_is_emptied_and_the_rest_kept() -> None:
    assert messages.without_guess(GUESSED.strip()) == '#, python-format\nmsgid "Bonsoir %s"\nmsgstr ""'
    assert messages.without_guess('msgid "Bonjour"\nmsgstr "Hello"') == 'msgid "Bonjour"\nmsgstr "Hello"'
