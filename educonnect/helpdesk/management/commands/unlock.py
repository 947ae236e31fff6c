from argparse import ArgumentParser

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from educonnect.delegation.mandate import operator_mandate
from educonnect.helpdesk import finding, locking


class Command(BaseCommand):
    help = _("débloque un compte")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", metavar="IDENTIFIANT")

    def handle(self, *args: object, username: str, **options: object) -> None:
        mandate = operator_mandate()
        (account,) = finding.named(mandate, [username])
        locking.unlock(mandate, account.pk)
        self.stdout.write(_("%(username)s est débloqué.") % {"username": account.username})
