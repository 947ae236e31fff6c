"""Who reads a page of « Mon compte »."""

from django.http import HttpRequest

from educonnect.sessions import sso


def reader(request: HttpRequest) -> sso.Current:
    """The person signed in; these pages are closed, so that nobody else gets here."""
    who = sso.current(request)
    if who is None:
        raise AssertionError("a page of « Mon compte » is open to nobody in particular")
    return who
