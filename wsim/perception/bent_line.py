"""A path along a line that changes its speed once: a bounce, a collision, a stop.

Two straight lines are fitted, one to the samples before the change and one to those after, for whichever
split leaves the least squares (two-phase regression, Quandt 1958). Where they meet is known far better than
the frames are apart.

Axis letters: `sample` moments of the path.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

_FEWEST = 2  # samples on either side


@dataclass(frozen=True, slots=True)
class BentLine:
    """Speed before and after, in the unit of the path a second.

    Attributes:
        before: speed until the change. after: speed from then on.
        turn_s: when the two lines meet, never outside the two samples at the change and one step beyond.
        turn: where that is.
        residual: root mean square distance of the samples from the lines.
    """

    before: float
    after: float
    turn_s: float
    turn: float
    residual: float


def fit_bent_line(times_s: Float64[np.ndarray, " sample"], path: Float64[np.ndarray, " sample"]) -> BentLine:
    """Fit it to at least 4 samples.

    Raises:
        ValueError: fewer samples.
    """
    if len(times_s) < 2 * _FEWEST:
        raise ValueError(f"a bent line needs {2 * _FEWEST} samples, not {len(times_s)}")
    splits = range(_FEWEST, len(times_s) - _FEWEST + 1)
    fits = [(_line(times_s[:k], path[:k]), _line(times_s[k:], path[k:]), k) for k in splits]
    first, second, k = min(fits, key=lambda fit: fit[0][2] + fit[1][2])
    step_s = times_s[k] - times_s[k - 1]
    low_s, high_s = float(times_s[k - 1] - step_s), float(times_s[k] + step_s)
    bend = first[0] - second[0]
    meet_s = (second[1] - first[1]) / bend if abs(bend) > 1e-9 else 0.5 * (low_s + high_s)
    turn_s = float(np.clip(meet_s, low_s, high_s))
    return BentLine(
        before=first[0],
        after=second[0],
        turn_s=turn_s,
        turn=first[0] * turn_s + first[1],
        residual=float(np.sqrt((first[2] + second[2]) / len(times_s))),
    )


def _line(
    times_s: Float64[np.ndarray, " sample"], path: Float64[np.ndarray, " sample"]
) -> tuple[float, float, float]:
    """(slope, value at zero, sum of squares)."""
    slope, start = np.polyfit(times_s, path, 1)
    return float(slope), float(start), float(((path - slope * times_s - start) ** 2).sum())
