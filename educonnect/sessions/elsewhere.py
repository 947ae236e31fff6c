"""Signing staff in elsewhere, as our screens see it: the ways they may offer, and how one signs out there too.

What talks to the upstreams registers once at start; a screen asks here, and knows none of them.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise

from educonnect.sessions import cookies, staffing

INVITATION = "invitation"
#: An invitation followed in this browser waits so long for its person to be signed in.
INVITATION_SECONDS = 15 * 60


@dataclass(frozen=True, slots=True)
class Way:
    """A button of the sign-in page: a link, for the browser leaves our site by it.

    Attributes:
        stand_in: a simulator; the label says so already.
    """

    label: str | Promise
    address: str
    stand_in: bool


_ways: "list[Callable[[bool], list[Way]]]" = []
_agains: "list[Callable[[str], str]]" = []
_leavings: "list[Callable[[HttpRequest], HttpResponse | None]]" = []


def register(
    *,
    ways: Callable[[bool], list[Way]],
    again: Callable[[str], str],
    leave: Callable[[HttpRequest], HttpResponse | None],
) -> None:
    """Say, once at start, what answers the questions below."""
    _ways[:], _agains[:], _leavings[:] = [ways], [again], [leave]


def ways(*, invited: bool = False) -> list[Way]:
    """What the sign-in page offers, perhaps nothing.

    Args:
        invited: on the page of an invitation, which `carry` was given: who comes back is bound to it.
    """
    return [way for found in _ways for way in found(invited)]


def again(request: HttpRequest) -> str:
    """Where the person here proves once more who they are, if it is elsewhere that they do; else empty."""
    who = staffing.current(request)
    name = str(who.upstream.get("name", "")) if who else ""
    return next((found(name) for found in _agains), "") if name else ""


def leave(request: HttpRequest) -> HttpResponse | None:
    """Sign out here, and answer with the page that leads on to the upstream's own sign-out; None where there is none:
    nothing was done then."""
    return next((found(request) for found in _leavings), None)


def carry(request: HttpRequest, token: str) -> None:
    """Keep an invitation's token in this browser while its person signs in elsewhere."""
    cookies.write(request, INVITATION, token, max_age=INVITATION_SECONDS)


def carried(request: HttpRequest) -> str:
    """The token kept; empty where there is none. It is forgotten here."""
    token = cookies.read(request, INVITATION)
    if token:
        cookies.write(request, INVITATION, "")
    return token[:200]
