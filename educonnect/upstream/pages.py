"""The two pages of this package: why somebody does not come in, and the way out by the upstream."""

import contextlib

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from educonnect.accounts import throttling
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.limits import spending
from educonnect.limits.errors import TooManyAttempts
from educonnect.sessions import origin
from educonnect.upstream import rules
from educonnect.upstream.errors import PAGES, Reason, SignInRefused
from educonnect.upstream.rules import Upstream

_STATUSES = {Reason.DOWN: 503, Reason.UNREADABLE: 502}
#: What one more try may change.
_AGAIN = frozenset(
    {
        Reason.NOT_WAITING,
        Reason.GIVEN_UP,
        Reason.REFUSED,
        Reason.DOWN,
        Reason.UNREADABLE,
        Reason.CODE_OVER,
        Reason.TOO_LOW,
        Reason.ANOTHER_PERSON,
    }
)


def refuse(request: HttpRequest, upstream: Upstream, refusal: SignInRefused) -> HttpResponse:
    """The plain page of a sign-in that came to nothing, and its line in the journal."""
    network = throttling.network_of(origin.address(request))
    with contextlib.suppress(TooManyAttempts):
        spending.spend(rules.REFUSALS_TOLD, f"upstream refusals:{network}")
        record(Event.STAFF_SIGN_IN_FAILED, actor="unknown", upstream=upstream.name, reason=refusal.reason.value)
    page = PAGES[refusal.reason]
    context = {
        "sentence": page.sentence,
        "code": page.code,
        "told": refusal.told,
        "upstream": upstream,
        "again": refusal.reason in _AGAIN,
    }
    return render(request, "upstream/refused.html", context, status=_STATUSES.get(refusal.reason, 400))


def way_out(request: HttpRequest, upstream: Upstream, address: str) -> HttpResponse:
    """Signed out here; the page goes on by itself to the upstream's own sign-out.

    A redirect would be one of the form that asked to sign out, which may lead to no other site (`form-action`).
    """
    return render(request, "upstream/leaving.html", {"upstream": upstream, "address": address})
