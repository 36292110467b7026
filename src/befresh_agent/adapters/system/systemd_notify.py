"""Telling systemd how the agent is doing; silent where nobody asked (NOTIFY_SOCKET is not set)."""

import logging
import os
import socket

log = logging.getLogger("agent")


def notify(state: str) -> None:
    """Send a state such as `READY=1` to the service manager."""
    if not (address := os.environ.get("NOTIFY_SOCKET")):
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as connection:
        try:
            connection.connect(address)
            connection.sendall(state.encode())
        except OSError as error:  # the variable may be inherited from a shell whose manager is long gone
            log.debug("nobody listens at NOTIFY_SOCKET: %s", error)
