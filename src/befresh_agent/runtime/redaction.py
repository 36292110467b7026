"""Taking secrets out of whatever text is shown or packed, and out of a support archive the addresses of devices in the
house.

An address is replaced by the same word everywhere, so that a reader can still tell one container from another.
"""

import re
from collections.abc import Iterable, Mapping

MASK = "****"
_SHORTEST = 3
"""A shorter secret would be found in every other word."""
_PART = 16
"""Several keys may stand in one secret; each of them is one."""
_MAC = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{2}(?:[:_-][0-9A-Fa-f]{2}){5}(?![0-9A-Fa-f])")
_LOCAL_NAME = re.compile(r"(NiclaSenseME-)[0-9A-Fa-f]{4}")
_ENDS = ("_KEY", "_KEYS", "_PASSWORD", "_TOKEN", "_SECRET", "_NOTIFY_URLS")
_ASSIGNED = re.compile(
    r"""(?ix) \b (?P<name> \w* (?:key|token|password|passwd|pwd|secret|notify_url)s? \d*
        (?P<quote> \\*["'] )? \s* [=:] \s*)
    (?P<value>
        " (?:[^"\\]|\\.)* " | \\+" (?:(?!\\+").)* \\+" | ' (?:[^'\\]|\\.)* ' | \[ [^\]]* \] | [^\s"'&,;\[\]{}]{4,} )"""
)
_NOT_SECRET = re.compile(r"""(?ix) \\*["']? (?: / | \*{4} | (?:null|none|true|false) \b | \\*["']?$ )""")
"""What such a name may stand before all the same: a path, what is masked already, nothing."""
_LOGIN = re.compile(r"""(://)[^\s/?#"'<>]+@|\b()[^\s/:@"'<>=,]+:[^\s/@"'<>]+@(?=[\w\[])""")
_AUTHORISATION = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{4,}")


class SecretRedactor:
    """For one reader. With `addresses`, a device becomes the same word everywhere, so that one can tell them apart."""

    def __init__(self, secrets: Iterable[str], *, addresses: bool = False) -> None:
        whole = list(secrets)
        parts = [part for secret in whole for part in re.split(r"[\s=]+", secret)]
        keys = [part for part in parts if len(part) >= _PART and not _MAC.fullmatch(part)]
        known = sorted({one for one in [*whole, *keys] if len(one) >= _SHORTEST}, key=len, reverse=True)
        self._known = re.compile("(?i)" + "|".join(map(_any_form, known))) if known else None
        self._hides_addresses = addresses
        self._addresses: dict[str, str] = {}

    def redact(self, text: str) -> str:
        """The text as its reader may see it."""
        if self._known is not None:
            text = self._known.sub(MASK, text)
        text = _LOGIN.sub(rf"\g<1>{MASK}@", text)
        text = _AUTHORISATION.sub(rf"\1 {MASK}", text)
        text = _ASSIGNED.sub(_assigned, text)
        if not self._hides_addresses:
            return text
        return _MAC.sub(self._address, _LOCAL_NAME.sub(rf"\1{MASK}", text))

    def redact_value(self, value: object) -> object:
        """A value as from JSON or TOML, every text in it redacted, and every number that is a secret."""
        if isinstance(value, Mapping):
            items = ((str(name), one) for name, one in value.items())
            return {self.redact(name): MASK if names_secret(name) else self.redact_value(one) for name, one in items}
        if isinstance(value, list | tuple):
            return [self.redact_value(one) for one in value]
        text = str(value)
        if isinstance(value, str) or self.redact(text) != text:
            return self.redact(text)
        return value

    def _address(self, found: re.Match[str]) -> str:
        plain = re.sub(r"[:_-]", "", found[0]).upper()
        return self._addresses.setdefault(plain, f"address-{len(self._addresses) + 1}")


def names_secret(name: str) -> bool:
    """Whether a variable or setting of that name holds a secret."""
    return f"_{name}".upper().endswith(_ENDS)


def _any_form(secret: str) -> str:
    """A pattern for the secret, each of its characters as it is or as something writes it."""
    return "".join(map(_any_spelling, secret))


def _any_spelling(character: str) -> str:
    """Plain, percent-encoded as in a URL, by its number as in JSON and Python, behind backslashes as in either."""
    code = ord(character)
    spellings = [re.escape(character)]
    units = character.encode("utf-16-be", "surrogatepass")
    spellings.append("".join(rf"\\+u{units[at : at + 2].hex()}" for at in range(0, len(units), 2)))
    spellings.append(rf"\\+U{code:08x}")
    spellings.append("".join(f"%(?:25)*{byte:02x}" for byte in character.encode("utf-8", "surrogatepass")))
    spellings.append("".join(rf"\\+x{byte:02x}" for byte in character.encode("utf-8", "surrogatepass")))
    if code < 256:
        spellings.append(rf"\\+x{code:02x}")
    if escape := _ESCAPES.get(character):
        spellings.append(escape)
    return f"(?:{'|'.join(spellings)})"


_ESCAPES = {
    " ": r"\+",
    "\\": r"\\+",
    '"': r'\\+"|&quot;|&\#34;',
    "'": r"\\+'|&\#x27;|&\#39;",
    "/": r"\\+/",
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    "\n": r"\\+n",
    "\r": r"\\+r",
    "\t": r"\\+t",
    "\b": r"\\+b",
    "\f": r"\\+f",
}
"""How JSON, Python, HTML and forms write some characters."""


def _assigned(found: re.Match[str]) -> str:
    """`key=value`, but not the setting's own name in a sentence such as `kafka.key_file: /etc/...`. JSON stays JSON."""
    value = found["value"]
    if _NOT_SECRET.match(value):
        return found[0]
    opening = re.match(r"""\\*["']""", value)
    quote = opening[0] if opening else found["quote"] or ""
    return f"{found['name']}{quote}{MASK}{quote}"
