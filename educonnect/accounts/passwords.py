"""A person's own password: what it may be, and how it is kept."""

import functools
import gzip
import hmac
import os
import re
import string
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import argon2
import django
from django.conf import settings

from educonnect.accounts import common, rules
from educonnect.accounts.errors import (
    PasswordCommon,
    PasswordHoldsDate,
    PasswordPattern,
    PasswordPersonal,
    PasswordTooLong,
    PasswordTooShort,
    TooBusy,
    WeakPassword,
)
from educonnect.accounts.models import Account
from educonnect.accounts.turns import NoTurn, Turns
from educonnect.population.models import Enrolment, Guardian, Pupil

T = TypeVar("T")

# --- keeping ------------------------------------------------------------------------------------------------------

SALT_BYTES = 16
HASH_BYTES = 32
#: A turn to hash is waited for at most this long, seconds; then the person is told to try again.
PATIENCE = 10.0
#: Stands after Argon2's own text, before the version of the pepper.
PEPPER_MARK = "$pepper="

#: The line may be full for so long, seconds, before whoever comes is told to come back: a few classes at once.
BURST = 2.0

_turns = Turns(settings.ARGON2_AT_ONCE, line=settings.ARGON2_LINE, burst=BURST, patience=PATIENCE)


def hashed(password: str) -> str:
    """The Argon2id hash of an own password: its parameters, 128-bit salt and the pepper's version included.

    Raises:
        TooBusy: no turn to hash came in time.
    """
    version = _version()
    if version is None:
        return _in_turn(partial(_hasher().hash, _bytes(password)))
    return _in_turn(partial(_hasher().hash, _peppered(password, version))) + PEPPER_MARK + str(version)


def verify(encoded: str, typed: str) -> bool:
    """Whether what was typed is the password; whole, never cut. Costs one Argon2id, whatever the answer.

    Raises:
        TooBusy: no turn to hash came in time.
    """
    bare, version = parted(encoded)
    if len(typed) > rules.PASSWORD_MOST or (version is not None and version not in settings.PEPPERS):
        spend_one_hash()
        return False
    try:
        return _in_turn(
            partial(_hasher().verify, bare, _bytes(typed) if version is None else _peppered(typed, version))
        )
    except argon2.exceptions.VerifyMismatchError:
        return False


def needs_rehash(encoded: str) -> bool:
    """Whether the hash was made under other parameters, or another pepper, than today's."""
    bare, version = parted(encoded)
    return version != _version() or _hasher().check_needs_rehash(bare)


def parted(encoded: str) -> tuple[str, int | None]:
    """Argon2's own text, and the version of the pepper; None for a hash made without any."""
    bare, mark, version = encoded.partition(PEPPER_MARK)
    return bare, int(version) if mark else None


def spend_one_hash() -> None:
    """Cost what a verification costs, so that a failure never tells whether the username exists."""
    words = _peppered("spent so that nobody learns which usernames exist", max(settings.PEPPERS))
    _in_turn(partial(_hasher().hash, words))


def expect_a_turn() -> None:
    """Pass if a hash may be asked for now: said before anything is read or counted.

    Raises:
        TooBusy: more is asked than can be hashed, and has been for a while.
    """
    try:
        _turns.check()
    except NoTurn as error:
        raise TooBusy from error


def _in_turn(what: Callable[[], T]) -> T:
    """Do what costs a hash, in a thread kept for that.

    A thread keeps the memory of its last hash: were each of the server's to hash, the process would keep as many
    times 19 MiB as it has threads instead of `ARGON2_AT_ONCE` times.
    """
    try:
        with _turns.one():
            return _hashing(os.getpid()).submit(what).result()
    except NoTurn as error:
        raise TooBusy from error


@functools.cache
def _hashing(process: int) -> ThreadPoolExecutor:
    """The threads that hash; a forked process makes its own."""
    return ThreadPoolExecutor(settings.ARGON2_AT_ONCE, thread_name_prefix="hash")


