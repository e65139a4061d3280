"""The tint of a clip: what its own version of the given frames says of it, undone in all of it.

Another white balance turns every colour, the given ones too, and breaks no law; a thing that comes back in
another colour than the given frames show does. The given frames of a clip are known exactly, so the change
of colours that leads from the clip back to them is fitted, a polynomial of second degree in R, G and B
(Finlayson, Mackiewicz and Hurlbert, IEEE TIP 2015), and is laid on the whole clip where it explains nearly
all. What codecs, blur and noise do, no change of colours explains: they are left alone.

Axis letters: `known` given frames, `time` frames, `height` and `width` pixels, `pixel` any of them, `term` of
the polynomial.
"""

import numpy as np
from jaxtyping import Float32, Float64, UInt8

from wsim.perception.soft import soften

_MOST_FRAMES = 8  # of the given ones, spread over them: colours repeat from frame to frame
_SOFT = 0.011  # of the height
_LEAST = 1.0  # grey levels, root mean square: less is rounding
_UNEXPLAINED = 0.15  # of the squared gap: a hue turned by ten degrees leaves 0.06, codec and noise 0.35
_FURTHEST = 0.2  # of the range, any colour: tints stay below 0.17, to hide a thing that is new takes 0.4
_RIDGE = 1e-5  # of the variance of every term: colours that were not given are not led astray


def untinted(
    clip: UInt8[np.ndarray, "time height width 3"], given: UInt8[np.ndarray, "known height width 3"]
) -> UInt8[np.ndarray, "time height width 3"]:
    """The clip in the colours of what it was given; as it is where the given frames show no tint.

    Args:
        clip: begins with its own version of the given frames.
        given: as they were given.
    """
    shown = clip[: len(given)]
    spoiled = np.flatnonzero((shown != given).any(axis=(1, 2, 3)))
    if 2 * len(spoiled) < len(given) or not len(spoiled):
        return clip
    chosen = spoiled[np.linspace(0, len(spoiled) - 1, min(len(spoiled), _MOST_FRAMES)).round().astype(int)]
    sigma = _SOFT * clip.shape[1]
    here, there = (soften(frames[chosen], sigma).reshape(-1, 3) / 255.0 for frames in (shown, given))
    weights = _fitted(here, there)
    return clip if weights is None else _laid_on(clip, weights)


def _fitted(
    here: Float32[np.ndarray, "pixel 3"], there: Float32[np.ndarray, "pixel 3"]
) -> Float64[np.ndarray, "term 3"] | None:
    """What to add to a colour, by terms of the polynomial; None where that is no tint.

    A polynomial that takes one colour far could paint over a thing that the given frames do not have.
    """
    gap = (there - here).astype(np.float64)
    squared = float((gap**2).sum())
    if squared < len(gap) * (_LEAST / 255.0) ** 2:
        return None
    terms = _terms(here).astype(np.float64)
    products = terms.T @ terms
    damping = _RIDGE * len(terms) * np.diag([0.0, *terms[:, 1:].var(axis=0) + 1e-9])
    weights = np.asarray(np.linalg.solve(products + damping, terms.T @ gap))
    moved = terms @ weights
    left = float(((gap - moved) ** 2).sum())
    furthest = float(np.linalg.norm(moved, axis=1).max())
    return weights if left <= _UNEXPLAINED * squared and furthest <= _FURTHEST else None


def _terms(colours: Float32[np.ndarray, "pixel 3"]) -> Float32[np.ndarray, "pixel term"]:
    red, green, blue = colours.T
    squares = (red * red, green * green, blue * blue, red * green, red * blue, green * blue)
    return np.stack([np.ones_like(red), red, green, blue, *squares], axis=1)


def _laid_on(
    clip: UInt8[np.ndarray, "time height width 3"], weights: Float64[np.ndarray, "term 3"]
) -> UInt8[np.ndarray, "time height width 3"]:
    frames = []
    for frame in clip:
        colours = frame.reshape(-1, 3).astype(np.float32) / np.float32(255.0)
        turned = colours + _terms(colours) @ weights.astype(np.float32)
        frames.append((turned * 255.0).round().clip(0, 255).astype(np.uint8).reshape(frame.shape))
    return np.stack(frames)
