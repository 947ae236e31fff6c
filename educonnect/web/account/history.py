"""« Historique »: the sign-ins of a year, wrong tries included; and what changed of the account."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from educonnect.journal import reading
from educonnect.web.account import wording
from educonnect.web.account.reader import reader


@require_safe
def history(request: HttpRequest) -> HttpResponse:
    """Sign-ins with their addresses: for the eyes of their holder alone."""
    found = reading.connections(reader(request).account_id, now=timezone.now(), after=cursor(request))
    lines = [(one, *wording.outcome(one.outcome)) for one in found.entries]
    return render(request, "account/history.html", {"lines": lines, "after": found.after})


@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """What happened to the account: letters, resets, addresses, locks."""
    found = reading.of_account(reader(request).account_id, after=cursor(request), without=wording.TOLD_ELSEWHERE)
    lines = [(one, wording.event(one), wording.actor(one)) for one in found.entries]
    return render(request, "account/changes.html", {"lines": lines, "after": found.after})


def cursor(request: HttpRequest) -> int | None:
    """Where the page before stopped; what is no number of ours starts anew."""
    typed = request.GET.get("avant", "")
    return int(typed) if len(typed) < 20 and typed.isascii() and typed.isdigit() else None
