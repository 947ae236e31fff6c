"""What is declined of a person's data."""

from educonnect.errors import Refusal


class StillEnrolled(Refusal):
    """A school base still names this person: the next import would bring back what was erased."""

    code = "E-3201"
