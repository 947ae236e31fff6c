"""The application a WSGI server loads."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "educonnect.config.settings")
_django = get_wsgi_application()

from educonnect.config.front import Front  # noqa: E402 - once Django is set up

application = Front(_django)
