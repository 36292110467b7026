"""`befresh-agent page`: where the page is, and the key to it for a phone."""

import io
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from befresh_agent.cli.agent_data import start_command
from befresh_agent.cli.options import ConfigFile, DryRun, Json
from befresh_agent.errors import BefreshError
from befresh_agent.page.access_token import AccessToken, asked_for
from befresh_agent.page.phone_access import OwnSettings, outside
from befresh_agent.runtime.remedies import missing
from befresh_agent.settings.loader import load_settings
from befresh_agent.settings.model import PageSettings
from befresh_agent.settings.paths import control_socket, runtime_dir, state_dir
from befresh_agent.status.status_socket import ask_agent


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
    settings = load_settings(config).settings
    if not settings.page.enabled:
        raise BefreshError("the page is switched off; set page.enabled = true, and start the agent again")
    state = state_dir(settings.agent, dry_run=dry_run)
    token, in_force = AccessToken(state), OwnSettings(state).in_force(settings.page)
    if new_token:
        token.renew()
    served = _served(control_socket(runtime_dir(settings.agent, dry_run=dry_run)))
    address = served or _address(in_force)
    if asked_for(in_force):
        address = f"{address}?token={token.value()}"
    elif qr:
        remedy = 'press “Let phones in” there, or set host = "0.0.0.0" in [page]'
        raise BefreshError(f"the page is for this machine alone ({address}): for a phone, {remedy}")
    if as_json:
        typer.echo(json.dumps({"address": address, "served": served is not None}))
        return
    typer.echo(code(address) + address if qr else address)
    if served is None:
        start = start_command(settings, dry_run=dry_run)
        typer.echo(f"no agent is running with these settings; start it: {start}", err=True)


def _served(control: Path) -> str | None:
    """Where a running agent serves it, as seen from other machines; None when none does."""
    snapshot: dict[str, Any] = ask_agent(control) or {}
    device = snapshot.get("devices", {}).get("page", {})
    if device.get("state") != "ready":
        return None
    address = str(device["detail"])
    port = address.rstrip("/").rpartition(":")[2]
    return f"http://{outside()}:{port}/" if "//0.0.0.0:" in address or "//[::]:" in address else address


def _address(page: PageSettings) -> str:
    host = outside() if page.host in ("0.0.0.0", "::") else page.host
    return f"http://[{host}]:{page.port}/" if ":" in host else f"http://{host}:{page.port}/"


def code(address: str) -> str:
    try:
        import segno
    except ImportError as error:
        raise missing(error, "page") from error
    drawn = io.StringIO()
    segno.make(address, error="l").terminal(drawn, compact=True)
    return drawn.getvalue()
