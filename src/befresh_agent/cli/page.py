"""`befresh-agent page`: where the page is, and the key to it for a phone."""

import io
import json
import socket
from pathlib import Path
from typing import Annotated, Any

import typer

from befresh_agent.cli.options import ConfigFile, DryRun, Json
from befresh_agent.configuration import load
from befresh_agent.errors import BefreshError
from befresh_agent.page.token import Token, needed
from befresh_agent.places import control_socket, runtime_dir, state_dir
from befresh_agent.settings import PageSettings
from befresh_agent.status.control import ask


def page(
    qr: Annotated[bool, typer.Option("--qr", help="Show the address, with its token, as a code for a phone.")] = False,
    new_token: Annotated[
        bool, typer.Option("--new-token", help="Make a new token: whoever came in with the old one is out.")
    ] = False,
    config: ConfigFile = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Show where the page is in a browser."""
    settings = load(config).settings
    if not settings.page.enabled:
        raise BefreshError("the page is switched off; set page.enabled")
    token = Token(state_dir(settings.agent, dry_run=dry_run))
    if new_token:
        token.renew()
    served = _served(control_socket(runtime_dir(settings.agent, dry_run=dry_run)))
    address = served or _address(settings.page)
    if needed(settings.page.host):
        address = f"{address}?token={token.value()}"
    elif qr:
        remedy = 'set host = "0.0.0.0" in [page], and start the agent again'
        raise BefreshError(f"the page is for this machine alone ({address}): for a phone, {remedy}")
    if as_json:
        typer.echo(json.dumps({"address": address, "served": served is not None}))
        return
    typer.echo(_code(address) + address if qr else address)
    if served is None:
        typer.echo("no agent is running with these settings", err=True)


def _served(control: Path) -> str | None:
    """Where a running agent serves it, as seen from other machines; None when none does."""
    snapshot: dict[str, Any] = ask(control) or {}
    device = snapshot.get("devices", {}).get("page", {})
    if device.get("state") != "ready":
        return None
    address = str(device["detail"])
    port = address.rstrip("/").rpartition(":")[2]
    return f"http://{_outside()}:{port}/" if "//0.0.0.0:" in address or "//[::]:" in address else address


def _address(page: PageSettings) -> str:
    host = _outside() if page.host in ("0.0.0.0", "::") else page.host
    return f"http://[{host}]:{page.port}/" if ":" in host else f"http://{host}:{page.port}/"


def _outside() -> str:
    """The address by which other machines of the house reach this one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        try:
            way.connect(("192.0.2.1", 9))  # nothing is sent: the system only chooses the way
            return str(way.getsockname()[0])
        except OSError:
            return socket.gethostname()


def _code(address: str) -> str:
    try:
        import segno
    except ImportError as error:
        raise BefreshError(f"{error}; pip install 'befresh-agent[page]'") from error
    drawn = io.StringIO()
    segno.make(address, error="l").terminal(drawn, compact=True)
    return drawn.getvalue()
