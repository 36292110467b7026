"""One voice made many: another throat, another microphone, another rhythm. In and out: sounds at 16 kHz. Pure rules."""

import numpy as np

from befresh_agent.ports.devices import RATE
from befresh_agent.voice.wake.rooms import Dice, Sound

_SIZE, _HOP = 512, 128
_SMOOTH = 28
"""So many cepstral coefficients describe the throat; what is finer is the voice."""


def throat(words: Sound, longer: float) -> Sound:
    """The same pitch from a throat so many times as long: its resonances lie lower, where it is above 1."""
    window = np.hanning(_SIZE + 1)[:_SIZE]
    padded = np.pad(words, (_SIZE, 2 * _SIZE))
    framed = np.lib.stride_tricks.sliding_window_view(padded, _SIZE)[::_HOP] * window
    spectra = np.fft.rfft(framed, axis=1)
    cepstra = np.fft.irfft(np.log(np.abs(spectra) + 1.0), axis=1)
    cepstra[:, _SMOOTH : _SIZE - _SMOOTH + 1] = 0
    envelope = np.fft.rfft(cepstra, axis=1).real
    bands = np.arange(envelope.shape[1])
    moved = np.array([np.interp(bands * longer, bands, row) for row in envelope])
    changed = np.fft.irfft(spectra * np.exp(np.clip(moved - envelope, -5, 5)), axis=1) * window
    out = np.zeros(len(framed) * _HOP + _SIZE)
    for number, frame in enumerate(changed):
        out[number * _HOP : number * _HOP + _SIZE] += frame
    return out[_SIZE : _SIZE + len(words)] / 1.5


def microphone(words: Sound, dice: Dice) -> Sound:
    """Heard by another microphone from another side: some pitches louder, some softer, by up to 10 dB."""
    points = np.geomspace(80, RATE / 2, 8)
    spectrum, pitches = np.fft.rfft(words), np.fft.rfftfreq(len(words), 1 / RATE)
    tilt = dice.uniform(-3, 3) * np.linspace(-1, 1, len(points))
    decibels = np.interp(np.log(np.maximum(pitches, 40)), np.log(points), dice.normal(0, 3.5, len(points)) + tilt)
    return np.fft.irfft(spectrum * 10 ** (np.clip(decibels, -12, 12) / 20), len(words))


def swaying(words: Sound, dice: Dice) -> Sound:
    """Some of it is said faster, some slower."""
    points = np.linspace(0, len(words), 7)
    paces = np.clip(dice.normal(1, 0.12, len(words) // 400 + 2), 0.7, 1.4)
    pace = np.interp(np.arange(len(words)), np.linspace(0, len(words), len(points)), dice.choice(paces, len(points)))
    places = np.cumsum(pace)
    return np.interp(np.arange(0, places[-1] - 1), places, words)
