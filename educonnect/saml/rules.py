"""What is fixed of the SAML identity provider."""

from datetime import timedelta

ENTITY_PATH = "/idp"
METADATA_PATH = "/idp/shibboleth"
REDIRECT_PATH = "/idp/profile/SAML2/Redirect/SSO"
POST_PATH = "/idp/profile/SAML2/POST/SSO"
UNSOLICITED_PATH = "/idp/profile/SAML2/Unsolicited/SSO"
LOGOUT_REDIRECT_PATH = "/idp/profile/SAML2/Redirect/SLO"
LOGOUT_POST_PATH = "/idp/profile/SAML2/POST/SLO"

REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"

#: A request is good this long after it was written, and its ID is remembered as long. Source: decision 0057.
REQUEST_LIFETIME = timedelta(minutes=5)
#: Clocks of services drift by so much.
CLOCK_DRIFT = timedelta(minutes=3)
#: An assertion must be consumed within this time. Source: SAML Profiles 4.1.4.2; promise T61.
ASSERTION_LIFETIME = timedelta(minutes=5)
#: Some clients tolerate no drift at all: `NotBefore` is this much in the past.
BACKDATE = timedelta(seconds=5)

TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
UNSPECIFIED = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
NAME_IDS = {"transient": TRANSIENT, "persistent": PERSISTENT}
NAME_FORMAT = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"

AC = "urn:oasis:names:tc:SAML:2.0:ac:classes:"
#: What a password sign-in satisfies, weakest first. Source: SAML Authentication Context 3.4.
CONTEXTS = (AC + "unspecified", AC + "Password", AC + "PasswordProtectedTransport")

_RSA = "http://www.w3.org/2001/04/xmldsig-more#rsa-"
_ECDSA = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-"
#: Signature algorithms accepted, and the hash of each: SHA-256 or better, nothing else. Source: promise T60.
SIGNATURES = {
    _RSA + "sha256": "sha256",
    _RSA + "sha384": "sha384",
    _RSA + "sha512": "sha512",
    _ECDSA + "sha256": "sha256",
    _ECDSA + "sha384": "sha384",
    _ECDSA + "sha512": "sha512",
}
DIGESTS = (
    "http://www.w3.org/2001/04/xmlenc#sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512",
)
#: Known, and refused for what they are.
WEAK_SIGNATURES = {
    "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
    "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
    "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
}
WEAK_DIGESTS = {
    "http://www.w3.org/2000/09/xmldsig#sha1",
    "http://www.w3.org/2001/04/xmldsig-more#md5",
}
SMALLEST_RSA = 2048
#: Passed through untouched as it was received; the norm says 80, services send more. Source: SAML Bindings 3.5.3.
LONGEST_RELAY_STATE = 8192


def satisfied(wanted: list[str], comparison: str) -> str | None:
    """The class a password sign-in answers to a RequestedAuthnContext, or None where it cannot.

    Source: SAML Core 3.3.2.2.1.
    """
    if not wanted:
        return CONTEXTS[-1]
    ranks = [CONTEXTS.index(name) for name in wanted if name in CONTEXTS]
    best = len(CONTEXTS) - 1
    if comparison == "exact":
        return CONTEXTS[ranks[0]] if ranks else None
    if comparison == "minimum":
        return CONTEXTS[best] if ranks else None
    if comparison == "maximum":
        return CONTEXTS[max(ranks)] if ranks else None
    if comparison == "better":
        return CONTEXTS[best] if len(ranks) == len(wanted) and max(ranks) < best else None
    return None
