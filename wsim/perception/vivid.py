"""Things that stand out by their colour in a picture of anything, with no palette and nothing that moves.

The hues of all vivid pixels of a shot are gathered; every hue that many of them share is a thing, or some of
one colour, if its pixels hang together and are not half of the picture. What is grey, or as colourful as the
ground on which it stands, is not seen.

Axis letters: `time` frames, `height` and `width` pixels, `bin` hues.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, UInt8
from scipy.ndimage import binary_opening, gaussian_filter1d, label

from wsim.perception.colour import lab
from wsim.perception.soft import soften

_LEAST_CHROMA = 22.0  # LAB: neutral things stay below in any light of one colour
_SOFT = 0.012  # of the height: codecs and grain
_BINS, _SMOOTH_BINS = 72, 1.5
_REACH_RAD = np.deg2rad(17.0)  # pixels of one hue, lit and shaded
_LEAST_SHARE, _LARGEST_SHARE = 0.001, 0.2  # of the picture


@dataclass(frozen=True)
class Vivid:
    """What of one shot has one hue.

    Attributes:
        hue_rad: the usual one. chroma: the usual one, LAB.
        share: of the picture, the largest part that hangs together, in the frame where it is largest.
        masks: where it is, in every frame.
    """

    hue_rad: float
    chroma: float
    share: float
    masks: Bool[np.ndarray, "time height width"]

    def apart_deg(self, other: "Vivid") -> float:
        """Between the two hues."""
        turn = (self.hue_rad - other.hue_rad + np.pi) % (2 * np.pi) - np.pi
        return float(abs(np.rad2deg(turn)))


def vivid_things(frames: UInt8[np.ndarray, "time height width 3"]) -> list[Vivid] | None:
    """The vivid things of one shot, the largest first; None where the ground itself is vivid.

    Args:
        frames: some of the shot.
    """
    chroma = soften(lab(frames)[..., 1:], _SOFT * frames.shape[1])
    strength = np.linalg.norm(chroma, axis=-1)
    hue = np.arctan2(chroma[..., 1], chroma[..., 0])
    vivid = strength > _LEAST_CHROMA
    found = []
    for peak in _peaks(hue[vivid]):
        masks = vivid & (np.abs((hue - peak + np.pi) % (2 * np.pi) - np.pi) < _REACH_RAD)
        masks = np.stack([_solid(mask) for mask in masks])
        share = max(_largest(mask) for mask in masks)
        if share > _LARGEST_SHARE:
            return None
        if share >= _LEAST_SHARE:
            found.append(Vivid(_middle(chroma[masks]), float(np.median(strength[masks])), share, masks))
    return sorted(found, key=lambda thing: -thing.share)


def _peaks(hues_rad: Float32[np.ndarray, " pixel"]) -> list[float]:
    """Hues that more pixels have than any within reach."""
    counts = np.histogram(hues_rad, bins=_BINS, range=(-np.pi, np.pi))[0].astype(float)
    smooth = gaussian_filter1d(counts, _SMOOTH_BINS, mode="wrap")
    reach = round(_REACH_RAD / (2 * np.pi / _BINS))
    around = np.stack([np.roll(smooth, shift) for shift in range(-reach, reach + 1)]).max(axis=0)
    places = np.flatnonzero((smooth == around) & (smooth > 0.0))
    return [float((place + 0.5) * 2 * np.pi / _BINS - np.pi) for place in places]


def _solid(mask: Bool[np.ndarray, "height width"]) -> Bool[np.ndarray, "height width"]:
    return np.asarray(binary_opening(mask, np.ones((2, 2))))


def _largest(mask: Bool[np.ndarray, "height width"]) -> float:
    """The largest part that hangs together, as a share of the picture."""
    labels, count = label(mask)
    return float(np.bincount(labels.ravel())[1:].max() / mask.size) if count else 0.0


def _middle(chroma: Float32[np.ndarray, "pixel 2"]) -> float:
    a, b = np.median(chroma, axis=0)
    return float(np.arctan2(b, a))
