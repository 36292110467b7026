"""What is wrong across settings and on this machine, told before anything is started."""

import os
from pathlib import Path

import pytest

from befresh_agent.errors import MistakeSeverity, SettingMistake, SettingsError
from befresh_agent.settings.loader import read
from befresh_agent.settings.paths import ServiceFiles
from befresh_agent.settings.preflight import cleared, mistakes

FRIDGE = "[fridge]\nid = 17\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def found(
    file: Path, text: str, *, simulated: bool = False, service: ServiceFiles | None = None, **environ: str
) -> list[SettingMistake]:
    file.write_text(FRIDGE + text, encoding="utf-8")
    file.chmod(0o600)
    return list(mistakes(read(file, None, environ, service=service), simulated=simulated))


CANNOT_WORK = [
    ("[gpio]\ntrigger_pin = 24\n", "gpio.echo_pin"),
    ("[gpio]\nbutton_pin = 23\necho_pin = 23\n", "gpio.trigger_pin gpio.echo_pin"),
    ("[gpio]\nbutton_pin = 2\n", "gpio.button_pin"),
    ("[gpio]\nbounce_s = 0.1\ndouble_s = 0.1\n", "gpio.bounce_s"),
    ("[gpio]\nhold_s = 0.3\n", "gpio.double_s"),
    ("[containers]\nlowest_c = 20\n", "containers.lowest_c"),
    ("[containers]\nhighest_c = 0\n", "containers.lowest_c"),
    ("[containers]\nabsent_find_s = 11\n", "containers.absent_find_s"),
    ("[containers]\nfind_s = 60\n", "containers.find_s"),
    ("[containers]\nslot_s = 601\n", "containers.slot_s"),
    ("[containers]\nperiod_s = 59\nslot_s = 30\n", "containers.period_s"),
    ("[containers]\nadapters = ['hci0', 'hci0']\n", "containers.adapters containers.adapters containers.adapters"),
    ("[session]\nnobody_s = 900\n", "session.nobody_s"),
    ("[session]\nnobody_s = 0.5\n", "session.nobody_s"),
    ("[session]\nlongest_s = 6\nnobody_s = 4\n", "session.longest_s"),
    ("[session]\nout_of_view_s = 600\n", "session.out_of_view_s"),
    ("[delivery]\nbackoff_first_s = 301\n", "delivery.backoff_first_s"),
    ("[delivery]\nbatch_interval_s = 100\n", "delivery.spread_s"),
    ("[delivery]\nbatch_interval_s = 59\nspread_s = 0\n", "delivery.batch_interval_s"),
    ("[kafka]\nrequest_timeout_s = 61\n", "kafka.request_timeout_s"),
    ("[kafka]\nstart_timeout_s = 0.1\n", "kafka.start_timeout_s"),
    ("[kafka]\nfood_topic = 'a b'\n", "kafka.food_topic"),
    ("[kafka]\nfood_topic = ''\n", "kafka.food_topic"),
    ("[kafka]\nsensor_topic = '..'\n", "kafka.sensor_topic"),
    (f"[kafka]\nsensor_topic = '{'x' * 250}'\n", "kafka.sensor_topic"),
    ("[kafka]\nsensor_topic = '김치'\n", "kafka.sensor_topic"),
    ("[kafka]\nfood_topic = 'a.b'\nsensor_topic = 'a_b'\n", "kafka.sensor_topic"),
    ("[kafka]\nsecurity = 'sasl_ssl'\n", "kafka.username secrets.kafka_password"),
    ("[kafka]\nsecurity = 'sasl_ssl'\nusername = 'me'\n", "secrets.kafka_password"),
    ("[kafka]\nsecurity = 'ssl'\nkey_file = '/etc/passwd'\n", "kafka.cert_file"),
    ("[kafka]\nsecurity = 'ssl'\nca_file = '/etc/no-such-file'\n", "kafka.ca_file"),
    ("[kafka]\nsecurity = 'ssl'\nca_file = '/etc'\n", "kafka.ca_file"),
    ("[voice]\nwake = 'porcupine'\n", "secrets.porcupine_key voice.porcupine_keyword"),
    ("[voice]\nspeech = ['google', 'wyoming']\n", "voice.wyoming_server"),
    ("[voice]\nspeech = ['vosk']\n", "voice.vosk_model"),
    ("[voice]\nspeech = ['vosk']\nvosk_model = '/no/model'\n", "voice.vosk_model"),
    ("[voice]\nspeech = ['vosk']\nvosk_model = '/etc/passwd'\n", "voice.vosk_model"),
    ("[voice]\nspeech = ['sphinx']\nsphinx_foods = []\n", "voice.sphinx_foods"),
    ("[voice]\nspeech_timeout_s = 0.01\n", "voice.speech_timeout_s"),
    ("[voice]\nengine = 'scripted'\n", "voice.engine"),
    ("[voice]\nmicrophone = 'arecrod'\n", "voice.microphone"),
    ("[voice]\nmicrophone = '/etc'\n", "voice.microphone"),
    ("[camera]\nsource = '/nope'\n", "camera.source"),
    ("[camera]\nsource = 'picamera'\n", "camera.source"),
    ("[agent]\nstate_dir = '/etc/passwd'\n", "agent.state_dir"),
    ("[update]\nchannel = 'tags'\nallowed_signers = '/no/signers'\n", "update.allowed_signers"),
    ("[update]\nchannel = 'tags'\n", "update.allowed_signers"),
]
NOT_HERE_NOW = [
    ("[camera]\nsource = '/dev/video97'\n", "camera.source"),
    ("[camera]\nsource = '/media/pi/stick'\n", "camera.source"),
    ("[voice]\nmicrophone = '/mnt/stick/a.wav'\n", "voice.microphone"),
    ("[sound]\nplayer = ['no-such-player']\n", "sound.player"),
    ("[containers]\nadapters = ['hci97']\n", "containers.adapters"),
    ("[page]\nhost = '203.0.113.77'\n", "page.host"),
    ("[page]\nhost = 'no-such-host.invalid'\n", "page.host"),
]
ALL_RIGHT = [
    "",
    "[gpio]\nbutton_pin = 24\necho_pin = 15\n",
    "[containers]\nlowest_c = -20\nhighest_c = -15\n",
    "[voice]\nengine = 'none'\nwake = 'porcupine'\nspeech = ['vosk']\n",
    "[voice]\nwake = 'porcupine'\nporcupine_keyword = '/etc/passwd'\n[secrets]\nporcupine_key = 'k-123'\n",
    "[page]\nhost = '0.0.0.0'\nnames = ['fridge.local']\n",
    "[page]\nhost = '::1'\n",
    "[page]\nenabled = false\nhost = '203.0.113.77'\n",
    "[sound]\nplayer = []\n",
    "[camera]\nsource = '/etc'\n",
    "[kafka]\nsecurity = 'sasl_ssl'\nusername = 'me'\n[secrets]\nkafka_password = 'hunter22'\n",
]


