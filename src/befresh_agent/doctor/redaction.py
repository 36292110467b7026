"""Taking out of a text what is nobody's business: secrets, and the addresses of devices in the house.

An address is replaced by the same word everywhere, so that a reader can still tell one container from another.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

from befresh_agent.places import state_dir
from befresh_agent.settings import SecretSettings, Settings

_MASK = "****"
_SHORTEST = 3
_PART = 16
"""Several keys may stand in one secret; each of them is one."""
_MAC = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{2}(?:[:_-][0-9A-Fa-f]{2}){5}(?![0-9A-Fa-f])")
_LOCAL_NAME = re.compile(r"(NiclaSenseME-)[0-9A-Fa-f]{4}")
_ASSIGNED = re.compile(r"(?i)\b(\w*(?:key|token|password|secret|passwd)\w*[\"']?\s*[=:]\s*[\"']?)([^\s\"'&,;]{4,})")
_LOGIN = re.compile(r"(://)[^/\s:@]+:[^/\s@]+(@)")
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{4,}")
_CREDSTORE = "/etc/credstore"


class Redaction:
    """One for a whole archive, lest an address have two names."""

    def __init__(self, secrets: Iterable[str]) -> None:
        whole = list(secrets)
        parts = [part for secret in whole for part in re.split(r"[\s=]+", secret)]
        keys = [part for part in parts if len(part) >= _PART and not _MAC.fullmatch(part)]
        forms = {form for secret in [*whole, *keys] if len(secret) >= _SHORTEST for form in _forms(secret)}
        self._secrets = sorted(forms, key=len, reverse=True)
        self._addresses: dict[str, str] = {}

    def of(self, text: str) -> str:
        """The text as a stranger may read it."""
        for secret in self._secrets:
            text = text.replace(secret, _MASK)
        text = _LOGIN.sub(rf"\1{_MASK}\2", text)
        text = _BEARER.sub(rf"\1 {_MASK}", text)
        text = _ASSIGNED.sub(_assigned, text)
        text = _LOCAL_NAME.sub(rf"\1{_MASK}", text)
        return _MAC.sub(self._address, text)

    def _address(self, found: re.Match[str]) -> str:
        plain = re.sub(r"[:_-]", "", found[0]).upper()
        return self._addresses.setdefault(plain, f"address-{len(self._addresses) + 1}")


def _assigned(found: re.Match[str]) -> str:
    """`key=value`, but not the setting's own name in a sentence such as `kafka.key_file: /etc/...`."""
    return found[0] if found[2].startswith(("/", _MASK)) or found[2] == "null" else f"{found[1]}{_MASK}"


def _forms(secret: str) -> Iterator[str]:
    """As it may stand in a text: plain, in a URL, in JSON, in Python."""
    yield from (secret, quote(secret, safe=""), quote_plus(secret))
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield repr(secret)[1:-1]


def secrets(settings: Settings, file: Path | None) -> set[str]:
    """Every secret that can be known of: in force, in the environment, in a file that was not accepted."""
    given = settings.secrets.model_dump(exclude_none=True).values()
    return {
        *(secret.get_secret_value() for secret in given),
        *(value for name, value in os.environ.items() if _is_secret(name)),
        *_in_credentials(),
        *_tokens(settings),
        *(_in_file(file) if file else ()),
    }


def _is_secret(name: str) -> bool:
    ends = ("_KEY", "_PASSWORD", "_TOKEN", "_SECRET")
    return name.upper().endswith(ends) or name.lower() in SecretSettings.model_fields


def _in_credentials() -> Iterator[str]:
    for folder in filter(None, (_CREDSTORE, os.environ.get("CREDENTIALS_DIRECTORY"))):
        try:
            files = [file for file in Path(folder).iterdir() if file.name.startswith(("befresh-agent.", *_names()))]
        except OSError:
            continue
        for file in files:
            yield from _text(file).split("\n")


def _tokens(settings: Settings) -> Iterator[str]:
    """What lets a phone into the fridge's page."""
    try:
        for file in state_dir(settings.agent).glob("*-token"):
            yield _text(file)
    except OSError:
        return  # closed to this user, who then cannot have put it anywhere either


def _names() -> tuple[str, ...]:
    return tuple(SecretSettings.model_fields)


def _in_file(file: Path) -> Iterator[str]:
    """What stands behind the name of a secret, whether or not the file is in order."""
    for line in _text(file).splitlines():
        name, equals, value = line.partition("=")
        if equals and _is_secret(f"_{name.strip()}"):
            yield value.partition("#")[0].strip().strip("\"'")


def _text(file: Path) -> str:
    try:
        return file.read_text(errors="replace").strip()
    except OSError:
        return ""
