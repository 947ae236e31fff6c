from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from educonnect.journal import sealing, verifying
from educonnect.journal.trails import Trail
from educonnect.journal.verifying import Account, Finding, Wrong

NAMES = {Trail.ENTRY: gettext_lazy("journal"), Trail.CONNECTION: gettext_lazy("connexions")}
SENTENCES = {
    Wrong.CHANGED: gettext_lazy("la ligne %(line)s a été changée"),
    Wrong.MISSING: gettext_lazy("la ligne %(line)s manque"),
    Wrong.INSERTED: gettext_lazy("la ligne %(line)s a été ajoutée après coup"),
    Wrong.MOVED: gettext_lazy("la ligne %(former)s a été déplacée en %(line)s"),
    Wrong.SEAL: gettext_lazy("le sceau ne va pas avec son lot ou avec celui d’avant"),
    Wrong.SEAL_MISSING: gettext_lazy("un lot manque avant celui-ci, ou celui-ci manque"),
    Wrong.PURGE: gettext_lazy("ce lot est dit purgé, mais pas par ÉduConnect"),
    Wrong.KEY: gettext_lazy("la clé de ce lot n’est pas donnée (EDUCONNECT_JOURNAL_KEY_FORMER)"),
    Wrong.HEAD: gettext_lazy("le sceau n’est pas celui qui avait été noté"),
}


class Command(BaseCommand):
    help = str(gettext_lazy("scelle et vérifie le journal : verify, seal"))

    def add_arguments(self, parser: ArgumentParser) -> None:
        gestures = parser.add_subparsers(dest="gesture", required=True)
        verify = gestures.add_parser("verify", help=_("chercher ce qui a été changé, retiré ou ajouté"))
        verify.add_argument(
            "--expect",
            action="append",
            default=[],
            metavar="SCEAU",
            help=_("un sceau noté ailleurs, tel que cette commande l’écrit : entry:812:3f2a9c41d5e6f708"),
        )
        gestures.add_parser("seal", help=_("sceller maintenant ce qui ne l’est pas encore"))

    def handle(self, *args: object, gesture: str, **options: object) -> None:
        if gesture == "seal":
            for trail in Trail:
                count = sealing.seal(trail)
                self.stdout.write(_("%(trail)s : %(count)d lignes scellées") % {"trail": NAMES[trail], "count": count})
            return
        expected = _expected(options["expect"])
        wrong = 0
        for trail in Trail:
            account = Account()
            for finding in verifying.verify(trail, account, expected=expected[trail]):
                wrong += 1
                self.stdout.write(_sentence(finding))
            self.stdout.write(_summary(trail, account))
        if wrong:
            raise CommandError(_("le journal ne tient pas : %d constats.") % wrong)
        self.stdout.write(_("Le journal tient."))


def _expected(given: object) -> dict[Trail, dict[int, str]]:
    """`entry:812:3f2a…` -> trail -> batch -> beginning of its seal."""
    expected: dict[Trail, dict[int, str]] = {trail: {} for trail in Trail}
    for word in given if isinstance(given, list) else []:
        name, _colon, rest = str(word).partition(":")
        number, _colon, seal = rest.partition(":")
        if name not in set(Trail) or not number.isdecimal() or len(seal) < 16:
            raise CommandError(_("--expect : un sceau tel que entry:812:3f2a9c41d5e6f708, et non %s") % word)
        expected[Trail(name)][int(number)] = seal
    return expected


def _sentence(finding: Finding) -> str:
    said = str(SENTENCES[finding.wrong]) % {"line": finding.line, "former": finding.former}
    return _("%(trail)s, lot %(batch)d : %(said)s") % {
        "trail": NAMES[finding.trail],
        "batch": finding.batch,
        "said": said,
    }


def _summary(trail: Trail, account: Account) -> str:
    parts = [
        _("%(trail)s : %(lines)d lignes en %(batches)d lots")
        % {"trail": NAMES[trail], "lines": account.lines, "batches": account.batches}
    ]
    if account.purged_batches:
        parts.append(
            _("%(lines)d purgées en %(batches)d lots")
            % {"lines": account.purged_lines, "batches": account.purged_batches}
        )
    if account.since is not None:
        since = date_format(localtime(account.since), "j F Y H:i")
        parts.append(
            _("%(lines)d pas encore scellées, depuis le %(since)s") % {"lines": account.unsealed, "since": since}
        )
    if account.head:
        parts.append(_("dernier sceau %s") % account.head)
    return ", ".join(parts)
