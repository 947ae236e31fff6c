"""Are these records one person? Pure decisions, on folded names; what they read is fetched by others."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from educonnect.population import rules
from educonnect.population.names import fold


def same_name(a: tuple[str, str, str], b: tuple[str, str, str]) -> bool:
    """Whether two names may be one person's: same first name, and a birth or used name in common.

    Accents, case, hyphens do not count; « Marie » and « Marie-Anne » agree. Args are (birth name, used name, first
    name).
    """
    families = {fold(a[0]), fold(a[1])} & {fold(b[0]), fold(b[1])} - {""}
    return bool(families) and _same_first_name(a[2], b[2])


def another_person(
    known: tuple[str, str, str, date],
    claimed: tuple[str, str, str, date],
) -> bool:
    """Whether a number now names somebody else: both the name and the birth date differ.

    Either one alone is a correction. Args are (birth name, used name, first name, birth date).

    Source: import specification of the base élèves, « un INE peut être réattribué ».
    """
    return known[3] != claimed[3] and not same_name(known[:3], claimed[:3])


def identity_of(family_name: str, first_name: str) -> str:
    """The folded name under which a guardian is recognised: `de la tour|jean paul`, at most 210 signs."""
    return f"{fold(family_name)[:104]}|{fold(first_name)[:104]}"


@dataclass(frozen=True, slots=True)
class Person:
    """What recognises a guardian. `key` is whatever the caller needs back."""

    key: int
    civility: str
    identity: str
    mobile: str
    email: str


def contradicts(civility_a: str, civility_b: str) -> bool:
    """Whether two civilities cannot be one person's; an empty one contradicts nothing, MME and MLLE agree."""
    a, b = _gender(civility_a), _gender(civility_b)
    return bool(a and b and a != b)


def may_be_one(a: tuple[str, str, str, str], b: tuple[str, str, str, str]) -> bool:
    """Whether two guardians who show that they are one person may be: names that agree, no contradicting civility.

    Args are (civility, birth name, used name, first name).
    """
    return same_name(a[1:], b[1:]) and not contradicts(a[0], b[0])


def replaced(
    known: tuple[str, str, str, str],
    claimed: tuple[str, str, str, str],
) -> bool:
    """Whether a record of the base was overwritten with another guardian's data.

    A record keeps its number when a secretary types another person over it: the account must not follow.
    Another first name with another family name, or with a contradicting civility, is another person; one change
    alone is a correction. Args are (civility, birth name, used name, first name).

    Source: decision 0017.
    """
    if _same_first_name(known[3], claimed[3]):
        return False
    families = {fold(known[1]), fold(known[2])} - {""}
    return not families & {fold(claimed[1]), fold(claimed[2])} or contradicts(known[0], claimed[0])


def shared_contacts(people: Iterable[tuple[str, str, str]]) -> set[str]:
    """The phones and e-mails too many people share in one file to prove anything: the school's own, fillers.

    Args:
        people: (identity, mobile, email).
    """
    holders = Counter(
        contact for contact, _ in {(contact, identity) for identity, *both in people for contact in both if contact}
    )
    return {contact for contact, times in holders.items() if times > rules.SHARED_CONTACT}


def recognise(
    newcomers: Sequence[Person], known: Iterable[Person], *, worthless: Collection[str] = ()
) -> tuple[dict[int, int], dict[int, int]]:
    """Recognise guardians never seen under their number.

    The same person is the same folded birth name and first name, with the same mobile or the same e-mail, and
    civilities that do not contradict each other. Names alone never suffice, so two parents who share the family's
    phone stay two, and so do homonyms.

    Args:
        newcomers: unknown numbers of the file. known: guardians who share a contact with them; the oldest first.
        worthless: contacts that prove nothing.

    Returns:
        newcomer's key -> known guardian's key, and newcomer's key -> key of the earlier newcomer who is the same.

    Source: decision 0017.
    """
    civilities: dict[tuple[bool, int], str] = {}
    holders: dict[tuple[str, str], list[tuple[bool, int]]] = {}

    def add(person: Person, owner: tuple[bool, int]) -> None:
        for contact in (person.mobile, person.email):
            if contact and contact not in worthless and rules.proves_identity(contact):
                holders.setdefault((person.identity, contact), []).append(owner)

    for person in known:
        owner = (True, person.key)
        civilities.setdefault(owner, person.civility)
        add(person, owner)
    to_known: dict[int, int] = {}
    to_newcomer: dict[int, int] = {}
    for person in sorted(newcomers, key=lambda person: person.key):
        candidates = {
            owner
            for contact in (person.mobile, person.email)
            for owner in holders.get((person.identity, contact), ())
            if not contradicts(civilities[owner], person.civility)
        }
        if candidates:
            owner = min(candidates, key=lambda owner: (not owner[0], owner[1]))
            civilities[owner] = civilities[owner] or person.civility
            (to_known if owner[0] else to_newcomer)[person.key] = owner[1]
        else:
            owner = (False, person.key)
            civilities[owner] = person.civility
        add(person, owner)
    return to_known, to_newcomer


def _same_first_name(a: str, b: str) -> bool:
    words_a, words_b = fold(a).split(), fold(b).split()
    shortest = min(len(words_a), len(words_b))
    return words_a[:shortest] == words_b[:shortest] and (shortest > 0 or words_a == words_b)


def _gender(civility: str) -> str:
    letters = fold(civility)
    if letters in {"m", "mr", "monsieur"}:
        return "m"
    return "f" if letters in {"mme", "mlle", "madame", "mademoiselle"} else ""
