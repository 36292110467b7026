"""A sound card made of files: ALSA's null and file plugins in place of hardware."""

import subprocess
import sys
from pathlib import Path

import pytest

_ASK = ["/usr/bin/python3", "-c", "import sys; print(*sys.version_info[:2])"]
_SYSTEM_PYTHON = subprocess.run(_ASK, capture_output=True, text=True, check=False).stdout.strip()
with_pyaudio = pytest.mark.skipif(
    "{} {}".format(*sys.version_info[:2]) != _SYSTEM_PYTHON,
    reason="PyAudio is NOT TESTED: Debian's is for the system's Python only, and there is no other without a compiler",
)

_CONFIG = """
pcm.!default {{ type asym playback.pcm "spk" capture.pcm "mic" }}
pcm.mic_raw {{ type file slave.pcm {{ type null }} file "/dev/null" infile "{mic}" format "raw" }}
pcm.mic {{
  type plug
  slave {{ pcm "mic_raw" format S16_LE rate 16000 channels 1 }}
  hint {{ show on description "kitchen microphone" }}
}}
pcm.spk_raw {{ type file slave.pcm {{ type null }} file "{speaker}" format "raw" }}
pcm.spk {{
  type plug
  slave {{ pcm "spk_raw" format S16_LE rate 16000 channels 1 }}
  hint {{ show on description "kitchen loudspeaker" }}
}}
ctl.!default {{ type hw card 0 }}
"""


def sound_card(folder: Path) -> Path:
    """Its configuration, for ALSA_CONFIG_PATH; it hears `mic.raw` in that folder and speaks into `speaker.raw`.

    It is faster than time, and at the end of the file it repeats the last buffer.
    """
    config = folder / "asound.conf"
    config.write_text(_CONFIG.format(mic=folder / "mic.raw", speaker=folder / "speaker.raw"))
    return config
