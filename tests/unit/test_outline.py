"""One thing before a background: its size, its elongation and its colour."""

import numpy as np
import pytest

from wsim.perception.colour import lab
from wsim.perception.outline import outlines

BACKGROUND = np.full((64, 64, 3), 150, dtype=np.uint8)


def disc(across: float, down: float, colour: tuple[int, int, int], x: float = 30.0) -> np.ndarray:
    rows, columns = np.mgrid[:64, :64]
    frame = BACKGROUND.copy()
    frame[((columns - x) / across) ** 2 + ((rows - 25) / down) ** 2 <= 1.0] = colour
    return frame


def test_size_elongation_and_colour_are_measured() -> None:
    frames = np.stack([disc(8, 8, (200, 30, 30)), disc(12, 6, (30, 30, 200)), BACKGROUND])
    ball, egg, nothing = outlines(frames, BACKGROUND)
    assert ball is not None and egg is not None and nothing is None
    assert ball.area_px == pytest.approx(np.pi * 64, rel=0.12)
    assert (ball.x, ball.y) == (pytest.approx(30, abs=0.2), pytest.approx(25, abs=0.2))
    assert ball.elongation == pytest.approx(1.0, abs=0.03)
    assert egg.elongation == pytest.approx(2.0, abs=0.2)
    own = lab(np.array([[30, 30, 200]], dtype=np.uint8))[0] * [0.5, 1.0, 1.0]
    assert np.linalg.norm(np.array(egg.colour_lab) - own) < 3.0


def test_the_edge_of_the_picture_is_told() -> None:
    frames = np.stack([disc(8, 8, (200, 30, 30), x=3.0), disc(8, 8, (200, 30, 30))])
    cut, whole = outlines(frames, BACKGROUND)
    assert cut is not None and whole is not None
    assert cut.at_border and not whole.at_border
