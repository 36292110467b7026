"""Everything that is wrong with the settings, before anything is started: the same for `config check`, `run`, `doctor`.

In: the settings and where each came from. Out: every mistake with its file, line, key, value and remedy; also what the
settings name and this machine lacks: files, folders, devices, programs, an address. What it lacks for the defaults is
the
doctor's business. Nothing is opened or used, as an agent may be running.
"""

import contextlib
import os
import shutil
import socket
import stat
import zoneinfo
from collections.abc import Callable, Collection, Iterator
from ipaddress import ip_address
from pathlib import Path

from befresh_agent.domain.radio_recovery import BluetoothAdapter, choose_adapter
from befresh_agent.errors import MistakeSeverity, SettingMistake, SettingsError
from befresh_agent.runtime.redaction import MASK
from befresh_agent.settings import conflicts
from befresh_agent.settings.conflicts import SettingConflict, engines
from befresh_agent.settings.explanations import near
from befresh_agent.settings.home_sections import MqttSettings
from befresh_agent.settings.loader import COMMAND_LINE, LoadedSettings, in_order
from befresh_agent.settings.model import KafkaSettings, Settings
from befresh_agent.settings.section import GivenValue

TIME_ZONE = "TZ"
"""The variable that names the time zone; a name that nobody knows is taken for UTC without a word."""

_COME_AND_GO = tuple(map(Path, ("/dev", "/media", "/mnt", "/run")))
"""What is missing there may be plugged in later."""

_ZONES = Path("/usr/share/zoneinfo")

_RECORDERS = ("pyaudio", "arecord")

_PI_CAMERA = "picamera2"


def missing(settings: Settings, given: Collection[str], *, simulated: bool = False) -> Iterator[SettingConflict]:
    """What is not there; with `simulated` devices their own are not needed."""
    for check in _ALWAYS if simulated else (*_ALWAYS, *_REAL):
        yield from (one for one in check(settings) if not {one.key, *one.because}.isdisjoint(given))
    yield from _time_zone()


def camera(settings: Settings) -> Iterator[SettingConflict]:
    """The pictures or the device that the camera is set to."""
    source = settings.camera.source
    if source != _PI_CAMERA:
        choices = "give picamera2, a device such as /dev/video0, a picture or a folder of pictures"
        yield from _path("camera.source", Path(source), choices + near(source, [_PI_CAMERA]))


def microphone(settings: Settings) -> Iterator[SettingConflict]:
    """The recording that is played in place of a microphone, or the program that records."""
    voice = settings.voice
    if voice.engine != "microphone":
        return
    if voice.microphone == "arecord":
        yield from _program("voice.microphone", "arecord")
    elif voice.microphone not in _RECORDERS:
        choices = f"give pyaudio, arecord or a WAV file{near(voice.microphone, _RECORDERS)}"
        yield from _path("voice.microphone", Path(voice.microphone), choices, folder=False)


def wake_files(settings: Settings) -> Iterator[SettingConflict]:
    """Porcupine's keyword and model."""
    voice = settings.voice
    if voice.engine == "microphone" and voice.wake == "porcupine":
        for name, file in (("porcupine_keyword", voice.porcupine_keyword), ("porcupine_model", voice.porcupine_model)):
            if file is not None:
                yield from _path(f"voice.{name}", file, "give the file from Picovoice's console", folder=False)


def speech_models(settings: Settings) -> Iterator[SettingConflict]:
    """The models of the engines that work without any network."""
    voice, asked = settings.voice, engines(settings)
    for engine, model in (("vosk", voice.vosk_model), ("whisper", voice.whisper_model)):
        if voice.engine == "microphone" and engine in asked and model is not None:
            yield from _path(
                f"voice.{engine}_model",
                model,
                f"give the folder of a model for {engine}: scripts/install.sh --names {engine} makes one",
                folder=True,
            )


def player(settings: Settings) -> Iterator[SettingConflict]:
    """The program that plays sounds, and the one that speaks."""
    sound = settings.sound
    if sound.player:
        yield from _program("sound.player", sound.player[0])
    if sound.prompts != "tones":
        yield from _program("sound.prompts", "espeak-ng")


def _certificates(settings: Settings) -> Iterator[SettingConflict]:
    yield from certificates(settings.kafka)
    if settings.mqtt.tls:
        yield from _pem_files("mqtt", settings.mqtt)


