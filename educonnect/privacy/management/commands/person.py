from argparse import ArgumentParser

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from educonnect.delegation.mandate import operator_mandate
from educonnect.helpdesk import finding
from educonnect.privacy import erasure, export


class Command(BaseCommand):
    help = _("remet à une personne tout ce qui est gardé d’elle, ou l’efface")

    def add_arguments(self, parser: ArgumentParser) -> None:
        gestures = parser.add_subparsers(dest="gesture", required=True, metavar="GESTE")
        handing = gestures.add_parser("export", help=_("écrit ses données, en JSON, sur la sortie standard"))
        handing.add_argument("username", metavar="IDENTIFIANT")
        erasing = gestures.add_parser(
            "erase", help=_("efface son compte et tout ce qui dit qui elle est ; rien ne le défait")
        )
        erasing.add_argument("username", metavar="IDENTIFIANT")

    def handle(self, *args: object, gesture: str, username: str, **options: object) -> None:
        mandate = operator_mandate()
        if gesture == "erase":
            erasure.erase(mandate, username)
            self.stdout.write(
                _("%(username)s est effacé. Cet identifiant ne sera plus donné.") % {"username": username}
            )
            return
        (account,) = finding.named(mandate, [username])
        for piece in export.hand_over(account.pk, actor=mandate.actor, now=timezone.now()):
            self.stdout.write(piece, ending="")
