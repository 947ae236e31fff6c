"""Own password again, after the school reset it."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from educonnect.accounts import activation
from educonnect.accounts.authentication import Step
from educonnect.errors import Refusal
from educonnect.sessions import sso
from educonnect.web import csrf, refusals
from educonnect.web.forms import posted
from educonnect.web.public.activation import OwnPasswordForm, next_screen


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_password(request: HttpRequest) -> HttpResponse:
    """The reset's provisional password ends here; then on to where the person was going."""
    pending = sso.unfinished(request)
    if pending is None:
        return sso.SeeOther(sso.destination(request) if sso.current(request) else reverse("public:sign-in"))
    if pending.step is not Step.NEW_PASSWORD:
        return sso.SeeOther(next_screen(pending))
    form = OwnPasswordForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            proof = activation.choose_own_password_after_reset(
                pending.account_id, form.cleaned_data["password"], timezone.now()
            )
        except Refusal as refusal:
            refusals.explain(refusal, form)
        else:
            csrf.renew(request)
            sso.begin(request, proof, shared=pending.shared)
            dropped = pending.draft.get("dropped") and sso.waiting(request) is None
            return sso.SeeOther(sso.destination(request) + ("?oubliee=1" if dropped else ""))
    return render(
        request,
        "public/new_password.html",
        {"form": form, "waiting": sso.waiting(request), "username": pending.username},
        status=form.status,
    )
