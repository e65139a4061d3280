"""How far a clip is from what it was given: what codecs, blur and noise did to it, and no law broke.

The given frames of a clip are known exactly. However far its own version of them is from them, the rest of
it may be as far from the truth without anything having gone wrong.

Axis letters: `known` given frames, `height` and `width` pixels.
"""

import numpy as np
from jaxtyping import Float32, UInt8

from wsim.perception.colour import difference, lab, match_exposure
from wsim.perception.soft import soften

_LAG = 1  # frames by which a given frame may be shown late, as converters of frame rates do


def noise_floor(
    shown: UInt8[np.ndarray, "known height width 3"],
    given: UInt8[np.ndarray, "known height width 3"],
    share: float,
    blur_px: float,
) -> float:
    """Mean Huber distance (LAB units) of the worst part of a given frame, the median over the frames.

    Codecs spoil edges and small coloured things and leave walls alone, so the mean of the whole picture
    would say too little of the part that a question is about.

    Args:
        shown: the given frames as the clip shows them.
        given: as they were given.
        share: how large that part is, of the picture.
        blur_px: standard deviation of the smoothing that both get, as where the floor is used.
    """
    spoiled = (shown != given).any(axis=(1, 2, 3))
    if 2 * spoiled.sum() < len(given) or not len(given):
        return 0.0  # most are as they were given, and so is the median
    here, there = (soften(lab(f), blur_px) for f in (shown, given))
    worst = max(1, round(share * here[0, ..., 0].size))
    floors = [0.0] * int((~spoiled).sum())
    for index in np.flatnonzero(spoiled).tolist():
        picture = here[index]
        gaps = [_gap(picture, there[k]) for k in range(max(0, index - _LAG), index + 1)]
        gap = min(gaps, key=lambda one: float(one.mean()))
        floors.append(float(np.sort(gap, axis=None)[-worst:].mean()))
    return float(np.median(floors))


def _gap(
    picture: Float32[np.ndarray, "height width 3"], given: Float32[np.ndarray, "height width 3"]
) -> Float32[np.ndarray, "height width"]:
    everywhere = np.ones(picture.shape[:2], dtype=bool)
    return difference(match_exposure(picture, given, everywhere), given)
