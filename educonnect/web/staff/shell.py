"""What every page of the staff shows whatever its view. It never shows a pupil's or a guardian's session."""

import functools
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse

from educonnect.sessions import rules, staffing
from educonnect.sessions.staffing import CurrentStaff
from educonnect.web.staff import navigation, places


def page(request: HttpRequest) -> dict[str, object]:
    """Who is signed in, where they act, the pages they may read there."""
    who = staffing.current(request)
    return {
        "who": who,
        "ending": _ending(who) if who is not None and who.open else None,
        "account_home": reverse("staff:account"),
        "signing_out": reverse("staff:sign-out") if who is not None else "",
        "former": _former(who) if who is not None else None,
        "place": lambda: places.here(request),
        "several": lambda: places.several(request),
        "place_pages": functools.cache(lambda: navigation.pages(request)),
        "own_pages": functools.cache(lambda: navigation.own(request)),
    }


def _ending(who: CurrentStaff) -> dict[str, object]:
    """When this session ends if nothing more is done, and what extends it."""
    left = who.seconds_left()
    return {
        "left": left,
        "minutes": max(left // 60, 1),
        "warning": int(rules.WARNING.total_seconds()),
        "stay": reverse("staff:stay"),
    }


def _former(who: CurrentStaff) -> dict[str, object]:
    """The time before this one, and the wrong tries since: who reads it knows whether it was them (T22)."""
    at = who.draft.get("former")
    return {"at": datetime.fromisoformat(at) if at else None, "failures": who.draft.get("failures", 0)}
