"""The whole voice process with its real engines, behind the server: sound in, wake words and names out."""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.domain.events import DeviceChanged, DeviceState, Event
from befresh_agent.ports.voice import ListenFailure, NotHeard
from befresh_agent.runtime.event_bus import DeviceRegistry, EventBus
from befresh_agent.settings.device_sections import VoiceSettings
from befresh_agent.settings.model import SecretSettings
from befresh_agent.voice.agent_side.voice_server import VoiceServer
from befresh_agent.voice.voice_messages import VoiceProcessOptions, options_of
from tests.alsa import sound_card, with_pyaudio
from tests.google_speech import NAME, google
from tests.spoken import quiet, spoken, wav_file

sound_systems = pytest.mark.parametrize("microphone", ["arecord", pytest.param("pyaudio", marks=with_pyaudio)])
WAKE = spoken("일반 등록", "ko+m4", 140, 55)


class Kitchen:
    """A server whose microphone hears a recording, and what it told."""

    def __init__(self, folder: Path, settings: VoiceSettings, secrets: SecretSettings | None = None) -> None:
        self.states: dict[str, DeviceChanged] = {}
        self.woken = asyncio.Event()
        events, clock = EventBus(), SystemClock()
        events.subscribe(self._told)
        self.server = VoiceServer(
            folder, settings, clock, DeviceRegistry(events, clock), self.woken.set, secrets=secrets
        )

    def _told(self, event: Event) -> None:
        if isinstance(event, DeviceChanged):
            self.states[event.device] = event

    async def until(self, device: str, state: DeviceState) -> str:
        async with asyncio.timeout(60):
            while device not in self.states or self.states[device].state is not state:
                await asyncio.sleep(0.01)
        return self.states[device].detail


@asynccontextmanager
async def running(kitchen: Kitchen) -> AsyncIterator[None]:
    running = asyncio.create_task(kitchen.server.run())
    try:
        await kitchen.until("voice", DeviceState.READY)
        yield
        assert not running.done()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def recording(folder: Path, *sounds: bytes) -> str:
    return str(wav_file(folder / "kitchen.wav", b"".join(sounds)))


async def until_nobody_holds(card: Path) -> None:
    """The kernel ends an orphan, in its own time."""
    async with asyncio.timeout(90):
        while holders(card):
            await asyncio.sleep(0.05)


