"""The air of the simulated kitchen: carries what is said to the voice process, as text."""

import contextlib
import socket
from pathlib import Path


class Air:
    """Each phrase is one UTF-8 datagram to the socket at `path`. Where nobody listens it is lost, as sound is."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def say(self, text: str) -> None:
        """Never blocks."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as mouth, contextlib.suppress(OSError):
            mouth.setblocking(False)
            mouth.sendto(text.encode(), str(self.path))
