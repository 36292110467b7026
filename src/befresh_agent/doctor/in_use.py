"""Whether somebody is at the fridge: a session has camera, microphone and loudspeaker, and is not disturbed."""

from pathlib import Path

from befresh_agent.doctor.check import ExaminedMachine
from befresh_agent.errors import BefreshError
from befresh_agent.runtime.threads import in_daemon_thread
from befresh_agent.settings.paths import control_socket, runtime_dir
from befresh_agent.status import status_socket


async def in_use(patient: ExaminedMachine) -> bool:
    return await in_daemon_thread(lambda: _in_use(patient))


def _in_use(patient: ExaminedMachine) -> bool:
    """By the running agent. One that cannot be asked may have them; files that stand for a machine have nothing."""
    if patient.root != Path("/"):
        return True
    try:
        snapshot = status_socket.ask_agent(control_socket(runtime_dir(patient.settings.agent)))
    except BefreshError:
        return True
    return bool(snapshot and snapshot.get("session") is not None)
