"""How far from the law did two balls go after a hit? Fitted to the whole of their ways, in light and shade.

A codec keeps colours at half the size: small things in a coarse clip are better told by their lightness. And
how fast they go is better told by all frames after the hit than by the last, in which they may lag behind.

Axis letters: `time` frames that are compared, `moment` those of a history that is there early and late too,
`height` and `width` pixels.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float32

from wsim.perception.colour import lab, match_exposure
from wsim.perception.soft import soften
from wsim.video import Frames
from wsim.worlds.derived.drawn import Drawn
from wsim.worlds.derived.histories import pictures
from wsim.worlds.scene import Scene
from wsim.worlds.take import Take

_SOFT = 1 / 64  # of the height

_Pictures = Float32[np.ndarray, "time height width 3"]
_History = Float32[np.ndarray, "moment height width 3"]


def amounts(
    take: Take, families: Sequence[Mapping[float, Scene]], frames: Frames, first: int, latest_s: float
) -> list[float]:
    """How much of the violation of every family a clip shows: 0 is the law, 1 the whole of it.

    The clip may be early or late by whole frames: that by which it is nearest to any history counts. Between
    the amounts that are rendered a parabola is laid through the squared misfits.

    Args:
        take: the lawful history.
        families: three scenes or more each, by how much of the violation they show; one of them shows 0.
        frames: of the clip.
        first: from which frame on it is read; the hit must lie before it, however early or late the clip is.
        latest_s: by how much that may be.
    """
    most, drawn = int(latest_s * take.clip.fps + 1e-9), Drawn(take.clip.height, take.clip.width)
    span = range(first - most, len(frames) + most)
    histories = [
        {amount: _softened(pictures(scene, take.clip, span, drawn)) for amount, scene in family.items()}
        for family in families
    ]
    shown = _softened(frames[first:])
    read = [_misfits(shown, histories, most - late) for late in range(-most, most + 1)]
    best = min(read, key=lambda misfits: min(min(family.values()) for family in misfits))
    return [_least(family) for family in best]


def _softened(frames: Frames) -> _Pictures:
    return soften(lab(frames), _SOFT * frames.shape[1])


def _misfits(
    shown: _Pictures, histories: Sequence[Mapping[float, _History]], start: int
) -> list[dict[float, float]]:
    """Mean squared difference in lightness from every history, which is taken from some frame on."""
    taken = slice(start, start + len(shown))
    lawful = histories[0][0.0][taken]
    here = match_exposure(shown, lawful, np.ones(shown.shape[:-1], dtype=bool))[..., 0]
    return [
        {amount: float(((here - there[taken][..., 0]) ** 2).mean()) for amount, there in family.items()}
        for family in histories
    ]


def _least(misfits: Mapping[float, float]) -> float:
    """Where the parabola through the three lowest neighbours has its foot, no further than they are apart."""
    known = sorted(misfits)
    middle = int(np.clip(np.argmin([misfits[amount] for amount in known]), 1, len(known) - 2))
    near = known[middle - 1 : middle + 2]
    bend, slope, _ = np.polyfit(near, [misfits[amount] for amount in near], 2)
    foot = -slope / (2.0 * bend) if bend > 0.0 else near[1]
    step = near[2] - near[0]
    return float(np.clip(foot, near[0] - step, near[2] + step))
