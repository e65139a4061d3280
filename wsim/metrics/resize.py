"""How clips come to the 224 x 224 pixels that I3D sees: the original's way, and those of published ports.

The original (TensorFlow 1) squashes with corner-aligned sampling, source = target * scale, without
half-pixel centres and without antialiasing; ports use half-pixel centres, and some crop. The choice moves
FVD by percents, so it has a name and is part of the signature.

Axis letters: `clip`, `time`, `height` and `width` pixels; `row` and `column` of the result.
"""

import math
from collections.abc import Callable, Mapping
from functools import partial

import torch
from jaxtyping import Float32, Int64, UInt8
from torch import Tensor
from torch.nn import functional

from wsim.errors import WsimError
from wsim.metrics.i3d import SIDE_PX

Images = Float32[Tensor, "image 3 height width"]
Resized = Float32[Tensor, "image 3 row column"]
STRICT = "tf1-squash224"


def network_input(
    clips: UInt8[Tensor, "clip time height width 3"], resize: str = STRICT
) -> Float32[Tensor, "clip 3 time 224 224"]:
    """Clips as I3D wants them: resized, and in -1..1.

    Args:
        clips: sRGB.
        resize: one of `RESIZES`.

    Raises:
        WsimError: no way of that name.
    """
    if resize not in RESIZES:
        raise WsimError(
            f"{resize!r} is no way to resize", where="resize", remedy=f"give one of: {', '.join(RESIZES)}"
        )
    images = clips.flatten(0, 1).permute(0, 3, 1, 2).to(torch.float32)
    small = RESIZES[resize](images).reshape(*clips.shape[:2], 3, SIDE_PX, SIDE_PX).transpose(1, 2)
    scaled: Tensor = 2.0 * small / 255.0 - 1.0
    return scaled


def bilinear(images: Images, height: int, width: int, *, half_pixel: bool) -> Resized:
    """Bilinear without antialiasing, to the bit as TensorFlow computes it.

    Args:
        images: any range.
        height: rows wanted.
        width: columns wanted.
        half_pixel: centres at half pixels (`resize` of TensorFlow 2, `interpolate` of torch), else source =
            target * scale (`resize_bilinear` of TensorFlow 1).
    """
    left, right, along = _samples(images.shape[3], width, half_pixel, images.device)
    across = images[..., left] + (images[..., right] - images[..., left]) * along
    top, bottom, down = _samples(images.shape[2], height, half_pixel, images.device)
    upper, lower = across[..., top, :], across[..., bottom, :]
    return upper + (lower - upper) * down[:, None]


def _samples(
    size: int, wanted: int, half_pixel: bool, device: torch.device
) -> tuple[Int64[Tensor, " target"], Int64[Tensor, " target"], Float32[Tensor, " target"]]:
    """The two neighbours of every target, and how far it lies from the first to the second."""
    scale = torch.tensor(size, dtype=torch.float32) / wanted
    targets = torch.arange(wanted, dtype=torch.float32)
    sources = (targets + 0.5) * scale - 0.5 if half_pixel else targets * scale
    below = sources.floor()
    first = below.long().clamp(0, size - 1)
    second = (below.long() + 1).clamp(0, size - 1)
    return first.to(device), second.to(device), (sources - below).to(device)


def _tf1_squash(images: Images) -> Resized:
    return bilinear(images, SIDE_PX, SIDE_PX, half_pixel=False)


def _half_squash(images: Images) -> Resized:
    return bilinear(images, SIDE_PX, SIDE_PX, half_pixel=True)


def _half_crop(images: Images) -> Resized:
    """The short side to 224, the middle of the long one (VideoGPT)."""
    height, width = _covering(images, SIDE_PX)
    return _centre(bilinear(images, height, width, half_pixel=True), SIDE_PX)


def _loaded(images: Images, side: int) -> Resized:
    """As cd-FVD's loader: the middle at `side` pixels, antialiased, cut to whole levels; then squashed."""
    size = _covering(images, side)
    small = functional.interpolate(
        images / 255.0, size=size, mode="bilinear", align_corners=False, antialias=True
    )
    levels = (_centre(small, side) * 255.0).clamp(0.0, 255.0).floor()
    return _half_squash(levels)


def _covering(images: Images, side: int) -> tuple[int, int]:
    """Height and width with the short side at `side`, the long one rounded up."""
    height, width = images.shape[2:]
    scale = side / min(height, width)
    return (side, math.ceil(width * scale)) if height < width else (math.ceil(height * scale), side)


def _centre(images: Images, side: int) -> Resized:
    top, left = (images.shape[2] - side) // 2, (images.shape[3] - side) // 2
    return images[..., top : top + side, left : left + side]


RESIZES: Mapping[str, Callable[[Images], Resized]] = {
    STRICT: _tf1_squash,
    "half-squash224": _half_squash,
    "half-crop224": _half_crop,
    "aa-crop128-half-squash224": partial(_loaded, side=128),
    "aa-crop256-half-squash224": partial(_loaded, side=256),
}
