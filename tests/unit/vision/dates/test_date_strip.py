import subprocess
import sys

import numpy as np
import pytest

from befresh_agent.vision.dates.date_reader import ALPHABET, HEIGHT, WIDTH, normalise, to_alphabet, to_strip


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        ("2026.12.01까지", "2026.12.01u"),
        ("유통기한: 26. 12. 01.", "u: 26. 12. 01."),
        ("제조 2026.12.01", "m2026.12.01"),
        ("제조원 서울", "#"),
        ("2026년 12월 1일 까지", "2026년12월1일u"),
        ("EXP 01/12/2026 LOT A1", "u01/12/2026#1"),
        ("BEST BEFORE 2026-12-01", "u2026-12-01"),
        ("2026,12,01", "2026.12.01"),
        ("", ""),
    ],
)
def test_print_is_said_in_the_readers_alphabet(printed: str, said: str) -> None:
    assert to_alphabet(printed) == said
    assert set(said) <= set(ALPHABET)


@pytest.mark.parametrize("size", [(20, 100), (64, 200), (10, 400), (32, 256), (90, 20)])
def test_any_line_becomes_a_strip(size: tuple[int, int]) -> None:
    line = np.random.default_rng(1).integers(0, 256, size).astype(np.uint8)

    strip, used = to_strip(line)

    assert strip.shape == (HEIGHT, WIDTH)
    assert used == min(max(round(size[1] * HEIGHT / size[0]), 8), WIDTH)
    assert (strip[:, used:] == int(strip[:, :used].mean())).all()


def test_normalised_strips_do_not_know_how_bright_they_were() -> None:
    strip = np.random.default_rng(2).integers(0, 100, (1, HEIGHT, WIDTH)).astype(np.uint8)

    dark, bright = normalise(strip), normalise(strip + 100)

    assert dark.shape == (1, 1, HEIGHT, WIDTH)
    np.testing.assert_allclose(dark, bright, atol=1e-4)
    assert abs(float(dark.mean())) < 1e-4


def test_training_works_without_the_agents_own_libraries() -> None:
    """Its environment has OpenCV and NumPy, and nothing else that the agent needs."""
    program = (
        "import sys; sys.modules['pydantic'] = None\n"
        "import befresh_agent.vision.dates.date_map, befresh_agent.vision.dates.date_reader"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
