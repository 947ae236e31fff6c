import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from educonnect.delegation.mandate import operator_mandate
from educonnect.letters.pdf import PressFailed
from educonnect.notification import campaign as campaigns
from educonnect.notification import export
from educonnect.notification.models import Campaign, CampaignState
from educonnect.notification.selection import STATES, Selection, preview
from educonnect.schools.models import Audience


class Command(BaseCommand):
    help = _("prépare les courriers d’un établissement : un par élève ou responsable dont le compte n’est pas activé")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--uai", required=True, help=_("code de l’établissement"))
        parser.add_argument(
            "--audience",
            choices=Audience.values,
            default=Audience.PUPILS,
            help=_("à qui : pupils, les élèves (sans autre choix), ou guardians, leurs responsables"),
        )
        parser.add_argument("--division", action="append", default=[], help=_("classe ; peut être répété"))
        parser.add_argument("--level", action="append", default=[], help=_("niveau (MEFSTAT4) ; peut être répété"))
        parser.add_argument(
            "--state",
            action="append",
            default=[],
            choices=[state.value for state in STATES],
            help=_("état du compte ; peut être répété : %(states)s")
            % {"states": ", ".join(f"{state.value} ({state.label.lower()})" for state in STATES)},
        )
        parser.add_argument("--name", default="", help=_("début d’un nom ou d’un prénom"))
        parser.add_argument("--out", type=Path, help=_("dossier où écrire les courriers"))
        parser.add_argument("--no-wait", action="store_true", help=_("ne pas attendre : un traitement s’en charge"))

    def handle(
        self,
        *args: object,
        uai: str,
        audience: str,
        division: list[str],
        level: list[str],
        state: list[str],
        name: str,
        out: Path | None,
        no_wait: bool,
        **options: object,
    ) -> None:
        mandate = operator_mandate()
        selection = Selection(uai.upper(), tuple(division), tuple(level), tuple(state), name, audience)
        now = timezone.now()
        if out is not None:
            with _writing(out):  # before any letter is voided
                export.make_folder(out)
        seen = preview(mandate, selection, now=now)
        campaign = campaigns.notify(mandate, selection, now=now)
        self.stdout.write(
            ngettext(
                "Campagne %(number)d : %(total)d courrier, %(classes)s.",
                "Campagne %(number)d : %(total)d courriers, %(classes)s.",
                campaign.total,
            )
            % {
                "number": campaign.pk,
                "total": campaign.total,
                "classes": ngettext("%(n)d classe", "%(n)d classes", len(seen.letters)) % {"n": len(seen.letters)},
            }
        )
        if seen.voids:
            self.stdout.write(_("Courriers encore valables remplacés par ceux-ci : %(n)d.") % {"n": seen.voids})
        if seen.held:
            self.stdout.write(
                _("Courriers encore valables, laissés tels quels : %(n)d (« --state notified » les remplace).")
                % {"n": seen.held}
            )
        if seen.activated:
            self.stdout.write(_("Comptes déjà activés, laissés de côté : %(n)d.") % {"n": seen.activated})
        if no_wait:
            self.stdout.write(
                _("Pour les prendre : educonnect files %(number)d --out DOSSIER") % {"number": campaign.pk}
            )
            return
        follow(campaign)
        hand_over(self, campaign, out)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CommandError(
            _("écriture impossible : %(folder)s. Donnez un dossier où vous pouvez écrire, et où il reste de la place.")
            % {"folder": folder}
        ) from error


def follow(campaign: Campaign) -> None:
    """Show the progress of a campaign until its end; make its letters here when no worker does."""
    shown = sys.stderr.isatty()
    while True:
        campaign.refresh_from_db()
        if shown:
            sys.stderr.write(f"\r{campaign.done} / {campaign.total}")
            sys.stderr.flush()
        if campaign.state in {CampaignState.DONE, CampaignState.DESTROYED}:
            break
        try:
            if not campaigns.help_finish(campaign.pk):
                time.sleep(0.2)
        except PressFailed as error:
            raise CommandError(_("les courriers n’ont pas pu être imprimés : %(why)s") % {"why": error}) from error
    if shown:
        sys.stderr.write("\n")


def hand_over(command: BaseCommand, campaign: Campaign, out: Path | None) -> None:
    """Write the files of a finished campaign, or say how to take them."""
    command.stdout.write(_("Courriers préparés : %(n)d.") % {"n": campaign.letters})
    if out is None:
        command.stdout.write(
            _("Pour les prendre : educonnect files %(number)d --out DOSSIER") % {"number": campaign.pk}
        )
    else:
        with _writing(out):
            path = export.save(operator_mandate(), campaign.pk, out)
        command.stdout.write(_("Fichiers : %(path)s") % {"path": path})
    if campaign.files_expire_at is not None:
        command.stdout.write(
            _("Ils restent disponibles jusqu’au %(day)s à %(hour)s, puis sont détruits.")
            % {
                "day": timezone.localtime(campaign.files_expire_at).strftime("%d/%m/%Y"),
                "hour": timezone.localtime(campaign.files_expire_at).strftime("%H:%M"),
            }
        )
