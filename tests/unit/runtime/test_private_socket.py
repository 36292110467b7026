import os
import socket
import stat
from pathlib import Path

import pytest

from befresh_agent.runtime.private_socket import bind_private, peer_uid


def test_a_private_socket_is_for_its_user_and_knows_who_comes(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        listening = bind_private(tmp_path / "socket")
    finally:
        os.umask(before)
    listening.listen()
    assert stat.S_IMODE((tmp_path / "socket").stat().st_mode) == 0o600
    with listening, socket.socket(socket.AF_UNIX) as client:
        client.connect(str(tmp_path / "socket"))
        with listening.accept()[0] as connection:
            assert peer_uid(connection) == os.getuid()


def test_it_takes_the_place_of_a_dead_one_and_the_mask_stays(tmp_path: Path) -> None:
    bind_private(tmp_path / "socket").close()
    bind_private(tmp_path / "socket").close()
    with pytest.raises(OSError, match="too long"):
        bind_private(tmp_path / ("x" * 200))
    before = os.umask(0o22)
    os.umask(before)
    assert before != 0o177
