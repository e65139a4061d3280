"""What a generated video is held against frame by frame: the lawful render of its own question.

Only frames that the model was not given count. Where a question shows no picture, words alone leave open what
is to be seen, and there is no pair.

Axis letters: `time` frames, `height` and `width` pixels.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np
from jaxtyping import Float64, UInt8

from wsim.metrics.features import Signed
from wsim.metrics.lpips import LEAST_SIDE_PX, Lpips
from wsim.metrics.paired import ms_ssim, psnr, ssim

Frames = UInt8[np.ndarray, "time height width 3"]
Row: TypeAlias = Float64[np.ndarray, " _"]


@runtime_checkable
class ReadsPairs(Signed, Protocol):
    """Two videos of one shape in, numbers out."""

    def row(self, real: Frames, fake: Frames) -> Row:
        """One number a column of its `PairKind`, NaN where the frames are too small for it."""
        ...


@dataclass(frozen=True, slots=True)
class PairNumber:
    """One column: its name in reports, which way is good, and the least side of a frame it needs."""

    name: str
    better: Literal["higher", "lower"]
    least_side_px: int


@dataclass(frozen=True, slots=True)
class PairKind:
    """One reader of pairs.

    Attributes:
        load: on a device of torch.
        numbers: its columns.
        remedy: how to get what is not here.
    """

    load: Callable[[str], ReadsPairs]
    numbers: tuple[PairNumber, ...]
    remedy: str = ""


PIXEL_NUMBERS = (
    PairNumber("psnr", "higher", 1),
    PairNumber("ssim", "higher", 11),
    PairNumber("ms_ssim", "higher", 161),
)


class PixelPairs:
    """PSNR (mean over frames, each at most 100 dB), SSIM and MS-SSIM of pixels."""

    name, weights_fingerprint, preprocess_id = "pixels", "none", "srgb-valid11"

    def row(self, real: Frames, fake: Frames) -> Row:
        """PSNR in dB, SSIM, MS-SSIM."""
        side = min(real.shape[1:3])
        metrics: tuple[Callable[[Frames, Frames], float], ...] = (_psnr_db, ssim, ms_ssim)
        return np.array([
            metric(real, fake) if side >= number.least_side_px else np.nan
            for metric, number in zip(metrics, PIXEL_NUMBERS, strict=True)
        ])  # fmt: skip


class LpipsPairs:
    """LPIPS, mean over frames."""

    name, preprocess_id = "alex", "none"

    def __init__(self, network: Lpips) -> None:
        self.weights_fingerprint = network.weights_fingerprint
        self._network = network

    def row(self, real: Frames, fake: Frames) -> Row:
        """LPIPS alone."""
        if min(real.shape[1:3]) < LEAST_SIDE_PX:
            return np.array([np.nan])
        return np.array([self._network.between(real, fake).mean()])


def _psnr_db(real: Frames, fake: Frames) -> float:
    """The mean over frames."""
    return psnr(real, fake).of_frames_db


def _lpips(device: str) -> ReadsPairs:
    from wsim.metrics.lpips_weights import load_lpips

    return LpipsPairs(load_lpips(device=device))


PAIRS: Mapping[str, PairKind] = {
    "pixels": PairKind(lambda device: PixelPairs(), PIXEL_NUMBERS),
    "alex": PairKind(
        _lpips, (PairNumber("lpips[alex]", "lower", LEAST_SIDE_PX),), "wsim weights fetch lpips"
    ),
}
