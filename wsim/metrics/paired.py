"""How near a video is to the one it should be, frame by frame: PSNR, SSIM, MS-SSIM.

Definitions differ between libraries. Here: values in 0..1, every channel of sRGB by itself, SSIM with a
Gaussian window of 11 pixels and sigma 1.5 wherever it lies wholly inside the frame (Wang et al., 2004, who
took luminance), the range of the data never taken from the data, and the mean over frames last.

Axis letters: `time` frames, `height` and `width` pixels, 3 channels.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, UInt8

from wsim.errors import WsimError

Frames = UInt8[np.ndarray, "time height width 3"]
Others = UInt8[np.ndarray, "_ _ _ 3"]  # the shape is checked in words
Planes = Float64[np.ndarray, "time height width 3"]
Smaller = Float64[np.ndarray, "time rows columns 3"]

MOST_DB = 100.0  # of equal frames
_WINDOW_PX, _SIGMA_PX = 11, 1.5
_PIXELS = 1 << 18  # of the frames that are looked at together
_C1, _C2 = 0.01**2, 0.03**2
_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # of five scales (Wang, Simoncelli and Bovik, 2003)


@dataclass(frozen=True, slots=True)
class Psnr:
    """Both customs of averaging, in decibels; they differ wherever frames differ in quality.

    Attributes:
        of_frames_db: mean of the PSNR of every frame, each at most 100.
        pooled_db: PSNR of the mean squared error of all frames.
    """

    of_frames_db: float
    pooled_db: float


def psnr(real: Frames, fake: Others) -> Psnr:
    """Peak signal-to-noise ratio.

    Raises:
        WsimError: other shapes, or no frames.

    Example:
        >>> black, white = np.zeros((2, 4, 4, 3), np.uint8), np.full((2, 4, 4, 3), 255, np.uint8)
        >>> psnr(black, white).pooled_db, psnr(black, black).pooled_db
        (0.0, 100.0)
    """
    _check(real, fake, 1, "psnr")
    errors = np.concatenate([((a - b) ** 2).mean(axis=(1, 2, 3)) for a, b in _planes(real, fake)])
    return Psnr(float(_decibels(errors).mean()), float(_decibels(errors.mean(keepdims=True))[0]))


def ssim(real: Frames, fake: Others) -> float:
    """Structural similarity, -1..1, 1 for equal videos.

    Raises:
        WsimError: other shapes, no frames, or frames smaller than the window.
    """
    _check(real, fake, _WINDOW_PX, "ssim")
    found = []
    for a, b in _planes(real, fake):
        luminance, contrast = _maps(a, b)
        found.append((luminance * contrast).mean(axis=(1, 2, 3)))
    return float(np.concatenate(found).mean())


def ms_ssim(real: Frames, fake: Others) -> float:
    """Structural similarity at five scales, 0..1; each halves the frame, odd sizes are rounded up.

    Raises:
        WsimError: other shapes, no frames, or a side of less than 161 pixels.
    """
    _check(real, fake, (_WINDOW_PX - 1) * 2 ** (len(_WEIGHTS) - 1) + 1, "ms_ssim")
    return float(np.concatenate([_at_all_scales(a, b) for a, b in _planes(real, fake)]).mean())


def _at_all_scales(a: Planes, b: Planes) -> Float64[np.ndarray, "time 3"]:
    product = np.ones((len(a), 3))
    for scale, weight in enumerate(_WEIGHTS):
        luminance, contrast = _maps(a, b)
        last = scale == len(_WEIGHTS) - 1
        mean = (luminance * contrast if last else contrast).mean(axis=(1, 2))
        product *= np.maximum(mean, 0.0) ** weight  # structure turned round is no structure
        a, b = _halved(a), _halved(b)
    return product


def _maps(a: Planes, b: Planes) -> tuple[Smaller, Smaller]:
    """Similarity of luminance, and of contrast and structure, at every place of the window."""
    mean_a, mean_b = _blurred(a), _blurred(b)
    var_a, var_b = _blurred(a * a) - mean_a**2, _blurred(b * b) - mean_b**2
    both = _blurred(a * b) - mean_a * mean_b
    luminance = (2 * mean_a * mean_b + _C1) / (mean_a**2 + mean_b**2 + _C1)
    return luminance, (2 * both + _C2) / (var_a + var_b + _C2)


def _blurred(planes: Planes) -> Smaller:
    """Under the window, only where it lies wholly inside."""
    from scipy.ndimage import correlate1d

    half = _WINDOW_PX // 2
    weights = np.exp(-0.5 * (np.arange(-half, half + 1) / _SIGMA_PX) ** 2)
    weights /= weights.sum()
    down = correlate1d(planes, weights, axis=1)[:, half:-half]
    return np.asarray(correlate1d(down, weights, axis=2)[:, :, half:-half])


def _halved(planes: Planes) -> Smaller:
    """Means of 2 x 2 pixels; the last row or column of an odd size counts twice."""
    height, width = planes.shape[1:3]
    even = np.pad(planes, ((0, 0), (0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    return np.asarray((even[:, ::2, ::2] + even[:, 1::2, ::2] + even[:, ::2, 1::2] + even[:, 1::2, 1::2]) / 4)


def _decibels(errors: Float64[np.ndarray, " n"]) -> Float64[np.ndarray, " n"]:
    return np.asarray(-10.0 * np.log10(np.maximum(errors, 10.0 ** (-MOST_DB / 10.0))) + 0.0)


def _planes(real: Frames, fake: Others) -> Iterator[tuple[Planes, Planes]]:
    """A few frames of both at a time: in float64, and with all that is made of them, they are large."""
    few = max(1, _PIXELS // (real.shape[1] * real.shape[2]))
    for start in range(0, len(real), few):
        yield real[start : start + few] / 255.0, fake[start : start + few] / 255.0


def _check(real: Frames, fake: Others, least_px: int, metric: str) -> None:
    if real.shape != fake.shape or not real.size:
        raise WsimError(
            f"videos of shapes {list(real.shape)} and {list(fake.shape)} have no frames in common",
            where="a paired metric",
            remedy="give two videos of one length and size, and at least one frame",
        )
    side = min(real.shape[1:3])
    if side < least_px:
        raise WsimError(
            f"frames of {side} pixels are too small for {metric}",
            where="a paired metric",
            remedy=f"give frames of at least {least_px} pixels a side; enlarging them is another metric",
        )
