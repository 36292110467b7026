"""Where settings come from, and what a wrong one says."""

from pathlib import Path

import pytest

from befresh_agent.cli.config_template import template
from befresh_agent.configuration import keys, load
from befresh_agent.errors import SettingsError
from befresh_agent.settings import Settings

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def wrong(file: Path | None = None, options: dict[str, object] | None = None, **environ: str) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        load(file, options, environ)
    return caught.value


def test_without_anything_all_defaults(tmp_path: Path) -> None:
    configuration = load(None, None, {"XDG_CONFIG_HOME": str(tmp_path)})
    assert configuration.settings == Settings()
    assert configuration.sources == {}


def test_options_before_environment_before_file_before_default(file: Path) -> None:
    file.write_text('[fridge]\nid = 1\n[kafka]\nserver = "file:9092"\n[session]\nattempts = 4\n')
    environ = {"BEFRESH_FRIDGE_ID": "2", "BEFRESH_KAFKA_SERVER": "environment:9092"}
    settings = load(file, {"fridge.id": 3}, environ).settings
    assert (settings.fridge.id, settings.kafka.server, settings.session.attempts) == (3, "environment:9092", 4)
    assert settings.session.nobody_s == 15


def test_the_file_is_found_where_the_user_keeps_settings(tmp_path: Path) -> None:
    home = tmp_path / "befresh-agent"
    home.mkdir()
    (home / "config.toml").write_text("[fridge]\nid = 5\n")
    assert load(None, None, {"XDG_CONFIG_HOME": str(tmp_path)}).settings.fridge.id == 5


def test_a_dry_run_leaves_the_installed_agents_settings_alone(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("befresh_agent.configuration.SYSTEM_FILE", file)
    file.write_text('[kafka]\nserver = "real:9092"\n')
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "none")}
    assert load(None, None, environ).settings.kafka.server == "real:9092"
    assert load(None, None, environ, system_file=False).settings.kafka.server == ""


def test_the_first_versions_variables_still_work(tmp_path: Path) -> None:
    environ = {
        "XDG_CONFIG_HOME": str(tmp_path),
        "REFRIGERATOR_ID": "17",
        "KAFKA_SERVER": "broker:9092",
        "PORCUPINE_KEY": "k-123",
        "PORCUPINE_KEYWORD_PATH": "/k.ppn",
        "PORCUPINE_MODEL_PATH": "/m.pv",
    }
    settings = load(None, None, environ).settings
    assert settings.fridge.id == 17
    assert settings.kafka.server == "broker:9092"
    assert settings.voice.porcupine_keyword == Path("/k.ppn")
    assert settings.voice.porcupine_model == Path("/m.pv")
    assert settings.secrets.porcupine_key is not None
    assert "k-123" not in repr(settings)


def test_a_misspelt_variable_is_no_setting() -> None:
    error = wrong(BEFRESH_FRDGE_ID="3")
    assert error.source == "environment BEFRESH_FRDGE_ID"
    assert "fridge.id" in error.remedy
    assert load(None, None, {"BEFRESH_CONFIG": "named elsewhere"}).settings == Settings()


def test_a_list_in_the_environment_is_words() -> None:
    assert load(None, None, {"BEFRESH_SOUND_PLAYER": "paplay --volume 3"}).settings.sound.player == (
        "paplay",
        "--volume",
        "3",
    )


def test_a_wrong_value_names_file_key_value_and_remedy(file: Path) -> None:
    file.write_text('[session]\nattempts = "many"\n')
    error = wrong(file)
    assert (error.source, error.key, error.value) == (str(file), "session.attempts", "many")
    assert "integer" in error.remedy


def test_a_wrong_variable_names_itself() -> None:
    error = wrong(BEFRESH_CAMERA_WIDTH="7")
    assert error.source == "environment BEFRESH_CAMERA_WIDTH"
    assert "320" in error.remedy


@pytest.mark.parametrize(
    ("content", "key", "remedy"),
    [
        ("[kafka]\nsever = 'x'\n", "kafka.sever", "kafka.server"),
        ("[kafak]\nserver = 'x'\n", "kafak", "kafka"),
        ("server = 'x'\n", "server", "section"),
        ("[kafka\n", "file", "TOML"),
        ("\0", "file", "TOML"),
    ],
)
def test_a_torn_or_misspelt_file_says_what_would_be_right(file: Path, content: str, key: str, remedy: str) -> None:
    file.write_text(content)
    error = wrong(file)
    assert error.key == key
    assert remedy in error.remedy


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert "No such file" in str(wrong(tmp_path / "none.toml"))


