from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from educonnect.delegation.mandate import operator_mandate
from educonnect.notification import export
from educonnect.notification.management.commands.notify import follow, hand_over


class Command(BaseCommand):
    help = _("remet les courriers d’une campagne, tant qu’ils existent ; chaque prise est journalisée")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("campaign", type=int, metavar="CAMPAGNE", help=_("numéro donné par « notify »"))
        parser.add_argument("--out", type=Path, required=True, help=_("dossier où les écrire"))

    def handle(self, *args: object, campaign: int, out: Path, **options: object) -> None:
        followed = export.followed(operator_mandate(), campaign)
        follow(followed)
        hand_over(self, followed, out)
