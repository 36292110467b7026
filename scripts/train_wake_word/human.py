"""Speech of people, under free licences: the announcements of telephone systems that Debian packages.

In: a folder into which `*.deb` were unpacked. Out: sounds. They are only heard here; none is kept.
"""

from collections.abc import Iterator
from pathlib import Path

from befresh_agent.voice.wake.rooms import Sound
from scripts.train_wake_word.speakers import read_wav

_PACKAGES = {
    "asterisk-core-sounds-en-wav": "English, Allison Smith, CC-BY-SA 3.0",
    "asterisk-core-sounds-es-wav": "Spanish, Allison Smith, CC-BY-SA 3.0",
    "asterisk-core-sounds-fr-wav": "French, June Wallack, CC-BY-SA 3.0",
    "asterisk-core-sounds-it-wav": "Italian, Carlo Flora (segreterietelefoniche.it), CC-BY 3.0",
    "asterisk-core-sounds-ru-wav": "Russian, Maxim Topal, CC-BY 3.0",
    "asterisk-prompt-it-menardi-wav": "Italian, Paola Dal Zot and Marco Menardi (voip.ammdomus.it), CC-BY-SA 3.0",
}
"""What is trained on."""
_SHORTEST, _LONGEST = 1.0, 12.0


def people(folder: Path) -> Iterator[tuple[str, Sound]]:
    """Language and sound, sentence by sentence."""
    for package, told in _PACKAGES.items():
        for file in sorted((folder / package).rglob("*.wav")):
            sound = read_wav(file)
            if _SHORTEST <= len(sound) / 16000 <= _LONGEST:
                yield told.partition(",")[0], sound
