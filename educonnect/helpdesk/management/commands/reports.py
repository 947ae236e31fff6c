from argparse import ArgumentParser

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from educonnect.delegation.mandate import operator_mandate
from educonnect.helpdesk import reports


class Command(BaseCommand):
    help = _("montre et traite les « je ne suis pas le représentant légal de cet élève »")

    def add_arguments(self, parser: ArgumentParser) -> None:
        gestures = parser.add_subparsers(dest="gesture", required=True, metavar="list | end | keep")
        queue = gestures.add_parser("list", help=_("ce qui attend une décision, le plus ancien d’abord"))
        queue.add_argument("uai", nargs="?", default="", metavar="UAI")
        for gesture, deed in (
            ("end", _("retirer le lien : aucun export ne le remettra")),
            ("keep", _("maintenir le lien : l’enfant paraît de nouveau")),
        ):
            gestures.add_parser(gesture, help=deed).add_argument("report", type=int, metavar=_("NUMÉRO"))

    def handle(self, *args: object, gesture: str, uai: str = "", report: int = 0, **options: object) -> None:
        mandate, now = operator_mandate(), timezone.now()
        if gesture == "list":
            waiting = reports.waiting(mandate)
            if uai:
                waiting = waiting.filter(school=mandate.require_school(uai.upper()))
            found = list(waiting)
            for one in found:
                self.stdout.write(
                    _("%(number)d  %(school)s  %(days)d j  %(guardian)s n’est pas responsable de %(pupil)s")
                    % {
                        "number": one.pk,
                        "school": one.school_id,
                        "days": (now - one.reported_at).days,
                        "guardian": f"{one.guardian.first_name} {one.guardian.family_name}",
                        "pupil": f"{one.pupil.first_name} {one.pupil.family_name}",
                    }
                )
            self.stdout.write(_("Signalements à traiter : %(n)d") % {"n": len(found)})
        elif gesture == "end":
            reports.end(mandate, report, now=now)
            self.stdout.write(_("Le lien est retiré. Pensez à corriger la base de l’établissement."))
        else:
            reports.keep(mandate, report, now=now)
            self.stdout.write(_("Le lien est maintenu : l’enfant paraît de nouveau dans le compte."))
