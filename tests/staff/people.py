"""Members of the staff with a password of their own."""

from educonnect.accounts import passwords
from educonnect.staff.models import Staff
from tests.delegation.factories import a_staff

PASSWORD = "la craie bleue tombe du tableau"


def with_password(staff: Staff | None = None, password: str = PASSWORD) -> Staff:
    """Somebody who chose a password."""
    staff = staff or a_staff()
    staff.password = passwords.hashed(password)
    staff.save(update_fields=["password"])
    return staff
