"""« Se déconnecter », service by service: each is told in turn, and the page says what became of it."""

from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from educonnect.sessions import leaving, sso
from educonnect.sessions.models import FarewellState


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def services(request: HttpRequest) -> HttpResponse:
    """The way to the next service, or past one that does not come back; the session itself is over already."""
    departure = leaving.departure(request)
    if departure is None:
        return sso.SeeOther(reverse("public:signed-out"))
    if request.method == "POST":
        where = leaving.address(departure)
        if number := _number(request, "without"):
            leaving.go_on_without(departure, number)
        if number := _number(request, "again"):
            leaving.try_again(departure, number)
            where += f"&direct={number}"  # the person knows better than our look at it
        return sso.SeeOther(where)
    told = leaving.farewells(departure)
    following, step = leaving.way(departure, told)
    looked_at = following is not None and request.GET.get("direct") != str(following.pk)
    asked_by = departure.asked_by
    context = {
        "departure": departure,
        "told": [(one, _home(one.provider.home)) for one in told],
        "states": FarewellState,
        "following": following,
        "step": step,
        "fields": list(step.fields.items()) if step and step.fields is not None else None,
        "complete": leaving.complete(told),
        "asked_by": asked_by.name if asked_by else "",
        "looks_at": f"{_site(step.url)}/favicon.ico" if looked_at and step else "",
    }
    answer = render(request, "public/leaving.html", context)
    if step and step.fields is not None:
        answer.csp_form_action = step.url  # type: ignore[attr-defined]  # read by config.middleware.SecurityHeaders
    if step and looked_at:
        answer.csp_connect = step.url  # type: ignore[attr-defined]
    return answer


def _number(request: HttpRequest, name: str) -> int:
    """The service a button names; 0 for what no page of ours wrote."""
    value = request.POST.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else 0


def _site(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _home(address: str) -> str:
    """The service's own page, as a link may lead to it."""
    return address if urlsplit(address).scheme in {"http", "https"} else ""
