"""Unix sockets for the processes of one user.

In: a path. Out: a bound socket that nobody else may connect to, not even for a moment, and who is at the other end.
"""

import os
import socket
import struct
from pathlib import Path

_CREDENTIALS = struct.Struct("3i")  # struct ucred: pid, uid, gid


def bind_private(path: Path) -> socket.socket:
    """In place of one that lies there. Raises `OSError`."""
    path.unlink(missing_ok=True)
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        bound.bind(str(path))
    except OSError:
        bound.close()
        raise
    finally:
        os.umask(mask)
    return bound


def peer_uid(connection: socket.socket) -> int:
    """Whose process is at the other end; the kernel says so, not the peer."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    uid: int = _CREDENTIALS.unpack(credentials)[1]
    return uid