def _hasher() -> argon2.PasswordHasher:
    return _hasher_with(settings.ARGON2_TIME, settings.ARGON2_MEMORY_KIB)


@functools.cache
def _hasher_with(time_cost: int, memory_kib: int) -> argon2.PasswordHasher:
    return argon2.PasswordHasher(
        time_cost=time_cost, memory_cost=memory_kib, parallelism=1, hash_len=HASH_BYTES, salt_len=SALT_BYTES
    )


def _version() -> int | None:
    """The pepper of new hashes: the newest; none as long as a node serves that knows of none (decision 0113)."""
    return max(settings.PEPPERS) if settings.PEPPER_PASSWORDS else None


def _peppered(password: str, version: int) -> bytes:
    """What Argon2id is given: a keyed digest, so that who has the database alone has nothing to try words against.

    A digest of a fixed length takes a password of any length whole (decision 0103).
    """
    return hmac.digest(settings.PEPPERS[version].encode(), b"own password\0" + _bytes(password), "sha256")


def _bytes(password: str) -> bytes:
    """What is hashed: the same whatever keyboard composed the accents (NFKC; NIST 63B-4 3.1.1)."""
    return unicodedata.normalize("NFKC", password).encode(errors="surrogatepass")


#: A shorter word is no password by itself, only an accident at the heart of one.
SHORTEST_DENIED = 4
#: So many figures and signs beside a common password are looked into, at each end.
MOST_FILLING = 12
_FILLING = string.digits + string.punctuation + " €£°§µ"

# --- choosing -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Personal:
    """What must not stand in a person's password. Holds nothing that the person's letter does not print: a refusal
    must not tell a stranger who found the letter what only its owner knows (decision 0036)."""

    names: tuple[str, ...] = ()
    username: str = ""
    places: tuple[str, ...] = ()
    uais: tuple[str, ...] = ()


def personal(account: Account) -> Personal:
    """The names, username, schools and towns of an account's holder, and of a guardian's children; three queries at
    most."""
    pupils: list[Pupil] = []
    holder: Pupil | Guardian | None = account.pupil if account.pupil_id else account.guardian
    if account.pupil is not None:
        pupils = [account.pupil]
    elif account.guardian_id:
        pupils = list(
            Pupil.objects.filter(
                guardianships__guardian=account.guardian_id, guardianships__ended_at__isnull=True
            ).distinct()
        )
    schools = (
        Enrolment.objects.filter(pupil__in=pupils, ended_at__isnull=True)
        .values_list("school__name", "school__town", "school_id")
        .distinct()
    )
    people: list[Pupil | Guardian] = [*([holder] if holder else []), *pupils]
    rows = list(schools)
    return Personal(
        names=tuple(
            dict.fromkeys(
                name for person in people for name in (person.first_name, person.family_name, person.used_name) if name
            )
        ),
        username=account.username,
        places=tuple(place for name, town, _ in rows for place in (name, town) if place),
        uais=tuple(uai for _, _, uai in rows),
    )


def check(password: str, about: Personal) -> None:
    """Pass a password that may be chosen.

    No rule asks for kinds of characters: a long sentence in lower case passes.

    Raises:
        WeakPassword: which concrete refusal says what to change.

    Source: promises T01 to T05 (NIST 63B-4 3.1.1, ASVS 6.2), decision 0036.
    """
    length = len(unicodedata.normalize("NFC", password))
    if length < rules.PASSWORD_LEAST:
        raise PasswordTooShort
    if length > rules.PASSWORD_MOST:
        raise PasswordTooLong
    folded = fold(password)
    if is_common(folded):
        raise PasswordCommon
    if is_pattern(folded):
        raise PasswordPattern
    if holds_date(folded):
        raise PasswordHoldsDate
    if is_personal(folded, about):
        raise PasswordPersonal


