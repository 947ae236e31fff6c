from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from educonnect.delegation.mandate import operator_mandate
from educonnect.helpdesk import portal
from educonnect.schools.models import Audience, PortalAddress


class Command(BaseCommand):
    help = _("règle et vérifie l’adresse imprimée dans les courriers d’un établissement")

    def add_arguments(self, parser: ArgumentParser) -> None:
        gestures = parser.add_subparsers(dest="gesture", required=True, metavar="set | verify")
        declare = gestures.add_parser("set", help=_("enregistrer une adresse ; vide, l’effacer"))
        declare.add_argument("uai", metavar="UAI")
        declare.add_argument("--pupils", metavar="URL", help=_("pour les courriers des élèves"))
        declare.add_argument("--guardians", metavar="URL", help=_("pour ceux des responsables, en plus du portail"))
        verify = gestures.add_parser(
            "verify", help=_("vérifier les adresses enregistrées ; elles sont alors imprimées")
        )
        verify.add_argument("uai", metavar="UAI")

    def handle(
        self,
        *args: object,
        gesture: str,
        uai: str,
        pupils: str | None = None,
        guardians: str | None = None,
        **options: object,
    ) -> None:
        mandate, uai = operator_mandate(), uai.upper()
        school = mandate.require_school(uai)
        if gesture == "set":
            if pupils is None and guardians is None:
                raise CommandError(_("donnez --pupils ou --guardians"))
            for audience, url in ((Audience.PUPILS.value, pupils), (Audience.GUARDIANS.value, guardians)):
                if url is not None:
                    portal.declare(mandate, uai, audience, url)
            self.stdout.write(
                _("Enregistré. Adresse imprimée après « educonnect portal verify %(uai)s ».") % {"uai": uai}
            )
            return
        declared = PortalAddress.objects.filter(school=school).order_by("-audience").values_list("audience", flat=True)
        for audience in list(declared) or [Audience.PUPILS.value]:  # none: the refusal says so
            verified = portal.verify(mandate, uai, audience)
            self.stdout.write(
                _("%(url)s est vérifiée (%(audience)s).") % {"url": verified.url, "audience": Audience(audience).label}
            )
