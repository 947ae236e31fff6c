"""Secrets of a demonstration: drawn once, kept in the data folder, recognisable and refused anywhere else."""

import os
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from educonnect.config import env

MARK = "demonstration-"  # a generated secret wears it, so that a start outside demonstration refuses it
NAMES = ("SECRET_KEY", "PEPPER", "INE_HASH_KEY", "PAIRWISE_KEY", "FILES_KEY", "JOURNAL_KEY")


def provide(data_dir: Path) -> None:
    """Put the demonstration's secrets in the environment, drawing those that do not exist yet.

    Files are created 0600 in `data_dir/keys`; a value the environment already gives is left alone.
    """
    folder = data_dir / "keys"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in NAMES:
        _offer(name, folder / name.lower(), lambda: MARK + secrets.token_hex(32))
    if not (folder / "saml_key").exists():
        key, certificate = _self_signed()
        _write(folder / "saml_certificate", certificate)
        _write(folder / "saml_key", key)
    for name in ("SAML_KEY", "SAML_CERTIFICATE"):
        _offer(name, folder / name.lower(), lambda: "")


def _offer(name: str, path: Path, draw: Callable[[], str]) -> None:
    if env.PREFIX + name in os.environ or f"{env.PREFIX}{name}_FILE" in os.environ:
        return
    if not path.exists():
        _write(path, draw())
    os.environ[f"{env.PREFIX}{name}_FILE"] = str(path)


def _write(path: Path, value: str) -> None:
    """Whole or not at all, readable by us alone, even when two programs draw at once."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(value)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _self_signed() -> tuple[str, str]:
    """An RSA-3072 key and its self-signed certificate, whose name says it is a demonstration's."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import NameOID

    key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, MARK + "educonnect")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return pem.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode()
