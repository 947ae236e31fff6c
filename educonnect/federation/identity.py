"""The whole border between people and protocols."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from educonnect.accounts.authentication import Method


@dataclass(frozen=True, slots=True)
class ReleasedIdentity:
    """All that a protocol wing ever knows of a person.

    Attributes:
        subject: opaque; different for each provider (or sector), FrEduCtId for a national service.
        attributes: catalogue key -> values, never empty.
    """

    subject: str
    attributes: Mapping[str, tuple[str, ...]]
    authenticated_at: datetime
    method: Method
