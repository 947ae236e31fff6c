"""Names, folded for search and comparison."""

import unicodedata

# letters that NFKD leaves whole although everyone types them otherwise
_WHOLE = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i"})

# how French dresses the letters that everyone types bare
_DRESSED = {"a": "aàâäAÀÂÄ", "c": "cçCÇ", "e": "eéèêëEÉÈÊË", "i": "iîïIÎÏ", "o": "oôöOÔÖ", "u": "uùûüUÙÛÜ"}


def fold(text: str) -> str:
    """A name as it is compared: lower case, no accent, hyphens and apostrophes as single spaces.

    « D'Œuvre-Noël » -> `d oeuvre noel`. Letters of other alphabets are kept, other signs become spaces.
    """
    if text.isascii():
        return " ".join("".join(sign if sign.isalnum() else " " for sign in text.lower()).split())
    # some letters only have a lower case once decomposed, and some lower cases decompose in turn
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).lower().translate(_WHOLE))
    signs = (sign if sign.isalnum() else " " for sign in plain if not unicodedata.combining(sign))
    return " ".join("".join(signs).split())


def searchable(family_name: str, first_name: str, used_name: str = "") -> str:
    """What a search by the start of a name looks in: birth name, first name, then the used name; at most 310 signs."""
    parts = [fold(family_name), fold(first_name)]
    used = fold(used_name)
    if used and used != parts[0]:
        parts.append(used)
    return " ".join(parts)[:310].rstrip()


def anyhow(word: str) -> str:
    """A pattern that finds a word, as `fold` left it, in a column that keeps its capitals and accents."""
    return "".join(f"[{_DRESSED[letter]}]" if letter in _DRESSED else letter for letter in word)
