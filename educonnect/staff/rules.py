"""What is fixed of the staff's accounts: figures, and codes as typed, without a database."""

import unicodedata
from datetime import timedelta

from educonnect.limits.limit import Growing, Limit

# --- passwords of local accounts -----------------------------------------------------------------------------------
#: Characters. Source: promise T01 (NIST 63B-4 3.1.1, ASVS 6.2.1): the longer floor of who acts on others' accounts.
PASSWORD_LEAST = 15
PASSWORD_LINK_LIFE = timedelta(minutes=30)
#: Messages to one mailbox, whoever asks; the same address asked for again from one place; all that one place asks.
FORGOTTEN_MAIL = Growing(free=2, first=timedelta(minutes=15), most=timedelta(hours=2), memory=timedelta(hours=24))
FORGOTTEN_HERE = Growing(free=5, first=timedelta(minutes=1), most=timedelta(minutes=15), memory=timedelta(hours=1))
FORGOTTEN_NETWORK = Growing(
    free=40, first=timedelta(seconds=5), most=timedelta(minutes=1), memory=timedelta(minutes=10)
)

# --- authenticator applications ------------------------------------------------------------------------------------
#: Bytes of the shared secret. Source: RFC 4226, section 4, R6: « RECOMMENDs a shared secret length of 160 bits ».
SECRET_BYTES = 20
#: Seconds a code lives, and its figures: what every application reads. Source: RFC 6238, section 4.
STEP = 30
FIGURES = 6
#: A clock may be one step off. Source: promise T23 (ASVS 6.5.5); RFC 6238, section 5.2.
DRIFT = 1

# --- passkeys ------------------------------------------------------------------------------------------------------
CHALLENGE_BYTES = 32
CHALLENGE_LIFE = timedelta(minutes=5)
#: What a browser sends is about a thousand bytes, a few thousand where the key is long.
ANSWER_MOST = 16 * 1024
#: Source: WebAuthn Level 3, section 4, « Credential ID ».
CREDENTIAL_ID_MOST = 1023
PASSKEYS_MOST = 10
LABEL_MOST = 60

# --- recovery codes ------------------------------------------------------------------------------------------------
#: 32 symbols that cannot be taken for one another on paper: 12 of them are 60 bits, as on letters (decision 0035).
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
RECOVERY_CODES = 10
SYMBOLS = 12
GROUP = 4

# --- how long, how often -------------------------------------------------------------------------------------------
#: After the first factor, this long to add the very first second factor: an application has to be installed.
FIRST_FACTOR = timedelta(minutes=30)
#: A factor that is being added, and codes that are being shown, wait this long.
DRAFT_LIFE = timedelta(minutes=30)
#: Wrong codes of one person, whoever types them: they know the first factor. At most 50 in a row; a try has three
#: chances in a million. Passkeys stay open: they are not guessed. Source: NIST 63B-4 3.2.2, « no more than 100 ».
CODES = Growing(free=5, first=timedelta(seconds=30), most=timedelta(hours=1), memory=timedelta(hours=24), stop=50)
#: The person is told of wrong codes from this one on, once a day.
WRONG_CODES_TOLD = 5
TELLING = Limit(times=1, within=timedelta(hours=24))


def typed_code(typed: str) -> str:
    """Six figures as typed -> as compared: spaces of any kind do not matter; empty for what is no such code."""
    if len(typed) > 10 * FIGURES:
        return ""
    figures = "".join(unicodedata.normalize("NFKC", typed).split())
    return figures if len(figures) == FIGURES and figures.isascii() and figures.isdecimal() else ""


def typed_recovery_code(typed: str) -> str:
    """A printed code as typed -> its symbols: case, spaces and dashes do not matter; empty for what is none."""
    if len(typed) > 10 * SYMBOLS:
        return ""
    symbols = unicodedata.normalize("NFKC", typed).upper()
    kept = "".join(symbol for symbol in symbols if not (symbol.isspace() or unicodedata.category(symbol) == "Pd"))
    return kept if len(kept) == SYMBOLS and set(kept) <= set(ALPHABET) else ""


def printed_recovery_code(symbols: str) -> str:
    """`XXXX-XXXX-XXXX`."""
    return "-".join(symbols[at : at + GROUP] for at in range(0, len(symbols), GROUP))
