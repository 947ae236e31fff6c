"""A person's own password: what it may be, and how it is kept."""

import functools
import gzip
import hmac
import re
import string
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

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
    """The Argon2id hash of an own password under the newest pepper: its parameters, 128-bit salt and pepper's version
    included.

    Raises:
        TooBusy: no turn to hash came in time.
    """
    with _slot():
        _hasher().hash(_peppered("spent so that nobody learns which usernames exist", max(settings.PEPPERS)))
