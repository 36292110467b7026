"""Wheels: made by hand for a folder that serves as an index, or fetched by hash from the package index."""

import base64
import hashlib
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

_KIND = "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def make_wheel(folder: Path, name: str, version: str, files: Mapping[str, bytes] = {}, about: str = "") -> str:
    """A wheel of these files, with these further lines in its METADATA; its sha256."""
    stem = f"{name.replace('-', '_')}-{version}"
    info = f"{stem}.dist-info"
    content = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{about}".encode(),
        f"{info}/WHEEL": _KIND.encode(),
    }
    record = [f"{path},sha256={_record_hash(data)},{len(data)}" for path, data in content.items()]
    content[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""]).encode()
    made = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(made, "w") as wheel:
        for path, data in content.items():
            wheel.writestr(path, data)
    return hashlib.sha256(made.read_bytes()).hexdigest()


def fetch_wheel(folder: Path, name: str, version: str, sha256: str) -> Path:
    """The pure wheel of that version and hash, fetched once; skips the test where the index is out of reach."""
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    if not wheel.exists():
        wanted = folder / f"{name}-{version}.txt"
        wanted.write_text(f"{name}=={version} --hash=sha256:{sha256}\n")
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        options = ["--only-binary=:all:", "--require-hashes", "--retries=1", "--dest", str(folder), "-r", str(wanted)]
        done = subprocess.run([*pip, *options], capture_output=True, text=True, check=False)
        if done.returncode:
            assert "hash" not in done.stderr.lower(), done.stderr
            out_of_reach(f"{name} {version}", done.stderr)
    return wheel


def out_of_reach(what: str, said: str) -> None:
    """Skips, and says so; in continuous integration nothing goes untested unseen."""
    assert not os.environ.get("CI"), f"continuous integration must reach the package index: {said}"
    pytest.skip(f"NOT TESTED with {what}: the package index is out of reach")


def _record_hash(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
