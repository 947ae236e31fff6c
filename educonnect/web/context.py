"""What every page shows whatever its view."""

from django.http import HttpRequest


def page(request: HttpRequest) -> dict[str, object]:
    """Values for the shell: demonstration banner, operator's texts."""
    from django.conf import settings

    return {"demo": settings.DEMO}
