"""Every key of an installation: where it lives, what its loss or its leak breaks, and how it is changed.

The one home of these sentences; `educonnect keys` prints them. A key's value is never shown, only a fingerprint.
"""

import hmac
import os
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from educonnect.accounts.models import Account, ProvisionalPassword
from educonnect.accounts.passwords import PEPPER_MARK
from educonnect.config import env
from educonnect.config.models import KeySeen
from educonnect.jobs import sealing
from educonnect.journal.models import Seal
from educonnect.messaging.models import OutboxMessage
from educonnect.notification.models import Chunk
from educonnect.staff.models import RecoveryCode, Staff, Totp

#: What is said of a key, sentence by sentence.
Sentence = str | Promise


@dataclass(frozen=True, slots=True)
class Key:
    """A key, by its setting without the prefix.

    Attributes:
        kept: another value under the same version would break what is stored: a start refuses it.
    """

    name: str
    use: Sentence
    lost: Sentence
    leaked: Sentence
    change: Sentence
    kept: bool = True


KEYS = (
    Key(
        "SECRET_KEY",
        _("signe ce qu’un navigateur garde d’un an sur l’autre (les comptes déjà connus) et brouille les compteurs"),
        _("les navigateurs ne sont plus reconnus et les essais se comptent de nouveau ; personne n’est déconnecté"),
        _("on peut faire passer un navigateur pour connu, donc essayer des mots de passe un peu plus longtemps"),
        _("EDUCONNECT_SECRET_KEY_FORMER garde l’ancienne un an"),
        kept=False,
    ),
    Key(
        "PEPPER",
        _("entre dans l’empreinte de chaque mot de passe et de chaque code de secours du personnel"),
        _("plus aucun mot de passe ni code de secours ne vaut : il faut remettre un courrier à chacun"),
        _("avec une copie de la base, on peut essayer des mots de passe ; seule, elle ne sert à rien"),
        _(
            "par version ; les mots de passe suivent à la connexion, les courriers à leur date limite, les codes de "
            "secours quand leur titulaire en demande d’autres"
        ),
    ),
    Key(
        "FILES_KEY",
        _(
            "chiffre les courriers à retirer, les messages qui attendent et le secret des applications de codes du "
            "personnel"
        ),
        _(
            "les courriers non retirés et les messages en attente sont perdus : relancez les campagnes ; les "
            "applications de codes ne valent plus"
        ),
        _(
            "avec une copie de la base, on lit les courriers d’un jour et les messages non partis, et on refait les "
            "codes à six chiffres du personnel"
        ),
        _(
            "par version ; l’ancienne ne sert plus après un jour, sauf aux applications de codes, qui suivent à leur "
            "usage"
        ),
    ),
    Key(
        "JOURNAL_KEY",
        _("scelle le journal et les connexions"),
        _("les sceaux déjà posés ne se vérifient plus ; le journal reste lisible"),
        _("qui peut aussi écrire dans la base peut récrire le journal sans que cela se voie"),
        _("par version ; gardez l’ancienne aussi longtemps que les lots qu’elle scelle"),
    ),
    Key(
        "INE_HASH_KEY",
        _("fait l’empreinte d’INE que les services gardent"),
        _("les services ne reconnaissent plus personne par cette empreinte : les liens faits sont perdus"),
        _("qui a une liste d’INE sait quelle empreinte va avec lequel"),
        _("jamais : la changer change toutes les empreintes. Si elle fuit : les services et la CNIL d’abord"),
    ),
    Key(
        "PAIRWISE_KEY",
        _("fait l’identifiant, propre à chaque service, par lequel il connaît une personne"),
        _("chaque service voit des inconnus : les comptes faits chez lui sont perdus"),
        _("des services qui auraient aussi les identifiants ÉduConnect pourraient rapprocher leurs fichiers"),
        _("jamais : la changer change tous les identifiants. Si elle fuit : les services et la CNIL d’abord"),
    ),
    Key(
        "SAML_KEY",
        _("signe les réponses aux services"),
        _("aucune connexion à un service jusqu’à ce qu’il lise un nouveau certificat"),
        _("on peut se faire passer pour n’importe qui auprès de tous les services : changez-la le jour même"),
        _("EDUCONNECT_SAML_NEXT_CERTIFICATE d’avance, puis la clé, puis EDUCONNECT_SAML_FORMER_CERTIFICATE"),
        kept=False,
    ),
)
#: Not ours alone: each upstream that signs staff in knows its own.
CLIENT_SECRET = Key(
    "PROCONNECT_CLIENT_SECRET, EDUCONNECT_HUBS",
    _("nous fait reconnaître de ProConnect et des guichets, qui identifient les personnels"),
    _("personne ne se connecte par là ; les comptes locaux marchent. Demandez-en un autre à l’amont"),
    _("on peut se faire passer pour ÉduConnect auprès de l’amont, non pour quelqu’un auprès d’ÉduConnect"),
    _("demandez-en un autre à l’amont, puis changez le réglage"),
    kept=False,
)
CERTIFICATES = ("SAML_CERTIFICATE", "SAML_NEXT_CERTIFICATE", "SAML_FORMER_CERTIFICATE")


