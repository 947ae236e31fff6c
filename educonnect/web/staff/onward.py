"""Where somebody goes once they proved who they are: back to the page that asked for it, one of ours only."""

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from educonnect.sessions import sso, staffing

#: A longer address is not kept: the person lands on their first page.
MOST = 2000


def here(request: HttpRequest) -> str | None:
    """The page to come back to: this one; or the one whose form was posted, for a deed is never done by coming back."""
    if request.method in {"GET", "HEAD"}:
        address = request.get_full_path()
    else:
        came_from = urlsplit(request.headers.get("Referer", ""))
        if came_from.netloc != request.get_host():
            return None
        address = f"{came_from.path}?{came_from.query}" if came_from.query else came_from.path
    return address if _ours(address) else None


def go(request: HttpRequest) -> HttpResponse:
    """Where they were going; their first page where nothing says."""
    back = staffing.take(request, "back")
    return sso.SeeOther(back if isinstance(back, str) and _ours(back) else reverse("staff:home"))


def _ours(address: str) -> bool:
    """A path of this site, and no more."""
    return (
        len(address) <= MOST
        and address.startswith("/")
        and url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    )