@pytest.mark.parametrize(("text", "keys"), CANNOT_WORK, ids=[keys for _, keys in CANNOT_WORK])
def test_what_cannot_work_is_refused_with_its_place(file: Path, text: str, keys: str) -> None:
    told = found(file, text)
    assert {one.key for one in told} == set(keys.split())
    assert any(one.severity is MistakeSeverity.ERROR for one in told)
    for one in told:
        assert one.source == str(file)
        assert one.line is not None
        assert one.line > 2
        assert one.remedy
    with pytest.raises(SettingsError) as caught:
        cleared(read(file, None, {}))
    assert str(file) in str(caught.value)


@pytest.mark.parametrize(("text", "key"), NOT_HERE_NOW, ids=[key for _, key in NOT_HERE_NOW])
def test_what_may_come_is_told_and_the_agent_runs(file: Path, text: str, key: str) -> None:
    (told,) = found(file, text)
    assert (told.key, told.severity, told.line) == (key, MistakeSeverity.MISSING, 4)
    assert cleared(read(file, None, {})) == [told]


@pytest.mark.parametrize("text", ALL_RIGHT)
def test_what_is_right_is_not_complained_of(file: Path, text: str) -> None:
    assert found(file, text) == []


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[kafka]\nusername = 'me'\n", "kafka.username"),
        ("[kafka]\nca_file = '/etc/passwd'\n", "kafka.ca_file"),
        (f"[fridge]\nid = {2**31}\n", "fridge.id"),
    ],
)
def test_what_works_but_may_not_be_meant_is_a_warning(file: Path, text: str, key: str) -> None:
    file.write_text(text if "fridge" in text else FRIDGE + text)
    (told,) = mistakes(read(file, None, {}))
    assert (told.key, told.severity) == (key, MistakeSeverity.WARNING)


