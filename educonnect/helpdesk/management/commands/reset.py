import os
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from educonnect.accounts import provisional
from educonnect.accounts.models import Account
from educonnect.delegation.mandate import operator_mandate
from educonnect.helpdesk import finding
from educonnect.helpdesk.reset import reset
from educonnect.letters import tables


class Command(BaseCommand):
    help = _("donne un nouveau mot de passe provisoire à des comptes activés ; il n’est montré qu’une fois")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("usernames", nargs="+", metavar="IDENTIFIANT")
        parser.add_argument("--out", type=Path, help=_("fichier CSV à créer, au lieu de l’écran"))

    def handle(self, *args: object, usernames: list[str], out: Path | None, **options: object) -> None:
        mandate, now = operator_mandate(), timezone.now()
        accounts = finding.named(mandate, usernames)
        target = _created(out) if out else None
        try:
            served = reset(mandate, [account.pk for account in accounts], now=now)
            limit = provisional.limit_day(now).strftime("%d/%m/%Y")
            rows = [
                (*_name(account), account.username, provisional.printed(served[account.pk]), limit)
                for account in accounts
                if account.pk in served
            ]
            if target is not None:
                heading = (
                    _("Nom"),
                    _("Prénom"),
                    _("Identifiant"),
                    _("Mot de passe provisoire"),
                    _("Valable jusqu’au"),
                )
                os.write(target, tables.BYTE_ORDER_MARK + tables.rows([heading, *rows]))
                self.stdout.write(_("Mots de passe provisoires : %(path)s") % {"path": out})
            else:
                for family_name, first_name, username, printed, day in rows:
                    self.stdout.write(
                        _("%(username)s  %(printed)s  jusqu’au %(day)s  (%(first)s %(family)s)")
                        % {
                            "username": username,
                            "printed": printed,
                            "day": day,
                            "first": first_name,
                            "family": family_name,
                        }
                    )
        finally:
            if target is not None:
                os.close(target)
        if len(served) < len(accounts):
            self.stdout.write(
                _("Comptes non activés, à notifier plutôt : %(names)s")
                % {"names": ", ".join(account.username for account in accounts if account.pk not in served)}
            )


def _created(path: Path) -> int:
    """A new file for its owner alone, opened before anything is reset: a password with nowhere to go would be lost."""
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise CommandError(
            _("écriture impossible : %(path)s. Donnez un fichier qui n’existe pas, dans un dossier où vous écrivez.")
            % {"path": path}
        ) from error


def _name(account: Account) -> tuple[str, str]:
    holder = account.pupil or account.guardian
    return (holder.used_name or holder.family_name, holder.first_name) if holder else ("", "")
