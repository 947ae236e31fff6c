"""Whether an address leads to this machine alone."""

import ipaddress
from urllib.parse import urlsplit


def on_loopback(address: str) -> bool:
    """Plain http is for such an address only, and a provider there is a simulator."""
    host = urlsplit(address).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
