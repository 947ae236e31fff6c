"""What accounts decline to do. Codes E-12xx."""

from datetime import datetime

from educonnect.errors import Refusal


class WeakPassword(Refusal):
    """The password cannot be chosen; the concrete refusal says what to change."""


class PasswordTooShort(WeakPassword):
    """Under 12 characters."""

    code = "E-1201"


class PasswordTooLong(WeakPassword):
    """Over 1,024 characters."""

    code = "E-1202"


class PasswordCommon(WeakPassword):
    """Among those everybody chooses, as it is or dressed up."""

    code = "E-1203"


class PasswordPattern(WeakPassword):
    """Rows of keys, runs, repetitions."""

    code = "E-1204"


class PasswordHoldsDate(WeakPassword):
    """Holds a date, whoever's."""

    code = "E-1205"


class PasswordPersonal(WeakPassword):
    """Holds something of the person or of the school."""

    code = "E-1206"


class PasswordProvisional(WeakPassword):
    """The letter's own password cannot be kept."""

    code = "E-1207"


class TooBusy(Refusal):
    """More sign-ins at once than this process may hash; nothing was tried, nothing was counted."""

    code = "E-1210"


class WrongPair(Refusal):
    """Username and password do not go together; which of the two is wrong is never said."""

    code = "E-1211"


class AccountLocked(Refusal):
    """The pair is right, the account is locked.

    Attributes:
        until: when the lock ends by itself; None when only the school unlocks.
    """

    code = "E-1212"

    def __init__(self, until: datetime | None) -> None:
        super().__init__()
        self.until = until


class LetterExpired(Refusal):
    """The pair is right, the letter's limit date is passed."""

    code = "E-1213"


class PupilsOnly(Refusal):
    """The pair is right and a guardian's; the service that asks is for pupils."""

    code = "E-1214"


class GuardiansOnly(Refusal):
    """The pair is right and a pupil's; the service that asks is for guardians."""

    code = "E-1215"


class AccountClosed(Refusal):
    """The pair is right; the holder has left the roll."""

    code = "E-1216"


class EmailToConfirm(Refusal):
    """The pair is right and a guardian's who has not followed the link of the activation message yet."""

    code = "E-1217"


class NotAwaitingActivation(Refusal):
    """No letter in force, or another step is due: the activation cannot go on."""

    code = "E-1221"


class AlreadyActivated(Refusal):
    """The account has its own password already."""

    code = "E-1222"


class BirthdateMismatch(Refusal):
    """The birth date is not the roll's; counted.

    Attributes:
        tries_left: wrong dates still heard before the account is locked; 0: it is locked now.
    """

    code = "E-1223"

    def __init__(self, tries_left: int) -> None:
        super().__init__()
        self.tries_left = tries_left


class EmailInvalid(Refusal):
    """This cannot be an e-mail address."""

    code = "E-1224"


class EmailRequired(Refusal):
    """A guardian's activation needs an e-mail address."""

    code = "E-1225"


class NotAwaitingPassword(Refusal):
    """The school has not reset this account, or its reset letter is void."""

    code = "E-1226"


class LinkUnknown(Refusal):
    """No such link, or a later one replaced it."""

    code = "E-1231"


class LinkExpired(Refusal):
    """The link's time is over."""

    code = "E-1232"


class LinkUsed(Refusal):
    """The link has served already."""

    code = "E-1233"


class NotAGuardian(Refusal):
    """The pair is right and a pupil's: children are added with a guardian's letter."""

    code = "E-1261"


class SameAccount(Refusal):
    """The pair is right and that of the very account one is signed in to."""

    code = "E-1262"


class AnotherPerson(Refusal):
    """The pair is right; the names of the two accounts are not one person's."""

    code = "E-1263"


class ProofOver(Refusal):
    """What was shown of the other account is too old, or that account changed since: it must be shown again."""

    code = "E-1264"


class NotYourChild(Refusal):
    """No such child in this account, or not any more."""

    code = "E-1265"


class AccountMerged(Refusal):
    """The pair is right and that of an account that was joined to another of the same person.

    Attributes:
        username: of the account that remains.
    """

    code = "E-1266"

    def __init__(self, username: str) -> None:
        super().__init__()
        self.username = username


class TriesExhausted(Refusal):
    """So many wrong tries in a row that no unknown browser is heard any more: a known one still is, or a new letter."""

    code = "E-1218"


class WrongPassword(Refusal):
    """Somebody signed in did not type their own password right, where it is asked for once more."""

    code = "E-1251"


class RecoveryLinkOver(Refusal):
    """No such link, or it has served, its time is over, or the password or the address changed since."""

    code = "E-1240"


class ResetBySchool(Refusal):
    """The school reset this account: its letter opens it, a link sent by e-mail does not."""

    code = "E-1241"


class EmailUnchanged(Refusal):
    """This address is confirmed already."""

    code = "E-1243"


class EmailNeeded(Refusal):
    """A guardian's account keeps an e-mail address."""

    code = "E-1242"