def strength(password: str, about: Personal) -> int:
    """From 0 (refused) to 4 (very hard to guess), for a meter.

    What counts is what a guesser must find: usual words, rows of keys and repetitions count for little.
    """
    try:
        check(password, about)
    except WeakPassword:
        return 0
    folded = fold(password)
    effort = len(_without_runs(folded)) + len({_kind(symbol) for symbol in password}) - 1
    if _core(folded) in _denied():
        effort -= len(_core(folded))
    return next((step for step, least in ((4, 20), (3, 16), (2, 13)) if effort >= least), 1)


def meter() -> dict[str, object]:
    """What a meter in the browser needs to say the same without sending the password: nothing of any person."""
    return {
        "least": rules.PASSWORD_LEAST,
        "most": rules.PASSWORD_MOST,
        "rows": list(common.ROWS),
        "steps": [13, 16, 20],
        "common": sorted(word for word in common.FRENCH if len(word) > 5),
    }


def fold(text: str) -> str:
    """Lower case, without accents or ligatures."""
    folded = unicodedata.normalize("NFKD", text.lower().replace("œ", "oe").replace("æ", "ae"))
    return "".join(symbol for symbol in folded if not unicodedata.combining(symbol))


def is_common(folded: str) -> bool:
    """A common password: as it is, disguised (`P@ssw0rd`), repeated, or filled up with figures and signs."""
    return any(
        len(word) >= SHORTEST_DENIED and word in _denied()
        for heart in (folded, _unit(squeeze(folded)), *_hearts(folded))
        for bare in (heart, _unit(heart))
        for plain in (bare, bare.translate(common.DISGUISES))
        for word in (plain, squeeze(plain))
    )


def _hearts(folded: str) -> Iterator[str]:
    """What may be left once some of the figures and signs at both ends are taken off: « 12azerty34! » -> azerty…"""
    lead = len(folded) - len(folded.lstrip(_FILLING))
    trail = len(folded) - len(folded.rstrip(_FILLING))
    if lead < len(folded):
        for start in range(max(lead - MOST_FILLING, 0), lead + 1):
            for stop in range(len(folded) - trail, min(len(folded), len(folded) - trail + MOST_FILLING) + 1):
                yield folded[start:stop]


def is_pattern(folded: str) -> bool:
    """Nothing but rows of keys, runs of letters or figures, and repetitions."""
    if len(set(folded)) < 5:
        return True
    left = _without_runs(folded)
    unit = _unit(folded)
    return len(left) < 4 or len(unit) < 6 or (unit != folded and len(_without_runs(unit)) < 4)


_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:19|20)\d\d"
_DAY2, _MONTH2 = r"(?:0[1-9]|[12]\d|3[01])", r"(?:0[1-9]|1[0-2])"
_MONTHS = "(?:janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre)(?![a-z])"
_DATES = re.compile(
    "|".join(
        (
            rf"{_DAY2}{_MONTH2}{_YEAR}",
            rf"{_MONTH2}{_DAY2}{_YEAR}",
            rf"{_YEAR}{_MONTH2}{_DAY2}",
            rf"(?<!\d){_DAY}[^\w]+{_MONTH}[^\w]+(?:{_YEAR}|\d\d)(?!\d)",
            rf"(?<!\d){_DAY}_+{_MONTH}_+(?:{_YEAR}|\d\d)(?!\d)",
            rf"{_YEAR}[\W_]+{_MONTH}[\W_]+{_DAY}",
            rf"(?<!\d){_DAY2}{_MONTH2}\d\d(?!\d)",
            rf"(?<!\d){_MONTH2}{_DAY2}\d\d(?!\d)",
            rf"(?<!\d)\d\d{_MONTH2}{_DAY2}(?!\d)",
            rf"(?<!\d){_DAY}{_MONTH}{_YEAR}(?!\d)",
            rf"{_DAY}(?:er)?[\W_]*{_MONTHS}[\W_]*(?:{_YEAR}|\d\d)?",
        )
    )
)


def holds_date(folded: str) -> bool:
    """Any date, whoever's: to refuse the holder's birth date alone would tell it to who holds a stolen letter."""
    return _DATES.search(folded) is not None


