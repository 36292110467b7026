"""Where settings come from, and what a wrong one says."""

from pathlib import Path

import pytest

from befresh_agent.cli.config import template
from befresh_agent.errors import SettingMistake, SettingsError
from befresh_agent.settings.loader import keys, load_settings, read
from befresh_agent.settings.model import Settings
from befresh_agent.settings.paths import ServiceFiles

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def wrong(file: Path | None = None, options: dict[str, object] | None = None, **environ: str) -> SettingMistake:
    """The one mistake."""
    with pytest.raises(SettingsError) as caught:
        load_settings(file, options, environ)
    (mistake,) = caught.value.mistakes
    assert str(mistake) in str(caught.value)
    return mistake


def test_without_anything_all_defaults(tmp_path: Path) -> None:
    configuration = load_settings(None, None, {"XDG_CONFIG_HOME": str(tmp_path)})
    assert configuration.settings == Settings()
    assert configuration.given == {}


def test_options_before_environment_before_file_before_default(file: Path) -> None:
    file.write_text('[fridge]\nid = 1\n[kafka]\nserver = "file:9092"\n[session]\nattempts = 4\n')
    environ = {"BEFRESH_FRIDGE_ID": "2", "BEFRESH_KAFKA_SERVER": "environment:9092"}
    settings = load_settings(file, {"fridge.id": 3}, environ).settings
    assert (settings.fridge.id, settings.kafka.server, settings.session.attempts) == (3, "environment:9092", 4)
    assert settings.session.nobody_s == 15


def test_the_file_is_found_where_the_user_keeps_settings(tmp_path: Path) -> None:
    home = tmp_path / "befresh-agent"
    home.mkdir()
    (home / "config.toml").write_text("[fridge]\nid = 5\n")
    assert load_settings(None, None, {"XDG_CONFIG_HOME": str(tmp_path)}).settings.fridge.id == 5


def test_a_dry_run_leaves_the_installed_agents_settings_alone(file: Path, tmp_path: Path) -> None:
    installed = ServiceFiles(file)
    file.write_text('[kafka]\nserver = "real:9092"\n')
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "none")}
    assert load_settings(None, None, environ, service=installed).settings.kafka.server == "real:9092"
    assert load_settings(None, None, environ, service=None).settings.kafka.server == ""


def test_the_first_versions_variables_still_work(tmp_path: Path) -> None:
    environ = {
        "XDG_CONFIG_HOME": str(tmp_path),
        "REFRIGERATOR_ID": "17",
        "KAFKA_SERVER": "broker:9092",
        "PORCUPINE_KEY": "k-123",
        "PORCUPINE_KEYWORD_PATH": "/k.ppn",
        "PORCUPINE_MODEL_PATH": "/m.pv",
    }
    settings = load_settings(None, None, environ).settings
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
    assert load_settings(None, None, {"BEFRESH_CONFIG": "named elsewhere"}).settings == Settings()


def test_a_list_in_the_environment_is_words() -> None:
    assert load_settings(None, None, {"BEFRESH_SOUND_PLAYER": "paplay --volume 3"}).settings.sound.player == (
        "paplay",
        "--volume",
        "3",
    )


def test_a_wrong_value_names_file_key_value_and_remedy(file: Path) -> None:
    file.write_text('[session]\nattempts = "many"\n')
    error = wrong(file)
    assert (error.source, error.key, error.value) == (str(file), "session.attempts", "many")
    assert "a whole number from 1 to 10" in error.remedy


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
        ("[kafka\n", "", "column 7: the bracket of the section is not closed"),
        ("\0", "", "no text"),
    ],
)
def test_a_torn_or_misspelt_file_says_what_would_be_right(file: Path, content: str, key: str, remedy: str) -> None:
    file.write_text(content)
    error = wrong(file)
    assert error.key == key
    assert remedy in error.remedy


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert "there is no such file" in str(wrong(tmp_path / "none.toml"))


def test_a_key_that_is_none_is_refused_and_not_shown() -> None:
    with pytest.raises(SettingsError, match="the key of FB:89:EB:22:95:84 is not 32 hexadecimal digits") as raised:
        load_settings(None, None, {"BEFRESH_SECRETS_BTHOME_KEYS": "FB:89:EB:22:95:84=hunter2"})
    assert "hunter2" not in str(raised.value)


def test_secrets_in_a_file_that_others_may_read_are_refused(file: Path) -> None:
    file.write_text('[secrets]\nporcupine_key = "abc"\n')
    file.chmod(0o644)
    error = wrong(file)
    assert "chmod 600" in error.remedy
    assert "abc" not in str(error)
    file.chmod(0o600)
    assert load_settings(file, None, {}).settings.secrets.porcupine_key is not None


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
    assert load_settings(None, {"kafka.server": server}, {}).settings.kafka.server == server


def test_credentials_of_the_service_manager_are_used(tmp_path: Path) -> None:
    (tmp_path / "porcupine_key").write_text("abc\n")
    key = load_settings(None, None, {"CREDENTIALS_DIRECTORY": str(tmp_path)}).settings.secrets.porcupine_key
    assert key is not None
    assert key.get_secret_value() == "abc"


def test_the_commented_default_file_is_valid_with_and_without_its_comments(file: Path) -> None:
    file.write_text(template())
    assert load_settings(file, None, {}).settings == Settings()
    lines = [line.removeprefix("# ") if " = " in line else line for line in template().splitlines()]
    file.write_text("\n".join(lines))
    file.chmod(0o600)
    assert set(load_settings(file, None, {}).given) == set(keys())


