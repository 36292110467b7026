"""The loudspeaker behind a player program, and the cues as WAV files that are handed to it.

In: cues. Out: sound. The files are tones out of plain numbers, or sentences by espeak-ng, made once when needed.
"""

import asyncio
import contextlib
import io
import subprocess
import sys
import wave
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from befresh_agent.adapters.audio import alsa_cards
from befresh_agent.domain.cue import RATE, Cue, CueSubject, cue_samples
from befresh_agent.domain.phrase import Language
from befresh_agent.domain.sound_cards import Direction
from befresh_agent.errors import DeviceError
from befresh_agent.i18n.words import prompt
from befresh_agent.runtime.event_loop import within
from befresh_agent.runtime.remedies import remedy_for
from befresh_agent.runtime.subprocesses import terminate

Prompts = Literal["tones", Language]

_WORDS_A_MINUTE = "150"

_ESPEAK_S = 10


class CueFiles:
    """Everything here blocks; every call may raise `DeviceError`."""

    def __init__(self, folder: Path, prompts: Prompts) -> None:
        self._folder = folder
        self._prompts: Prompts = prompts

    def make_all(self) -> None:
        """Make those that are not there yet."""
        for cue in Cue:
            self.file(cue)

    def file(self, cue: Cue, about: CueSubject | None = None) -> Path:
        """The cue's file, made now if need be. Its name says what is in it, so another sound is another file.

        All that are about something are one file, which the next one replaces.
        """
        if self._prompts == "tones":
            return self._made(f"{cue}-tones.wav", lambda: _sounded(cue))
        language, sentence = self._prompts, prompt(self._prompts, cue, about)
        if sentence == prompt(language, cue):
            return self._made(f"{cue}-{language}.wav", lambda: _spoken(sentence, language))
        return self.said(sentence)

    def said(self, sentence: str) -> Path:
        """A file with the sentence, which the next one replaces."""
        language = self._prompts
        if language == "tones":
            raise DeviceError("tones cannot say it", remedy="set sound.prompts to a language")
        return self._made(f"about-{language}.wav", lambda: _spoken(sentence, language), anew=True)

    def _made(self, name: str, sound: Callable[[], bytes], *, anew: bool = False) -> Path:
        file = self._folder / name
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if anew or not file.exists():
                unfinished = file.with_suffix(".new")
                unfinished.write_bytes(sound())
                unfinished.replace(file)
        except OSError as error:
            raise DeviceError(f"{file} cannot be written: {error.strerror}") from error
        return file


def seconds(file: Path) -> float:
    """How long the file sounds."""
    with wave.open(str(file)) as sound:
        return float(sound.getnframes() / sound.getframerate())


def _spoken(sentence: str, language: str) -> bytes:
    command = ["espeak-ng", "-v", language, "-s", _WORDS_A_MINUTE, "--stdout", "--stdin"]
    try:
        wav = subprocess.run(
            command, input=sentence.encode(), capture_output=True, check=True, timeout=_ESPEAK_S
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise DeviceError(
            f"espeak-ng: {error}", remedy="install espeak-ng and its voices, or set sound.prompts = tones"
        ) from error
    return _wav(wav[44:], int.from_bytes(wav[24:28], "little"))  # on a pipe its header does not know the length


def _sounded(cue: Cue) -> bytes:
    sound = cue_samples(cue)
    if sys.byteorder == "big":
        sound.byteswap()
    return _wav(sound.tobytes(), RATE)


def _wav(sound: bytes, rate: int) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(sound)
    return file.getvalue()


GRACE_S = 4.0
"""Players may need a second to open the device; longer than this beyond the sound, the device hangs."""


class PlayerSpeaker:
    """`player` is the command, to which the file is appended; empty for a silent fridge.

    Where it is `aplay` without a device, `device` is the card: a part of its name, or an ALSA name; empty: the best.
    """

    def __init__(
        self,
        player: Sequence[str],
        cache_dir: Path,
        prompts: Prompts = "tones",
        *,
        device: str = "",
        grace_s: float = GRACE_S,
    ) -> None:
        self._player = tuple(player)
        self._device = device
        self._files = CueFiles(cache_dir, prompts)
        self._grace_s = grace_s
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> Self:
        if self._player:
            with contextlib.suppress(DeviceError):  # whoever wants to hear something is told
                await asyncio.to_thread(self._files.make_all)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None: ...

    async def play(self, cue: Cue, about: CueSubject | None = None) -> None:
        if self._player:
            async with self._turn:
                await self.play_file(await asyncio.to_thread(self._files.file, cue, about))

    async def say(self, sentence: str) -> None:
        if self._player:
            async with self._turn:
                await self.play_file(await asyncio.to_thread(self._files.said, sentence))

    async def play_file(self, file: Path) -> None:
        process = await self._started(file)
        try:
            async with within(seconds(file) + self._grace_s):
                _, complaint = await process.communicate()
        except TimeoutError as error:
            raise DeviceError(f"player {self._player[0]} hangs", remedy="check the sound device") from error
        finally:
            if process.returncode is None:
                await terminate(process)
        if process.returncode:
            detail = complaint.decode(errors="replace").strip().rpartition("\n")[2][:200]
            what = f"player {self._player[0]} failed: {detail or f'code {process.returncode}'}"
            raise DeviceError(what, remedy=remedy_for(detail))

    def _output(self) -> Sequence[str]:
        """Which card `aplay` plays on: its own default may be a screen, or a sound server of somebody who logs in."""
        named = any(word.startswith(("-D", "--device")) for word in self._player)
        if named or Path(self._player[0]).name != "aplay":
            return ()
        card = alsa_cards.device(Direction.PLAYBACK, self._device)
        name = card.alsa if card else self._device
        return (f"--device={name}",) if name else ()

    async def _started(self, file: Path) -> Process:
        try:
            return await asyncio.create_subprocess_exec(
                *self._player, *self._output(), str(file), stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE
            )
        except OSError as error:
            raise DeviceError(
                f"player {self._player[0]}: {error.strerror}", remedy="install alsa-utils or set sound.player"
            ) from error
