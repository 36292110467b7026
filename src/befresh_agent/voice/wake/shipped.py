"""Voice stage: the head that comes with the package, for the phrase of the settings' default and no other."""

from collections.abc import Sequence
from pathlib import Path

PHRASE = "일반 등록"
FILE = Path(__file__).with_name("ilban_deungnok.npz")


def shipped_heads(engine: str, phrase: str) -> Sequence[Path]:
    """Those that `voice.wake` and `voice.phrase` ask for."""
    return (FILE,) if engine == "network" and phrase == PHRASE else ()
