"""Pages that only inform: accessibility, legal, personal data, help."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from educonnect.sessions import rules, sso


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The bare address leads where the reader has something to do."""
    return sso.SeeOther(reverse("account:services" if sso.current(request) else "public:sign-in"))


@login_not_required
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement."""
    return render(request, "public/accessibility.html", {"text": settings.ACCESSIBILITY_TEXT})


@login_not_required
@require_safe
def legal(request: HttpRequest) -> HttpResponse:
    """Who publishes and hosts this service."""
    return render(request, "public/legal.html", {"text": settings.LEGAL_TEXT})


@login_not_required
@require_safe
def personal_data(request: HttpRequest) -> HttpResponse:
    """What is kept about people, why, how long; the cookies."""
    return render(
        request,
        "public/personal_data.html",
        {
            "text": settings.PERSONAL_DATA_TEXT,
            "idle": settings.SESSION_IDLE // 60,
            "shared": settings.SESSION_SHARED // 60,
            "absolute": settings.SESSION_ABSOLUTE // 3600,
            "device_days": rules.KNOWN_DEVICE.days,
            "accounts": rules.KNOWN_ACCOUNTS,
        },
    )


@login_not_required
@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """What EduConnect is and how one gets an account."""
    return render(request, "public/help.html", {"text": settings.HELP_TEXT, "days": settings.LETTER_DAYS})