def holders(card: Path) -> list[str]:
    """Every process that has this sound card."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str(card).encode() in (process / "environ").read_bytes() and process.name != str(os.getpid()):
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


@pytest.mark.parametrize("engine", ["google", "sphinx"])
async def test_the_wake_phrase_then_a_name(tmp_path: Path, engine: str) -> None:
    said = spoken("사과") if engine == "google" else spoken("tomato", "en-us", 130)
    with google() as service:
        sound = recording(tmp_path, quiet(1), WAKE, quiet(0.5), said, quiet(1))
        kitchen = Kitchen(
            tmp_path,
            VoiceSettings.model_validate(
                {"microphone": sound, "speech": [engine], "google_endpoint": service.endpoint + "good"}
            ),
        )
        async with running(kitchen):
            await kitchen.until("wake word", DeviceState.READY)
            kitchen.server.open()
            async with asyncio.timeout(60):
                await kitchen.woken.wait()
                assert (await kitchen.server.listen(10, 3))[0].text == (NAME if engine == "google" else "tomato")
    if engine == "google":
        assert service.asked[0][2].startswith(b"fLaC")


async def test_the_second_service_is_asked_when_the_first_is_down(tmp_path: Path) -> None:
    with google() as service:
        sound = recording(tmp_path, quiet(0.5), spoken("사과"), quiet(1))
        kitchen = Kitchen(
            tmp_path,
            VoiceSettings.model_validate(
                {
                    "microphone": sound,
                    "speech": ["wyoming", "google"],
                    "wyoming_server": "127.0.0.1:9",
                    "google_endpoint": service.endpoint + "good",
                }
            ),
        )
        async with running(kitchen):
            kitchen.server.open()
            assert (await kitchen.server.listen(10, 3))[0].text == NAME


async def test_a_dead_service_costs_its_timeout(tmp_path: Path) -> None:
    with google() as service:
        sound = recording(tmp_path, quiet(0.5), spoken("사과"), quiet(1))
        settings = {"microphone": sound, "google_endpoint": service.endpoint + "stalled", "speech_timeout_s": 0.5}
        kitchen = Kitchen(tmp_path, VoiceSettings.model_validate(settings))
        async with running(kitchen):
            kitchen.server.open()
            with pytest.raises(NotHeard, match="within") as caught:
                await kitchen.server.listen(10, 3)
    assert caught.value.why is ListenFailure.NO_ENGINE


async def test_what_the_loudspeaker_says_is_not_heard(tmp_path: Path) -> None:
    sound = recording(tmp_path, quiet(0.5), WAKE, quiet(1), WAKE, quiet(1))
    kitchen = Kitchen(tmp_path, VoiceSettings.model_validate({"microphone": sound}))
    async with running(kitchen):
        await kitchen.until("wake word", DeviceState.READY)
        kitchen.server.mute(True, speaks=False)
        kitchen.server.open()
        await asyncio.sleep(len(WAKE) / 32000 + 1)
        assert not kitchen.woken.is_set()
        kitchen.server.mute(False, speaks=False)
        async with asyncio.timeout(60):
            await kitchen.woken.wait()


@sound_systems
async def test_a_real_sound_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, microphone: str) -> None:
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(sound_card(tmp_path)))
    (tmp_path / "mic.raw").write_bytes(quiet(1) + WAKE + quiet(3))
    settings = VoiceSettings.model_validate({"microphone": microphone, "input_device": "mic"})
    kitchen = Kitchen(tmp_path, settings)
    async with running(kitchen):
        await kitchen.until("wake word", DeviceState.READY)
        kitchen.server.open()
        await kitchen.until("voice", DeviceState.LIVE)
        async with asyncio.timeout(60):
            await kitchen.woken.wait()
    await until_nobody_holds(tmp_path)


@sound_systems
async def test_a_missing_microphone_is_told_and_nothing_else_dies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, microphone: str
) -> None:
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(sound_card(tmp_path)))
    kitchen = Kitchen(tmp_path, VoiceSettings.model_validate({"microphone": microphone, "input_device": "mic"}))
    async with running(kitchen):
        pid = kitchen.server.pid
        kitchen.server.open()
        assert "microphone" in await kitchen.until("voice", DeviceState.LOST)
        with pytest.raises(NotHeard) as caught:
            await kitchen.server.listen(3, 3)
        assert caught.value.why is ListenFailure.MICROPHONE
        (tmp_path / "mic.raw").write_bytes(quiet(5))  # plugged in
        await kitchen.until("voice", DeviceState.LIVE)
        assert kitchen.server.pid == pid


async def test_killed_with_an_open_microphone_nobody_holds_it_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(sound_card(tmp_path)))
    (tmp_path / "mic.raw").write_bytes(quiet(5))
    dice = random.Random(5)
    kitchen = Kitchen(tmp_path, VoiceSettings.model_validate({"microphone": "arecord", "input_device": "mic"}))
    async with running(kitchen):
        kitchen.server.open()
        for _ in range(3):
            await kitchen.until("voice", DeviceState.LIVE)
            await asyncio.sleep(dice.uniform(0, 0.2))
            assert kitchen.server.pid is not None
            os.kill(kitchen.server.pid, signal.SIGKILL)
            await kitchen.until("voice", DeviceState.LOST)
    await until_nobody_holds(tmp_path)


async def test_a_recorder_that_stalls_is_noticed_ended_and_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(sound_card(tmp_path)))
    (tmp_path / "mic.raw").write_bytes(quiet(5))
    kitchen = Kitchen(tmp_path, VoiceSettings.model_validate({"microphone": "arecord", "input_device": "mic"}))
    async with running(kitchen):
        pid = kitchen.server.pid
        kitchen.server.open()
        await kitchen.until("voice", DeviceState.LIVE)
        (stalled,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        os.kill(int(stalled), signal.SIGSTOP)
        assert "no sound" in await kitchen.until("voice", DeviceState.LOST)
        await kitchen.until("voice", DeviceState.LIVE)
        assert not Path("/proc", stalled).exists()
        assert kitchen.server.pid == pid
    await until_nobody_holds(tmp_path)


async def test_a_wake_word_that_cannot_be_had_is_told_and_never_shows_the_key(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    key = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"
    caplog.set_level("DEBUG")
    keyword = tmp_path / "some.ppn"
    keyword.write_bytes(b"no keyword")
    settings = VoiceSettings.model_validate(
        {"microphone": recording(tmp_path, quiet(1)), "wake": "porcupine", "porcupine_keyword": str(keyword)}
    )
    kitchen = Kitchen(tmp_path, settings, SecretSettings.model_validate({"porcupine_key": key}))
    async with running(kitchen):
        detail = await kitchen.until("wake word", DeviceState.LOST)
        assert "Porcupine" in detail
        process = Path(f"/proc/{kitchen.server.pid}")
        assert key not in (process / "cmdline").read_text()
        assert key.encode() not in (process / "environ").read_bytes()
    assert key not in detail + caplog.text


def test_the_process_knows_every_setting_of_its_own_and_no_other_secret() -> None:
    settings = VoiceSettings(vosk_model=Path("/models/ko"), phones=("IY",))
    secrets = SecretSettings.model_validate({"google_key": "g-123", "kafka_password": "k-456"})
    sent = options_of(settings, secrets).to_bytes()
    received = VoiceProcessOptions.from_bytes(sent)
    engines = {"speech": ["google", "vosk"]}  # worked out here, as a key and a model are given
    assert vars(received.voice) == settings.model_dump(mode="json") | engines
    assert (received.google_key, received.porcupine_key, received.air) == ("g-123", None, None)
    assert b"k-456" not in sent
