"""`befresh-agent containers read` and `scan`: one visit now, and who is in the air."""

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer
from rich.text import Text

from befresh_agent.adapters.bluetooth.lazy_radio import AesCcm, BleakRadio
from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.cli import listing
from befresh_agent.cli.agent_data import is_address, meant, with_database
from befresh_agent.cli.listing import facts, screen_width, show, table
from befresh_agent.cli.options import ConfigFile, ContainerArgument, Json
from befresh_agent.containers.broadcasts import BroadcastDecoder
from befresh_agent.domain.container import Address, parse_address
from befresh_agent.domain.messages import values_of
from befresh_agent.domain.quantities import Measurement
from befresh_agent.errors import ContainerBroadcasts, InvalidValue
from befresh_agent.ports.outside import DeviceSighting, Radio
from befresh_agent.runtime import event_loop
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.settings.loader import load_settings
from befresh_agent.settings.model import ContainerSettings, SecretSettings, Settings, bthome_keys
from befresh_agent.simulation.simulated_radio import SimulatedRadio

SimulatedAir = Annotated[bool, typer.Option("--dry-run", help="Over a simulated radio.")]

_FOODS = ("kimchi", "fish", "meat", "strawberries")
_IN_SIMULATED_AIR = {Address(f"02:00:00:00:00:{number:02X}"): food for number, food in enumerate(_FOODS, start=1)}

_THERMOMETER, _SAYS = Address("02:00:00:00:00:F1"), bytes.fromhex("40028f012e3d")
"""One more in the simulated air, which broadcasts 3.99 °C and 61 %."""


def read(
    container: ContainerArgument, config: ConfigFile = None, dry_run: SimulatedAir = False, as_json: Json = False
) -> None:
    """Visit a container now and tell every step; nothing is kept or sent."""
    everything = load_settings(config).settings
    address = _address(container, everything, dry_run=dry_run)
    settings = everything.containers
    radio = _radio(settings, {address: "kimchi"}, dry_run=dry_run)

    async def visit() -> Measurement:
        event_loop.log_lost_errors()
        async with radio:
            try:
                return await radio.visit(address, find_s=settings.find_s, limit_s=settings.slot_s)
            except ContainerBroadcasts as error:
                typer.echo(error, err=True)
                return await _broadcast(radio, address, everything.secrets)

    began = time.monotonic()
    with _telling_steps(began):
        values = asyncio.run(visit())
    found = json.loads(values_of(values).to_bytes())
    if as_json:
        typer.echo(json.dumps({"address": address, "seconds": round(time.monotonic() - began, 1), "values": found}))
    else:
        pairs = zip(listing.titles(), listing.cells(found), strict=True)
        show(facts([(title, value or "not read") for title, value in pairs], screen_width()))


def _address(typed: str, settings: Settings, *, dry_run: bool) -> Address:
    """A whole address need not be on the roster."""
    if is_address(typed):
        return parse_address(typed)
    return with_database(lambda database: meant(typed, database, SystemClock()), settings, dry_run=dry_run)


async def _broadcast(radio: Radio, address: Address, secrets: SecretSettings) -> Measurement:
    broadcasts = BroadcastDecoder(bthome_keys(secrets), AesCcm(), EventBus())
    for sighting in radio.sightings():
        if (
            sighting.address == address
            and (news := await broadcasts.decode(address, sighting.broadcasts, time.monotonic())) is not None
        ):
            return news.measurement
    raise InvalidValue(f"{address}: {broadcasts.of(address).trouble or 'nothing that a container measures'}")


def scan(
    seconds: Annotated[float, typer.Option(help="How long to listen.", min=0.1, max=600)] = 10,
    config: ConfigFile = None,
    dry_run: SimulatedAir = False,
    as_json: Json = False,
) -> None:
    """Show who is in the air, the loudest first; nobody is connected to."""
    radio = _radio(load_settings(config).settings.containers, _IN_SIMULATED_AIR, dry_run=dry_run)

    async def listen() -> tuple[DeviceSighting, ...]:
        event_loop.log_lost_errors()
        async with radio:
            return await radio.listen(seconds)

    heard = sorted(asyncio.run(listen()), key=lambda one: (-(one.signal_dbm or -127), one.address))
    if as_json:
        typer.echo(json.dumps([_sighting(one) for one in heard]))
    else:
        show(_sightings(heard) if heard else [f"no device was seen within {seconds:g} s"])


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


def _sighting(one: DeviceSighting) -> dict[str, Any]:
    return {"address": one.address, "name": one.name, "signal_dbm": one.signal_dbm, "type": one.kind}


def _sightings(heard: Sequence[DeviceSighting]) -> list[Text]:
    signals = ["" if one.signal_dbm is None else f"{one.signal_dbm} dBm" for one in heard]
    rows = [(one.address, one.name or "", signal, one.kind or "") for one, signal in zip(heard, signals, strict=True)]
    return table(("address", "name", "signal", "type"), rows, screen_width())
