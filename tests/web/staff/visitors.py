"""Members of the staff in front of a browser, at each step of their way in."""

from datetime import datetime, timedelta

from django.utils import timezone

from educonnect.sessions import staffing
from educonnect.staff import factors, totp
from educonnect.staff.authentication import First, Second, StaffAuthentication
from educonnect.staff.models import Staff
from tests.sessions.browser import Browser
from tests.staff.test_totp import code


def arrives(staff: Staff, *, second: Second = Second.NONE, at: datetime | None = None) -> Browser:
    """A browser where the first factor was given, and perhaps the second."""
    browser = Browser()
    proof = StaffAuthentication(
        staff_id=staff.pk, epoch=staff.epoch, first=First.PASSWORD, at=at or timezone.now(), second=second
    )
    browser.does(lambda request: staffing.begin(request, proof), method="POST")
    return browser


def with_application(staff: Staff, now: datetime | None = None) -> str:
    """Somebody whose application was added five minutes ago; its secret."""
    secret, then = totp.draw(), (now or timezone.now()) - timedelta(minutes=5)
    factors.add_totp(staff.pk, secret, code(secret, then), first=not factors.of(staff.pk).some, now=then)
    return secret


def current(browser: Browser) -> staffing.CurrentStaff | None:
    """Who is signed in."""
    return browser.does(staffing.current)
