"""Voice stage: a phrase as recognisers like it: no offset, and loud enough. A pure rule."""

from array import array

_LOUDEST = 16_000
"""Half of full scale."""
_MOST_GAIN = 30.0


def levelled(sound: bytes) -> bytes:
    """The phrase around zero, with its loudest sample at half of full scale; what is louder stays so."""
    samples = array("h", sound)
    middle = round(sum(samples) / len(samples)) if samples else 0
    peak = max((abs(sample - middle) for sample in samples), default=0)
    gain = min(max(_LOUDEST / max(peak, 1), 1.0), _MOST_GAIN)
    return array("h", (max(-32768, min(32767, round((sample - middle) * gain))) for sample in samples)).tobytes()
