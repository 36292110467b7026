"""The service under systemd, what a running agent says of its devices, the settings, the broker's listeners."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from befresh_agent.adapters.kafka import reachability
from befresh_agent.doctor.check import CheckResult, ExaminedMachine, absent, broken, lacking, ok, warning
from befresh_agent.errors import BefreshError, BelongsToAnother, MistakeSeverity, SettingMistake, SettingsError
from befresh_agent.runtime.remedies import missing
from befresh_agent.runtime.subprocesses import run_program
from befresh_agent.runtime.threads import in_daemon_thread
from befresh_agent.settings.loader import LoadedSettings
from befresh_agent.settings.model import KafkaSettings
from befresh_agent.settings.paths import control_socket, runtime_dir
from befresh_agent.settings.preflight import mistakes
from befresh_agent.status import status_socket

_UNIT, _RECOVER, _UPDATE = "befresh-agent.service", "befresh-agent-recover.service", "befresh-agent-update.service"

_ROLLBACK = "sudo befresh-agent update --rollback"

_LOG = "journalctl -u befresh-agent -n 50"

_MANY_RESTARTS = 3


async def service(patient: ExaminedMachine) -> list[CheckResult]:
    wanted = "Id,LoadState,ActiveState,SubState,Result,NRestarts,UnitFileState"
    answer = await run_program("systemctl", "show", _UNIT, _RECOVER, _UPDATE, f"--property={wanted}")
    units = {unit.get("Id"): unit for unit in map(_facts, answer.out.split("\n\n"))}
    agent = units.get(_UNIT, {})
    if not answer.good or agent.get("LoadState") != "loaded":
        return [absent("service", "not installed as a service")]
    updates = _updates(units.get(_RECOVER, {}), units.get(_UPDATE, {}))
    return [_state(agent), *updates, *await in_daemon_thread(lambda: _left_behind(patient))]


def _left_behind(patient: ExaminedMachine) -> list[CheckResult]:
    """An update changes the program alone: files of the system that its release has otherwise are told."""
    release = "opt/befresh-agent/current"
    pairs = {
        f"etc/systemd/system/{_UNIT}": f"{release}/systemd/{_UNIT}",
        "etc/udev/rules.d/60-befresh-agent.rules": f"{release}/systemd/60-befresh-agent.rules",
        "etc/polkit-1/rules.d/60-befresh-agent.rules": f"{release}/systemd/polkit.rules",
    }
    old = [there for there, wanted in pairs.items() if patient.read(wanted) not in (None, patient.read(there))]
    if not old:
        return []
    detail = f"{', '.join(f'/{name}' for name in old)} is another release's"
    return [warning("system files", detail, "run scripts/install.sh from a fresh clone")]


def _facts(block: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in block.splitlines() if "=" in line)


def _updates(recover: dict[str, str], update: dict[str, str]) -> list[CheckResult]:
    """Only what went wrong: an update that is under way or has nothing to do says nothing."""
    found = []
    if recover.get("ActiveState") == "failed":
        detail = f"an interrupted update could not be undone, result {recover.get('Result')}"
        found.append(broken("recovery", detail, f"see why with `journalctl -u {_RECOVER}`, then `{_ROLLBACK}`"))
    if update.get("ActiveState") == "failed":
        detail = f"the last one failed, result {update.get('Result')}; the agent before goes on"
        found.append(warning("updates", detail, f"see why with `journalctl -u {_UPDATE}`"))
    return found


def _state(facts: dict[str, str]) -> CheckResult:
    name, state = "service", f"{facts.get('ActiveState')} ({facts.get('SubState')})"
    restarts = int(facts.get("NRestarts") or 0)
    if facts.get("ActiveState") not in ("active", "activating", "reloading"):
        why = f"{state}, result {facts.get('Result')}"
        return broken(name, why, f"see why with `{_LOG}`, then `sudo systemctl restart befresh-agent`")
    if facts.get("UnitFileState") not in ("enabled", "enabled-runtime", "static"):
        return warning(name, f"{state}, but not at the next start", "sudo systemctl enable befresh-agent")
    if restarts >= _MANY_RESTARTS:
        return warning(name, f"{state}, started again {restarts} times", f"see why with `{_LOG}`")
    return ok(name, state)


def agent(patient: ExaminedMachine) -> list[CheckResult]:
    """What the running agent says of its devices."""
    try:
        snapshot = status_socket.ask_agent(control_socket(runtime_dir(patient.settings.agent)))
    except BelongsToAnother as error:
        return [broken("agent", error.detail, error.remedy)]
    except BefreshError as error:
        return [broken("agent", str(error), f"see why with `{_LOG}`")]
    if snapshot is None:
        return [absent("agent", "none is running here")]
    return [_running(snapshot), *_lost(snapshot["devices"])]


def _running(snapshot: dict[str, Any]) -> CheckResult:
    if snapshot["ready"]:
        return ok("agent", f"version {snapshot['version']} is running")
    return warning("agent", f"version {snapshot['version']} is starting", "wait a minute and ask again")


def _lost(devices: dict[str, dict[str, str]]) -> list[CheckResult]:
    return [_lost_device(name, device["detail"]) for name, device in devices.items() if device["state"] == "lost"]


def _lost_device(name: str, detail: str) -> CheckResult:
    """A device's trouble is told as `what is wrong; what to do`."""
    trouble, _, remedy = detail.partition("; ")
    return broken(f"agent's {name}", trouble or "lost", remedy or f"see why with `{_LOG}`")


