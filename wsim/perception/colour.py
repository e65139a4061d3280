"""Colours as people see them: sRGB to CIE LAB, and robust distances between pictures.

Axis letters: `...` any leading axes, `time`, `height`, `width`, `pixel` any pixels, 3 colour channels.
"""

import numpy as np
from jaxtyping import Bool, Float32, Float64, UInt8

from wsim.perception.pixelwise import count_unlike, differences, exposure_moments, lab_of_levels

# IEC 61966-2-1 (sRGB), D65 white: linear RGB to XYZ divided by the white point.
_XYZ_OVER_WHITE = (
    np.array([[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]])
    / np.array([[0.950456], [1.0], [1.088754]])
).astype(np.float32)
_LEVELS = np.arange(256) / 255.0
_LINEAR = np.where(_LEVELS <= 0.04045, _LEVELS / 12.92, ((_LEVELS + 0.055) / 1.055) ** 2.4).astype(np.float32)
_EXPOSURE_GAIN = (0.85, 1.15)
_EXPOSURE_SHIFT_LAB = 6.0
_CUBE = (6.0 / 29.0) ** 3  # below it, CIE 1976 replaces the cube root by its tangent
# The cube root by table, four times as fast: off by less than 0.04 LAB, a tenth of a grey level in the dark.
_BRIGHTEST, _STEPS = 1.05, 1 << 17
_SHARES = np.arange(_STEPS + 1) * (_BRIGHTEST / _STEPS)
_ROOT = np.where(_SHARES > _CUBE, np.cbrt(_SHARES), _SHARES * (841.0 / 108.0) + 4.0 / 29.0).astype(np.float32)
_TO_STEP = np.float32(_STEPS / _BRIGHTEST)


def lab(rgb: UInt8[np.ndarray, "... 3"]) -> Float32[np.ndarray, "... 3"]:
    """CIE 1976 L*a*b* (D65) of sRGB: L in 0..100, a and b about -110..110.

    A distance of 2 is just noticeable, 50 is another colour.

    Example:
        >>> lab(np.array([[255, 255, 255], [0, 0, 0]], np.uint8)).round().astype(int).tolist()
        [[100, 0, 0], [0, 0, 0]]
    """
    out = np.empty(rgb.shape, dtype=np.float32)
    pixels = np.ascontiguousarray(rgb).reshape(-1, 3)
    lab_of_levels(pixels, _LINEAR, _XYZ_OVER_WHITE, _ROOT, _TO_STEP, out.reshape(-1, 3))
    return out


def lab_of(colour: tuple[float, float, float]) -> Float32[np.ndarray, "3"]:
    """LAB of one sRGB colour in 0..1."""
    levels = np.clip(np.asarray(colour) * 255.0, 0, 255).round().astype(np.uint8)
    return lab(levels)


def difference(
    a: Float32[np.ndarray, "... 3"], b: Float32[np.ndarray, "... 3"]
) -> Float32[np.ndarray, "..."]:
    """Huber, with its knee at 10, of the Euclidean LAB distance (CIE76), pixel by pixel."""
    one, other = (np.ascontiguousarray(side, dtype=np.float32) for side in np.broadcast_arrays(a, b))
    out = np.empty(one.shape[:-1], dtype=np.float32)
    differences(one.reshape(-1, 3), other.reshape(-1, 3), out.reshape(-1))
    return out


def share_unlike(
    one: UInt8[np.ndarray, "time height width 3"],
    other: UInt8[np.ndarray, "time height width 3"],
    limit_lab: float,
) -> Float64[np.ndarray, " time"]:
    """Share of every picture, 0..1, whose colours are further apart than a limit (`difference`)."""
    limit, tables = np.float32(limit_lab), (_LINEAR, _XYZ_OVER_WHITE, _ROOT, _TO_STEP)
    pairs = ((a.reshape(-1, 3), b.reshape(-1, 3)) for a, b in zip(one, other, strict=True))
    return np.array([count_unlike(a, b, *tables, limit) / len(a) for a, b in pairs], dtype=np.float64)


def match_exposure(
    picture: Float32[np.ndarray, "*pixels 3"],
    reference: Float32[np.ndarray, "*pixels 3"],
    where: Bool[np.ndarray, "*pixels"],
) -> Float32[np.ndarray, "*pixels 3"]:
    """Undo a small change of exposure and tint, judged on the pixels where the two should agree.

    Bounded (gain 0.85 to 1.15 on L, shifts of 6 LAB units), so that a fade or another picture cannot be
    explained away. On plain ground one small thing carries nearly all contrast, and where it goes or changes,
    regression takes that for a gain; a gain counts only where it brings the pictures nearer (Huber).
    """
    here, there = (
        np.ascontiguousarray(side, dtype=np.float32).reshape(-1, 3) for side in (picture, reference)
    )
    counts = np.ascontiguousarray(where).reshape(-1)
    count, together, spread = exposure_moments(here, there, counts)
    if not count:
        return picture
    if count < len(counts):
        here, there = here[counts], there[counts]
    gain = min(max(together / spread, _EXPOSURE_GAIN[0]), _EXPOSURE_GAIN[1]) if spread > 1.0 else 1.0
    _, scale, shift = min((_undone(here, there, one) for one in (1.0, gain)), key=lambda undone: undone[0])
    return np.asarray(picture / scale + shift, dtype=np.float32)


def _undone(
    here: Float32[np.ndarray, "pixel 3"], there: Float32[np.ndarray, "pixel 3"], gain: float
) -> tuple[float, Float32[np.ndarray, "3"], Float32[np.ndarray, "3"]]:
    """What is left when a gain on L and the shift that goes with it are undone; both, for three channels."""
    scale = np.array([gain, 1.0, 1.0], dtype=np.float32)
    gaps = np.ascontiguousarray((there - here / scale).T)
    shift = np.clip(np.median(gaps, axis=1, overwrite_input=True), -_EXPOSURE_SHIFT_LAB, _EXPOSURE_SHIFT_LAB)
    left = np.empty(len(here), dtype=np.float32)
    differences(np.asarray(here / scale + shift, dtype=np.float32), there, left)
    return float(left.mean(dtype=np.float64)), scale, shift
