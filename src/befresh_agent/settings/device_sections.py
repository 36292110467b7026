"""The settings of everything a session uses: pins, camera, vision, voice, sound."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from befresh_agent.domain.endpoints import check_phones
from befresh_agent.domain.expiry import USUAL_SPELLINGS, DateOrder, DateSpelling
from befresh_agent.domain.phrase import Language
from befresh_agent.settings.section import (
    Pin,
    Seconds,
    SettingsSection,
    check_language,
    check_web_address,
    checked,
    parse_server,
)


class GpioSettings(SettingsSection):
    """Button and distance sensor, by BCM pin numbers."""

    button_pin: Pin = 15
    """The button: pulled down, active high."""
    trigger_pin: Pin = 23
    """TRIG of the HC-SR04."""
    echo_pin: Pin = 24
    """ECHO of the HC-SR04, through a voltage divider."""
    led_pin: Annotated[Pin | None, Field(examples=[25])] = None
    """A status light through 330 ohm to ground: on, blinking while it listens, flashing in trouble. None: none."""
    air_c: Annotated[float, Field(ge=-30, le=60)] = 20
    """Temperature of the air that the distance sensor looks into, in °C: sound is slower in the cold."""
    bounce_s: Annotated[float, Field(ge=0, le=0.2)] = 0.03
    """How long the button's level must be stable to count, in seconds."""
    double_s: Seconds = 0.4
    """Two presses within so many seconds are one double press."""
    long_s: Seconds = 1
    """A press of so many seconds asks for the name of food without a code or a date, without any phrase."""
    hold_s: Seconds = 3
    """Holding the button so many seconds cancels the session."""


class CameraSettings(SettingsSection):
    """The camera and the size of its pictures."""

    source: Annotated[str, Field(min_length=1)] = "picamera2"
    """`picamera2`, a V4L2 device such as `/dev/video0`, or a picture or folder of pictures (for trying out)."""
    width: Annotated[int, Field(ge=320, le=4608)] = 1536
    """Width of a picture in pixels."""
    height: Annotated[int, Field(ge=240, le=2592)] = 864
    """Height of a picture in pixels."""


class VisionSettings(SettingsSection):
    """Reading codes and dates."""

    reader: Literal["auto", "trained", "tesserocr", "pytesseract"] = "auto"
    """Who reads dates: `auto` takes the trained networks; Tesseract (tesserocr, pytesseract) where they do not load."""
    order: DateOrder = DateOrder.YMD
    """Order of a date's numbers where packs come from: `ymd` (Korea), `dmy`, `auto` (both, as far as it is sure)."""
    spellings: tuple[DateSpelling, ...] = USUAL_SPELLINGS
    """Ways to print a date that are accepted beside Y.M.D; there are also `Y M D`, `Y.M`, `M.D` and `DDMMYY`."""
    workers: Literal["auto"] | Annotated[int, Field(ge=1, le=8)] = "auto"
    """How many processes read pictures side by side; `auto`: 1 to 3, by cores and memory (one for each GB)."""
    hang_s: Seconds = 15
    """A worker that needs longer than this for one picture, in seconds, is replaced."""


