"""The agent's database: whether it can be read, and what waits in it for a person."""

from pathlib import Path

from befresh_agent.adapters.system_clock import SystemClock
from befresh_agent.database import Database
from befresh_agent.doctor.check import Check, absent, broken, ok, warning
from befresh_agent.doctor.patient import Patient
from befresh_agent.errors import StoreError
from befresh_agent.events import Events
from befresh_agent.outbox.store import Store, Summary
from befresh_agent.places import database_file, state_dir

_NAME = "memory"


async def memory(patient: Patient) -> list[Check]:
    file = database_file(state_dir(patient.settings.agent))
    try:
        summary = await _summary(patient, file)
    except FileNotFoundError:
        return [absent(_NAME, "no agent has run yet")]
    except StoreError as error:
        return [broken(_NAME, str(error), "restart the agent: it repairs its database, or sets it aside")]
    return [ok(_NAME, f"{summary.waiting} messages wait in {file}"), *_for_a_person(summary)]


async def _summary(patient: Patient, file: Path) -> Summary:
    if not _is_there(file):
        raise FileNotFoundError(file)
    settings = patient.settings
    async with Database(file, size_mb=settings.delivery.size_mb, owner=False) as database:
        store = Store(database, fridge_id=None, topics=settings.kafka, clock=SystemClock(), events=Events())
        return await store.summary()


def _is_there(file: Path) -> bool:
    try:
        return file.exists()
    except PermissionError as error:
        raise StoreError(f"{file} is closed to this user") from error


def _for_a_person(summary: Summary) -> list[Check]:
    found = []
    if summary.dead:
        remedy = "see why with `befresh-agent outbox list`, then `befresh-agent outbox retry`"
        found.append(warning("messages", f"{summary.dead} were refused by the broker", remedy))
    if summary.unnamed:
        found.append(warning("foods", f"{summary.unnamed} without a name", "befresh-agent outbox name ID NAME"))
    return found
