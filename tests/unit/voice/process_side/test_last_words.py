"""A crash of the voice process ends with the line that `status` shows."""

import io
import logging

import pytest

from befresh_agent.ports.devices import MicrophoneStuck
from befresh_agent.voice.process_side.client import log_crash

STUCK = "the sound system does not let go of the microphone"


@pytest.mark.parametrize(
    "crash",
    [
        MicrophoneStuck(STUCK),
        ExceptionGroup("in a group", [ExceptionGroup("in another", [MicrophoneStuck(STUCK)]), OSError("later")]),
    ],
    ids=["alone", "in groups"],
)
def test_the_last_line_says_what_happened(crash: Exception) -> None:
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
    log = logging.getLogger("voice process")
    log.addHandler(handler)
    try:
        raise crash
    except Exception as caught:  # noqa: BLE001  # as the process does
        log_crash(caught)
    finally:
        log.removeHandler(handler)
    *_, last = said.getvalue().splitlines()
    assert last == f"voice process: {STUCK}"
    assert "Traceback" in said.getvalue()
