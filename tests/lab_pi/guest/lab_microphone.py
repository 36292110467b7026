#!/usr/bin/python3
"""What a USB microphone hears that does 48 kHz in stereo alone: silence, or /run/lab/said.wav.

The loopback takes the format of whoever opened it first, so silence is played without end. What was said is taken away.
"""

import audioop
import subprocess
import wave
from pathlib import Path

RATE, CHANNELS, WIDTH = 48000, 2, 2
SAID = Path("/run/lab/said.wav")
PIECE_S = 0.25
_SILENCE = bytes(round(RATE * PIECE_S) * CHANNELS * WIDTH)
_PLAYER = ("aplay", "-q", "-D", "hw:Loopback,1", "-t", "raw", "-f", "S16_LE", "-r", str(RATE), "-c", str(CHANNELS))
_BUFFERS = ("--buffer-time=2000000", "--period-time=250000")


def main() -> None:
    with subprocess.Popen([*_PLAYER, *_BUFFERS], stdin=subprocess.PIPE) as player:
        assert player.stdin is not None
        while True:
            if SAID.exists():
                player.stdin.write(said())
                player.stdin.write(_SILENCE)
                SAID.unlink()
            player.stdin.write(_SILENCE)
            player.stdin.flush()


def said() -> bytes:
    with wave.open(str(SAID)) as recording:
        sound = recording.readframes(recording.getnframes())
        faster, _ = audioop.ratecv(sound, WIDTH, 1, recording.getframerate(), RATE, None)
    return audioop.tostereo(faster, WIDTH, 1, 1)


main()
