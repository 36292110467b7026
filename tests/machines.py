"""Machines for the doctor, made of files: what the kernel of a Raspberry Pi, or a laptop's, tells in /proc and /sys."""

import os
from collections.abc import Mapping
from pathlib import Path

PI = {
    "proc/device-tree/model": "Raspberry Pi 5 Model B Rev 1.0\0",
    "etc/os-release": 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n',
    "proc/asound/pcm": "00-00: bcm2835 : bcm2835 : playback 8\n01-00: USB Audio : USB Audio : playback 1 : capture 1\n",
    "sys/class/thermal/thermal_zone0/temp": "48312\n",
    "sys/devices/platform/soc/soc:firmware/get_throttled": "0\n",
    "sys/class/bluetooth/hci0/address": "\n",
    "sys/fs/ext4/mmcblk0p2/errors_count": "0\n",
}


def machine(folder: Path, files: Mapping[str, str] | None = None) -> Path:
    """Its root folder."""
    for name, text in (files or {}).items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


def program(folder: Path, name: str, script: str) -> None:
    """A program in a folder for PATH that does what the shell script says."""
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


def path_with(folder: Path) -> str:
    return f"{folder}{os.pathsep}{os.environ['PATH']}"
