"""Where updates come from: an address without its secrets, and what to say where a fridge cannot reach it by itself.

In: an address as git takes it. Out: the address that may be shown, its credentials, and words.
"""

import ipaddress
from urllib.parse import urlsplit, urlunsplit

_REMEDY = "give an address that root can read without any key: update.origin in /etc/befresh-agent/config.toml"


def divided(origin: str) -> tuple[str, str]:
    """The address without its password or token, and a line with it for git's credential store; empty without."""
    if not origin.startswith(("http://", "https://")):
        return origin, ""
    parts = urlsplit(origin)
    if "@" not in parts.netloc:
        return origin, ""
    who, _, host = parts.netloc.rpartition("@")
    who = who if ":" in who else f"{who}:"  # a token alone is a name without a password
    return urlunsplit(parts._replace(netloc=host)), f"{parts.scheme}://{who}@{host}"


def unreachable(origin: str, why: str) -> str:
    """What to say when root cannot read it."""
    asks = "it asks for a key or password that root has not" if _is_ssh(origin) or "could not read" in why else why
    return f"updates will not come: {origin} cannot be read as root ({asks}); {_REMEDY}"


def is_private(origin: str) -> bool:
    """Whether it is an address of this house's own network, which another house has not."""
    host = _host(origin)
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return bool(host) and ("." not in host or host.endswith((".local", ".lan", ".internal", ".home.arpa")))


def _is_ssh(origin: str) -> bool:
    return origin.startswith("ssh://") or ("://" not in origin and ":" in origin and not origin.startswith("/"))


def _host(origin: str) -> str:
    if "://" in origin:
        return urlsplit(origin).hostname or ""
    return origin.partition(":")[0].rpartition("@")[2] if _is_ssh(origin) else ""
