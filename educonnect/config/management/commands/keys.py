from django.core.management.base import BaseCommand
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from educonnect.config import inventory
from educonnect.config.inventory import Key, Version


class Command(BaseCommand):
    help = str(gettext_lazy("dresse l’inventaire des clés, sans en montrer aucune"))

    def handle(self, *args: object, **options: object) -> None:
        for key in inventory.KEYS:
            self.stdout.write("\n".join(_lines(key)) + "\n")
        if secrets := inventory.client_secrets():
            self.stdout.write("\n".join(_lines_of_clients(secrets)) + "\n")
        for name in inventory.CERTIFICATES:
            if found := inventory.certificate(name):
                print_, end = found
                said = _("%(name)s : empreinte %(print)s, valable jusqu’au %(end)s")
                self.stdout.write(
                    said % {"name": inventory.place(name), "print": print_, "end": date_format(localtime(end), "j F Y")}
                )


def _lines(key: Key) -> list[str]:
    """What is said of one key."""
    return [
        f"EDUCONNECT_{key.name} — {key.use}",
        _("  lue dans : %s") % inventory.place(key.name),
        *(f"  {_version(version)}" for version in inventory.versions(key.name)),
        _("  perdue : %s") % key.lost,
        _("  divulguée : %s") % key.leaked,
        _("  en changer : %s") % key.change,
    ]


def _lines_of_clients(secrets: dict[str, str]) -> list[str]:
    """What is said of the secrets that upstreams know us by."""
    key = inventory.CLIENT_SECRET
    return [
        f"EDUCONNECT_{key.name} — {key.use}",
        *(f"  {name} : " + _("empreinte %s") % print_ for name, print_ in secrets.items()),
        _("  perdue : %s") % key.lost,
        _("  divulguée : %s") % key.leaked,
        _("  en changer : %s") % key.change,
    ]


def _version(version: Version) -> str:
    parts = [_("version %d") % version.number]
    parts.append(_("empreinte %s") % version.fingerprint if version.given else _("ABSENTE DES RÉGLAGES"))
    if version.since is not None:
        parts.append(_("en service depuis le %s") % date_format(localtime(version.since), "j F Y"))
    if version.used is not None:
        parts.append(_("%d lignes en dépendent") % version.used if version.used else _("plus rien n’en dépend"))
    return ", ".join(parts)
