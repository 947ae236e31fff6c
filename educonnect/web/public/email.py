"""The link of a message: confirm an e-mail address."""

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from educonnect.accounts import contacts
from educonnect.errors import Refusal
from educonnect.sessions import sso
from educonnect.web import refusals


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_email(request: HttpRequest, token: str) -> HttpResponse:
    """Following the link only asks: mail filters follow links too, and it serves once."""
    if request.method != "POST":
        return render(request, "public/confirm_email.html", {"refused": "", "code": ""})
    waiting = sso.waiting(request)
    try:
        contacts.confirm_email(token)
    except Refusal as refusal:
        context = {"refused": refusals.sentence(refusal), "code": refusal.code}
        return render(request, "public/confirm_email.html", context)
    query = f"?{urlencode({sso.FIELD: waiting.pk})}" if waiting else ""
    return sso.SeeOther(reverse("public:email-confirmed") + query)


@login_not_required
@require_safe
def email_confirmed(request: HttpRequest) -> HttpResponse:
    """It is done, and what comes next."""
    waiting = sso.waiting(request)
    return render(
        request,
        "public/email_confirmed.html",
        {"waiting": waiting, "next": sso.destination(request) if sso.current(request) else sso.to_sign_in(waiting)},
    )
