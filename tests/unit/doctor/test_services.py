"""What others serve: brokers, speech servers, the running agent; each played by something real on this machine."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from befresh_agent.doctor.check import CheckResult, CheckState, ExaminedMachine
from befresh_agent.doctor.checks import devices_check, services, voice_check
from befresh_agent.doctor.checks import machine as packages
from befresh_agent.settings.model import Settings
from befresh_agent.settings.paths import control_socket
from befresh_agent.status.status_socket import answering
from tests.delivery.mock_kafka import MockKafka
from tests.machines import PI, machine, path_with, program

SNAPSHOT: dict[str, Any] = {
    "version": "0.1.0",
    "ready": True,
    "devices": {
        "radio": {"state": "lost", "detail": "no adapter; plug one in"},
        "button": {"state": "ready", "detail": ""},
    },
}


def patient(**sections: object) -> ExaminedMachine:
    return ExaminedMachine(Settings.model_validate(sections))


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
async def open_port() -> AsyncIterator[int]:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def test_a_broker_that_answers() -> None:
    with MockKafka() as kafka:
        listener, topics = await services.broker(patient(kafka={"server": kafka.bootstrap}))
    assert (listener.state, listener.detail) == (CheckState.OK, "answers")
    assert (topics.state, topics.detail) == (CheckState.OK, "food-regist, sensor-data-topic")


async def test_a_topic_that_nobody_made() -> None:
    with MockKafka() as kafka:
        found = await services.broker(patient(kafka={"server": kafka.bootstrap, "food_topic": "nobody-made-this"}))
    assert (found[-1].state, "nobody-made-this" in found[-1].remedy) == (CheckState.WARNING, True)


async def test_a_broker_that_is_not_there(closed_port: int) -> None:
    (check,) = await services.broker(patient(kafka={"server": f"127.0.0.1:{closed_port}"}))
    assert (check.state, "kafka.server" in check.remedy) == (CheckState.BROKEN, True)
    assert "refused" in check.detail


async def test_one_of_two_brokers_is_not_there(closed_port: int) -> None:
    with MockKafka() as kafka:
        checks = await services.broker(patient(kafka={"server": f"{kafka.bootstrap}, 127.0.0.1:{closed_port}"}))
    assert sorted(check.state for check in checks) == [CheckState.BROKEN, CheckState.OK, CheckState.OK]


async def test_a_broker_that_names_an_address_unknown_here(closed_port: int) -> None:
    with MockKafka() as kafka:
        kafka.advertise("127.0.0.1", closed_port)
        found = await services.broker(patient(kafka={"server": kafka.bootstrap}))
    states = {check.name: check for check in found}
    assert states[f"broker {kafka.bootstrap}"].state is CheckState.OK
    named = states[f"broker 127.0.0.1:{closed_port}"]
    assert (named.state, "advertised.listeners" in named.remedy) == (CheckState.BROKEN, True)


async def test_something_else_that_listens_there(open_port: int) -> None:
    (check,) = await services.broker(patient(kafka={"server": f"127.0.0.1:{open_port}"}))
    assert check.state is CheckState.BROKEN


async def test_a_broker_that_hangs() -> None:
    with MockKafka() as kafka:
        kafka.slow(5000)
        (check,) = await services.broker(patient(kafka={"server": kafka.bootstrap}), limit_s=0.3)
    assert (check.state, "0.3 s" in check.detail) == (CheckState.BROKEN, True)


async def test_a_login_without_a_password() -> None:
    kafka = {"server": "localhost:9092", "security": "sasl_ssl", "username": "fridge"}
    (check,) = await services.broker(patient(kafka=kafka))
    assert (check.state, "password" in check.remedy) == (CheckState.BROKEN, True)


@pytest.mark.parametrize(("missing", "state"), [(False, CheckState.OK), (True, CheckState.BROKEN)])
async def test_a_wyoming_server(open_port: int, closed_port: int, missing: bool, state: CheckState) -> None:
    server = f"127.0.0.1:{closed_port if missing else open_port}"
    (check,) = await voice_check.speech(patient(voice={"speech": ["wyoming"], "wyoming_server": server}))
    assert check.state is state


@pytest.mark.parametrize(
    ("voice", "state"),
    [
        ({"speech": ["google"]}, CheckState.OK),
        ({"speech": ["wyoming"]}, CheckState.BROKEN),
        ({"speech": ["vosk"]}, CheckState.BROKEN),
        ({"speech": ["vosk"], "vosk_model": "/"}, CheckState.BROKEN),
        ({"speech": ["whisper"]}, CheckState.BROKEN),
        ({"whisper_model": "/"}, CheckState.BROKEN),
        ({"speech": ["sphinx"]}, CheckState.OK),
        ({"engine": "none"}, CheckState.ABSENT),
    ],
    ids=str,
)
async def test_speech_engines(voice: dict[str, object], state: CheckState) -> None:
    (check,) = await voice_check.speech(patient(voice=voice))
    assert check.state is state


async def test_google_needs_flac_where_the_library_brings_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    monkeypatch.setenv("PATH", "/nowhere")
    (check,) = await voice_check.speech(patient())
    assert check.remedy == "sudo apt install flac"


def test_wake_word_engines(tmp_path: Path) -> None:
    keyword = tmp_path / "some.ppn"
    keyword.write_bytes(b"keyword")
    secret = {"porcupine_key": "c2VjcmV0"}
    porcupine = {"wake": "porcupine", "porcupine_keyword": keyword}
    cases: list[tuple[dict[str, object], dict[str, str], CheckState]] = [
        ({}, {}, CheckState.OK),
        ({"wake": "none"}, {}, CheckState.ABSENT),
        (porcupine, {}, CheckState.BROKEN),
        (porcupine, secret, CheckState.OK),
        (porcupine | {"porcupine_keyword": tmp_path / "gone"}, secret, CheckState.BROKEN),
        (porcupine | {"porcupine_model": tmp_path / "gone"}, secret, CheckState.BROKEN),
        ({"wake": "porcupine"}, secret, CheckState.BROKEN),
    ]
    for voice, secrets, state in cases:
        (check,) = voice_check.wake_word(patient(voice=voice, secrets=secrets))
        assert check.state is state, voice
        assert "c2VjcmV0" not in repr(check)


async def test_a_running_agent_tells_of_lost_devices(home: Path) -> None:
    async def snapshot() -> dict[str, Any]:
        return SNAPSHOT

    async with answering(control_socket(home), snapshot):
        checks = await asyncio.to_thread(services.agent, patient(agent={"runtime_dir": home}))
    states = {check.name: check.state for check in checks}
    assert (checks[1].detail, checks[1].remedy) == ("no adapter", "plug one in")
    assert states == {"agent": CheckState.OK, "agent's radio": CheckState.BROKEN}


def test_no_agent_runs(home: Path) -> None:
    assert services.agent(patient(agent={"runtime_dir": home}))[0].state is CheckState.ABSENT


async def test_libraries_that_are_missing_or_crash() -> None:
    broken = {"vision": {"no_such_library": "pillow"}, "ble": {"ctypes; ctypes.string_at(0)": "bleak"}}
    checks = {check.name: check for check in await packages.packages(patient(), broken)}
    assert "no_such_library" in checks["vision libraries"].detail
    assert "[vision]'" in checks["vision libraries"].remedy
    assert "crashed" in checks["ble libraries"].detail


async def test_only_libraries_that_are_asked_for_are_missed() -> None:
    without = {check.name: check for check in await packages.packages(patient(voice={"engine": "none"}))}
    assert without["kafka libraries"].state is without["voice libraries"].state is CheckState.ABSENT
    with_broker = {check.name: check for check in await packages.packages(patient(kafka={"server": "broker:9092"}))}
    assert with_broker["kafka libraries"].state is CheckState.OK


async def _camera(source: str, root: Path = Path("/")) -> CheckResult:
    (check,) = await devices_check.camera(
        ExaminedMachine(Settings.model_validate({"camera": {"source": source}}), root)
    )
    return check


async def test_cameras(tmp_path: Path) -> None:
    assert (await _camera(str(tmp_path))).state is CheckState.OK
    assert (await _camera(str(tmp_path / "gone"))).state is CheckState.BROKEN
    assert "gives no pictures" in (await _camera("/dev/null")).detail
    assert (await _camera("/dev/no-such-video")).state is CheckState.BROKEN


@pytest.mark.parametrize(
    ("script", "state", "word"),
    [
        ("echo imx708", CheckState.OK, "imx708"),
        ("exit 0", CheckState.BROKEN, "none is connected"),
        ("echo No module named picamera2 >&2; exit 1", CheckState.BROKEN, "No module"),
    ],
)
async def test_the_pis_camera(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, state: CheckState, word: str
) -> None:
    program(tmp_path / "bin", "python", script)
    monkeypatch.setattr("sys.executable", str(tmp_path / "bin" / "python"))
    check = await _camera("picamera2", machine(tmp_path, PI))
    assert (check.state, word in check.detail) == (state, True)


@pytest.mark.parametrize(
    ("apt_cache", "remedy"),
    [
        ("echo Package: python3-picamera2", "sudo apt install python3-picamera2"),
        ("exit 100", "only Raspberry Pi OS has python3-picamera2"),
    ],
)
async def test_a_picamera2_that_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, apt_cache: str, remedy: str
) -> None:
    program(tmp_path / "bin", "python", "exit 1")
    program(tmp_path / "bin", "apt-cache", apt_cache)
    monkeypatch.setenv("PATH", path_with(tmp_path / "bin"))
    monkeypatch.setattr("sys.executable", str(tmp_path / "bin" / "python"))
    assert remedy in (await _camera("picamera2", machine(tmp_path, PI))).remedy


async def test_a_program_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from befresh_agent.runtime.subprocesses import run_program

    program(tmp_path / "bin", "sleepy", "exec sleep 600")
    monkeypatch.setenv("PATH", path_with(tmp_path / "bin"))
    answer = await run_program("sleepy", limit_s=0.2)
    assert (answer.code, "0.2 s" in answer.trouble) == (None, True)
