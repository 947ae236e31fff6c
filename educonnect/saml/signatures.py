"""Verify the signatures of requests: over the raw query, or over the very element that is used.

Source: SAML Bindings 3.4.4.1 and 3.5.4; SAML Core 5.4; XML Signature 3.2.
"""

import base64
import binascii
from collections.abc import Sequence
from datetime import timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from educonnect.saml import rules, xml
from educonnect.saml.errors import Reason, RequestRefused

_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_ENVELOPED = xml.DS + "enveloped-signature"
_EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
_CANONICAL = {_EXCLUSIVE, _EXCLUSIVE + "WithComments"}
_METHODS = frozenset(SignatureMethod(name) for name in rules.SIGNATURES)
_DIGESTS = frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512})
_SIGNATURE = f"{{{xml.DS}}}Signature"
#: No `Object`, which could carry anything beside what is signed. Source: SAML 2.0 Errata E91.
_PARTS = {f"{{{xml.DS}}}{name}" for name in ("SignedInfo", "SignatureValue", "KeyInfo")}


def verify_query(octets: bytes, algorithm: str, signature: str, certificates: Sequence[x509.Certificate]) -> None:
    """Check the signature of a query over the octets that were sent.

    Raises:
        RequestRefused: WEAK_ALGORITHM, or BAD_SIGNATURE where no certificate's key made it.
    """
    if algorithm in rules.WEAK_SIGNATURES:
        raise RequestRefused(Reason.WEAK_ALGORITHM)
    if algorithm not in rules.SIGNATURES:
        raise RequestRefused(Reason.BAD_SIGNATURE)
    try:
        raw = base64.b64decode("".join(signature.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise RequestRefused(Reason.BAD_SIGNATURE) from error
    if not any(_made_by(certificate, algorithm, raw, octets) for certificate in certificates):
        raise RequestRefused(Reason.BAD_SIGNATURE)


def _made_by(certificate: x509.Certificate, algorithm: str, raw: bytes, octets: bytes) -> bool:
    key = certificate.public_key()
    digest = _HASHES[rules.SIGNATURES[algorithm]]
    try:
        if isinstance(key, rsa.RSAPublicKey) and "#rsa-" in algorithm:
            key.verify(raw, octets, padding.PKCS1v15(), digest)
            return True
        if isinstance(key, ec.EllipticCurvePublicKey) and "#ecdsa-" in algorithm:
            key.verify(_der(raw, key), octets, ec.ECDSA(digest))
            return True
    except InvalidSignature:
        return False
    return False


def _der(raw: bytes, key: ec.EllipticCurvePublicKey) -> bytes:
    """XML signatures carry r and s side by side; some services send DER."""
    size = (key.key_size + 7) // 8
    if len(raw) != 2 * size:
        return raw
    return utils.encode_dss_signature(int.from_bytes(raw[:size], "big"), int.from_bytes(raw[size:], "big"))


def verify_element(root: etree._Element, certificates: Sequence[x509.Certificate]) -> etree._Element:
    """The signed message, as the verifier read it: the only element that may be used afterwards.

    The document holds one signature, a child of its root, with one reference, to that root, and no transform but
    the two that SAML allows: what is verified cannot be something else than what is read.

    Raises:
        RequestRefused: WEAK_ALGORITHM, BAD_SIGNATURE.
    """
    _check_shape(root)
    for certificate in certificates:
        configuration = SignatureConfiguration(
            location="./",
            expect_references=1,
            signature_methods=_METHODS,
            digest_algorithms=_DIGESTS,
            # the metadata vouch for the key; the dates of its certificate are nobody's promise
            verification_time=certificate.not_valid_before_utc + timedelta(seconds=1),
        )
        try:
            result = XMLVerifier().verify(root, x509_cert=certificate, expect_config=configuration, id_attribute="ID")
        except (SignXMLException, InvalidSignature, ValueError, etree.LxmlError):
            continue
        signed = None if isinstance(result, list) else result.signed_xml
        if signed is not None and signed.tag == root.tag and signed.get("ID") == root.get("ID"):
            return signed
    raise RequestRefused(Reason.BAD_SIGNATURE)


def _check_shape(root: etree._Element) -> None:
    signatures = list(root.iter(_SIGNATURE))
    if len(signatures) != 1 or signatures[0].getparent() is not root:
        raise RequestRefused(Reason.BAD_SIGNATURE)
    if {child.tag for child in signatures[0]} - _PARTS:
        raise RequestRefused(Reason.BAD_SIGNATURE)
    info = xml.only(signatures[0], f"{{{xml.DS}}}SignedInfo")
    if info is None:
        raise RequestRefused(Reason.BAD_SIGNATURE)
    method = _algorithm(info, "SignatureMethod")
    reference = xml.only(info, f"{{{xml.DS}}}Reference")
    if reference is None or not root.get("ID") or reference.get("URI") != f"#{root.get('ID')}":
        raise RequestRefused(Reason.BAD_SIGNATURE)
    digest = _algorithm(reference, "DigestMethod")
    if method in rules.WEAK_SIGNATURES or digest in rules.WEAK_DIGESTS:
        raise RequestRefused(Reason.WEAK_ALGORITHM)
    if _algorithm(info, "CanonicalizationMethod") not in _CANONICAL:
        raise RequestRefused(Reason.BAD_SIGNATURE)
    transforms = [
        element.get("Algorithm", "") for element in reference.iterfind(f"{{{xml.DS}}}Transforms/{{{xml.DS}}}Transform")
    ]
    if len(transforms) != 2 or transforms[0] != _ENVELOPED or transforms[1] not in _CANONICAL:
        raise RequestRefused(Reason.BAD_SIGNATURE)


def _algorithm(parent: etree._Element, name: str) -> str:
    element = xml.only(parent, f"{{{xml.DS}}}{name}")
    return "" if element is None else element.get("Algorithm", "")
