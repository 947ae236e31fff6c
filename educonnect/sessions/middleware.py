"""Closed by default, and the session's cookies on every answer."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from educonnect.sessions import cookies, sso, staffing, typed

#: The addresses of the staff, whom another session opens than that of pupils and guardians.
STAFF = "staff"


class ClosedByDefault:
    """A view answers nobody who is not signed in, unless it says `@login_not_required`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        cookies.send(request, response)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Send whoever is not signed in to the sign-in page; what they typed comes back once they are."""
        if not getattr(view, "login_required", True):
            return None
        if of_staff(request):
            return None if staffing.current(request) is not None else sso.SeeOther(reverse("staff:sign-in"))
        signed_in = sso.current(request) is not None
        if request.method == "POST":
            if signed_in:
                typed.forget(request)
            else:
                typed.keep(request)
        return None if signed_in else sso.SeeOther(reverse("public:sign-in"))


def of_staff(request: HttpRequest) -> bool:
    """Whether the address that was asked for is one of the staff's."""
    return request.resolver_match is not None and request.resolver_match.namespaces[:1] == [STAFF]
