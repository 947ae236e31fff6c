"""Pages for what went wrong, in the same shell: unknown address, forbidden, ill-formed, our fault, cookies refused."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.shortcuts import render
from django.template.loader import render_to_string


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    return render(request, "public/failure.html", {"failure": "not-found"}, status=404)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return render(request, "public/failure.html", {"failure": "forbidden"}, status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: read without the database, the request itself may be hostile."""
    return HttpResponse(
        render_to_string("public/failure.html", {"failure": "bad-request", "demo": settings.DEMO}), status=400
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """500: neither database nor collected files are needed to say it."""
    return HttpResponseServerError(render_to_string("public/server_error.html", {"demo": settings.DEMO}))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose page was open too long, or a browser that refuses cookies."""
    return render(request, "public/failure.html", {"failure": "csrf", "again": request.get_full_path()}, status=403)