def test_a_file_named_on_the_command_line_must_be_there_now(file: Path) -> None:
    file.write_text(FRIDGE)
    for key in ("camera.source", "voice.microphone"):
        configuration = read(file, {key: "/dev/video97"}, {})
        for simulated in (False, True):
            with pytest.raises(SettingsError, match=r"command line: .*there is no such"):
                cleared(configuration, simulated=simulated)


def test_a_dry_run_needs_no_devices(file: Path) -> None:
    text = "[camera]\nsource = '/dev/video97'\n[voice]\nwake = 'porcupine'\n[containers]\nperiod_s = 30\nslot_s = 20\n"
    assert found(file, text + "[sound]\nplayer = ['no-such']\n", simulated=True) == []
    assert [one.key for one in found(file, "[gpio]\ntrigger_pin = 24\n", simulated=True)] == ["gpio.echo_pin"]


def test_without_a_number_the_same_words_everywhere(tmp_path: Path) -> None:
    nothing = {"XDG_CONFIG_HOME": str(tmp_path)}
    (told,) = mistakes(read(None, None, nothing))
    assert "fridge.id is not set" in str(told)
    assert "REFRIGERATOR_ID" in told.remedy
    assert mistakes(read(None, None, {**nothing, "REFRIGERATOR_ID": "17"})) == ()


def test_all_at_once_in_the_order_of_the_file(file: Path) -> None:
    text = "[gpio]\ntrigger_pin = 24\n[sesion]\nx = 1\n[session]\nnear_cm = 'a'\nnobody_s = 900\nlongest_s = 'x'\n"
    told = found(file, text, KAFKA_SERVER="broker:99999")
    assert [(one.line, one.key) for one in told] == [
        (4, "gpio.echo_pin"),
        (5, "sesion"),
        (8, "session.near_cm"),
        (10, "session.longest_s"),  # and nothing of nobody_s, which must be below it
        (None, "kafka.server"),
    ]
    assert told[-1].source == "environment KAFKA_SERVER"


def test_what_stands_in_a_line_that_could_not_be_read_is_not_missed(file: Path) -> None:
    file.write_text("[fridge\nid = 17\n[voice]\nspeech = ['vosk']\nvosk_model = /models\n")
    assert [(one.line, one.key) for one in mistakes(read(file, None, {}))] == [(1, ""), (5, "")]


def test_a_time_zone_that_nobody_knows(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for zone, right in (("Asia/Seoul", True), ("KST-9", True), (":/etc/localtime", True), ("Asia/Seul", False)):
        monkeypatch.setenv("TZ", zone)
        told = found(file, "")
        assert bool(told) != right, zone
        assert right or "did you mean Asia/Seoul?" in told[0].remedy


def test_what_the_service_is_given_is_not_missed_by_who_may_not_read_it(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, sealed = tmp_path / "credstore", tmp_path / "credstore.encrypted"
    sealed.mkdir()
    store.mkdir()
    installed = ServiceFiles(file, (store, sealed))
    text = "[kafka]\nsecurity = 'sasl_ssl'\nusername = 'me'\n"
    assert [one.key for one in found(file, text, service=installed)] == ["secrets.kafka_password"]
    (sealed / "befresh-agent.kafka_password").write_bytes(b"sealed")
    assert found(file, text, service=installed) == []
    (store / "befresh-agent.kafka_password").write_text("hunter22\n")
    password = read(file, None, {}, service=installed).settings.secrets.kafka_password
    assert password is not None
    assert password.get_secret_value() == "hunter22"


def test_a_secret_is_never_told_wherever_it_was_put(file: Path) -> None:
    text = (
        "[secrets]\nkafka_password = 'hunter22-secret'\nkafka_password = 'hunter22-secret'\n"
        "[kafka]\nserver = 'sasl://me:hunter22-secret@broker:9092'\nfood_topic = 'hunter22-secret '\n"
        "[camera]\nsource = '/nope/hunter22-secret'\n[kafka_password]\nx = 'hunter22-secret'\nhunter22-secret\n"
    )
    file.write_text(FRIDGE + text)
    told = mistakes(
        read(file, None, {"BEFRESH_SECRETS_BTHOME_KEYS": "hunter22-other", "BEFRESH_KEY": "hunter22-third"})
    )
    assert len(told) >= 6
    assert "hunter22" not in repr(told)
    assert "hunter22" not in str(SettingsError(*told))


def test_as_another_user_a_closed_folder_is_no_mistake(file: Path, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        os.chown(tmp_path, 0, 0)
        assert found(file, f"[camera]\nsource = '{tmp_path}'\n") == []
        return
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    assert found(file, f"[camera]\nsource = '{closed}/pictures'\n") == []
