"""Values as exclusive canonical XML writes them, so that what we build is already what is signed.

Source: Canonical XML 1.0, 2.3 and 4.10; Exclusive XML Canonicalization 1.0.
"""

import re

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"})
_ATTRIBUTE = str.maketrans({"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"})


def text(value: str) -> str:
    """The value between two tags; what XML cannot hold is left out."""
    return _NOT_XML.sub("", value).translate(_TEXT)


def attribute(value: str) -> str:
    """The value between double quotes."""
    return _NOT_XML.sub("", value).translate(_ATTRIBUTE)