LIMIT_S = 2.0
"""For connecting, and once more for asking."""


async def broker(patient: ExaminedMachine, limit_s: float = LIMIT_S) -> list[CheckResult]:
    kafka = patient.settings.kafka
    if not kafka.server:
        return [absent("broker", "none is set: messages stay in the journal")]
    try:
        reached = await reachability.reach(kafka, patient.settings.secrets, limit_s)
    except ImportError as error:
        return [lacking("broker", missing(error, "kafka"))]
    except SettingsError as error:
        return [broken("broker", one.subject, one.remedy) for one in error.mistakes]
    listeners = [_listener(address, trouble, kafka.server) for address, trouble in reached.addresses.items()]
    return listeners if reached.topics is None else [*listeners, _topics(kafka, reached.topics)]


def _topics(kafka: KafkaSettings, there: frozenset[str]) -> CheckResult:
    topics = (kafka.food_topic, kafka.sensor_topic, kafka.removed_topic, kafka.freshness_topic, kafka.heartbeat_topic)
    wanted = list(filter(None, topics))
    if missing := [topic for topic in wanted if topic not in there]:
        detail = f"{', '.join(missing)}: not there, or closed to this fridge; messages wait"
        return warning("topics", detail, f"on the broker: kafka-topics.sh --create --topic {missing[0]}")
    return ok("topics", ", ".join(wanted))


def _listener(address: str, trouble: str, asked: str) -> CheckResult:
    name = f"broker {address}"
    if not trouble:
        return ok(name, "answers")
    if address in asked:
        return broken(name, trouble, "start the broker, open its firewall, or correct kafka.server")
    remedy = f"set the broker's advertised.listeners to a name this machine knows, or add {address} to /etc/hosts"
    return broken(name, trouble, remedy)


NAME = "settings"

_CREDSTORE = ("etc/credstore", "etc/credstore.encrypted")

_OTHERS = 0o077

_DEVICES = ("camera", "voice", "sound", "containers")
"""Sections whose devices have checks of their own, which tell what is missing."""


def settings(configuration: LoadedSettings) -> list[CheckResult]:
    """Each mistake; where there is none, which fridge this is."""
    where, fridge = configuration.described, configuration.settings.fridge.id
    found = [
        one for one in mistakes(configuration) if one.severity is not MistakeSeverity.MISSING or _is_told_here(one)
    ]
    if fridge is None and configuration.file is None and [one.key for one in found] == ["fridge.id"]:
        return [absent(NAME, f"{where}; enough for dry runs. For `run`, {found[0].remedy}")]
    return [*map(wrong, found)] or [ok(NAME, f"{where}; fridge {fridge}")]


def wrong(mistake: SettingMistake) -> CheckResult:
    """One mistake."""
    detail = ": ".join(filter(None, (mistake.place, mistake.subject)))
    return (warning if mistake.severity is MistakeSeverity.WARNING else broken)(NAME, detail, mistake.remedy)


def _is_told_here(mistake: SettingMistake) -> bool:
    return mistake.key.partition(".")[0] not in _DEVICES


def credentials(patient: ExaminedMachine) -> list[CheckResult]:
    """Files with secrets are for their owner alone."""
    files = list(_files(patient))
    open_ones = [file for file in files if _is_open(file)]
    if open_ones:
        names = " ".join(map(str, open_ones))
        return [broken("credentials", f"others may read {names}", f"sudo chmod 600 {names}")]
    return [ok("credentials", f"{len(files)} files, each for its owner alone") if files else _none(patient)]


def _none(patient: ExaminedMachine) -> CheckResult:
    given = patient.settings.secrets.model_dump(exclude_none=True)
    where = "in the environment or the settings file" if given else "none given, none needed"
    return ok("credentials", where) if given else absent("credentials", where)


def _files(patient: ExaminedMachine) -> Iterator[Path]:
    for folder in _CREDSTORE:
        try:
            yield from sorted((patient.root / folder).glob("befresh-agent.*"))
        except OSError:
            continue  # closed to this user, as it should be
    if (key := patient.settings.kafka.key_file) is not None and key.exists():
        yield key


def _is_open(file: Path) -> bool:
    try:
        return bool(file.stat().st_mode & _OTHERS)
    except OSError:
        return False
