"""Members of the staff in front of a browser, at each step of their way in."""

import json
from datetime import datetime, timedelta

from django.utils import timezone

from educonnect.sessions import staffing
from educonnect.staff import factors, passkeys, totp
from educonnect.staff.authentication import First, Second, StaffAuthentication
from educonnect.staff.models import Staff
from educonnect.staff.passkeys import Purpose
from tests.sessions.browser import Browser
from tests.staff.authenticator import Authenticator
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


def with_passkey(staff: Staff, device: Authenticator | None = None) -> Authenticator:
    """Somebody whose passkey is on this device."""
    device = device or Authenticator(origin=passkeys.origin(), site=passkeys.site())
    kept = passkeys.challenge(Purpose.ADD, now=timezone.now())
    asked = json.loads(passkeys.asked_to_add(staff, kept))
    new = passkeys.made(json.dumps(device.makes(asked)), passkeys.opened(kept, Purpose.ADD, now=timezone.now()))
    factors.add_passkey(staff.pk, new, "Mon ordinateur", first=False, now=timezone.now())
    return device
