"""Pages for what went wrong, in the same shell: unknown address, forbidden, ill-formed, our fault, cookies refused."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse

from educonnect.sessions.middleware import of_staff


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404; to the staff the same page whether there is none or it is not in their rights."""
    return _failure(request, "not-found", status=404)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return _failure(request, "forbidden", status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: read without the database, the request itself may be hostile."""
    return HttpResponse(
        render_to_string(
            "public/failure.html",
            {"failure": "bad-request", "shell": "ui/base.html", "home": "/", "demo": settings.DEMO},
        ),
        status=400,
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """500: neither database nor collected files are needed to say it."""
    return HttpResponseServerError(render_to_string("public/server_error.html", {"demo": settings.DEMO}))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose page was open too long, or a browser that refuses cookies."""
    return _failure(request, "csrf", status=403, again=request.get_full_path())


def _failure(request: HttpRequest, failure: str, *, status: int, **told: str) -> HttpResponse:
    """In the shell of whoever reads it, with the way back to their own first page."""
    staff = of_staff(request)
    shell, home = ("staff/shell.html", "staff:home") if staff else ("ui/base.html", "public:home")
    context = {"failure": failure, "shell": shell, "home": reverse(home), "staff": staff, **told}
    return render(request, "public/failure.html", context, status=status)
