"""What probes draw over clips: pieces of epipolar lines, and parabolas of flights."""

from itertools import pairwise

import numpy as np
import pytest

from wsim.contracts import Box, Region
from wsim.perception.epipolar import two_views
from wsim_probes.geometry.epipolar_lines import FOUND, LINE, epipolar_lines
from wsim_probes.physics.fitted_parabola import LABEL, fitted_parabola

SIZE = (128, 192)  # 4 pixels of the short side of 512 for each of its own


def test_matches_lie_on_their_lines_when_the_camera_slides() -> None:
    """Sideways, past points at many distances: every line is level, through the match."""
    rng = np.random.default_rng(0)
    before = rng.uniform((100.0, 20.0), (660.0, 490.0), (300, 2))
    views = two_views(before, before - np.stack([rng.uniform(10.0, 60.0, 300), np.zeros(300)], axis=1))
    assert not isinstance(views, str)
    marks = epipolar_lines(views, 7, SIZE)
    assert len(marks) == 16
    for line, place in zip(marks[::2], marks[1::2], strict=True):
        assert isinstance(line, Region) and isinstance(place, Box)
        assert (line.label, place.label) == (LINE, FOUND)
        assert (line.first_frame, line.last_frame, place.frame) == (7, 7, 7)
        (x0, y0), (x1, y1) = line.outline
        middle = ((place.x0 + place.x1) / 2, (place.y0 + place.y1) / 2)
        assert (y0, y1) == pytest.approx((middle[1], middle[1]), abs=0.2)
        assert (x0 + x1) / 2 == pytest.approx(middle[0], abs=0.2) and 0 <= middle[0] <= SIZE[1]


def test_the_parabola_of_a_flight_fills_the_frames_in_which_it_was_not_seen() -> None:
    frames = [4, 5, 7, 10]
    (trail,) = fitted_parabola(frames, [(3.0 + 2.0 * t, 50.0 - 6.0 * t + 0.5 * t**2) for t in frames])
    assert trail.frames == tuple(range(4, 11)) and trail.label == LABEL
    true = [(3.0 + 2.0 * t, 50.0 - 6.0 * t + 0.5 * t**2) for t in trail.frames]
    assert np.array(trail.points) == pytest.approx(np.array(true))
    steps = [after[1] - before[1] for before, after in pairwise(trail.points)]
    assert np.diff(steps) == pytest.approx(1.0)
    assert fitted_parabola([1, 2], [(0.0, 0.0), (1.0, 1.0)]) == ()
