"""Activation by letter: own password, then identity, then « C’est fait »."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from educonnect.accounts import activation, contacts
from educonnect.accounts.activation import Child
from educonnect.accounts.authentication import Step
from educonnect.accounts.models import Account, Kind
from educonnect.accounts.rules import PASSWORD_LEAST
from educonnect.errors import Refusal
from educonnect.sessions import sso
from educonnect.ui import fields
from educonnect.web import csrf, refusals
from educonnect.web.forms import Form, posted
from educonnect.web.school import school_of


class OwnPasswordForm(Form):
    """The password that only its owner knows."""

    password = fields.Password(
        autocomplete="new-password",
        least=PASSWORD_LEAST,
        label=_("Votre nouveau mot de passe"),
        help_text=_("12 caractères ou plus. Le plus simple : plusieurs mots qui vous font rire."),
        error_messages={"required": _("Choisissez un mot de passe.")},
    )


class EmailForm(Form):
    """An e-mail that may look mistyped."""

    email = fields.Email()
    email_kept = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_email(self) -> str:
        """An address that looks mistyped is asked about, once."""
        email = str(self.cleaned_data["email"])
        probable = contacts.suggestion(email)
        if probable and self.data.get(self.add_prefix("email_kept")) != email:
            self.data = {**{name: self.data.get(name) for name in self.data}, self.add_prefix("email_kept"): email}
            raise ValidationError(
                gettext("Vouliez-vous écrire %(email)s ? Corrigez l’adresse, ou envoyez-la telle quelle.")
                % {"email": probable}
            )
        return email


class IdentityForm(EmailForm):
    """What both roads share: an e-mail, the terms."""

    terms = fields.Tick(
        label=_("J’accepte les conditions d’utilisation"),
        help_text=_("Mon compte est à moi : je ne donne mon mot de passe à personne."),
        error_messages={"required": _("Cochez la case pour accepter les conditions d’utilisation.")},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # in another tab, so that nothing typed here is lost
        self.fields["terms"].help_text = format_html(
            '{} <a href="{}#conditions" target="_blank">{}</a>',
            self.fields["terms"].help_text,
            reverse("public:legal"),
            gettext("Lire les conditions (nouvel onglet)"),
        )


class PupilIdentityForm(IdentityForm):
    """The pupil's own birth date; an e-mail if they have one."""

    field_order = ("birthdate", "email", "terms")

    birthdate = fields.Birthdate(label=_("Votre date de naissance"))
    email = fields.Email(
        required=False,
        label=_("Votre adresse e-mail"),
        help_text=_("Elle sert si vous oubliez votre mot de passe. Nous vous envoyons un message pour la confirmer."),
    )


