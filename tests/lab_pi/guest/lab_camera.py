#!/usr/bin/python3
"""Feeds the loopback camera: the picture in /run/lab/picture (gray bytes, 640x480) five times a second."""

import fcntl
import struct
import time
from pathlib import Path

WIDTH, HEIGHT = 640, 480
PICTURE = Path("/run/lab/picture")
_SET_FORMAT = 0xC0D05605
_OUTPUT, _ANY_FIELD, _SRGB = 2, 1, 8
_YUYV = int.from_bytes(b"YUYV", "little")
_DARK = bytes(WIDTH * HEIGHT)


def main() -> None:
    with Path("/dev/video0").open("r+b", buffering=0) as device:
        picture = (WIDTH, HEIGHT, _YUYV, _ANY_FIELD, 2 * WIDTH, 2 * WIDTH * HEIGHT, _SRGB)
        fcntl.ioctl(device, _SET_FORMAT, bytearray(struct.pack("=II7I", _OUTPUT, 0, *picture).ljust(208, b"\0")))
        frame, seen = b"", -1.0
        while True:
            there = PICTURE.stat().st_mtime if PICTURE.exists() else 0.0
            if there != seen:
                frame, seen = yuyv(PICTURE.read_bytes() if there else _DARK), there
            device.write(frame)
            time.sleep(0.2)


def yuyv(gray: bytes) -> bytes:
    frame = bytearray(b"\x80") * (2 * len(gray))
    frame[::2] = gray
    return bytes(frame)


main()
