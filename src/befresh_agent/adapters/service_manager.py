"""Telling systemd how the agent is doing; silent where nobody asked (NOTIFY_SOCKET is not set)."""

import os
import socket


def notify(state: str) -> None:
    """Send a state such as `READY=1` to the service manager."""
    if not (address := os.environ.get("NOTIFY_SOCKET")):
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as connection:
        connection.connect(address)
        connection.sendall(state.encode())