def certificates(kafka: KafkaSettings) -> Iterator[SettingConflict]:
    """What encrypting takes."""
    if kafka.security != "plaintext":
        yield from _pem_files("kafka", kafka)


def _pem_files(section: str, values: KafkaSettings | MqttSettings) -> Iterator[SettingConflict]:
    for name in ("ca_file", "cert_file", "key_file"):
        if (file := getattr(values, name)) is not None:
            yield from _path(f"{section}.{name}", file, "give a file with PEM in it", folder=False)


def _token_command(settings: Settings) -> Iterator[SettingConflict]:
    kafka = settings.kafka
    if kafka.security == "sasl_ssl" and kafka.sasl_mechanism == "OAUTHBEARER" and kafka.token_command:
        yield from _program("kafka.token_command", kafka.token_command[0])


def _folders(settings: Settings) -> Iterator[SettingConflict]:
    for name, folder in settings.agent:
        if isinstance(folder, Path) and (place := folder.expanduser()).exists() and not place.is_dir():
            yield SettingConflict(f"agent.{name}", "this is a file: give a folder")


def _bluetooth(settings: Settings) -> Iterator[SettingConflict]:
    wanted = settings.containers.adapters
    there = [
        BluetoothAdapter(one.name, "", True) for one in Path("/sys/class/bluetooth").glob("hci*") if ":" not in one.name
    ]
    for adapter in wanted:
        unknown = bool(there) and ":" in adapter  # addresses are told by BlueZ alone
        if not unknown and choose_adapter(adapter, there, [other for other in wanted if other != adapter]) is None:
            remedy = f"there is no {adapter} now: plug it in; `bluetoothctl list` shows what is there"
            yield SettingConflict("containers.adapters", remedy, severity=MistakeSeverity.MISSING)


def _signers(settings: Settings) -> Iterator[SettingConflict]:
    update, because = settings.update, ("update.channel",)
    if update.enabled and update.channel == "tags":
        file = Path(update.allowed_signers)
        yield from _path("update.allowed_signers", file, "signed tags need it", folder=False, because=because)


def _page(settings: Settings) -> Iterator[SettingConflict]:
    page = settings.page
    if page.enabled and not _can_listen(page.host):
        remedy = "this machine has no such address now: give 127.0.0.1, or 0.0.0.0 for every address it has"
        yield SettingConflict("page.host", remedy, severity=MistakeSeverity.MISSING)


def _can_listen(host: str) -> bool:
    """Whether a socket can be bound there, at any port: the right one may be in use, by the agent itself."""
    with contextlib.suppress(OSError, UnicodeError):
        for family, kind, protocol, _, place in socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM):
            with socket.socket(family, kind, protocol) as probe, contextlib.suppress(OSError):
                probe.bind(place)
                return True
    return _is_unusual(host)


def _is_unusual(host: str) -> bool:
    """An IPv6 address of one link: which link is not known here."""
    with contextlib.suppress(ValueError):
        return ip_address(host).is_link_local
    return False


def time_zone() -> str:
    """The zone that the environment names; empty where it is the machine's own."""
    return os.environ.get(TIME_ZONE, "").removeprefix(":")


def _time_zone() -> Iterator[SettingConflict]:
    name = time_zone()
    if not name or name.startswith("/") or not name.replace("/", "").replace("_", "").isalpha():
        return  # a file, or a rule such as KST-9
    if _ZONES.is_dir() and not (_ZONES / name).is_file():
        remedy = (
            f"there is no such time zone, so times would be those of UTC{near(name, zoneinfo.available_timezones())}"
        )
        yield SettingConflict(TIME_ZONE, remedy, severity=MistakeSeverity.MISSING)


def _path(
    key: str, path: Path, remedy: str, *, folder: bool | None = None, because: tuple[str, ...] = ()
) -> Iterator[SettingConflict]:
    """A conflict where nothing is there, or something else than a file or a folder."""
    try:
        there = path.expanduser().stat()
    except PermissionError:
        return  # the service may see what this user may not
    except (OSError, ValueError, RuntimeError):
        comes = any(path.is_relative_to(place) for place in _COME_AND_GO)
        kind = "device" if path.is_relative_to("/dev") else "file or folder" if folder is None else _KINDS[folder]
        what = f"there is no such {kind} now" if comes else f"there is no such {kind}"
        yield SettingConflict(
            key, f"{what}; {remedy}", because, severity=MistakeSeverity.MISSING if comes else MistakeSeverity.ERROR
        )
        return
    is_folder = stat.S_ISDIR(there.st_mode)
    if folder is not None and is_folder != folder:
        yield SettingConflict(key, f"this is a {_KINDS[is_folder]}; {remedy}")