def test_the_published_default_file_is_up_to_date() -> None:
    assert (REPOSITORY / "config" / "befresh-agent.toml").read_text() == template()


def test_a_layout_that_is_wrong_is_told_with_its_place(file: Path) -> None:
    file.write_text('[containers.layouts]\n"CoolBox-" = ["2a6e temperature i16 0.01", "2a6f humidty u16 0.01"]\n')
    with pytest.raises(SettingsError) as raised:
        load_settings(file, None, {})
    assert (raised.value.mistakes[0].source, raised.value.mistakes[0].key) == (str(file), "containers.layouts")
    assert "in CoolBox-, line 2: 'humidty' is none of temperature, humidity" in raised.value.mistakes[0].remedy
    file.write_text(file.read_text().replace("humidty", "humidity"))
    assert list(load_settings(file, None, {}).settings.containers.layouts) == ["CoolBox-"]


WORDS = [
    ("[fridge]\nid = 99999999999999999999\n", "give a whole number from 0 to 9007199254740991"),
    ("[session]\nnobody_s = true\n", "give a number above 0 and at most 86400"),
    ("[session]\nattempts = 2.5\n", "give a whole number from 1 to 10"),
    ("[session]\nnear_cm = '50 cm'\n", "give a number from 5 to 300"),
    ("[session]\nnear_cm = 2026-11-30\n", "give a number from 5 to 300"),
    ("[containers]\nsilent_rounds = 0\n", "give a whole number of at least 1"),
    ("[containers]\nmay_restart = 'maybe'\n", "give true or false"),
    (
        "[containers]\nadapters = ['eth0']\n",
        "'eth0' is no Bluetooth adapter; give its address, or its name: hci0, hci1 and so on",
    ),
    ("[containers]\nlayouts = 3\n", "give a section of its own"),
    ("[kafka]\nserver = 9092\n", "give text in quotes"),
    ("[kafka]\nserver = 'http://broker:9092'\n", "give host:port without what stands before and behind"),
    ("[kafka]\nsecurity = 'SSL'\n", "give one of plaintext, ssl, sasl_ssl; did you mean ssl?"),
    ("[kafka]\nca_file = 3\n", "give a path in quotes"),
    ("[kafka]\nidd = 3\n", "there is no such setting"),
    ("[voice]\nspeech = 'gogle'\n", "give a list in brackets, of google, wyoming, whisper, vosk, sphinx"),
    ("[voice]\nspeech = ['gogle']\n", "give one of google, wyoming, whisper, vosk, sphinx; did you mean google?"),
    ("[voice]\nphones = ['XX']\n", "'XX' is no phone; write phones of the CMU dictionary"),
    ("[voice]\nwyoming_server = 'whisper'\n", "needs a port"),
    ("[voice]\nlanguage = 'Korean!'\n", "give the code of a language, such as ko-KR"),
    ("[voice]\ngoogle_endpoint = 'speech'\n", "give a web address"),
    ("[vision]\nspellings = ['Y/M/d']\n", "did you mean Y/M/D?"),
    ("[sound]\nplayer = 'aplay -q'\n", "give a list in brackets, of texts in quotes"),
    ("[page]\nhost = 'fridge local'\n", "is no host"),
    ("[page]\nhost = '0.0.0.0.0'\n", "is no IP address"),
    ("[page]\nport = 8480.5\n", "give a whole number from 0 to 65535"),
    ("[page]\nnames = ['http://fridge.local']\n", "is a web address; give the host alone"),
    ("[update]\norigin = '--upload-pack=x'\n", "it may not begin with a dash"),
    ("[camera]\nsource = ''\n", "give text in quotes, and not an empty one"),
]


@pytest.mark.parametrize(("text", "remedy"), WORDS, ids=[text.partition("\n")[2].strip() for text, _ in WORDS])
def test_what_would_be_right_is_told_in_words(file: Path, text: str, remedy: str) -> None:
    file.write_text(text)
    told = wrong(file)
    assert remedy in told.remedy
    assert told.line == 2
    for machine_word in ("pattern", "valid", "input", "Errno", "^", "tuple"):
        assert machine_word not in str(told).replace(str(file), "")


def test_all_mistakes_are_told_and_what_is_right_is_in_force(file: Path) -> None:
    file.write_text(
        "[session]\nnear_cm = 'x'\nattempts = 4\n[kafka]\nsever = 'y'\n[voice]\nspeech = ['a', 'google', 'b']\n"
    )
    configuration = read(file, None, {"BEFRESH_PAGE_PORT": "-1", "BEFRESH_": "x", "BEFRESH_SOUND_PLAYER": "'"})
    assert [(one.line, one.key) for one in configuration.mistakes] == [
        (2, "session.near_cm"),
        (5, "kafka.sever"),
        (7, "voice.speech"),
        (7, "voice.speech"),
        (None, ""),
        (None, "sound.player"),
        (None, "page.port"),
    ]
    assert configuration.settings.session.attempts == 4


def test_where_settings_come_from_is_told(file: Path) -> None:
    file.write_text("")
    environ = {"REFRIGERATOR_ID": "17", "BEFRESH_PAGE_PORT": "1"}
    assert (
        load_settings(file, None, environ).described
        == f"{file}; from the environment: BEFRESH_PAGE_PORT, REFRIGERATOR_ID"
    )
    assert load_settings(None, None, {"XDG_CONFIG_HOME": str(file)}).described == "no settings file"