class GuardianIdentityForm(IdentityForm):
    """The birth date of each child, first name only on the screen, or that the child is not theirs; an e-mail that is
    confirmed. Somebody who is the legal guardian of none is asked nothing more."""

    email = fields.Email(
        label=_("Votre adresse e-mail"),
        help_text=_("Nous vous envoyons un message. Votre compte s’ouvre quand vous cliquez sur son lien."),
    )

    def __init__(self, *args: Any, children: Sequence[Child], **options: Any) -> None:
        super().__init__(*args, **options)
        for child in children:
            label = gettext("Date de naissance de %(child)s") % {"child": child.first_name}
            self.fields[f"child-{child.pupil_id}"] = fields.Birthdate(own=False, label=label)
            self.fields[f"refused-{child.pupil_id}"] = fields.Tick(
                required=False,
                label=gettext("Je ne suis pas le représentant légal de %(child)s") % {"child": child.first_name},
                help_text=_("Ne donnez pas sa date de naissance : l’établissement vérifiera."),
            )
        self.children = [child.pupil_id for child in children]
        self.order_fields([f"{what}-{pk}" for pk in self.children for what in ("child", "refused")])

    def clean(self) -> dict[str, Any]:
        """Nothing is asked about a refused child, nor of somebody who refuses all."""
        useless = [f"child-{pk}" for pk in self.refused()]
        if self.refuses_all():
            useless += ["email", "terms"]
        for name in useless:
            self.errors.pop(name, None)
            self.cleaned_data.pop(name, None)
        return self.cleaned_data

    def refused(self) -> list[int]:
        """Pupil identifiers of the children said not to be theirs."""
        return [pk for pk in self.children if self.cleaned_data.get(f"refused-{pk}")]

    def refuses_all(self) -> bool:
        """Whether no child of the letter is theirs."""
        return bool(self.children) and len(self.refused()) == len(self.children)

    def birthdates(self) -> dict[int, date]:
        """Pupil identifier -> the date that was typed."""
        return {pk: date for pk in self.children if (date := self.cleaned_data.get(f"child-{pk}"))}


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def choose_password(request: HttpRequest) -> HttpResponse:
    """Activer 1/2: the provisional password ends here, the pupil's own begins."""
    pending = sso.unfinished(request)
    if pending is None or pending.step is not Step.ACTIVATION:
        return sso.SeeOther(elsewhere(request))
    form = OwnPasswordForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            password_hash = activation.choose_password(pending.account_id, form.cleaned_data["password"])
        except Refusal as refusal:
            refusals.explain(refusal, form)
        else:
            sso.save_draft(request, {**pending.draft, "password_hash": password_hash})
            return sso.SeeOther(reverse("public:identity"))
    return render(
        request,
        "public/choose_password.html",
        {"form": form, "waiting": sso.waiting(request), "username": pending.username},
        status=form.status,
    )


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def identity(request: HttpRequest) -> HttpResponse:
    """Activer 2/2: the birth date proves that the letter reached the right person."""
    pending = sso.unfinished(request)
    if pending is None or pending.step is not Step.ACTIVATION:
        return sso.SeeOther(elsewhere(request))
    password_hash = pending.draft.get("password_hash")
    if not password_hash:
        return sso.SeeOther(reverse("public:choose-password"))
    form: PupilIdentityForm | GuardianIdentityForm
    if pending.kind == Kind.PUPIL:
        form = PupilIdentityForm(posted(request))
    else:
        form = GuardianIdentityForm(posted(request), children=activation.children(pending.account_id))
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data.get("email", "")
        try:
            if isinstance(form, PupilIdentityForm):
                proof = activation.activate_pupil(
                    pending.account_id,
                    birthdate=form.cleaned_data["birthdate"],
                    password_hash=password_hash,
                    email=email,
                    now=timezone.now(),
                )
                csrf.renew(request)
                sso.begin(request, proof, shared=pending.shared)
            elif form.refuses_all():
                activation.refuse_all(pending.account_id, now=timezone.now())
                sso.end(request)
                return sso.SeeOther(reverse("public:not-concerned"))
            else:
                activation.activate_guardian(
                    pending.account_id,
                    birthdates=form.birthdates(),
                    password_hash=password_hash,
                    email=email,
                    refused=form.refused(),
                    now=timezone.now(),
                )
                sso.save_draft(request, {"password_hash": password_hash, "email_sent": True})
        except Refusal as refusal:
            refusals.explain(refusal, form)
        else:
            return sso.SeeOther(reverse("public:done") + ("?oubliee=1" if pending.draft.get("dropped") else ""))
    return render(
        request,
        "public/identity.html",
        {
            "form": form,
            "waiting": sso.waiting(request),
            "kind": pending.kind,
            "school": school_of(Account.objects.get(pk=pending.account_id)) if form.school_helps else None,
        },
        status=form.status,
    )


@login_not_required
@require_safe
def done(request: HttpRequest) -> HttpResponse:
    """« C’est fait », or the one thing left: the guardian's e-mail to confirm."""
    who, pending = sso.current(request), sso.unfinished(request)
    if who is None and not (pending and pending.draft.get("email_sent")):
        return sso.SeeOther(reverse("public:sign-in"))
    account = Account.objects.get(pk=who.account_id if who else pending.account_id)  # type: ignore[union-attr]
    return render(
        request,
        "public/done.html",
        {
            "waiting": sso.waiting(request),
            "next": sso.destination(request) if who else "",
            "username": account.username,
            "email": account.email_to_confirm,
            "dropped": "oubliee" in request.GET and sso.waiting(request) is None,
        },
    )


@login_not_required
@require_safe
def not_concerned(request: HttpRequest) -> HttpResponse:
    """No child is theirs: what happens next."""
    return render(request, "public/not_concerned.html")


def next_screen(pending: sso.Pending) -> str:
    """Where somebody past a right provisional password goes on, so that what was done is not asked again."""
    if pending.step is Step.NEW_PASSWORD:
        return reverse("public:new-password")
    return reverse("public:identity" if pending.draft.get("password_hash") else "public:choose-password")


def elsewhere(request: HttpRequest) -> str:
    """Where to go from an activation screen opened out of turn."""
    pending = sso.unfinished(request)
    if pending is not None:
        return next_screen(pending)
    return sso.destination(request) if sso.current(request) else reverse("public:sign-in")