class VoiceSettings(SettingsSection):
    """Wake phrase and spoken names."""

    engine: Literal["microphone", "scripted", "none"] = "microphone"
    """Who listens: the `microphone`, or `none`; `scripted` hears the simulated person of a dry run."""
    microphone: str = "pyaudio"
    """How to record: `pyaudio`, `arecord`, or a WAV file that is played to the engines (for trying out)."""
    input_device: str = ""
    """Which microphone: a part of its name as `arecord -l` prints it, or for arecord an ALSA name. Empty: the best."""
    wake: Literal["network", "pocketsphinx", "porcupine", "taught", "none"] = "network"
    """Who listens for the phrase, beside what was taught (`wake learn`): `taught` nobody, `porcupine` with your key."""
    phrase: Annotated[str, Field(min_length=1)] = "일반 등록"
    """The wake phrase that announces food without a code or a date."""
    phones: Annotated[tuple[str, ...], Field(min_length=1), checked(check_phones)] = ("IY L B AA N", "D UH NG N OW UH")
    """How the wake phrase sounds to pocketsphinx: one word each, in the phones of English (CMU dictionary)."""
    wake_threshold: Annotated[float, Field(gt=0, le=1)] = 1e-8
    """How sure pocketsphinx must be: larger values miss more, smaller ones wake without reason."""
    porcupine_keyword: Annotated[Path | None, Field(examples=["/etc/befresh-agent/ilban.ppn"])] = None
    """Keyword file (.ppn) of the Porcupine wake-word engine."""
    porcupine_model: Annotated[Path | None, Field(examples=["/etc/befresh-agent/porcupine_params_ko.pv"])] = None
    """Language model (.pv) of the Porcupine wake-word engine."""
    porcupine_sensitivity: Annotated[float, Field(ge=0, le=1)] = 0.5
    """How readily Porcupine wakes, from 0 to 1."""
    speech: tuple[Literal["google", "wyoming", "whisper", "vosk", "sphinx"], ...] = ()
    """Who understands names, in this order. Empty: what is set up here, else `google`: then speech leaves the house."""
    language: Annotated[str, checked(check_language)] = "ko-KR"
    """Language of names, for google, wyoming and whisper."""
    speech_timeout_s: Annotated[float, Field(gt=0, le=60)] = 8
    """How long one service may take to understand a name, in seconds."""
    pause_s: Annotated[float, Field(ge=0.3, le=3)] = 0.9
    """A spoken name ends with a silence of so many seconds."""
    google_endpoint: Annotated[str, checked(check_web_address)] = "https://www.google.com/speech-api/v2/recognize"
    """Where `google` asks."""
    wyoming_server: Annotated[str, checked(parse_server), Field(examples=["192.168.0.10:10300"])] = ""
    """A wyoming speech-to-text server in the house, such as a local Whisper, as `host:port`."""
    whisper_model: Annotated[Path | None, Field(examples=["/opt/befresh-agent/names/whisper"])] = None
    """Folder of a Whisper model in the format of CTranslate2, for names without any network."""
    vosk_model: Annotated[Path | None, Field(examples=["/opt/befresh-agent/names/vosk"])] = None
    """Folder of the model for vosk."""
    sphinx_foods: tuple[str, ...] = (
        "apple", "banana", "beef", "bread", "butter", "cabbage", "carrot", "cheese", "chicken", "cucumber", "egg",
        "fish", "grape", "ham", "kimchi", "lemon", "lettuce", "milk", "mushroom", "onion", "orange", "pepper", "pork",
        "potato", "rice", "salad", "sausage", "shrimp", "spinach", "strawberry", "tofu", "tomato", "yogurt",
    )  # fmt: skip
    """The only names that `sphinx` knows, in English: it takes whatever it hears for one of them."""

    def engines(self, *, google_key: bool) -> tuple[str, ...]:
        """Who understands names, in the order in which they are asked."""
        if self.speech:
            return self.speech
        given = {
            "google": google_key,
            "wyoming": bool(self.wyoming_server),
            "whisper": self.whisper_model is not None,
            "vosk": self.vosk_model is not None,
        }
        return tuple(engine for engine, is_given in given.items() if is_given) or ("google",)


class SoundSettings(SettingsSection):
    """The loudspeaker."""

    player: tuple[str, ...] = ("aplay", "-q")
    """The command that plays a WAV file (its path is appended); an empty list for a silent fridge."""
    output_device: str = ""
    """Which loudspeaker `aplay` takes: a part of its name as `aplay -l` prints it, or an ALSA name. Empty: the best."""
    prompts: Literal["tones", Language] = "tones"
    """What the fridge says: short `tones`, or sentences in Korean (`ko`) or English (`en`) by espeak-ng."""
