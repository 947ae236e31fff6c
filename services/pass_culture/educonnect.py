"""ÉduConnect as this service knows it: a SAML client library and the identity provider's published metadata."""

import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml.etree import LxmlError
from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.errors import OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser
from onelogin.saml2.settings import OneLogin_Saml2_Settings
from onelogin.saml2.utils import OneLogin_Saml2_Utils

from services.pass_culture.store import Certified

ARC = "urn:oid:1.3.6.1.4.1.20326.10.999.1."
LOGOUT_URL = ARC + "5"
AFFILIATION = ARC + "7"
EDUCONNECT_ID = ARC + "57"
INE_HASH = ARC + "64"
BIRTHDATE = ARC + "67"
GIVEN_NAME = "urn:oid:2.5.4.42"
SURNAME = "urn:oid:2.5.4.4"
PUPILS = {"eleve1d", "eleve2d"}
METADATA_LIFETIME = timedelta(days=3650)


class UnreadableError(Exception):
    """The answer is too old, unsigned, not for us, or incomplete; `logout_url` is set where it could be read."""

    def __init__(self, reason: str, logout_url: str = "") -> None:
        super().__init__(reason)
        self.logout_url = logout_url


class NotStudentError(Exception):
    """Somebody signed in who is not a pupil."""

    def __init__(self, logout_url: str) -> None:
        super().__init__("not a student")
        self.logout_url = logout_url


class EduConnect:
    """Asks who somebody is, and reads the answer.

    Args:
        base_url: this service's own address, such as `http://127.0.0.1:8001`.
        idp_metadata: where the identity provider publishes its metadata.
        keys: folder of this service's key and certificate, made at the first start.
    """

    def __init__(self, base_url: str, idp_metadata: str, keys: Path) -> None:
        self.base_url = base_url
        self.idp_metadata = idp_metadata
        self.key, self.certificate = _own_key(keys)
        self._idp: dict[str, Any] | None = None

    def metadata(self) -> bytes:
        """Our own metadata, as the identity provider registers it."""
        settings = OneLogin_Saml2_Settings(self._service_settings(), sp_validation_only=True)
        written = settings.get_sp_metadata()
        return written if isinstance(written, bytes) else str(written).encode()

    def login_url(self, http: dict[str, Any]) -> tuple[str, str]:
        """The address that asks who the browser's person is, and the request's identifier."""
        auth = self._auth(http)
        return str(auth.login()), str(auth.get_last_request_id())

    def read(self, http: dict[str, Any], redeem: Callable[[str], int | None]) -> tuple[int, Certified]:
        """Verify an answer and tell for which of our accounts it is.

        Args:
            http: the POST, as the library wants it.
            redeem: request identifier -> account number, once, or None.

        Raises:
            UnreadableError, NotStudentError.
        """
        auth = self._auth(http)
        try:
            request_id = _in_response_to(http["post_data"].get("SAMLResponse", ""))
            auth.process_response(request_id=request_id)
        except (OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError, LxmlError, ValueError) as error:
            raise UnreadableError(type(error).__name__) from error
        if auth.get_errors() or not auth.is_authenticated():
            raise UnreadableError(", ".join(auth.get_errors()) or "not authenticated")
        values = {name: found[0] for name, found in auth.get_attributes().items() if found}
        logout_url = values.get(LOGOUT_URL, "")
        account = redeem(request_id)
        if account is None:
            raise UnreadableError("unknown request", logout_url)
        if values.get(AFFILIATION) not in PUPILS:
            raise NotStudentError(logout_url)
        try:
            return account, Certified(
                first_name=values[GIVEN_NAME],
                family_name=values[SURNAME],
                birthdate=date.fromisoformat(values[BIRTHDATE]),
                ine_hash=values[INE_HASH],
                educonnect_id=values[EDUCONNECT_ID],
                logout_url=logout_url,
            )
        except (KeyError, ValueError) as error:
            raise UnreadableError("incomplete identity", logout_url) from error

    def _auth(self, http: dict[str, Any]) -> OneLogin_Saml2_Auth:
        if self._idp is None:
            try:
                self._idp = OneLogin_Saml2_IdPMetadataParser.parse_remote(self.idp_metadata, timeout=5)["idp"]
            except (OSError, ValueError, KeyError, OneLogin_Saml2_Error) as error:
                raise UnreadableError("the identity provider does not answer") from error
        return OneLogin_Saml2_Auth(http, old_settings={**self._service_settings(), "idp": self._idp})

    def _service_settings(self) -> dict[str, Any]:
        return {
            "strict": True,
            "sp": {
                "entityId": f"{self.base_url}/saml/metadata.xml",
                "assertionConsumerService": {
                    "url": f"{self.base_url}/saml/acs/",
                    "binding": "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
                },
                "NameIDFormat": "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
                "x509cert": self.certificate,
                "privateKey": self.key,
            },
            "security": {
                "authnRequestsSigned": True,
                "wantMessagesSigned": True,
                "wantAssertionsSigned": True,
                "wantAssertionsEncrypted": True,
                "wantNameId": False,
                "requestedAuthnContext": False,
                "rejectDeprecatedAlgorithm": True,
                "allowSingleLabelDomains": True,  # localhost
                "metadataValidUntil": (datetime.now(UTC) + METADATA_LIFETIME).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "signatureAlgorithm": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
                "digestAlgorithm": "http://www.w3.org/2001/04/xmlenc#sha256",
            },
        }


def _in_response_to(encoded: str) -> str:
    """The request the message says it answers; verified afterwards by the library."""
    from onelogin.saml2.xml_utils import OneLogin_Saml2_XML

    root = OneLogin_Saml2_XML.to_etree(OneLogin_Saml2_Utils.b64decode(encoded))
    return str(root.get("InResponseTo") or "")


def _own_key(folder: Path) -> tuple[str, str]:
    """The service's RSA-2048 key and self-signed certificate, made once, readable by the service alone."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    key_file, certificate_file = folder / "key.pem", folder / "certificate.pem"
    if not (key_file.exists() and certificate_file.exists()):
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pass culture (exemple)")])
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
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        descriptor = os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
        certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return key_file.read_text(), certificate_file.read_text()
