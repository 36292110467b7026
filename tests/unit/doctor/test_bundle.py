"""The support archive: everything a helper needs, and never a secret or an address."""

import json
import os
import stat
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.doctor.bundle import bundle
from befresh_agent.doctor.check import CheckResult, CheckState
from befresh_agent.errors import BefreshError
from befresh_agent.runtime.redaction import SecretRedactor
from tests.machines import path_with, program

KEY, PASSWORD, OTHER = "c2VjcmV0+a2V5/Zm9y==", 'pass "wörd" & more', "environmental-secret"
BTHOME, TOKEN = "231d39c1d7cc1ab1aee224cd096db932", "dG9rZW4tb2YtdGhlLXBhZ2U"
ADDRESS = "FB:89:EB:22:95:84"
LOG = f"""
befresh-agent[1]: containers: {ADDRESS}: not heard; retrying {ADDRESS.lower()}
befresh-agent[1]: radio: /org/bluez/hci0/dev_{ADDRESS.replace(":", "_")} is NiclaSenseME-9584
befresh-agent[1]: delivery: SASL login with {PASSWORD} failed, Authorization: Bearer abc.def-ghi
befresh-agent[1]: voice: https://speech.example/recognize?client=x&key={KEY}&lang=ko-KR
befresh-agent[1]: containers: {BTHOME} does not fit, page opened with {TOKEN}
befresh-agent[1]: update: fetching https://somebody:hunter22@forge.example/befresh-agent.git
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    program(tmp_path / "bin", "journalctl", f"cat {tmp_path}/log")
    (tmp_path / "log").write_text(LOG)
    monkeypatch.setenv("PATH", path_with(tmp_path / "bin"))
    monkeypatch.setenv("BEFRESH_SECRETS_GOOGLE_KEY", OTHER)
    file = tmp_path / "config.toml"
    file.write_text(
        f"[fridge]\nid = 17\n[secrets]\nporcupine_key = {KEY!r}\nkafka_password = {PASSWORD!r}\n"
        f"bthome_keys = '{ADDRESS}={BTHOME}'\n[agent]\nstate_dir = '{tmp_path}/state'\n"
    )
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "page-token").write_text(f"{TOKEN}\n")
    file.chmod(0o600)
    return file


def unpacked(archive: Path) -> dict[str, str]:
    with tarfile.open(archive) as parts:
        return {
            part.name.partition("/")[2]: file.read().decode()
            for part in parts.getmembers()
            if (file := parts.extractfile(part)) is not None
        }


CHECKS = [CheckResult("settings", CheckState.BROKEN, f"somebody wrote {KEY} here, and {ADDRESS}", "set it right")]
NEVER = (KEY, PASSWORD, OTHER, BTHOME, TOKEN, ADDRESS, ADDRESS.lower(), "FB_89", "9584", "hunter22", "abc.def", "wörd")


async def test_it_has_what_a_helper_needs_and_nothing_that_is_nobodys_business(tmp_path: Path, settings: Path) -> None:
    archive = tmp_path / "support.tar.gz"
    names = await bundle(archive, CHECKS, settings)
    parts = unpacked(archive)
    assert list(parts) == names == ["doctor.json", "settings.json", "status.json", "log.txt", "warnings.json"]
    assert json.loads(parts["settings.json"])["fridge"]["id"] == 17
    assert json.loads(parts["doctor.json"])[0]["state"] == "broken"
    assert parts["log.txt"].count("address-1") == 3
    assert "not heard; retrying" in parts["log.txt"]
    everything = "\n".join(parts.values())
    assert [secret for secret in NEVER if secret in everything] == []


async def test_settings_that_are_not_accepted_keep_their_secrets_too(tmp_path: Path, settings: Path) -> None:
    settings.write_text(settings.read_text() + "[fridge]\n")  # twice: no TOML at all
    (tmp_path / "log").write_text(f"the key is {KEY}")
    await bundle(tmp_path / "support.tar.gz", [], settings)
    everything = "\n".join(unpacked(tmp_path / "support.tar.gz").values())
    assert KEY not in everything
    assert "the section is there twice" in everything


async def test_it_is_for_its_owner_alone_and_replaces_nothing(tmp_path: Path, settings: Path) -> None:
    archive = tmp_path / "support.tar.gz"
    before = os.umask(0)
    try:
        await bundle(archive, [], settings)
    finally:
        os.umask(before)
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    with pytest.raises(BefreshError, match="exists"):
        await bundle(archive, [], settings)


async def test_under_sudo_it_belongs_to_whoever_asked(
    tmp_path: Path, settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 12345 if os.geteuid() == 0 else os.getuid()
    monkeypatch.setenv("SUDO_UID", str(asked))
    monkeypatch.setenv("SUDO_GID", str(os.getgid()))
    await bundle(tmp_path / "support.tar.gz", [], settings)
    assert (tmp_path / "support.tar.gz").stat().st_uid == asked


async def test_no_journal_is_no_obstacle(tmp_path: Path, settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    await bundle(tmp_path / "support.tar.gz", [], settings)
    assert unpacked(tmp_path / "support.tar.gz")["log.txt"].startswith("no log: journalctl")


def test_two_addresses_stay_two() -> None:
    text = SecretRedactor([], addresses=True).redact(f"{ADDRESS} C4:5D:83:10:2A:01 {ADDRESS}")
    assert text == "address-1 address-2 address-1"


def test_what_is_no_secret_stays() -> None:
    text = "12:30:45 kafka.key_file = /etc/fridge.pem, phrase 일반 등록, 2026-11-21 10:11:12, key None"
    assert SecretRedactor([]).redact(text) == text


@given(st.text(min_size=8), st.text(), st.text())
def test_no_secret_survives_in_any_form(secret: str, before: str, after: str) -> None:
    text = json.dumps({"log": before + secret + after}) + before + secret + after + repr(secret)
    cleaned = SecretRedactor([secret]).redact(text)
    assert secret not in cleaned
