"""`befresh-agent containers read` and `scan`: one visit now, and who is in the air."""

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from befresh_agent import unheard
from befresh_agent.adapters.aes_ccm import AesCcm
from befresh_agent.adapters.radio_bleak import BleakRadio
from befresh_agent.adapters.system_clock import SystemClock
from befresh_agent.cli.options import AddressArgument, ConfigFile, Json
from befresh_agent.configuration import load
from befresh_agent.containers.broadcasts import Broadcasts
from befresh_agent.domain.container import Address
from befresh_agent.domain.messages import values_of
from befresh_agent.domain.reading import Measurement
from befresh_agent.errors import ContainerBroadcasts, InvalidValue
from befresh_agent.events import Events
from befresh_agent.ports.radio import Radio, Sighting
from befresh_agent.settings import ContainerSettings, SecretSettings, bthome_keys
from befresh_agent.simulation.radio import SimulatedRadio

SimulatedAir = Annotated[bool, typer.Option("--dry-run", help="Over a simulated radio.")]

_FOODS = ("kimchi", "fish", "meat", "strawberries")
_IN_SIMULATED_AIR = {Address(f"02:00:00:00:00:{number:02X}"): food for number, food in enumerate(_FOODS, start=1)}

_THERMOMETER, _SAYS = Address("02:00:00:00:00:F1"), bytes.fromhex("40028f012e3d")
"""One more in the simulated air, which broadcasts 3.99 °C and 61 %."""


def read(
    address: AddressArgument, config: ConfigFile = None, dry_run: SimulatedAir = False, as_json: Json = False
) -> None:
    """Visit a container now and tell every step; nothing is kept or sent."""
    everything = load(config).settings
    settings = everything.containers
    radio = _radio(settings, {address: "kimchi"}, dry_run=dry_run)

    async def visit() -> Measurement:
        unheard.told_in_a_line()
        async with radio:
            try:
                return await radio.visit(address, find_s=settings.find_s, limit_s=settings.slot_s)
            except ContainerBroadcasts as error:
                typer.echo(error, err=True)
                return await _broadcast(radio, address, everything.secrets)

    began = time.monotonic()
    with _telling_steps(began):
        values = asyncio.run(visit())
    measured = json.loads(values_of(values).to_bytes())
    if as_json:
        typer.echo(json.dumps({"address": address, "seconds": round(time.monotonic() - began, 1), "values": measured}))
    else:
        Console().print(_values_table(measured))


async def _broadcast(radio: Radio, address: Address, secrets: SecretSettings) -> Measurement:
    broadcasts = Broadcasts(bthome_keys(secrets), AesCcm(), Events())
    for sighting in radio.sightings():
        if sighting.address == address and (news := await broadcasts.news(address, sighting.broadcasts)) is not None:
            return news.measurement
    raise InvalidValue(f"{address}: {broadcasts.of(address).trouble or 'nothing that a container measures'}")


def scan(
    seconds: Annotated[float, typer.Option(help="How long to listen.", min=0.1, max=600)] = 10,
    config: ConfigFile = None,
    dry_run: SimulatedAir = False,
    as_json: Json = False,
) -> None:
    """Show who is in the air, the loudest first; nobody is connected to."""
    radio = _radio(load(config).settings.containers, _IN_SIMULATED_AIR, dry_run=dry_run)

    async def listen() -> tuple[Sighting, ...]:
        unheard.told_in_a_line()
        async with radio:
            return await radio.listen(seconds)

    heard = sorted(asyncio.run(listen()), key=lambda one: (-(one.signal_dbm or -127), one.address))
    if as_json:
        typer.echo(json.dumps([_sighting(one) for one in heard]))
    else:
        Console().print(_sightings_table(heard) if heard else f"nobody was heard within {seconds:g} s")


def _radio(settings: ContainerSettings, simulated: dict[Address, str], *, dry_run: bool) -> SimulatedRadio | BleakRadio:
    if not dry_run:
        return BleakRadio(settings)
    radio = SimulatedRadio(simulated, SystemClock())
    radio.add_broadcaster(_THERMOMETER, lambda: _SAYS)
    return radio


@contextlib.contextmanager
def _telling_steps(began: float) -> Iterator[None]:
    """What the radio logs, with the seconds since the beginning, goes to stderr."""

    class Steps(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            typer.echo(f"{time.monotonic() - began:6.2f} s  {record.getMessage()}", err=True)

    log, steps = logging.getLogger("radio"), Steps()
    log.setLevel(logging.DEBUG)
    log.addHandler(steps)
    try:
        yield
    finally:
        log.removeHandler(steps)


def _sighting(one: Sighting) -> dict[str, Any]:
    return {"address": one.address, "name": one.name, "signal_dbm": one.signal_dbm, "type": one.kind}


def _sightings_table(heard: Sequence[Sighting]) -> Table:
    table = Table("address", "name", "signal", "type", box=None, header_style="bold")
    for one in heard:
        signal = "" if one.signal_dbm is None else f"{one.signal_dbm} dBm"
        table.add_row(one.address, one.name, signal, one.kind or "")
    return table


def _values_table(measured: dict[str, Any]) -> Table:
    table = Table(box=None, show_header=False)
    for name, value in measured.items():
        table.add_row(name, "not read" if value is None else str(value))
    return table
