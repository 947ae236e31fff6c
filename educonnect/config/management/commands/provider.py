import sys
from argparse import ArgumentParser, BooleanOptionalAction
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPHandler, HTTPRedirectHandler, HTTPSHandler, OpenerDirector

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from educonnect.delegation.mandate import operator_mandate
from educonnect.errors import Refusal
from educonnect.federation import providers
from educonnect.federation.models import Provider
from educonnect.federation.rules import PROFILES
from educonnect.saml import metadata
from educonnect.saml.rules import UNSOLICITED_PATH
from educonnect.saml.xml import LARGEST_METADATA
from educonnect.web.refusals import sentence

#: of the SAML protocol, as `--name` and `--no-name`
OPTIONS = ("unsolicited", "single_logout")


class Command(BaseCommand):
    help = str(gettext_lazy("relie des services à ÉduConnect : add, list, suspend"))

    def add_arguments(self, parser: ArgumentParser) -> None:
        gestures = parser.add_subparsers(dest="gesture", required=True)
        add = gestures.add_parser("add", help=_("relier un service, ou changer ce qu’il reçoit"))
        add.add_argument("metadata", metavar="METADATA", help=_("fichier, adresse http(s) ou - (entrée standard)"))
        add.add_argument("--profile", choices=sorted(PROFILES), default="", help=_("contrat approuvé d’un service"))
        add.add_argument("--attributes", help=_("clés du catalogue séparées par des virgules, au lieu du contrat"))
        add.add_argument("--populations", help=_("pupil, guardian ou les deux, séparés par une virgule"))
        add.add_argument("--name", default="", help=_("nom montré aux personnes"))
        add.add_argument("--home", default="", help=_("adresse où renvoyer les personnes"))
        add.add_argument(
            "--certifies-identity", action="store_true", default=None, help=_("demander « Continuer en tant que »")
        )
        add.add_argument(
            "--unsolicited",
            action=BooleanOptionalAction,
            help=_("le service s’ouvre aussi par un lien, sans demander d’abord (non, sauf si le contrat le dit)"),
        )
        add.add_argument(
            "--single-logout",
            action=BooleanOptionalAction,
            help=_("prévenir le service des déconnexions (oui, si ses métadonnées disent où)"),
        )
        gestures.add_parser("list", help=_("les services reliés et ce qu’ils reçoivent"))
        suspend = gestures.add_parser("suspend", help=_("ne plus répondre à un service"))
        suspend.add_argument("identifier", metavar="ENTITYID")

    def handle(self, *args: object, gesture: str, **options: Any) -> None:
        try:
            {"add": self.add, "list": self.list, "suspend": self.suspend}[gesture](options)
        except Refusal as refusal:
            detail = f" ({refusal})" if str(refusal) else ""
            raise CommandError(f"{sentence(refusal)}{detail} [{refusal.code}]") from refusal

    def add(self, options: dict[str, Any]) -> None:
        """Register a service from its metadata."""
        provider = providers.register(
            operator_mandate(),
            metadata.describe(read(options["metadata"])),
            profile=options["profile"],
            attributes=listed(options["attributes"]),
            populations=listed(options["populations"]),
            name=options["name"],
            home=options["home"],
            certifies_identity=options["certifies_identity"],
            options={name: options[name] for name in OPTIONS if options[name] is not None},
        )
        self.stdout.write(_("Service relié : %(name)s") % {"name": line(provider)})
        self.stdout.write(_("Déconnexion : %(how)s") % {"how": logout_of(provider)})
        if provider.options.get("unsolicited") is True:
            self.stdout.write(
                _("S’ouvre aussi par un lien : %(address)s")
                % {"address": f"{settings.BASE_URL}{UNSOLICITED_PATH}?{urlencode({'providerId': provider.identifier})}"}
            )

    def list(self, options: dict[str, Any]) -> None:
        """A line a service."""
        for provider in Provider.objects.order_by("name", "identifier"):
            self.stdout.write(line(provider))

    def suspend(self, options: dict[str, Any]) -> None:
        """Answer a service no more."""
        provider = providers.suspend(operator_mandate(), options["identifier"])
        self.stdout.write(_("Service suspendu : %(name)s") % {"name": line(provider)})


def line(provider: Provider) -> str:
    """What an operator wants to see of a service at a glance."""
    received = ", ".join(provider.attributes) or _("un identifiant opaque seul")
    state = _(" [suspendu]") if provider.suspended_at else ""
    return f"{provider.name}{state} <{provider.identifier}> ({', '.join(provider.populations)}) : {received}"


def logout_of(provider: Provider) -> str:
    """How the service is told that its person leaves, as it was understood."""
    if provider.options.get("single_logout", True) is not True:
        return _("le service n’est pas prévenu, les personnes le ferment elles-mêmes (single-logout refusé)")
    known = metadata.of(provider).logouts
    if not known:
        return _("ses métadonnées ne disent pas où le prévenir, les personnes le ferment elles-mêmes")
    if not metadata.of(provider).signing:
        return _("le service est prévenu, mais sans certificat nous refuserons ses réponses et ses demandes")
    return ", ".join(f"{one.binding.rpartition(':')[2]} {one.url}" for one in known)


def listed(value: str | None) -> list[str] | None:
    """`a,b` -> ["a", "b"]; None stays None, and the empty value an empty list."""
    return None if value is None else [part.strip() for part in value.split(",") if part.strip()]


def read(source: str) -> bytes:
    """The metadata a person points to, never more than we would parse."""
    if source == "-":
        return sys.stdin.buffer.read(LARGEST_METADATA + 1)
    try:
        if urlsplit(source).scheme in {"http", "https"}:
            return fetch(source)
        with Path(source).open("rb") as file:
            return file.read(LARGEST_METADATA + 1)
    except (OSError, ValueError, URLError) as error:
        raise CommandError(
            _("Impossible de lire %(source)s : %(error)s") % {"source": source, "error": error}
        ) from error


def fetch(address: str) -> bytes:
    """What an http(s) address answers within ten seconds; no other scheme, not even by a redirection."""
    opener = OpenerDirector()
    for handler in (HTTPHandler(), HTTPSHandler(), HTTPRedirectHandler()):
        opener.add_handler(handler)
    with opener.open(address, timeout=10) as answer:
        if answer.status != 200:
            raise URLError(f"HTTP {answer.status}")
        return bytes(answer.read(LARGEST_METADATA + 1))