def test_a_key_that_is_none_is_refused_and_not_shown() -> None:
    with pytest.raises(SettingsError, match="the key of FB:89:EB:22:95:84 is not 32 hexadecimal digits") as raised:
        load(None, None, {"BEFRESH_SECRETS_BTHOME_KEYS": "FB:89:EB:22:95:84=hunter2"})
    assert "hunter2" not in str(raised.value)


def test_secrets_in_a_file_that_others_may_read_are_refused(file: Path) -> None:
    file.write_text('[secrets]\nporcupine_key = "abc"\n')
    file.chmod(0o644)
    error = wrong(file)
    assert "chmod 600" in error.remedy
    assert "abc" not in str(error)
    file.chmod(0o600)
    assert load(file, None, {}).settings.secrets.porcupine_key is not None


def test_a_secret_never_shows_in_an_error(file: Path) -> None:
    file.write_text("[secrets]\nporcupine_key = 12345\n")
    file.chmod(0o600)
    assert "12345" not in str(wrong(file))


@pytest.mark.parametrize(
    "content",
    [
        "[kafka]\nkafka_password = 'hunter2'\n",
        "[secret]\nwhatever = 'hunter2'\n",
        "[kafak]\npassword = 'hunter2'\n",
        "secrets = 'hunter2'\n",
    ],
)
def test_a_secret_in_the_wrong_place_never_shows_either(file: Path, content: str) -> None:
    file.write_text(content)
    assert "hunter2" not in str(wrong(file))


def test_a_secret_that_is_no_text_is_told_by_its_file(tmp_path: Path) -> None:
    (tmp_path / "google_key").write_bytes(b"\xff")
    error = wrong(CREDENTIALS_DIRECTORY=str(tmp_path))
    assert (error.source, error.key) == (str(tmp_path / "google_key"), "secrets.google_key")


def test_a_list_in_the_environment_with_an_open_quote() -> None:
    assert wrong(BEFRESH_SOUND_PLAYER='aplay "').key == "sound.player"


@pytest.mark.parametrize("value", ["inf", "nan", "-inf"])
def test_seconds_are_numbers_that_end(file: Path, value: str) -> None:
    file.write_text(f"[session]\nnobody_s = {value}\n")
    assert wrong(file).key == "session.nobody_s"


def test_days_that_no_calendar_has(file: Path) -> None:
    file.write_text("[delivery]\nkept_days = 9999999999\n")
    assert wrong(file).key == "delivery.kept_days"


@pytest.mark.parametrize("server", ["broker:port", "http://broker:9092", "one:9092,", "one:9092,,two:9092"])
def test_a_broker_that_has_no_such_address_is_a_wrong_setting(server: str) -> None:
    assert wrong(KAFKA_SERVER=server).source == "environment KAFKA_SERVER"


@pytest.mark.parametrize("server", ["broker", "one:9092,two:9092", "[::1]:9092", "my_broker-1.lan:9092"])
def test_addresses_of_brokers(server: str) -> None:
    assert load(None, {"kafka.server": server}, {}).settings.kafka.server == server


def test_credentials_of_the_service_manager_are_used(tmp_path: Path) -> None:
    (tmp_path / "porcupine_key").write_text("abc\n")
    key = load(None, None, {"CREDENTIALS_DIRECTORY": str(tmp_path)}).settings.secrets.porcupine_key
    assert key is not None
    assert key.get_secret_value() == "abc"


def test_the_commented_default_file_is_valid_with_and_without_its_comments(file: Path) -> None:
    file.write_text(template())
    assert load(file, None, {}).settings == Settings()
    lines = [line.removeprefix("# ") if " = " in line else line for line in template().splitlines()]
    file.write_text("\n".join(lines))
    file.chmod(0o600)
    assert set(load(file, None, {}).sources) == set(keys())


def test_the_published_default_file_is_up_to_date() -> None:
    assert (REPOSITORY / "config" / "befresh-agent.toml").read_text() == template()


def test_a_layout_that_is_wrong_is_told_with_its_place(file: Path) -> None:
    file.write_text('[containers.layouts]\n"CoolBox-" = ["2a6e temperature i16 0.01", "2a6f humidty u16 0.01"]\n')
    with pytest.raises(SettingsError) as raised:
        load(file, None, {})
    assert (raised.value.source, raised.value.key) == (str(file), "containers.layouts")
    assert "in CoolBox-, line 2: 'humidty' is none of temperature, humidity" in raised.value.remedy
    file.write_text(file.read_text().replace("humidty", "humidity"))
    assert list(load(file, None, {}).settings.containers.layouts) == ["CoolBox-"]
