"""One thing before a known background: how large it is, how elongated, of what colour.

No palette is known: a thing that changes its colour is still followed.

Axis letters: `time` frames, `height` and `width` pixels.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, UInt8
from scipy.ndimage import binary_dilation, label

from wsim.perception.colour import lab
from wsim.perception.soft import soften

_LEAST_LAB = 12.0  # difference from the background
_LEAST_SHARE = 0.004  # of the picture: smaller things are none
_INSIDE = 0.9  # of the full difference: there the colour is its own
_WEIGHT = np.array([0.5, 1.0, 1.0], dtype=np.float32)  # lightness counts half, so that shadows are no things


@dataclass(frozen=True, slots=True)
class Outline:
    """The thing in one frame.

    Attributes:
        frame: index in the clip.
        x, y: centre, pixels.
        area_px: sum of the coverage.
        elongation: ratio of the long axis to the short one.
        colour_lab: median over its inside; lightness counts half.
        at_border: whether it touches the edge of the picture.
    """

    frame: int
    x: float
    y: float
    area_px: float
    elongation: float
    colour_lab: tuple[float, float, float]
    at_border: bool


def outlines(
    frames: UInt8[np.ndarray, "time height width 3"], background: UInt8[np.ndarray, "height width 3"]
) -> list[Outline | None]:
    """The largest thing of every frame, None where there is none."""
    colours = lab(frames)
    sigma = 0.008 * frames.shape[1]
    gaps = soften((colours - lab(background)) * _WEIGHT, sigma)
    return [
        _outline(index, np.linalg.norm(gap, axis=-1), colour)
        for index, (gap, colour) in enumerate(zip(gaps, colours, strict=True))
    ]


def _outline(
    frame: int, gap: Float32[np.ndarray, "height width"], colours: Float32[np.ndarray, "height width 3"]
) -> Outline | None:
    labels, count = label(gap > _LEAST_LAB)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    if not count or sizes.max() < _LEAST_SHARE * gap.size:
        return None
    core: Bool[np.ndarray, "height width"] = labels == int(sizes.argmax()) + 1
    share = np.clip(gap / np.quantile(gap[core], 0.7), 0.0, 1.0)
    weight = share * binary_dilation(core)
    rows, columns = np.nonzero(weight)
    mass = weight[rows, columns].astype(np.float64)
    spread = np.cov(np.stack([columns, rows]), aweights=mass)
    short, long = np.sqrt(np.maximum(np.linalg.eigvalsh(spread), 1e-6))
    own = np.median(colours[core & (share >= _INSIDE)] * _WEIGHT, axis=0)
    solid = core & (share > 0.5)
    return Outline(
        frame=frame,
        x=float(np.average(columns, weights=mass)),
        y=float(np.average(rows, weights=mass)),
        area_px=float(mass.sum()),
        elongation=float(long / short),
        colour_lab=(float(own[0]), float(own[1]), float(own[2])),
        at_border=bool(solid[0].any() or solid[-1].any() or solid[:, 0].any() or solid[:, -1].any()),
    )