_KINDS = {True: "folder", False: "file"}


def _program(key: str, name: str) -> Iterator[SettingConflict]:
    if shutil.which(name) is None:
        package = _PACKAGES.get(name)
        remedy = f"sudo apt install {package}" if package else "name one that is installed"
        yield SettingConflict(key, f"there is no program {name}: {remedy}", severity=MistakeSeverity.MISSING)


_PACKAGES = {"aplay": "alsa-utils", "arecord": "alsa-utils", "espeak-ng": "espeak-ng", "paplay": "pulseaudio-utils"}
"""Where Debian has the programs that are used most."""

_Check = Callable[[Settings], Iterator[SettingConflict]]

_ALWAYS: tuple[_Check, ...] = (camera, microphone, _certificates, _token_command, _folders, _page)

_REAL: tuple[_Check, ...] = (wake_files, speech_models, player, _bluetooth, _signers)

_SEEN_FROM_OUTSIDE = ("camera.source", "voice.microphone")
"""Devices of their own that a dry run has only where its command line names them."""


def mistakes(configuration: LoadedSettings, *, simulated: bool = False) -> tuple[SettingMistake, ...]:
    """All of them, in the order of the file; `simulated` for a dry run."""
    wrong = {one.key for one in configuration.mistakes}
    unread = "" in wrong  # what nobody has set may stand in a line that could not be read
    found = [*configuration.mistakes]
    for conflict in _conflicts(configuration, simulated=simulated):
        keys = {conflict.key, *conflict.because}
        one = _mistake(conflict, configuration)
        if not keys & wrong and conflict.key not in configuration.withheld and not (unread and one.value is None):
            found.append(one)
    return in_order(found, configuration.redaction)


def cleared(configuration: LoadedSettings, *, simulated: bool = False) -> list[SettingMistake]:
    """What may be told while the agent runs all the same. Raises `SettingsError` where it cannot."""
    found = mistakes(configuration, simulated=simulated)
    if errors := [one for one in found if one.severity is MistakeSeverity.ERROR]:
        raise SettingsError(*errors)
    return list(found)


def _conflicts(configuration: LoadedSettings, *, simulated: bool) -> Iterator[SettingConflict]:
    given = {
        key
        for key, one in configuration.given.items()
        if not simulated or key not in _SEEN_FROM_OUTSIDE or one.source == COMMAND_LINE
    }
    yield from conflicts.conflicts(configuration.settings, dry_run=simulated)
    yield from missing(configuration.settings, given, simulated=simulated)


def _mistake(conflict: SettingConflict, configuration: LoadedSettings) -> SettingMistake:
    """The conflict, told of the first of its settings that somebody gave."""
    place = _place(conflict, configuration)
    now = (
        place.source == COMMAND_LINE and conflict.severity is MistakeSeverity.MISSING
    )  # whoever typed it is still there
    return SettingMistake(
        source=place.source,
        line=place.line,
        key=conflict.key,
        value=_value(configuration, conflict.key),
        remedy=conflict.remedy,
        severity=MistakeSeverity.ERROR if now else conflict.severity,
    )


def _place(conflict: SettingConflict, configuration: LoadedSettings) -> GivenValue:
    if conflict.key == TIME_ZONE:
        return GivenValue(None, f"environment {conflict.key}")
    keys = (conflict.key, *conflict.because)
    nothing = GivenValue(None, str(configuration.file or ""))
    return next((configuration.given[key] for key in keys if key in configuration.given), nothing)


def _value(configuration: LoadedSettings, key: str) -> object:
    if key == TIME_ZONE:
        return time_zone()
    section, _, field = key.partition(".")
    given = configuration.given.get(key)
    value = given.value if given else getattr(getattr(configuration.settings, section), field)
    if not given and value in ("", None):
        return None
    return MASK if section == "secrets" else value
