from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from educonnect.jobs import worker


class Command(BaseCommand):
    help = str(gettext_lazy("exécute les tâches en attente, jusqu’à ce qu’on l’arrête"))

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help=_("s’arrêter quand la file est vide"))

    def handle(self, *args: object, once: bool, **options: object) -> None:
        try:
            worker.work(once=once)
        except worker.Interrupted as error:
            raise CommandError(_("le traitement s’est interrompu, voir le journal du programme")) from error
