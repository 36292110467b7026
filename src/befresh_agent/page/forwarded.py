"""Requests that a reverse proxy passes on: only proxies that are named in the settings are believed.

In: a request's scope and headers. Out: where it came from, and what the browser called this place. No I/O.
"""

import ipaddress
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_SIGNS = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
"""Headers that no browser sends of itself."""
_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]+)+")


@dataclass(frozen=True, slots=True)
class RequestOrigin:
    """Where a request came from."""

    peer: str
    """The browser's address, as far as it is known."""
    host: str
    """What the browser asked for, with the port."""
    prefix: str = ""
    """Under which path it sees this page, such as `/fridge`."""
    secure: bool = False
    passed_on: bool = False
    """It says itself that it came through a proxy, known or not."""


class TrustedProxies:
    def __init__(self, networks: Collection[Network] = ()) -> None:
        self._networks = networks

    def __contains__(self, peer: object) -> bool:
        try:
            address = ipaddress.ip_address(str(peer))
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None) or address
        return any(mapped in network for network in self._networks)

    def origin(self, scope: Mapping[str, Any], headers: Mapping[str, str]) -> RequestOrigin:
        """Where it came from, which is the peer itself unless that is a known proxy."""
        peer, host = str((scope.get("client") or ("",))[0]), headers.get("host", "")
        passed_on = any(sign in headers for sign in _SIGNS)
        if peer not in self:
            return RequestOrigin(peer, host, passed_on=passed_on)
        prefix = headers.get("x-forwarded-prefix", "").rstrip("/")
        return RequestOrigin(
            peer=self._browser(headers.get("x-forwarded-for", ""), peer),
            host=headers.get("x-forwarded-host", host),
            prefix=prefix if _PREFIX.fullmatch(prefix) else "",
            secure=headers.get("x-forwarded-proto", "").lower() == "https",
            passed_on=passed_on,
        )

    def _browser(self, chain: str, peer: str) -> str:
        """The last in the chain that is no known proxy: whatever stands before it, anybody may have written."""
        for address in reversed([one.strip() for one in chain.split(",")]):
            if address and address not in self:
                return address[:64]
        return peer
