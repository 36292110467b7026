"""The wall clock: dates of food depend on it, and a Pi has none that runs while it is off."""

from datetime import datetime

from befresh_agent.adapters.system_clock import synchronised
from befresh_agent.doctor.check import Check, ok, warning
from befresh_agent.doctor.patient import Patient


def clock(patient: Patient) -> list[Check]:  # noqa: ARG001  # it asks the running kernel
    now = datetime.now().astimezone()
    shown = f"{now:%Y-%m-%d %H:%M} {now.tzname()}"
    if synchronised():
        return [ok("clock", f"{shown}, set by the network")]
    remedy = "connect the network and run `sudo timedatectl set-ntp true`"
    return [warning("clock", f"{shown}, and nobody sets it right", remedy)]
