"""`educonnect demo-files`: the export files of a fictive académie."""

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from educonnect.demo import writing
from educonnect.demo.academie import Academie


def day(text: str) -> date:
    """A day written AAAA-MM-JJ."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(_("« %(text)s » n’est pas une date AAAA-MM-JJ") % {"text": text}) from error


class Command(BaseCommand):
    help = _("écrit les fichiers SIECLE d’une académie fictive : mêmes arguments, mêmes octets")
    requires_system_checks = ()
    database = False

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--schools", type=int, default=3, help=_("nombre d’établissements (un UAI chacun)"))
        parser.add_argument("--pupils", type=int, default=60, help=_("nombre d’élèves par établissement"))
        parser.add_argument("--seed", type=int, default=1, help=_("graine : elle invente des gens, jamais un secret"))
        parser.add_argument("--today", type=day, help=_("jour auquel les âges sont justes ; aujourd’hui par défaut"))
        parser.add_argument(
            "--older-schemas",
            action="store_true",
            help=_("le dernier établissement écrit au schéma d’avant 2016, l’avant-dernier à celui d’avant 2018"),
        )
        parser.add_argument("folder", type=Path, metavar="FOLDER", help=_("dossier où écrire, créé au besoin"))

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            academie = Academie(
                schools=options["schools"],
                pupils=options["pupils"],
                seed=options["seed"],
                today=options["today"] or timezone.localdate(),
                older_schemas=options["older_schemas"],
            )
        except ValueError as error:
            raise CommandError(
                _("Il faut au moins un établissement et un élève, et pas plus que d’identifiants fictifs.")
            ) from error
        try:
            written = writing.write(academie, options["folder"])
        except OSError as error:
            raise CommandError(
                _(
                    "écriture impossible : %(folder)s. Donnez un dossier où vous pouvez écrire, et où il reste de la "
                    "place."
                )
                % {"folder": options["folder"]}
            ) from error
        self.stdout.write(
            _(
                "Fichiers écrits dans %(folder)s : %(files)d "
                "(établissements : %(schools)d ; élèves de chacun : %(pupils)d)"
            )
            % {
                "files": len(written),
                "schools": academie.schools,
                "pupils": academie.pupils,
                "folder": options["folder"],
            }
        )