def is_personal(folded: str, about: Personal) -> bool:
    """Something of the person or of the school, in whatever case, accents and separators."""
    squeezed = squeeze(folded)
    forms = {squeezed, squeeze(folded.translate(common.DISGUISES))}
    runs = set(re.findall(r"[a-z]+", folded))
    if any(_stands_in(word, forms, runs) for word in _words(about.names)):
        return True
    username = squeeze(fold(about.username))
    whole = [name for name in (username, username.rstrip("0123456789")) if len(name) >= 5]
    whole += [uai.lower() for uai in about.uais]
    whole += [place for name in about.places if len(place := squeeze(fold(name))) >= 6]
    if any(text in form for text in whole for form in forms):
        return True
    distinctive = (word for word in _words(about.places) if word not in common.SCHOOL_WORDS and len(word) >= 4)
    return any(word in runs or (len(word) >= 6 and any(word in form for form in forms)) for word in distinctive)


def squeeze(folded: str) -> str:
    """Letters and figures alone."""
    return "".join(symbol for symbol in folded if symbol.isalnum())


def _stands_in(word: str, forms: Iterable[str], runs: set[str]) -> bool:
    """A short name (Léa, Guy) only as a word of its own: it stands inside too many others."""
    return word in runs if len(word) < 4 else any(word in form for form in forms)


def _words(names: Iterable[str]) -> set[str]:
    """Names and their parts, folded: « Marie-Ève » -> {marieeve, marie, eve}."""
    found = set()
    for name in names:
        folded = fold(name)
        found.add(squeeze(folded))
        found.update(re.findall(r"[^\W_]+", folded))
    return {word for word in found if len(word) >= 3}


def _core(folded: str) -> str:
    """What is left once figures and signs are taken off both ends."""
    return re.sub(r"^[^a-z]+|[^a-z]+$", "", folded)


def _unit(text: str) -> str:
    """The shortest text whose repetition gives this one: « azertyazertyaz » -> « azerty »."""
    for size in range(1, len(text) // 2 + 1):
        if text == (text[:size] * (len(text) // size + 1))[: len(text)]:
            return text[:size]
    return text


def _without_runs(folded: str) -> str:
    """What is left once runs of four or more neighbouring keys, and repetitions of three or more, are taken off."""
    left = []
    at = 0
    while at < len(folded):
        size = _run_at(folded, at)
        if size == 0:
            left.append(folded[at])
        at += max(size, 1)
    return "".join(left)


def _run_at(folded: str, at: int) -> int:
    """Length of the longest run that starts here, 0 when none is long enough."""
    same = 1
    while at + same < len(folded) and folded[at + same] == folded[at]:
        same += 1
    best = same if same >= 3 else 0
    for row in _rows():
        start = row.find(folded[at : at + 4])
        while start >= 0 and len(folded) - at >= 4:
            size = 4
            while at + size < len(folded) and row[start + size : start + size + 1] == folded[at + size]:
                size += 1
            best = max(best, size)
            start = row.find(folded[at : at + 4], start + 1)
    return best


def _kind(symbol: str) -> str:
    return unicodedata.category(symbol)[0] + ("u" if symbol.isupper() else "")


@functools.cache
def _rows() -> tuple[str, ...]:
    return (*common.ROWS, *(row[::-1] for row in common.ROWS))


@functools.cache
def _denied() -> frozenset[str]:
    """Folded common passwords: Django's 20,000, the French ones, and the operator's file (`PASSWORD_DENYLIST`)."""
    path = Path(django.__file__).parent / "contrib" / "auth" / "common-passwords.txt.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        words = {fold(line.strip()) for line in lines}
    words |= common.FRENCH
    if settings.PASSWORD_DENYLIST:
        with Path(settings.PASSWORD_DENYLIST).open(encoding="utf-8") as lines:
            words |= {fold(line.strip()) for line in lines}
    return frozenset(words - {""})
