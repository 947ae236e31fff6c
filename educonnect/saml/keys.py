"""Our signing key and certificates, parsed once a process: parsing costs a hundred times what signing does."""

import base64
import functools

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


@functools.cache
def signing_key() -> rsa.RSAPrivateKey:
    """The key that signs, checked against the certificate that services know it by."""
    key = load_pem_private_key(settings.SAML_KEY.encode(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < 2048:
        raise ImproperlyConfigured("EDUCONNECT_SAML_KEY: an RSA key of at least 2048 bits is needed")
    certificate = x509.load_pem_x509_certificate(settings.SAML_CERTIFICATE.encode())
    if certificate.public_key() != key.public_key():
        raise ImproperlyConfigured("EDUCONNECT_SAML_CERTIFICATE is not the certificate of EDUCONNECT_SAML_KEY")
    return key


@functools.cache
def certificates() -> tuple[str, ...]:
    """Base64 DER of the certificates services must trust: the signing one first; while keys change, the next one, then
    the former one, under which a server not yet started again still signs."""
    pems = [settings.SAML_CERTIFICATE, settings.SAML_NEXT_CERTIFICATE, settings.SAML_FORMER_CERTIFICATE]
    return tuple(
        base64.b64encode(x509.load_pem_x509_certificate(pem.encode()).public_bytes(Encoding.DER)).decode()
        for pem in pems
        if pem
    )


def sign(data: bytes) -> str:
    """Base64 RSA-SHA256 signature."""
    return base64.b64encode(signing_key().sign(data, padding.PKCS1v15(), hashes.SHA256())).decode()
