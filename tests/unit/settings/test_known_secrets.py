"""Which secrets of a machine are known of, so that they can be taken out of whatever is shown."""

from pathlib import Path

import pytest

from befresh_agent.settings.model import Settings
from befresh_agent.settings.paths import known_secrets, state_dir


@pytest.fixture(autouse=True)
def no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine that runs the tests."""
    for name in ("PATH", "HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(Path.home()))


def found(file: Path | None = None, settings: Settings | None = None) -> set[str]:
    """Those beyond what is known of anyway."""
    return known_secrets(settings or Settings(), file) - known_secrets(Settings(), None)


def test_a_file_that_was_not_accepted_still_tells_its_secrets(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(
        b'[secrets\nkafka_password = "p=q"  # mine\nsecrets.porcupine_key=\'k-1\'\nbroker = "no-secret"\n'
        b'kafka_password\n\xff\xfe garbage = "x"\nXkey = "not one either"\nother.api_key = X9-Xy-X\n'
    )
    assert found(file) == {"p=q", "k-1", "X9-Xy-X"}


@pytest.mark.parametrize("name", ["missing.toml", "folder"])
def test_a_file_that_cannot_be_read_tells_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    assert found(tmp_path / name) == set()


def test_each_line_of_a_credential_is_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = known_secrets(Settings(), None)
    (tmp_path / "befresh-agent.kafka").write_text("two words\nand a line\n")
    (tmp_path / "kafka_password").write_bytes("비밀".encode() + b"\xff")
    (tmp_path / "somebody-elses").write_text("not ours")
    (tmp_path / "befresh-agent.folder").mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert known_secrets(Settings(), None) - before - {""} == {"two words", "and a line", "비밀\ufffd"}


def test_a_secret_that_an_earlier_settings_file_had_by_its_bare_name_is_one(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(
        "kafka_password=\"'quoted twice'\"\nporcupine_key = k-2#k-3\nservice.token = t-4\n", encoding="utf-8"
    )
    assert found(file) == {"quoted twice", "k-2", "t-4"}


def test_a_folder_of_credentials_that_is_not_there_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = known_secrets(Settings(), None)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/no/such/folder")
    assert known_secrets(Settings(), None) == before


def test_what_lets_a_phone_in_is_a_secret() -> None:
    before = known_secrets(Settings(), None)
    state = state_dir(Settings().agent)
    state.mkdir(parents=True, exist_ok=True)
    (state / "page-token").write_text("let-me-in\n")
    assert known_secrets(Settings(), None) - before == {"let-me-in"}
