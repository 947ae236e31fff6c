"""Closed by default, and the session's cookies on every answer."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from educonnect.sessions import cookies, sso, typed


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
        signed_in = sso.current(request) is not None
        if request.method == "POST":
            if signed_in:
                typed.forget(request)
            else:
                typed.keep(request)
        return None if signed_in else sso.SeeOther(reverse("public:sign-in"))
