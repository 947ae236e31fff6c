from argparse import ArgumentParser

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from educonnect.delegation.mandate import operator_mandate
from educonnect.helpdesk import finding
from educonnect.privacy import export


class Command(BaseCommand):
    help = _("remet à une personne tout ce qui est gardé d’elle")

    def add_arguments(self, parser: ArgumentParser) -> None:
        gestures = parser.add_subparsers(dest="gesture", required=True, metavar="GESTE")
        handing = gestures.add_parser("export", help=_("écrit ses données, en JSON, sur la sortie standard"))
        handing.add_argument("username", metavar="IDENTIFIANT")

    def handle(self, *args: object, gesture: str, username: str, **options: object) -> None:
        mandate = operator_mandate()
        (account,) = finding.named(mandate, [username])
        for piece in export.hand_over(account.pk, actor=mandate.actor, now=timezone.now()):
            self.stdout.write(piece, ending="")
