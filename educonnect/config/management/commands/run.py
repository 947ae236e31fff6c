from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from educonnect.config import supervisor


class Command(BaseCommand):
    help = _("démarre tout : base de données, serveur, tâches, services d’exemple ; Ctrl-C arrête tout")
    database = False  # the supervisor holds its own, and outlives the ends of it

    def handle(self, *args: object, **options: object) -> None:
        supervisor.run(self.stdout.write)
