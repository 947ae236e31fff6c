"""The one door by which foreign XML comes in, and the one parser that reads it.

Nothing here ever resolves an entity, reads a DTD or fetches anything: a document that would ask for it is refused
before it is parsed. What is parsed is the object that is verified and the object that is used.
"""

import base64
import binascii
import re
import zlib

from lxml import etree

SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
MD = "urn:oasis:names:tc:SAML:2.0:metadata"
DS = "http://www.w3.org/2000/09/xmldsig#"

#: An honest AuthnRequest has 1 to 6 kB with its certificate; metadata of one service, some tens.
LARGEST_MESSAGE = 64 * 1024
LARGEST_METADATA = 1024 * 1024
_FORBIDDEN = re.compile(rb"<!DOCTYPE|<!ENTITY|<!ELEMENT|<!ATTLIST|<!NOTATION", re.IGNORECASE)
_ENCODING = re.compile(rb"""^<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")
_VERSION = re.compile(rb"""^<\?xml[^>]*?version\s*=\s*["']([^"']*)["']""")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Unsafe(Exception):
    """The bytes are not XML we read: ill-formed, too large, or of a kind that is only sent to attack."""


def parse(data: bytes, *, most: int = LARGEST_MESSAGE, comments: bool = False) -> etree._Element:
    """The root of a document without DTD, entity, processing instruction nor duplicate ID.

    Args:
        most: bytes; a longer document is refused unread.
        comments: whether comments may stand between elements (metadata); inside text they never may.

    Raises:
        Unsafe.

    Source: OWASP SAML security; SAML Core 1.3.4 (IDs); CVE-2025-25291 and -25292 (two readings of one document).
    """
    if len(data) > most:
        raise Unsafe("too-large")
    data = data.removeprefix(_BYTE_ORDER_MARK).strip()
    declared = _ENCODING.match(data)
    if declared and declared[1].lower() not in {b"utf-8", b"us-ascii", b"ascii"}:
        raise Unsafe("encoding")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unsafe("encoding") from error
    if b"\0" in data or data.startswith(_BYTE_ORDER_MARK):
        raise Unsafe("encoding")
    version = _VERSION.match(data)
    if version and version[1] != b"1.0":  # 1.1 counts other signs as spaces and lines
        raise Unsafe("malformed")
    if _FORBIDDEN.search(data):
        raise Unsafe("doctype")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, recover=False
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unsafe("malformed") from error
    document = root.getroottree().docinfo
    if document.doctype or document.internalDTD is not None:
        raise Unsafe("doctype")
    _check_nodes(root, comments=comments)
    return root


def _check_nodes(root: etree._Element, *, comments: bool) -> None:
    seen: set[str] = set()
    for sibling in (*root.itersiblings(), *root.itersiblings(preceding=True)):
        if not (comments and isinstance(sibling, etree._Comment)):
            raise Unsafe("outside-root")
    for node in root.iter():
        tag = node.tag
        if not isinstance(tag, str):
            # a comment that splits a text makes two readers see two values
            if not comments or not isinstance(node, etree._Comment) or _in_text(node):
                raise Unsafe("comment")
            continue
        identifiers = [str(value) for name, value in node.attrib.items() if _names_an_id(str(name))]
        if len(identifiers) > 1 or seen.intersection(identifiers):
            raise Unsafe("duplicate-id")
        seen.update(identifiers)
        parent = node.getparent()
        if parent is not None and node.nsmap != parent.nsmap:
            above = parent.nsmap
            if any(prefix and prefix in above and above[prefix] != uri for prefix, uri in node.nsmap.items()):
                raise Unsafe("shadowed-prefix")


def _names_an_id(attribute: str) -> bool:
    """`ID`, `Id`, `id`, in whatever namespace: what one reader or another could take for the element's identity."""
    return attribute.rpartition("}")[2].lower() == "id"


def _in_text(comment: etree._Element) -> bool:
    parent = comment.getparent()
    if parent is None:
        return False
    return bool((parent.text or "").strip()) or any((child.tail or "").strip() for child in parent)


def text(element: etree._Element | None) -> str:
    """The text of a leaf element, trimmed; empty where there is none.

    Raises:
        Unsafe: something else than text stands in it.
    """
    if element is None:
        return ""
    if len(element):
        raise Unsafe("not-a-text")
    return (element.text or "").strip()


def only(parent: etree._Element, tag: str) -> etree._Element | None:
    """The one direct child of this name, or None.

    Raises:
        Unsafe: there are several.
    """
    found = parent.findall(tag)
    if len(found) > 1:
        raise Unsafe("repeated-element")
    return found[0] if found else None


def unpack_post(value: str) -> bytes:
    """The bytes of a form's base64, line breaks allowed; Unsafe when it is none. Source: SAML Bindings 3.5.4."""
    return _base64(re.sub(r"\s+", "", value))


def unpack_redirect(value: str) -> bytes:
    """The bytes of a query's base64 of raw deflate, never more than `LARGEST_MESSAGE` of them.

    Raises:
        Unsafe: no base64, no deflate, something after it, or a bomb: inflating stops at the limit.

    Source: SAML Bindings 3.4.4.1.
    """
    packed = _base64(re.sub(r"[\r\n ]+", "", value))
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        data = inflater.decompress(packed, LARGEST_MESSAGE + 1)
    except zlib.error as error:
        raise Unsafe("malformed") from error
    if len(data) > LARGEST_MESSAGE:
        raise Unsafe("too-large")
    if not inflater.eof or inflater.unused_data:
        raise Unsafe("malformed")
    return data


def _base64(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unsafe("malformed") from error
