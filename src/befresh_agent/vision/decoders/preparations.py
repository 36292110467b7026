"""Ways to make a strip easier to read for Tesseract: each fails on other prints, so that agreement means something."""

import cv2
import numpy as np

from befresh_agent.vision.gray import Gray

_DARK_BACKGROUND = 100
"""A median below this means light print on a dark ground, which Tesseract reads badly."""
_FRAME = (10, 10, 14, 14)
"""Tesseract wants room around the print, in pixels."""


def blurred(strip: Gray) -> Gray:
    """Closes the gaps between the dots of dot-matrix print, then stretches the contrast."""
    soft = _dark_on_light(cv2.GaussianBlur(strip, (0, 0), 1.4)).astype(np.float32)
    dark, light = np.percentile(soft, (2, 98))
    return _framed(np.clip((soft - dark) * 255 / (light - dark + 1), 0, 255).astype(np.uint8))


def thickened(strip: Gray) -> Gray:
    """Lets the dots run into each other."""
    pen = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (4, 4))
    return _framed(cv2.GaussianBlur(cv2.erode(_dark_on_light(strip), pen), (0, 0), 1))


def black_and_white(strip: Gray) -> Gray:
    soft = cv2.GaussianBlur(_dark_on_light(strip), (0, 0), 1.2)
    _, clear = cv2.threshold(soft, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return cv2.copyMakeBorder(clear, *_FRAME, cv2.BORDER_CONSTANT, value=(255,))


def _dark_on_light(strip: Gray) -> Gray:
    return cv2.bitwise_not(strip) if np.median(strip) < _DARK_BACKGROUND else strip


def _framed(strip: Gray) -> Gray:
    return cv2.copyMakeBorder(strip, *_FRAME, cv2.BORDER_REPLICATE)
