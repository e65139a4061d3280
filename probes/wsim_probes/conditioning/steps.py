"""The steps of a clip that is played over and over: how much the picture changes, how a thing moves.

Axis letters: `time` frames that are looked at, `step` from each of them to the next, `length` frames.
"""

import itertools
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, UInt8
from scipy.ndimage import gaussian_filter

from wsim.perception.cadence import repeats
from wsim.perception.colour import difference, lab
from wsim.perception.objects import find_objects, follow
from wsim.worlds.palette import PALETTE

_SOFT = 0.02  # of the height: noise is no step
_QUANTILE = 0.9


@dataclass(frozen=True)
class Round:
    """One round of a loop, and on into the frames that it begins with.

    Attributes:
        times: of the frames that are looked at, in frames; those that repeat the one before are left out.
        change_lab: mean Huber distance of the pictures, LAB units per frame.
        rest_lab: median distance of the pictures where nothing moves, LAB units.
        velocity_px: of the thing, pixels per frame (x, y); nan where it is not to be seen.
        known: how many frames were given at either end.
    """

    times: Float64[np.ndarray, " time"]
    change_lab: Float64[np.ndarray, " step"]
    rest_lab: Float64[np.ndarray, " step"]
    velocity_px: Float64[np.ndarray, "step 2"]
    known: int

    @property
    def speed_px(self) -> float:
        """Of the thing in the frames that were given, the median; nan if it is not there."""
        return _median(np.hypot(*self.velocity_px[self._given].T))

    @property
    def motion(self) -> float:
        """Mean speed where it was made, over that where it was given; 0 where it cannot be told."""
        made = np.hypot(*self.velocity_px[~self._given].T)
        made = made[np.isfinite(made)]
        ratio = float(made.mean()) / max(self.speed_px, 1e-6) if len(made) else 0.0
        return ratio if np.isfinite(ratio) else 0.0

    @property
    def _given(self) -> np.ndarray:
        given: np.ndarray = self.times[1:] <= self.known - 1
        return given

    def usual_lab(self, across: int) -> float:
        """What a step may be: the largest between given frames, or the 90 % quantile of the others."""
        others = np.quantile(np.delete(self.change_lab, across), _QUANTILE)
        given = self.change_lab[self._given]
        return float(min(others, given.max())) if len(given) else float(others)

    def flash_lab(self, across: int) -> float:
        """How much more than in other steps (their 90 % quantile) all that rests changes at once."""
        others = np.quantile(np.delete(self.rest_lab, across), _QUANTILE)
        return max(0.0, float(self.rest_lab[across] - others))


@dataclass(frozen=True, slots=True)
class Seam:
    """How a step stands out from the others; 1 is as large as they are, a turn or flash of 0 straight on."""

    step: float
    turn: float
    flash: float


def rounds(
    frames: UInt8[np.ndarray, "length height width 3"],
    colour: str,
    known: int,
    period: int,
    at_rest: Bool[np.ndarray, "height width"],
) -> Round:
    """Follow a thing of a colour once round.

    Args:
        frames: the clip.
        colour: of the thing, in the palette.
        known: how many frames were given at the beginning.
        period: after so many frames the loop begins anew.
        at_rest: where nothing moves; small things that come or go there do not count.
    """
    shown = np.flatnonzero(~repeats(frames[: period + known]))
    looks = np.concatenate([shown[shown < period], shown[shown < known]])
    times = np.concatenate([shown[shown < period], shown[shown < known] + period]).astype(np.float64)
    blobs = follow(find_objects(frames, PALETTE), colour)
    places = np.array([(b.x, b.y) if b else (np.nan, np.nan) for b in (blobs[i] for i in looks)])
    sigma = _SOFT * frames.shape[1]
    soft = gaussian_filter(lab(frames), (0.0, sigma, sigma, 0.0)).astype(np.float32)
    change = np.array([difference(soft[a], soft[b]).mean() for a, b in itertools.pairwise(looks)])
    apart = (np.linalg.norm(soft[b] - soft[a], axis=-1)[at_rest] for a, b in itertools.pairwise(looks))
    rest = np.array([np.median(one) if len(one) else 0.0 for one in apart], dtype=np.float64)
    lasts = np.diff(times)
    return Round(times, change / lasts, rest, np.diff(places, axis=0) / lasts[:, None], known)


def seam(way: Round, at: float) -> Seam | None:
    """The step across a time, against the others; None where the thing is not seen before, in or after it."""
    across = int(np.searchsorted(way.times, at)) - 1
    around = way.velocity_px[max(across - 1, 0) : across + 2]
    speed = way.speed_px
    if not (np.isfinite(around).all() and np.isfinite(speed)):
        return None
    turns = np.hypot(*np.diff(around, axis=0).T) / max(speed, 1e-6)
    return Seam(
        step=float(way.change_lab[across] / max(way.usual_lab(across), 1e-3)),
        turn=float(turns.max()),
        flash=way.flash_lab(across),
    )


def _median(values: np.ndarray) -> float:
    seen = values[np.isfinite(values)]
    return float(np.median(seen)) if len(seen) else float("nan")
