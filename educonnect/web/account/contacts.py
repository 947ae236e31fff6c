"""« Adresse e-mail »: the one in force, the one that waits for its link; change, send again, give up, take away."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from educonnect.accounts import changing
from educonnect.accounts.models import Account, Kind
from educonnect.errors import Refusal
from educonnect.sessions import sso
from educonnect.ui import fields
from educonnect.web import refusals
from educonnect.web.account.home import masked
from educonnect.web.account.reader import reader
from educonnect.web.forms import Form, posted
from educonnect.web.public.activation import EmailForm
from educonnect.web.public.signin import whence


class ChangeEmailForm(EmailForm):
    """Another address, and the password once more."""

    field_order = ("email", "current")

    email = fields.Email(label=_("Votre nouvelle adresse e-mail"))
    current = fields.Password(autocomplete="current-password", label=_("Votre mot de passe"))


class RemoveEmailForm(Form):
    """The password once more."""

    current = fields.Password(autocomplete="current-password", label=_("Votre mot de passe"))


@require_http_methods(["GET", "HEAD", "POST"])
def email(request: HttpRequest) -> HttpResponse:
    """What the account has; another address is sent a link, and takes its place once the link is followed."""
    who = reader(request)
    form = ChangeEmailForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            changing.change_email(
                who.account_id,
                form.cleaned_data["email"],
                current=form.cleaned_data["current"],
                origin=whence(request),
                now=timezone.now(),
            )
        except Refusal as refusal:
            refusals.explain(refusal, form)
        else:
            return _done("envoye")
    return _page(request, form)


@require_POST
def send_again(request: HttpRequest) -> HttpResponse:
    """The link once more."""
    try:
        sent = changing.send_again(reader(request).account_id, now=timezone.now())
    except Refusal as refusal:
        form = ChangeEmailForm()
        page = _page(request, form, refused=refusals.sentence(refusal))
        page.status_code = refusals.STATUSES.get(type(refusal), 200)
        return page
    return _done("envoye" if sent else "")


@require_POST
def drop(request: HttpRequest) -> HttpResponse:
    """Give up the address that waits."""
    changing.drop_email(reader(request).account_id)
    return _done("abandonnee")


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest) -> HttpResponse:
    """A pupil may have no address; a guardian always has one."""
    who = reader(request)
    account = Account.objects.get(pk=who.account_id)
    if who.kind != Kind.PUPIL or not account.email:
        return sso.SeeOther(reverse("account:email"))
    form = RemoveEmailForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            changing.remove_email(
                who.account_id, current=form.cleaned_data["current"], origin=whence(request), now=timezone.now()
            )
        except Refusal as refusal:
            refusals.explain(refusal, form)
        else:
            return _done("retiree")
    context = {"form": form, "email": masked(account.email)}
    return render(request, "account/remove_email.html", context, status=form.status)


def _page(request: HttpRequest, form: ChangeEmailForm, *, refused: str = "") -> HttpResponse:
    account = Account.objects.get(pk=reader(request).account_id)
    return render(
        request,
        "account/email.html",
        {
            "form": form,
            "refused": refused,
            "email": masked(account.email),
            "to_confirm": masked(account.email_to_confirm),
            "removable": account.kind == Kind.PUPIL and account.email != "",
            "done": request.GET.get("fait", ""),
        },
        status=form.status,
    )


def _done(what: str) -> HttpResponse:
    return sso.SeeOther(reverse("account:email") + (f"?fait={what}" if what else ""))
