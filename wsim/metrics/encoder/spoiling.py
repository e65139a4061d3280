"""Clips with something wrong in them, by kind and amount: soft, noisy, out of order, or of a broken world.

The amount of a kind goes from 0 (as it was) to 1. A clip that has fewer things than another is no spoiled
clip: it is a lawful clip of fewer things, and which it is cannot be seen.

Axis letters: `clip`, `time`, `height` and `width` pixels.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import UInt8

from wsim.metrics.encoder.shards import Frames
from wsim.worlds.families import FAMILIES
from wsim.worlds.scene import Scene
from wsim.worlds.violations.severity import broken

Clips = UInt8[np.ndarray, "clip time height width 3"]
UNLAWFUL = "unlawful"
OF_PICTURES = ("blur", "noise", "shuffled", "frozen", "reversed")
KINDS = (*OF_PICTURES, UNLAWFUL)
MOST_BLUR_PX, MOST_NOISE = 2.5, 48.0  # sigma at 64 pixels a side; standard deviation in levels of 255
_LEAST_CHANGE = 0.1  # levels of 255, the mean of a clip: two still pictures exchanged are no change


def spoiled(frames: Frames, kind: str, amount: float, rng: np.random.Generator) -> Frames:
    """A clip, spoiled.

    Args:
        frames: of the clip.
        kind: one of `OF_PICTURES`.
        amount: of the most blur or noise; or the share of frames that are out of order, at the end.
        rng: draws the noise or the order.
    """
    if kind == "blur":
        return np.asarray(blurred(frames[None], MOST_BLUR_PX * amount)[0])
    if kind == "noise":
        noise = rng.standard_normal(frames.shape, dtype=np.float32)
        return levels(frames + np.float32(MOST_NOISE * amount) * noise)
    first = round((1.0 - amount) * (len(frames) - 2))
    order = np.arange(len(frames))
    if kind == "frozen":
        order[first:] = first
    elif kind == "reversed":
        order[first:] = order[first:][::-1]
    else:
        order[first:] = rng.permutation(order[first:])
    return np.asarray(frames[order])


def blurred(clips: Clips, sigma_px: float) -> Clips:
    """Every frame by itself."""
    from scipy.ndimage import gaussian_filter

    return levels(gaussian_filter(clips.astype(np.float32), (0, 0, sigma_px, sigma_px, 0)))


def levels(values: np.ndarray) -> np.ndarray:
    """To whole levels, 0..255."""
    return np.asarray(values.round().clip(0, 255).astype(np.uint8))


def is_visible(frames: Frames, other: Frames) -> bool:
    """Whether two clips differ by anything to speak of."""
    change = np.abs(frames.astype(np.int16) - other.astype(np.int16))
    return float(change.mean()) >= _LEAST_CHANGE


def twins(scene: Scene) -> Sequence[Scene]:
    """The same scene with a law broken in full, one way after another."""
    return list(FAMILIES[scene.family].twins(scene).violated.values())


def weakened(twin: Scene, lawful: Scene, severity: float) -> Scene:
    """A violated twin with its laws broken to a degree, 0..1; kinds that have no degrees stay as they are."""
    scene = twin.replace(violations=lawful.violations)
    for law in twin.violations[len(lawful.violations) :]:
        vector = law.vector if any(law.vector) or law.kind == "block_changes" else None
        scene = broken(
            scene, law.kind, severity, law.time_s, law.body, law.other, vector=vector, amount=law.amount
        )
    return scene