@dataclass(frozen=True, slots=True)
class Version:
    """One value of a key: its version, its fingerprint, since when this database knows it, and how many rows need it
    (None: not counted, for it is not by rows that it serves)."""

    number: int
    fingerprint: str
    since: datetime | None
    used: int | None
    given: bool = True


def fingerprint(value: str) -> str:
    """Sixteen hex digits that tell two values apart and give neither away."""
    return hmac.digest(value.encode(), b"educonnect fingerprint", "sha256").hex()[:16]


def values(name: str) -> dict[int, str]:
    """Version -> value of a key, as the settings have it."""
    if name in {"PEPPER", "FILES_KEY", "JOURNAL_KEY"}:
        found: dict[int, str] = getattr(settings, f"{name}S")
        return found
    return {1: getattr(settings, name)}


def versions(name: str) -> list[Version]:
    """The versions of a key, given or still needed by rows of the database, the newest first."""
    given, used = values(name), _used().get(name)
    seen = dict(KeySeen.objects.filter(name=name).values_list("version", "since"))
    return [
        Version(
            number,
            fingerprint(given[number]) if number in given else "",
            seen.get(number),
            None if used is None else used.get(number, 0),
            number in given,
        )
        for number in sorted(given.keys() | (used or {}).keys(), reverse=True)
    ]


def client_secrets() -> dict[str, str]:
    """Upstream -> the fingerprint of the secret it knows us by."""
    return {name: fingerprint(one.client_secret) for name, one in settings.UPSTREAMS.items()}


def place(name: str) -> str:
    """Where a setting was read: the file's path, or the variable itself."""
    return os.environ.get(f"{env.PREFIX}{name}_FILE") or env.PREFIX + name


def certificate(name: str) -> tuple[str, datetime] | None:
    """Fingerprint and end of a certificate; None where none is given."""
    pem = getattr(settings, name)
    if not pem:
        return None
    read = x509.load_pem_x509_certificate(pem.encode())
    return read.fingerprint(hashes.SHA256()).hex()[:16], read.not_valid_after_utc


def strangers() -> list[str]:
    """The keys whose value is not the one this database was served with before."""
    seen = {(row.name, row.version): row.fingerprint for row in KeySeen.objects.all()}
    return [
        f"{env.PREFIX}{key.name} ({number})"
        for key in KEYS
        if key.kept
        for number, value in values(key.name).items()
        if seen.get((key.name, number), fingerprint(value)) != fingerprint(value)
    ]


def remember() -> None:
    """Note the keys in force, each version once, when the database begins to be served with them."""
    now = timezone.now()
    KeySeen.objects.bulk_create(
        (
            KeySeen(name=key.name, version=number, fingerprint=fingerprint(value), since=now)
            for key in KEYS
            if key.kept
            for number, value in values(key.name).items()
        ),
        ignore_conflicts=True,
    )


def _used() -> dict[str, dict[int, int]]:
    """How many rows need each version of the keys that rows name."""
    return {
        "PEPPER": _added(
            _passwords(),
            _counted(ProvisionalPassword._meta.db_table, "pepper_version", "true"),
            _counted(RecoveryCode._meta.db_table, "pepper_version", "used_at IS NULL"),
        ),
        "FILES_KEY": _added(
            _sealed(OutboxMessage._meta.db_table, "sealed"),
            _sealed(Chunk._meta.db_table, "letters"),
            _sealed(Totp._meta.db_table, "sealed"),
        ),
        "JOURNAL_KEY": _counted(Seal._meta.db_table, "key_version", "true"),
    }


def _passwords() -> dict[int, int]:
    """Own passwords by version of their pepper: of pupils and guardians, and of the staff's local accounts."""
    return _added(*(_passwords_of(model._meta.db_table) for model in (Account, Staff)))


def _passwords_of(table: str) -> dict[int, int]:
    mark = PEPPER_MARK
    return _counted(table, f"split_part(password, '{mark}', 2)::int", f"strpos(password, '{mark}') > 0")


def _sealed(table: str, column: str) -> dict[int, int]:
    """By the first bytes of what is sealed, which say the version (`sealing.version_of`)."""
    first, place = sealing.FIRST.hex(), len(sealing.VERSIONED)
    version = (
        f"CASE WHEN substring({column} FROM 1 FOR {len(sealing.FIRST)}) = decode('{first}', 'hex') THEN 1 "
        f"ELSE get_byte({column}, {place}) * 256 + get_byte({column}, {place + 1}) END"
    )
    return _counted(table, version, f"length({column}) > {place + sealing.VERSION}")


def _counted(table: str, version: str, where: str) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {version}, count(*) FROM {table} WHERE {where} GROUP BY 1")  # noqa: S608 - constants
        return dict(cursor.fetchall())


def _added(*counts: dict[int, int]) -> dict[int, int]:
    return {version: sum(one.get(version, 0) for one in counts) for version in set().union(*counts)}
