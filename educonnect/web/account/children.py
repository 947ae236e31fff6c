"""« Mes enfants »: where they are, how far their accounts are; one is not theirs, others are on another letter."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from educonnect.accounts import children as kin
from educonnect.accounts import grouping
from educonnect.accounts.errors import NotYourChild, ProofOver
from educonnect.accounts.models import Kind
from educonnect.errors import Refusal
from educonnect.population.models import Pupil
from educonnect.sessions import sso
from educonnect.ui import fields
from educonnect.web import refusals
from educonnect.web.account.reader import reader
from educonnect.web.forms import Form, posted
from educonnect.web.public.signin import whence

PROOF = "preuve"


class OtherLetterForm(Form):
    """What the other letter says, or the pair of the other account."""

    username = fields.Username(label=_("Identifiant de l’autre lettre"))
    password = fields.Password(
        autocomplete="off",
        label=_("Mot de passe de l’autre lettre"),
        help_text=_("Cet autre compte est déjà activé ? Écrivez le mot de passe que vous y avez choisi."),
    )


class JoinForm(Form):
    """The birth date of each child of a letter never used; nothing for an account already activated."""

    def __init__(self, *args: Any, children: Sequence[Pupil], **options: Any) -> None:
        super().__init__(*args, **options)
        for child in children:
            label = gettext("Date de naissance de %(child)s") % {"child": child.first_name}
            self.fields[f"child-{child.pk}"] = fields.Birthdate(own=False, label=label)

    def birthdates(self) -> dict[int, date]:
        """Pupil identifier -> the date that was typed."""
        return {int(name.removeprefix("child-")): value for name, value in self.cleaned_data.items()}


def for_guardians(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A pupil has no children here."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
        if reader(request).kind != Kind.GUARDIAN:
            return sso.SeeOther(reverse("account:home"))
        return view(request, *args, **named)

    return guarded


@require_safe
@for_guardians
def children(request: HttpRequest) -> HttpResponse:
    """The children, and what to do next for each."""
    return render(
        request,
        "account/children.html",
        {
            "children": kin.children_of(reader(request).account_id, now=timezone.now()),
            "done": request.GET.get("fait", ""),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_guardians
def refuse(request: HttpRequest, pupil_id: int) -> HttpResponse:
    """« Je ne suis pas le représentant légal »: asked again, then done."""
    account_id = reader(request).account_id
    form = Form(posted(request))
    mine = kin.pupils_of(account_id)
    child = next((pupil for pupil in mine if pupil.pk == pupil_id), None)
    if child is None:
        return sso.SeeOther(reverse("account:children"))
    if request.method == "POST" and form.is_valid():
        try:
            remain = kin.refuse(account_id, pupil_id, now=timezone.now())
        except NotYourChild:  # done in another tab
            return sso.SeeOther(_children("retire"))
        except Refusal as refusal:
            refusals.explain(refusal, form)
        else:
            if remain:
                return sso.SeeOther(_children("retire"))
            sso.end(request)
            return sso.SeeOther(reverse("public:not-concerned"))
    return render(
        request,
        "account/refuse_child.html",
        {"form": form, "child": child, "last": len(mine) == 1},
        status=form.status,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_guardians
def add(request: HttpRequest) -> HttpResponse:
    """« Ajouter un enfant » 1/2: the other letter."""
    form = OtherLetterForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            proof = grouping.show(
                reader(request).account_id,
                form.cleaned_data["username"],
                form.cleaned_data["password"],
                origin=whence(request),
            )
        except Refusal as refusal:
            refusals.explain(refusal, form)
        else:
            return sso.SeeOther(f"{reverse('account:join-children')}?{urlencode({PROOF: proof})}")
    return render(request, "account/add_children.html", {"form": form}, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@for_guardians
def join(request: HttpRequest) -> HttpResponse:
    """« Ajouter un enfant » 2/2: who joins, and the proof that they are one's own."""
    account_id, proof = reader(request).account_id, request.GET.get(PROOF, "")
    try:
        joining = grouping.joining(account_id, proof)
    except ProofOver as refusal:  # too old, or done in another tab
        form = OtherLetterForm({})
        form.errors.clear()
        refusals.explain(refusal, form)
        return render(request, "account/add_children.html", {"form": form})
    asked = joining.children if joining.asks_birthdates else ()
    joined = JoinForm(posted(request), children=asked)
    if request.method == "POST" and joined.is_valid():
        try:
            grouping.join(account_id, proof, birthdates=joined.birthdates(), now=timezone.now())
        except Refusal as refusal:
            refusals.explain(refusal, joined)
        else:
            return sso.SeeOther(_children("ajoute"))
    return render(request, "account/join_children.html", {"form": joined, "joining": joining}, status=joined.status)


def _children(done: str) -> str:
    return f"{reverse('account:children')}?fait={done}"
