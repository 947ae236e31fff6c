"""What the accounts of the staff decline: sign-in and passwords E-128x, second factors E-129x."""

from educonnect.accounts.errors import WeakPassword
from educonnect.errors import Refusal


class WrongCode(Refusal):
    """Not the code, or one that has served: nobody learns which."""

    code = "E-1290"


class PasskeyRefused(Refusal):
    """What the browser sent does not prove this person's passkey."""

    code = "E-1291"


class ChallengeOver(Refusal):
    """Asked in another session, too long ago, or answered before."""

    code = "E-1292"


class PasskeyKnown(Refusal):
    """The passkey serves already."""

    code = "E-1293"


class LastFactor(Refusal):
    """Nothing would be left to sign in with."""

    code = "E-1294"


class LastPasskey(Refusal):
    """What this person holds asks for a passkey, and nothing else would be left."""

    code = "E-1295"


class EnrolmentOver(Refusal):
    """The application that was being added is no longer waited for."""

    code = "E-1296"


class ProofNeeded(Refusal):
    """A second factor exists: adding another asks for a proof of it."""

    code = "E-1297"


class TooManyPasskeys(Refusal):
    """As many as anybody may have."""

    code = "E-1298"


class WrongPair(Refusal):
    """Address and password do not go together; which of the two is wrong is never said."""

    code = "E-1280"


class TriesExhausted(Refusal):
    """Too many wrong tries in a row: only a known browser, or a link sent by e-mail, opens now."""

    code = "E-1281"


class Closed(Refusal):
    """The pair is right, the account is closed."""

    code = "E-1282"


class PasswordTooShort(WeakPassword):
    """Under 15 characters."""

    code = "E-1283"


class InvitationOver(Refusal):
    """There is no such invitation, or it was used, replaced or waited too long: nobody learns which."""

    code = "E-1284"


class InvitedElsewhere(Refusal):
    """The person invited comes by another way in already: neither a password nor another account takes its place."""

    code = "E-1285"


class AddressTaken(Refusal):
    """Another local account has this address: sign in to it, then follow the link again."""

    code = "E-1286"


class PasswordLinkOver(Refusal):
    """The link of a message on a forgotten password serves no more."""

    code = "E-1287"


class NoAddress(Refusal):
    """No professional address of this person is known: nothing can be sent."""

    code = "E-1288"


class FirstCodeWrong(Refusal):
    """The application being added does not show this code: another secret, or a clock that is off."""

    code = "E-1299"
