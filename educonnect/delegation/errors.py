"""What the desk of delegations declines to do. Codes E-8301 and after."""

from datetime import date

from educonnect.errors import Refusal


class Oneself(Refusal):
    """Nobody gives themselves a right, nor suspends or restores themselves."""

    code = "E-8301"


class StartsInThePast(Refusal):
    """A right begins today at the earliest: what was done before it was given was not done with it."""

    code = "E-8302"


class EndsTooEarly(Refusal):
    """The last day is past, or before the first."""

    code = "E-8303"


class EndsTooLate(Refusal):
    """The last day is too far.

    Attributes:
        latest: the furthest that may be.
    """

    code = "E-8304"

    def __init__(self, latest: date) -> None:
        super().__init__()
        self.latest = latest


class NoClass(Refusal):
    """A right for some classes names none."""

    code = "E-8305"


class ClassOfAnotherYear(Refusal):
    """One of the classes is not of the school year in which the right begins."""

    code = "E-8306"


class AlreadyGiven(Refusal):
    """The person has this very right for these days or some of them.

    Attributes:
        until: its last day.
    """

    code = "E-8307"

    def __init__(self, until: date) -> None:
        super().__init__()
        self.until = until


class NotInForce(Refusal):
    """The right was withdrawn, or its last day is past."""

    code = "E-8308"


class GivenElsewhere(Refusal):
    """The right comes from the académie's hub, which would bring it back: it is changed there."""

    code = "E-8309"


class Suspended(Refusal):
    """The person's rights are suspended: restore them first."""

    code = "E-8310"


class NothingToGrant(Refusal):
    """The head of a public school holds the rights by the function itself."""

    code = "E-8311"


class NoHead(Refusal):
    """No head of this school is known yet, or the one named is not its head."""

    code = "E-8312"


class ReachesFurther(Refusal):
    """The person acts beyond the place from which somebody would help them: who answers for more of it does."""

    code = "E-8313"
