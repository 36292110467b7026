"""Synthesisers of several kinds, each made to say Korean. In: texts in Hangul. Out: sounds at 16 kHz.

espeak-ng alone has Korean rules; the others are voices of real people of other languages, who read what `spelling.py`
writes for them. MBROLA's hn1 is not among them, and must never be: it judges.
"""

import functools
import json
import os
import random
import re
import subprocess
import tempfile
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from befresh_agent.ports.devices import RATE
from befresh_agent.voice.wake.rooms import Sound
from scripts.train_wake_word import spelling
from scripts.train_wake_word.hangul import Syllable, letters_of, spelled, syllables


class Speaker(Protocol):
    @property
    def name(self) -> str: ...

    def say(self, texts: Sequence[str], dice: random.Random) -> list[Sound]:
        """Each text once, at a pace and pitch of its own."""


@dataclass(frozen=True)
class Espeak:
    """Formants by rule, in Korean; a variant changes throat and source."""

    variant: str

    @property
    def name(self) -> str:
        return f"espeak-ng {self.variant}"

    def say(self, texts: Sequence[str], dice: random.Random) -> list[Sound]:
        return [self._one(text, dice.randrange(95, 205), dice.randrange(15, 90)) for text in texts]

    def _one(self, text: str, speed: int, pitch: int) -> Sound:
        command = ["espeak-ng", "-v", f"ko+{self.variant}", "-s", str(speed), "-p", str(pitch), "--stdout", text]
        wav = subprocess.run(command, capture_output=True, check=True).stdout
        return _resampled(np.frombuffer(wav[44 : len(wav) // 2 * 2], "<i2"), int.from_bytes(wav[24:28], "little"))


@dataclass(frozen=True)
class Festival:
    """Diphones, units or a hidden Markov model of a person."""

    voice: str
    language: spelling.Language
    encoding: str = "utf-8"

    @property
    def name(self) -> str:
        return f"festival {self.voice}"

    def say(self, texts: Sequence[str], dice: random.Random) -> list[Sound]:
        with tempfile.TemporaryDirectory() as folder:
            lines = [f"(voice_{self.voice})"]
            for number, text in enumerate(texts):
                words = spelled(text, self.language, dice).replace('"', "")
                lines.append(f"(Parameter.set 'Duration_Stretch {dice.uniform(0.75, 1.3):.2f})")
                lines.append(f'(utt.save.wave (utt.synth (Utterance Text "{words}")) "{folder}/{number}.wav" \'riff)')
            script = Path(folder, "say.scm")
            script.write_bytes("\n".join(lines).encode(self.encoding, "ignore"))
            subprocess.run(["festival", "--batch", str(script)], capture_output=True, check=False)
            files = [Path(folder, f"{number}.wav") for number in range(len(texts))]
            return [read_wav(file) if file.exists() else np.zeros(RATE) for file in files]


@dataclass(frozen=True)
class Flite:
    """The sounds themselves, by voices of the Arctic recordings."""

    voice: str

    @property
    def name(self) -> str:
        return f"flite {self.voice}"

    def say(self, texts: Sequence[str], dice: random.Random) -> list[Sound]:
        return [self._one(_phones(text, dice), dice.uniform(0.75, 1.35)) for text in texts]

    def _one(self, phones: str, stretch: float) -> Sound:
        with tempfile.NamedTemporaryFile(suffix=".wav") as file:
            options = ["--setf", f"duration_stretch={stretch:.2f}"]
            subprocess.run(["flite", "-voice", self.voice, *options, "-p", phones, "-o", file.name], check=True)
            return read_wav(Path(file.name))


@dataclass(frozen=True)
class OpenJtalk:
    """A hidden Markov model of a Japanese woman."""

    name = "open-jtalk mei"

    def say(self, texts: Sequence[str], dice: random.Random) -> list[Sound]:
        import pyopenjtalk

        spoken: list[Sound] = []
        for text in texts:
            sound, rate = pyopenjtalk.tts(
                _kana(text, dice), speed=dice.uniform(0.8, 1.5), half_tone=dice.uniform(-6, 3)
            )
            spoken.append(_resampled(sound, rate))
        return spoken


@dataclass(frozen=True)
class Pico:
    """SVOX Pico: a woman each of six countries."""

    country: str
    language: spelling.Language

    @property
    def name(self) -> str:
        return f"pico {self.country}"

    def say(self, texts: Sequence[str], dice: random.Random) -> list[Sound]:
        import py_nanotts

        engine = py_nanotts.NanoTTS()
        ways = [(dice.uniform(0.75, 1.3), dice.uniform(0.6, 1.3)) for _ in texts]
        said = [
            engine.speak(spelled(text, self.language, dice), voice=self.country, speed=speed, pitch=pitch)
            for text, (speed, pitch) in zip(texts, ways, strict=True)
        ]
        return [np.frombuffer(pcm, "<i2").astype(np.float64) for pcm in said]


@dataclass(frozen=True)
class Kokoro:
    """Kokoro, a neural network: some fifty people of eight languages, who read the sounds themselves.

    `KOKORO` names the folder of README.md: `model.onnx`, `vocab.json` and `voices/`.
    """

    voice: str

    @property
    def name(self) -> str:
        return f"kokoro {self.voice}"

    def say(self, texts: Sequence[str], dice: random.Random) -> list[Sound]:
        folder = Path(os.environ["KOKORO"])
        style = np.fromfile(folder / "voices" / f"{self.voice}.bin", "<f4").reshape(-1, 1, 256)
        network, letters = _kokoro(folder)
        said: list[Sound] = []
        for text in texts:
            spoken = dice.choice(("", "ˈ")) + spelled(text, spelling.IPA, dice) + dice.choice(("", ".", "!", "?"))
            tokens = [letters[letter] for letter in spoken if letter in letters]
            given = {"tokens": np.array([[0, *tokens, 0]]), "style": style[len(tokens) - 1]}
            pace = np.array([dice.uniform(0.75, 1.35)], np.float32)
            said.append(_resampled(network.run(None, given | {"speed": pace})[0].ravel() * 20000, 24000))
        return said


@functools.cache
def _kokoro(folder: Path) -> tuple[Any, dict[str, int]]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    letters = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))["vocab"]
    return onnxruntime.InferenceSession(
        str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
    ), letters


def read_wav(file: Path) -> Sound:
    with wave.open(str(file), "rb") as sound:
        frames = np.frombuffer(sound.readframes(sound.getnframes()), "<i2")
        return _resampled(frames[:: sound.getnchannels()], sound.getframerate())


def trimmed(words: Sound) -> Sound:
    """Without the silence before and after; empty where nothing was said."""
    power = np.sqrt(np.convolve(np.square(words), np.ones(320) / 320, "same"))
    loud: Any = np.flatnonzero(power > 0.06 * power.max()) if power.max() > 30 else []
    return words[max(0, loud[0] - 300) : loud[-1] + 300] if len(loud) else words[:0]


def _resampled(sound: Any, rate: int) -> Sound:
    samples = np.asarray(sound, np.float64)
    if rate == RATE or not len(samples):
        return samples
    length = round(len(samples) * RATE / rate)
    spectrum = np.fft.rfft(samples)[: length // 2 + 1]
    return np.fft.irfft(spectrum, length) * (length / len(samples))


def _phones(text: str, dice: random.Random) -> str:
    words = re.findall(r"\S+", " pau ".join(_word_phones(word, dice) for word in syllables(text)))
    pauses = [word for place, word in enumerate(words) if word != "pau" or place == 0 or dice.random() < 0.4]
    return f"pau {' '.join(pauses)} pau"


def _word_phones(word: Sequence[Syllable], dice: random.Random) -> str:
    return " ".join(letters_of(word, spelling.PHONES, dice)).replace(",", " ")


def _kana(text: str, dice: random.Random) -> str:
    words = []
    for word in syllables(text):
        codas = (dice.choice(spelling.KANA_CODAS.get(one.coda, ("",))) for one in word)
        words.append("".join(spelling.kana(one.onset, one.vowel) + coda for one, coda in zip(word, codas, strict=True)))
    return dice.choice(("", "、")).join(words)


_VARIANTS = (
    "m1", "m3", "m6", "m8", "f2", "f3", "f5", "Alex", "Alicia", "Andy", "Diogo", "Henrique", "Hugo", "Mario", "Mike",
    "Nguyen", "adam", "antonio", "benjamin", "caleb", "gustave", "iven", "iven3", "klatt2", "klatt4", "marcelo", "max",
    "michel", "miguel", "norbert", "pablo", "pedro", "quincy", "rob", "robert", "sandro", "shelby", "travis", "victor",
    "grandpa",
)  # fmt: skip
_KOKORO = (
    "af_alloy", "af_bella", "af_heart", "af_jessica", "af_kore", "af_nova", "af_river", "af_sarah", "af_sky",
    "am_adam", "am_echo", "am_eric", "am_fenrir", "am_liam", "am_michael", "am_puck", "bf_alice", "bf_emma",
    "bf_isabella", "bf_lily", "bm_daniel", "bm_fable", "bm_george", "bm_lewis", "ef_dora", "em_alex", "ff_siwis",
    "hf_alpha", "hf_beta", "hm_omega", "hm_psi", "im_nicola", "jf_alpha", "jf_gongitsune", "jf_nezumi",
    "jf_tebukuro", "pf_dora", "pm_alex", "zf_xiaobei", "zf_xiaoni", "zf_xiaoxiao", "zm_yunjian", "zm_yunxi",
    "zm_yunxia", "zm_yunyang",
)  # fmt: skip
TAUGHT: Sequence[Speaker] = (
    *(Espeak(variant) for variant in _VARIANTS),
    Festival("hy_fi_mv_diphone", spelling.FINNISH, "iso-8859-1"),
    Festival("pc_diphone", spelling.ITALIAN),
    Festival("lp_diphone", spelling.ITALIAN),
    Festival("cmu_us_slt_arctic_hts", spelling.ENGLISH),
    Festival("ked_diphone", spelling.ENGLISH),
    Festival("upc_ca_ona_hts", spelling.SPANISH),
    Festival("msu_ru_nsh_clunits", spelling.RUSSIAN),
    Festival("czech_dita", spelling.CZECH, "iso-8859-2"),
    Festival("czech_machac", spelling.CZECH, "iso-8859-2"),
    Festival("czech_ph", spelling.CZECH, "iso-8859-2"),
    *(Flite(voice) for voice in ("kal16", "awb", "rms", "slt")),
    OpenJtalk(),
    Pico("en-GB", spelling.ENGLISH),
    Pico("en-US", spelling.ENGLISH),
    Pico("de-DE", spelling.GERMAN),
    Pico("fr-FR", spelling.FRENCH),
    Pico("it-IT", spelling.ITALIAN),
    *(Kokoro(voice) for voice in _KOKORO),
)
HELD_OUT: Sequence[Speaker] = (
    *(Espeak(variant) for variant in ("m2", "m4", "m5", "f1", "f4", "m7")),
    Festival("suo_fi_lj_diphone", spelling.FINNISH, "iso-8859-1"),
    Festival("czech_krb", spelling.CZECH, "iso-8859-2"),
    Pico("es-ES", spelling.SPANISH),
    *(Kokoro(voice) for voice in ("zf_xiaoyi", "am_onyx", "if_sara", "jm_kumo")),
)
"""Never trained on: settings are chosen on them, and `make bench-voice` measures with them."""
