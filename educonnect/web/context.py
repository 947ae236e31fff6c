"""What every page shows whatever its view."""

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from educonnect.sessions import rules, sso, typed
from educonnect.sessions.middleware import of_staff
from educonnect.web.account import navigation
from educonnect.web.staff import shell

FOOTER: tuple[tuple[Promise, str, str], ...] = (
    (_("Aide"), "public:help", ""),
    (_("Accessibilité"), "public:accessibility", ""),
    (_("Mentions légales"), "public:legal", ""),
    (_("Données personnelles"), "public:personal-data", ""),
    (_("Cookies"), "public:personal-data", "#cookies"),
)


def page(request: HttpRequest) -> dict[str, object]:
    """Values for the shell: the demonstration's banner, who is signed in, the footer."""
    ours = _pupils_and_guardians(request) if not of_staff(request) else shell.page(request)
    return {
        "demo": settings.DEMO,
        "footer": [(label, reverse(name) + anchor) for label, name, anchor in FOOTER],
        **ours,
    }


def _pupils_and_guardians(request: HttpRequest) -> dict[str, object]:
    who = sso.current(request)
    known = who is not None or sso.unfinished(request) is not None
    return {
        "who": who,
        "ending": _ending(who) if who else None,
        "form_mark": typed.marker(who.account_id) if who else None,
        "typed_back": (lambda: typed.back(request, who.account_id)) if who else None,
        "account_home": reverse("account:home"),
        "account_pages": lambda: navigation.pages(request, who),
        "signing_out": reverse("public:sign-out") if known else "",
    }


def _ending(who: sso.Current) -> dict[str, object]:
    """When this session ends if nothing more is done, and what extends it."""
    left = who.seconds_left()
    return {
        "left": left,
        "minutes": max(left // 60, 1),
        "warning": int(rules.WARNING.total_seconds()),
        "stay": reverse("account:stay"),
    }
