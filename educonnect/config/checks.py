"""What an installation must not start with: a demonstration's things outside one, a public address within one."""

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.utils.translation import gettext as _

from educonnect.config import keys
from educonnect.upstream.loopback import on_loopback

# they hand messages to nobody
MAILS_NOBODY = ("console", "filebased", "locmem", "dummy")


@register
def address(**options: Any) -> list[CheckMessage]:
    """A demonstration stays on its machine; a real installation speaks https to others."""
    if settings.DEMO and not on_loopback(settings.BASE_URL):
        return [
            Error(
                _("une démonstration ne s’ouvre pas au public : EDUCONNECT_BASE_URL vaut %s.") % settings.BASE_URL,
                hint=_("ôtez EDUCONNECT_DEMO pour une vraie installation, ou gardez une adresse de cette machine"),
                id="educonnect.E001",
            )
        ]
    if not settings.DEMO and not settings.SECURE and not on_loopback(settings.BASE_URL):
        return [
            Error(
                _("EDUCONNECT_BASE_URL doit commencer par https:// : %s ferait circuler les mots de passe en clair.")
                % settings.BASE_URL,
                id="educonnect.E002",
            )
        ]
    return []


@register
def secrets(**options: Any) -> list[CheckMessage]:
    """The secrets a demonstration drew for itself are refused anywhere else."""
    if settings.DEMO:
        return []
    given = {
        "SECRET_KEY": settings.SECRET_KEY,
        **{f"SECRET_KEY_FORMER ({rank})": value for rank, value in enumerate(settings.SECRET_KEY_FALLBACKS, 1)},
        "INE_HASH_KEY": settings.INE_HASH_KEY,
        "PAIRWISE_KEY": settings.PAIRWISE_KEY,
        **{
            f"{name} ({version})": value
            for name in ("PEPPER", "FILES_KEY", "JOURNAL_KEY")
            for version, value in getattr(settings, f"{name}S").items()
        },
    }
    found = [
        Error(
            _("EDUCONNECT_%s est un secret de démonstration.") % name,
            hint=_("tirez-en un autre : python -c 'import secrets; print(secrets.token_hex(32))'"),
            id="educonnect.E003",
        )
        for name, value in given.items()
        if value.startswith(keys.MARK)
    ]
    reused = [name for name, value in given.items() if list(given.values()).count(value) > 1]
    if reused:
        found.append(
            Error(_("un même secret sert plusieurs fois : %s.") % ", ".join(sorted(reused)), id="educonnect.E004")
        )
    return [*found, *_saml_pair()]


def _saml_pair() -> list[CheckMessage]:
    """The signing key and its certificate go together and are not a demonstration's."""
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.x509.oid import NameOID

    try:
        certificate = x509.load_pem_x509_certificate(settings.SAML_CERTIFICATE.encode())
        key = serialization.load_pem_private_key(settings.SAML_KEY.encode(), None)
    except (ValueError, TypeError):
        message = _("EDUCONNECT_SAML_KEY ou EDUCONNECT_SAML_CERTIFICATE ne se lit pas (PEM, sans mot de passe).")
        return [Error(message, id="educonnect.E005")]
    if certificate.public_key() != key.public_key():
        message = _("EDUCONNECT_SAML_KEY et EDUCONNECT_SAML_CERTIFICATE ne vont pas ensemble.")
        return [Error(message, id="educonnect.E006")]
    for name in ("SAML_NEXT_CERTIFICATE", "SAML_FORMER_CERTIFICATE"):
        try:
            if pem := getattr(settings, name):
                x509.load_pem_x509_certificate(pem.encode())
        except ValueError:
            return [Error(_("EDUCONNECT_%s ne se lit pas (PEM).") % name, id="educonnect.E010")]
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if any(str(name.value).startswith(keys.MARK) for name in names):
        return [Error(_("EDUCONNECT_SAML_CERTIFICATE est celui d’une démonstration."), id="educonnect.E007")]
    return []


@register
def mail(**options: Any) -> list[CheckMessage]:
    """A real installation's mail leaves."""
    if settings.DEMO or not any(name in settings.EMAIL_BACKEND for name in MAILS_NOBODY):
        return []
    message = _("EDUCONNECT_EMAIL_BACKEND vaut %s, qui n’envoie rien à personne.") % settings.EMAIL_BACKEND
    return [Error(message, id="educonnect.E008")]


@register
def upstreams(**options: Any) -> list[CheckMessage]:
    """Who signs staff in elsewhere is reached over https, is one issuer each, and is no program of this machine."""
    found: list[CheckMessage] = []
    for one in settings.UPSTREAMS.values():
        local = on_loopback(one.issuer)
        if not local and not one.issuer.startswith("https://"):
            message = _("%s doit commencer par https:// : on pourrait s’y faire passer pour lui.") % one.issuer
            found.append(Error(message, id="educonnect.E012"))
        if local and not settings.DEMO:
            message = _("%s est sur cette machine : hors démonstration, ce simulateur ouvrirait à n’importe qui.")
            found.append(Error(message % one.issuer, id="educonnect.E013"))
    issuers = [one.issuer for one in settings.UPSTREAMS.values()]
    twice = sorted({issuer for issuer in issuers if issuers.count(issuer) > 1})
    if twice and not settings.DEMO:
        message = _("%s sert deux fois : un guichet ne parle que pour une académie.") % ", ".join(twice)
        found.append(Error(message, id="educonnect.E014"))
    return found


@register(Tags.database)
def fictive_people(databases: Sequence[str] | None = None, **options: Any) -> list[CheckMessage]:
    """The fictive académie is for demonstrations; asked of the database by what serves it."""
    if settings.DEMO or not databases:
        return []
    from django.db import connections

    mark = apps.get_model("demo", "Mark")
    if mark._meta.db_table not in connections["default"].introspection.table_names():
        return []
    if not mark._default_manager.exists():
        return []
    return [
        Error(
            _("cette base contient l’académie fictive : une vraie installation part d’une base vide."),
            hint=_("donnez une autre DATABASE_URL"),
            id="educonnect.E009",
        )
    ]


@register(Tags.database)
def same_keys(databases: Sequence[str] | None = None, **options: Any) -> list[CheckMessage]:
    """The keys are those this database was served with before, not another installation's of the same version."""
    if settings.DEMO or not databases:
        return []
    from django.db import connections

    from educonnect.config import inventory
    from educonnect.config.models import KeySeen

    if KeySeen._meta.db_table not in connections["default"].introspection.table_names():
        return []
    return [
        Error(
            _("%s n’est pas la clé avec laquelle cette base a servi.") % name,
            hint=_("rendez-lui la sienne ; pour en changer, voir docs/keys.md"),
            id="educonnect.E011",
        )
        for name in inventory.strangers()
    ]
