"""`educonnect demo-load`: the fictive académie, imported and notified."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from educonnect.demo import loading, services
from educonnect.demo.errors import NotADemonstration


class Command(BaseCommand):
    help = _("charge l’académie fictive, une seule fois (démonstration uniquement)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            people = loading.load(now=timezone.now())
            services.register()
        except NotADemonstration as error:
            raise CommandError(
                _("l’académie fictive ne se charge que dans une démonstration, sans adresse publique.")
            ) from error
        except services.ServiceUnavailable as error:
            raise CommandError(
                _("le service d’exemple ne donne pas ses métadonnées : %(why)s") % {"why": error}
            ) from error
        if people is None:
            self.stdout.write(_("L’académie fictive est déjà là : rien n’a changé."))
        else:
            self.stdout.write(_("Académie fictive chargée ; comptes de démonstration : %(n)d.") % {"n": len(people)})
