"""« Se connecter »: one page for pupils and guardians."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from educonnect.accounts import signin
from educonnect.accounts.authentication import Unfinished
from educonnect.accounts.models import Account, Kind
from educonnect.accounts.rules import typed_username
from educonnect.accounts.signin import Origin
from educonnect.errors import Refusal
from educonnect.sessions import origin, sso, typed
from educonnect.sessions.models import Waiting
from educonnect.ui import fields
from educonnect.ui.kept import Kept
from educonnect.web import csrf, refusals
from educonnect.web.forms import Form, posted
from educonnect.web.public.activation import next_screen
from educonnect.web.school import school_of


class SignInForm(Form):
    """What the letter or the memory gives."""

    username = fields.Username(help_text=_("Il est dans votre lettre. Exemple : c.duverger2"))
    password = fields.Password(
        autocomplete="current-password",
        help_text=_("Première fois ? Écrivez le mot de passe provisoire de votre lettre."),
    )
    shared = fields.Tick(
        required=False,
        label=_("Cet ordinateur est partagé"),
        help_text=_("CDI, salle informatique, bibliothèque… La connexion se ferme plus vite."),
    )


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Username and password; then back to the service that asked, or what must come first."""
    if request.method != "POST":
        waiting, who = sso.waiting(request), sso.current(request)
        if who is not None and (waiting is None or sso.fresh_enough(who, waiting)):
            return sso.SeeOther(sso.destination(request))
        return page(request, waiting)
    form = SignInForm(posted(request))
    if form.is_valid():
        username, password = form.cleaned_data["username"], form.cleaned_data["password"]
        sso.begun_by(request, typed_username(username))
        waiting = sso.waiting(request)
        try:
            proof = signin.sign_in(username, password, origin=whence(request), only=served(waiting))
        except Refusal as refusal:
            refusals.explain(refusal, form)
        else:
            csrf.renew(request)
            if isinstance(proof, Unfinished):
                sso.begin_unfinished(request, proof, shared=form.cleaned_data["shared"])
                pending = sso.unfinished(request)
                if pending and waiting is not None and sso.waiting(request) is None:  # told at the end of the road
                    sso.save_draft(request, {**pending.draft, "dropped": True})
                return sso.SeeOther(next_screen(pending) if pending else reverse("public:sign-in"))
            sso.begin(request, proof, shared=form.cleaned_data["shared"])
            if waiting is not None and sso.waiting(request) is None:  # somebody else had begun it
                return sso.SeeOther(f"{sso.destination(request)}?oubliee=1")
            return sso.onward(request)
    return shown(request, form, sso.waiting(request), sso.unfinished(request))


def page(request: HttpRequest, waiting: Waiting | None) -> HttpResponse:
    """The page before anything is typed; it also answers a service's request directly, at that request's address."""
    pending = sso.unfinished(request)
    if sso.current(request) is None and pending is None and not typed.waits(request):
        return HttpResponse(blank(request, waiting))
    return shown(request, SignInForm(), waiting, pending)


def shown(request: HttpRequest, form: SignInForm, waiting: Waiting | None, pending: sso.Pending | None) -> HttpResponse:
    """The page with what was typed, and what was wrong with it."""
    return render(
        request,
        "public/sign_in.html",
        {
            "form": form,
            "action": sso.to_sign_in(waiting),
            "waiting": waiting,
            "kept": typed.waits(request),
            "resume": next_screen(pending) if pending else "",
            "school": school_of(named(form)) if form.school_helps else None,
        },
        status=form.status,
    )


_BLANK = Kept("csrf")
_BLANK_FOR_A_SERVICE = Kept("csrf", "demande", "service")


def blank(request: HttpRequest, waiting: Waiting | None) -> str:
    """The page as everybody first sees it; most visits of the whole installation are this one."""
    page = _BLANK_FOR_A_SERVICE if waiting else _BLANK
    values = {"csrf": csrf.token(request)}
    if waiting:
        values |= {"demande": waiting.pk, "service": waiting.provider.name}

    def render_once() -> str:
        stand_in = {"pk": page.marks["demande"], "provider": {"name": page.marks["service"]}} if waiting else None
        context = {
            "form": SignInForm(),
            "action": reverse("public:sign-in") + (f"?{sso.FIELD}={page.marks['demande']}" if waiting else ""),
            "waiting": stand_in,
            "kept": False,
            "resume": "",
            "school": None,
            "csrf_token": page.marks["csrf"],
        }
        return render_to_string("public/sign_in.html", context, request)

    return page.filled(render_once, values)


def named(form: SignInForm) -> Account | None:
    """The account of the username that was typed; asked only after its right password."""
    return Account.objects.filter(username=typed_username(form.cleaned_data["username"])).first()


def whence(request: HttpRequest) -> Origin:
    """Where this try comes from, for the limits and the connection log."""
    return Origin(
        address=origin.address(request),
        device=origin.device(request),
        known_device=origin.known_accounts(request),
        device_key=origin.device_key(request),
    )


def served(waiting: Waiting | None) -> Kind | None:
    """The one kind of account that the asking service takes; None: any."""
    populations = waiting.provider.populations if waiting else []
    return Kind(populations[0]) if len(populations) == 1 else None
