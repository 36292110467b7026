"""Addresses of servers as people write them, and the phones in which a wake phrase is spelled."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from befresh_agent.errors import InvalidValue

LAST_PORT = 65535

_LABELS = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(\.[A-Za-z0-9_-]{1,63})*\.?\Z")

_NUMBERS = re.compile(r"[0-9.]+\Z")


@dataclass(frozen=True, slots=True)
class ServerEndpoint:
    """Where a server is; `host` is a name or an address, IPv6 without brackets."""

    host: str
    port: int


def parse_host(text: str) -> str:
    """A name or an address, IPv6 with or without brackets; `InvalidValue` says what is wrong."""
    inner = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if "://" in text:
        raise InvalidValue(f"{text!r} is a web address; give the host alone")
    if ":" in inner or _NUMBERS.match(inner) or inner != text:
        try:
            address = ip_address(inner)
        except ValueError:
            raise InvalidValue(f"{text!r} is no IP address") from None
        if inner != text and not isinstance(address, IPv6Address):
            raise InvalidValue(f"{text!r}: only IPv6 addresses stand in brackets")
        return inner
    if not _LABELS.match(inner):
        raise InvalidValue(f"{text!r} is no host: give a name such as broker.example, or an IP address")
    return inner


def is_here(host: str) -> bool:
    """Whether that is this very machine, also by an IPv4 address inside an IPv6 one."""
    try:
        address = ip_address(host)
        return (getattr(address, "ipv4_mapped", None) or address).is_loopback
    except ValueError:
        return host == "localhost"


def parse_network(text: str) -> IPv4Network | IPv6Network:
    """An address or a network; `InvalidValue` says what is wrong."""
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise InvalidValue(f"{text!r} is neither an address nor a network such as 172.16.0.0/12") from None


def parse_endpoint(text: str, default_port: int | None = None) -> ServerEndpoint:
    """One address; without `default_port` the port must be there. `InvalidValue` says what is wrong."""
    if "://" in text:
        raise InvalidValue(f"{text!r} is a web address; give host:port without what stands before and behind")
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        host, port = text, "" if default_port is None else str(default_port)
    if not host:
        raise InvalidValue(f"{text!r} has no host; give host:port")
    if ":" in host and not host.startswith("["):
        raise InvalidValue(f"{text!r}: an IPv6 address stands in brackets, as in [::1]:9092")
    if not (port.isascii() and port.isdecimal() and 1 <= int(port[:6]) <= LAST_PORT):
        raise InvalidValue(f"{text!r} needs a port from 1 to {LAST_PORT}, as in host:9092")
    return ServerEndpoint(parse_host(host), int(port))


def parse_endpoints(text: str, default_port: int | None = None) -> tuple[ServerEndpoint, ...]:
    """Several, with commas; none in an empty text. `InvalidValue` says what is wrong."""
    if not text.strip():
        return ()
    parts = [part.strip() for part in text.split(",")]
    if not all(parts):
        raise InvalidValue("there is a comma too many")
    return tuple(parse_endpoint(part, default_port) for part in parts)


PHONES = frozenset({
    "AA", "AE", "AH", "AO", "AW", "AY", "B", "CH", "D", "DH", "EH", "ER", "EY", "F", "G", "HH", "IH", "IY", "JH", "K",
    "L", "M", "N", "NG", "OW", "OY", "P", "R", "S", "SH", "T", "TH", "UH", "UW", "V", "W", "Y", "Z", "ZH",
})  # fmt: skip


def check_phones(words: Iterable[str]) -> None:
    """Raise `InvalidValue` for a word that is empty or has other sounds: pocketsphinx would crash of it."""
    for word in words:
        unknown = [phone for phone in word.split() if phone not in PHONES]
        if unknown or not word.split():
            what = f"{unknown[0]!r} is no phone" if unknown else "a word without phones"
            raise InvalidValue(f"{what}; write phones of the CMU dictionary, such as `IY L B AA N`")
