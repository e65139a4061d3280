"""Two lines through a path that bends once."""

import numpy as np
import pytest

from wsim.perception.bent_line import fit_bent_line


@pytest.mark.parametrize("after", [-1.2, 0.0, 0.5])
def test_the_turn_lies_between_the_frames(after: float) -> None:
    times = np.arange(12) / 8.0
    path = np.where(times < 0.7, 2.0 * times, 1.4 + after * (times - 0.7))
    found = fit_bent_line(times, path)
    assert (found.before, found.after) == (pytest.approx(2.0), pytest.approx(after))
    assert (found.turn_s, found.turn) == (pytest.approx(0.7), pytest.approx(1.4))
    assert found.residual == pytest.approx(0.0, abs=1e-9)


def test_a_straight_line_has_no_turn_far_away() -> None:
    times = np.arange(9) / 8.0
    found = fit_bent_line(times, 3.0 * times + 1.0)
    assert found.before == pytest.approx(found.after)
    assert -0.2 <= found.turn_s <= 1.2


def test_three_samples_are_too_few() -> None:
    with pytest.raises(ValueError, match="needs 4 samples"):
        fit_bent_line(np.arange(3.0), np.arange(3.0))
