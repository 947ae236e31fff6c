"""Write the whole fictive académie to a folder, a school at a time: memory does not grow with its size."""

from collections.abc import Callable
from pathlib import Path

from educonnect.demo.academie import Academie
from educonnect.demo.siecle import write_school
from educonnect.demo.sts import write_staff


def write(academie: Academie, folder: Path, progress: Callable[[int], None] | None = None) -> list[Path]:
    """Write `folder/<UAI>/ExportXML_*.zip` and `sts_emp_<UAI>_<year>.xml` for every school.

    Args:
        progress: told the number of schools written after each one.

    Returns:
        the paths written, in the order of the schools. The same académie gives the same bytes.
    """
    written: list[Path] = []
    for number, school in enumerate(academie.every_school(), start=1):
        written += write_school(school, folder, academie.today)
        written.append(write_staff(school, folder, academie.today))
        if progress:
            progress(number)
    return written
