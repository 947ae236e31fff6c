"""Add somebody to the staff, or the professional address of somebody known: neither lets anybody in by itself."""

from datetime import datetime

from educonnect.staff.models import Staff


def add(first_name: str, name: str, email: str, *, now: datetime) -> Staff:
    """A person who has not come yet; whoever adds them checked who they are, and invites them."""
    return Staff.objects.create(first_name=first_name.strip(), name=name.strip(), email=email, created_at=now)


def keep_address(staff: Staff, email: str) -> None:
    """Their professional address, where none was known."""
    if not staff.email:
        staff.email = email
        staff.save(update_fields=["email"])
