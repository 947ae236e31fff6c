from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from educonnect.config import ports, serving
from educonnect.upstream.loopback import on_loopback


class Command(BaseCommand):
    help = _("répond aux navigateurs et aux services, jusqu’à ce qu’on l’arrête")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=ports.LOOPBACK, help=_("adresse d’écoute (la machine seule)"))
        parser.add_argument("--port", type=int, default=settings.PORT, help=_("port d’écoute"))
        parser.add_argument("--workers", type=int, default=2, help=_("nombre de processus"))
        parser.add_argument("--threads", type=int, default=16, help=_("fils d’exécution de chaque processus"))

    def handle(self, *args: object, **options: Any) -> None:
        if settings.DEMO and not on_loopback(f"http://{options['host']}"):
            raise CommandError(_("une démonstration n’écoute que la machine seule, et non %s.") % options["host"])
        serving.serve(
            host=options["host"],
            port=options["port"],
            workers=options["workers"],
            threads=options["threads"],
            level=settings.LOG_LEVEL,
        )
