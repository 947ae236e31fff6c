from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from educonnect.config import supervisor


class Command(BaseCommand):
    help = _("démarre tout : base de données, serveur, tâches, services d’exemple ; Ctrl-C arrête tout")
    database = False  # the supervisor holds its own, and outlives the ends of it

    def handle(self, *args: object, **options: object) -> None:
        supervisor.run(self.say)

    def say(self, words: str) -> None:
        """At once, even to a file or a pipe: whoever waits for what is said would wait until the end."""
        self.stdout.write(words)
        self.stdout.flush()
