"""The service under systemd, and what a running agent says of its devices."""

from typing import Any

from befresh_agent.doctor.check import Check, absent, broken, ok, warning
from befresh_agent.doctor.patient import Patient
from befresh_agent.doctor.program import ask
from befresh_agent.errors import BefreshError
from befresh_agent.places import control_socket, runtime_dir
from befresh_agent.status import control

_UNIT, _RECOVER, _UPDATE = "befresh-agent.service", "befresh-agent-recover.service", "befresh-agent-update.service"
_ROLLBACK = "sudo befresh-agent update --rollback"
_LOG = "journalctl -u befresh-agent -n 50"
_MANY_RESTARTS = 3


async def service(patient: Patient) -> list[Check]:  # noqa: ARG001  # it asks the running system
    wanted = "Id,LoadState,ActiveState,SubState,Result,NRestarts,UnitFileState"
    answer = await ask("systemctl", "show", _UNIT, _RECOVER, _UPDATE, f"--property={wanted}")
    units = {unit.get("Id"): unit for unit in map(_facts, answer.out.split("\n\n"))}
    agent = units.get(_UNIT, {})
    if not answer.good or agent.get("LoadState") != "loaded":
        return [absent("service", "not installed as a service")]
    return [_state(agent), *_updates(units.get(_RECOVER, {}), units.get(_UPDATE, {}))]


def _facts(block: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in block.splitlines() if "=" in line)


def _updates(recover: dict[str, str], update: dict[str, str]) -> list[Check]:
    """Only what went wrong: an update that is under way or has nothing to do says nothing."""
    found = []
    if recover.get("ActiveState") == "failed":
        detail = f"an interrupted update could not be undone, result {recover.get('Result')}"
        found.append(broken("recovery", detail, f"see why with `journalctl -u {_RECOVER}`, then `{_ROLLBACK}`"))
    if update.get("ActiveState") == "failed":
        detail = f"the last one failed, result {update.get('Result')}; the agent before goes on"
        found.append(warning("updates", detail, f"see why with `journalctl -u {_UPDATE}`"))
    return found


def _state(facts: dict[str, str]) -> Check:
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


def agent(patient: Patient) -> list[Check]:
    """What the running agent says of its devices."""
    try:
        snapshot = control.ask(control_socket(runtime_dir(patient.settings.agent)))
    except BefreshError as error:
        return [broken("agent", str(error), "sudo befresh-agent doctor")]
    if snapshot is None:
        return [absent("agent", "none is running here")]
    return [_running(snapshot), *_lost(snapshot["devices"])]


def _running(snapshot: dict[str, Any]) -> Check:
    if snapshot["ready"]:
        return ok("agent", f"version {snapshot['version']} is running")
    return warning("agent", f"version {snapshot['version']} is starting", "wait a minute and ask again")


def _lost(devices: dict[str, dict[str, str]]) -> list[Check]:
    return [_lost_device(name, device["detail"]) for name, device in devices.items() if device["state"] == "lost"]


def _lost_device(name: str, detail: str) -> Check:
    """A device's trouble is told as `what is wrong; what to do`."""
    trouble, _, remedy = detail.partition("; ")
    return broken(f"agent's {name}", trouble or "lost", remedy or f"see why with `{_LOG}`")
