"""The help desk is tried on the same school as notification."""

from tests.notification.conftest import world

__all__ = ["world"]
