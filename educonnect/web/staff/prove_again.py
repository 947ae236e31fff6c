"""« Confirmez que c’est vous »: a factor once more, before what reaches many people or changes the factors."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from educonnect.sessions import elsewhere, sso
from educonnect.web.staff import door, onward, proving


@door.arriving
@require_http_methods(["GET", "HEAD", "POST"])
def prove_again(request: HttpRequest) -> HttpResponse:
    """Ask once more, then go back to where it was asked for.

    Somebody without a factor of their own (the upstream's opened their session) signs in there once more.
    """
    if not door.staff(request).open:
        return sso.SeeOther(reverse("staff:second-factor"))
    what = proving.asked(request)
    shown = proving.forms_of(request, what.ways)
    if request.method == "POST" and proving.heard(request, shown):
        return onward.go(request)
    context = proving.context(what, shown) | {"elsewhere": "" if what.alone else elsewhere.again(request)}
    return render(request, "staff/prove_again.html", context, status=context["status"])
