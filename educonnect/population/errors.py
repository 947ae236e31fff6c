"""Why a roll is not applied."""

from educonnect.errors import Refusal


class UnknownSchool(Refusal):
    """No school has this UAI."""

    code = "E-3101"


class OlderExport(Refusal):
    """A more recent export of the same kind was already applied to this school and year."""

    code = "E-3102"

    def __init__(self, kind: str = "") -> None:
        super().__init__(kind)
        self.kind = kind


class RollBusy(Refusal):
    """Imports are under way and the links of a person could not be changed in time; nothing was."""

    code = "E-1260"


class MassDeparture(Refusal):
    """The roll would suspend more than the allowed share of a school's pupils, or of their guardians.

    Attributes:
        what: `pupils` or `guardians`.
        gone: how many would be suspended. present: how many there are.
    """

    code = "E-3103"

    def __init__(self, what: str = "pupils", *, gone: int = 0, present: int = 0) -> None:
        super().__init__(what)
        self.what, self.gone, self.present = what, gone, present
