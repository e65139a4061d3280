"""How far away things on level ground are, from how far they are seen below the horizon of a level camera.

Axis letters: `view` frames in which a thing is seen whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from wsim.perception.objects import Blob
from wsim.perception.outline import Outline

BELOW = 0.02  # of the height: what is no farther below the horizon is as good as infinitely far
_GOES_ON, _NEW = 0.25, 0.08  # share of the views that differ by so much (log) from all given ones


@dataclass(frozen=True)
class Views:
    """One thing, wherever it is seen whole.

    Attributes:
        frames: of the clip.
        places: (x, y), pixels.
        size_log: logarithm of the square root of its area, pixels.
        nearness_log: of how far its centre is below the horizon, pixels: distance, all but a constant.
    """

    frames: tuple[int, ...]
    places: tuple[tuple[float, float], ...]
    size_log: Float64[np.ndarray, " view"]
    nearness_log: Float64[np.ndarray, " view"]

    @property
    def ratio_log(self) -> Float64[np.ndarray, " view"]:
        """Constant where the size of the thing is."""
        return np.asarray(self.size_log - self.nearness_log)


def views_of(found: Sequence[Outline | Blob | None], horizon_px: float, height_px: int) -> Views:
    """The views in which a thing is found inside the picture."""
    whole = [one for one in found if one is not None and not one.at_border]
    below_px = np.array([one.y - horizon_px for one in whole], dtype=np.float64)
    return Views(
        frames=tuple(one.frame for one in whole),
        places=tuple((float(one.x), float(one.y)) for one in whole),
        size_log=0.5 * np.log(np.array([one.area_px for one in whole], dtype=np.float64)),
        nearness_log=np.log(np.maximum(below_px, BELOW * height_px)),
    )


def goes_on(before: Views, after: Views) -> bool:
    """Whether often enough it is as near, or as large, as in none of the views before."""
    pairs = ((after.size_log, before.size_log), (after.nearness_log, before.nearness_log))
    new = [np.abs(here[:, None] - there[None]).min(axis=1) > _NEW for here, there in pairs]
    return bool(np.mean(new[0] | new[1]) >= _GOES_ON)
