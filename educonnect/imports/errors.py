"""What stops the reading of a file. Never leaves this package: an import answers with findings."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from educonnect.imports.findings import Finding


class FileRefused(Exception):
    """A file, or a member of an archive, that cannot be read to its end; nothing of it is kept.

    Attributes:
        finding: what is wrong with it, where, and the cure.
    """

    def __init__(self, finding: "Finding") -> None:
        super().__init__(finding.rule)
        self.finding = finding


class ReportUnwritable(Exception):
    """The report cannot be written where it was asked for, or something else stands there; nothing was imported."""


class ReportCut(Exception):
    """The report could not be written to its end, for want of room most often; what was imported stays imported."""
