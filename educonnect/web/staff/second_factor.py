"""The second step of signing in: the passkey, a code; or, for who has none yet, adding the first."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from educonnect.sessions import sso
from educonnect.web.staff import adding, door, onward, proving


@door.arriving
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """Ask for what this person has; where they have nothing that opens what they hold, lead to adding it."""
    who = door.staff(request)
    what = proving.asked(request)
    if who.open and (who.strong or not what.strong):
        return onward.go(request)
    if not what.found.some or (who.open and not what.found.passkeys):
        return _nothing_yet(request, what)
    shown = proving.forms_of(request, what.ways)
    if request.method == "POST" and proving.heard(request, shown):
        return sso.SeeOther(reverse("staff:second-factor"))
    context = proving.context(what, shown)
    return render(request, "staff/second_factor.html", context, status=context["status"])


def _nothing_yet(request: HttpRequest, what: proving.Asked) -> HttpResponse:
    """The choice of a first one; of a passkey alone where what they hold asks for it."""
    why_not = adding.why_not(request, what)
    context = {"asked": what, "why_not": why_not, "first": not what.found.some}
    return render(request, "staff/first_factor.html", context)
