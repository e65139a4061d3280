"""Whether there is anything to watch in a video of unknown origin, before anything is measured in it.

Axis letters: `time` frames, `height` and `width` pixels.
"""

import numpy as np
from jaxtyping import Bool, Float64, UInt8

from wsim.contracts import Unmeasurable
from wsim.perception.cuts import carried_on, cuts
from wsim.video import Video

FEWEST_FRAMES = 9
_SMALLEST_SIDE = 16
_LARGEST_RATIO = 8.0  # of the sides: nothing that people call a picture is longer
_FLAT = 2.0  # grey levels: standard deviation of a picture of one colour through any codec
_SAME = 0.25  # grey levels, mean over the picture: a frame that is shown again
_LEAST_BUSY = 0.4  # share of the time in which something moves
_STEP = 0.1  # of a large step: less is noise and codec
_STATIC = 8.0  # grey levels: less than this, at 99.9 % of the pixels, is noise and no motion

TOO_SHORT, TOO_SMALL, BLANK, STATIC, STOPS, CUT = (
    "too few frames", "picture too small", "blank picture", "static", "mostly still", "cut",
)  # fmt: skip


def unwatchable(video: Video, *, one_shot: bool = True, may_stop: bool = False) -> Unmeasurable | None:
    """Why nothing can be read from a video; None where there is something to watch.

    Args:
        video: any clip.
        one_shot: also refuse clips of several shots.
        may_stop: accept clips in which most of the time nothing moves: a picture that moves a little and
            then freezes breaks no law, and must not be praised for it.
    """
    sides = sorted(video.size)
    if len(video) < FEWEST_FRAMES:
        return Unmeasurable(TOO_SHORT)
    if sides[0] < _SMALLEST_SIDE or sides[1] > _LARGEST_RATIO * sides[0]:
        return Unmeasurable(TOO_SMALL)
    if float(np.median(video.frames.std(axis=(1, 2)).max(axis=-1))) < _FLAT:
        return Unmeasurable(BLANK)
    if not _moves(video.frames):
        return Unmeasurable(STATIC)
    if not may_stop and _busy(video.frames) < _LEAST_BUSY:
        return Unmeasurable(STOPS)
    ends = one_shot and any(not carried_on(video.frames, cut) for cut in cuts(video.frames))
    return Unmeasurable(CUT) if ends else None


def shown_first(frames: UInt8[np.ndarray, "time height width 3"]) -> Bool[np.ndarray, " time"]:
    """Which frames are new: False where a frame is shown a second time, as converters of frame rates do."""
    steps = _steps(frames)
    usual = float(np.median(steps)) if len(steps) else 0.0
    new = [True, *(step > min(_SAME, 0.25 * max(usual, 0.04)) for step in steps)]
    return np.array(new, dtype=bool)


def _steps(frames: UInt8[np.ndarray, "time height width 3"]) -> Float64[np.ndarray, " step"]:
    """Mean difference of every frame to the next, grey levels."""
    pairs = zip(frames[1:], frames, strict=False)
    return np.array([np.abs(a.astype(np.int16) - b).mean() for a, b in pairs], dtype=np.float64)


def _busy(frames: UInt8[np.ndarray, "time height width 3"]) -> float:
    """Share of the steps from frame to frame at which something moves, or did one step before.

    One before, because converters of frame rates show every second frame twice.
    """
    steps = _steps(frames)
    moving = steps > _STEP * float(np.quantile(steps, 0.9))
    return float((moving | np.r_[False, moving[:-1]]).mean())


def _moves(frames: UInt8[np.ndarray, "time height width 3"]) -> bool:
    """Whether any frame of a few differs from the first by more than noise."""
    chosen = np.unique(np.linspace(0, len(frames) - 1, 9).round().astype(int))[1:]
    first = frames[0].astype(np.int16)
    gaps = (np.abs(frames[index].astype(np.int16) - first).max(axis=-1) for index in chosen)
    return any(float(np.quantile(gap, 0.999)) > _STATIC for gap in gaps)
