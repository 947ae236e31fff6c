"""What the pages that ask for a second factor share: what may be shown, the forms of codes, and a code heard."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from educonnect.errors import Refusal
from educonnect.sessions import staffing
from educonnect.staff import factors
from educonnect.staff.authentication import Second
from educonnect.staff.factors import Factors
from educonnect.web import csrf, refusals
from educonnect.web.forms import Form
from educonnect.web.staff import door

_CODE = {"class": "input", "autocorrect": "off", "spellcheck": "false", "autocapitalize": "none"}


class CodeForm(Form):
    """Six figures of an application."""

    code = forms.CharField(
        label=_("Code à six chiffres"),
        help_text=_("Ouvrez votre application de codes : un code y change toutes les 30 secondes."),
        error_messages={"required": _("Écrivez les six chiffres que montre votre application.")},
        max_length=64,
        widget=forms.TextInput(attrs=_CODE | {"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


class RecoveryCodeForm(Form):
    """A printed code; its field wears a prefix, for both forms stand on one page."""

    prefix = "secours"

    code = forms.CharField(
        label=_("Code de secours"),
        help_text=_("Douze lettres ou chiffres, sur la feuille que vous avez imprimée. Chaque code sert une fois."),
        error_messages={"required": _("Écrivez l’un des codes de secours qui n’a pas encore servi.")},
        max_length=64,
        widget=forms.TextInput(attrs=_CODE | {"autocomplete": "off"}),
    )


_FORMS: dict[Second, type[Form]] = {Second.TOTP: CodeForm, Second.RECOVERY: RecoveryCodeForm}


@dataclass(frozen=True, slots=True)
class Asked:
    """What this person is asked for."""

    found: Factors
    strong: bool
    ways: frozenset[Second]

    @property
    def alone(self) -> bool:
        """Whether nothing but one of their passkeys is heard, and no upstream either."""
        return self.strong and bool(self.found.passkeys)


def asked(request: HttpRequest) -> Asked:
    """What they have, and which of it may be given here."""
    staff_id = door.staff(request).staff_id
    strong = door.needs_strong(staff_id)
    found = factors.of(staff_id)
    return Asked(found, strong, found.proving(strong=strong))


def forms_of(request: HttpRequest, ways: frozenset[Second]) -> dict[Second, Form]:
    """The forms of the codes that may be given, the one that was sent bound to what was sent."""
    return {
        second: kind(request.POST if _sent(request) is second else None)
        for second, kind in _FORMS.items()
        if second in ways
    }


def heard(request: HttpRequest, shown: dict[Second, Form]) -> bool:
    """Whether the code that was sent is right; the session is then proved. If it is not, its form says why."""
    second = _sent(request)
    form = shown.get(second) if second else None
    if second is None or form is None or not form.is_valid():
        return False
    try:
        factors.prove_by_code(door.staff(request).staff_id, second, form.cleaned_data["code"], now=timezone.now())
    except Refusal as refusal:
        refusals.explain(refusal, form)
        return False
    proved(request, second)
    return True


def proved(request: HttpRequest, second: Second) -> None:
    """The factor was right: the session and its forms get new secrets."""
    csrf.renew(request)
    staffing.prove(request, second, now=timezone.now())


def context(what: Asked, shown: dict[Second, Form]) -> dict[str, Any]:
    """What both pages show; `form` is the one that was sent, for the title."""
    bound = next((form for form in shown.values() if form.is_bound), None)
    return {
        "asked": what,
        "passkey": Second.PASSKEY in what.ways,
        "totp": shown.get(Second.TOTP),
        "recovery": shown.get(Second.RECOVERY),
        "form": bound,
        "status": bound.status if bound else 200,
    }


def _sent(request: HttpRequest) -> Second | None:
    if request.method != "POST":
        return None
    return Second.RECOVERY if "secours-code" in request.POST else Second.TOTP
