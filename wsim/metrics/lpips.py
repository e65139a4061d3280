"""LPIPS: how different two pictures look (Zhang et al., CVPR 2018), version 0.1 over AlexNet; 0 if equal.

Both pictures go through five layers of AlexNet (Krizhevsky, 2014). At every place of a layer the channels are
made a vector of length 1, squared differences are weighed by a trained head, and the means over places are
summed (equation 1). Only published weights make LPIPS: `wsim.metrics.lpips_weights` proves them right.

The network is built here from its tensors, so torchvision is not imported: it may be absent, healthy, or
built for another torch.

Axis letters: `time` frames, `height` and `width` pixels, `channel` of a layer.
"""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

import numpy as np
import torch
from jaxtyping import Float32, Float64, UInt8
from torch import Tensor
from torch.nn import functional

from wsim.errors import WsimError
from wsim.precision import float32_inference

Frames = UInt8[np.ndarray, "time height width 3"]
Others = UInt8[np.ndarray, "_ _ _ 3"]  # the shape is checked in words
Tensors: TypeAlias = Mapping[str, Float32[Tensor, "..."]]

LEAST_SIDE_PX = 31  # 30 become 6, and two pools of 3 leave nothing
_BATCH_FRAMES = 32
_SHIFT, _SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)  # ImageNet's, of values in -1..1
_LAYERS = ((0, 64, 3, 11), (3, 192, 64, 5), (6, 384, 192, 3), (8, 256, 384, 3), (10, 256, 256, 3))
_STRIDE_PADDING = ((4, 2), (1, 2), (1, 1), (1, 1), (1, 1))
_POOLED = (1, 2)  # layers before which every second row and column is kept, the most of 3 x 3
_TINY = 1e-10


class Lpips:
    """Pairs of videos in, one distance a frame out.

    Args:
        trunk: `features.*` of torchvision's AlexNet; the rest is not looked at.
        heads: `lin0.model.1.weight` to `lin4.model.1.weight`, each one weight a channel.
        fingerprint: whose weights these are; it is part of every signature.
        device: of torch.

    Raises:
        WsimError: a tensor is missing or has another shape.
    """

    def __init__(self, trunk: Tensors, heads: Tensors, fingerprint: str, *, device: str = "cpu") -> None:
        self.weights_fingerprint = fingerprint
        self._device = torch.device(device)
        self._kernels, self._biases, self._heads = [], [], []
        for number, (place, outputs, inputs, side) in enumerate(_LAYERS):
            self._kernels.append(
                self._taken(trunk, f"features.{place}.weight", (outputs, inputs, side, side))
            )
            self._biases.append(self._taken(trunk, f"features.{place}.bias", (outputs,)))
            self._heads.append(self._taken(heads, f"lin{number}.model.1.weight", (1, outputs, 1, 1)))

    def between(self, real: Frames, fake: Others) -> Float64[np.ndarray, " time"]:
        """The distance of every frame of one video from the same frame of the other.

        Raises:
            WsimError: other shapes, no frames, or frames smaller than 31 pixels.
        """
        _check_pair(real, fake)
        found = []
        with float32_inference():
            for start in range(0, len(real), _BATCH_FRAMES):
                part = slice(start, start + _BATCH_FRAMES)
                found.append(self._distances(real[part], fake[part]).double().cpu().numpy())
        return np.concatenate(found)

    def _distances(self, real: Frames, fake: Frames) -> Float32[Tensor, " time"]:
        total = torch.zeros(len(real), device=self._device)
        for a, b, head in zip(self._seen(real), self._seen(fake), self._heads, strict=True):
            difference = (_of_length_one(a) - _of_length_one(b)) ** 2
            total += functional.conv2d(difference, head).mean(dim=(1, 2, 3))
        return total

    def _seen(self, frames: Frames) -> Iterator[Float32[Tensor, "time channel rows columns"]]:
        """What the five layers answer."""
        pixels = torch.from_numpy(np.ascontiguousarray(frames)).to(self._device).permute(0, 3, 1, 2)
        shift, scale = (torch.tensor(v, device=self._device)[:, None, None] for v in (_SHIFT, _SCALE))
        x = (pixels.to(torch.float32) / 127.5 - 1.0 - shift) / scale
        for number, (stride, padding) in enumerate(_STRIDE_PADDING):
            if number in _POOLED:
                x = functional.max_pool2d(x, 3, 2)
            kernel, bias = self._kernels[number], self._biases[number]
            x = functional.relu(functional.conv2d(x, kernel, bias, stride=stride, padding=padding))
            yield x

    def _taken(self, tensors: Tensors, name: str, shape: tuple[int, ...]) -> Tensor:
        if name not in tensors or tuple(tensors[name].shape) != shape:
            has = f"has shape {list(tensors[name].shape)}" if name in tensors else "is missing"
            raise WsimError(
                f"{name} {has}",
                where="the tensors of LPIPS",
                remedy="give AlexNet of torchvision, and the heads of version 0.1 over it",
            )
        return tensors[name].to(self._device, torch.float32)


def _of_length_one(x: Float32[Tensor, "time channel rows columns"]) -> Float32[Tensor, "time channel _ _"]:
    """Vectors of channels; nothing stays nothing."""
    length: Tensor = (x**2).sum(dim=1, keepdim=True).sqrt()
    return x / (length + _TINY)


def _check_pair(real: Frames, fake: Others) -> None:
    if real.shape != fake.shape or not real.size:
        raise WsimError(
            f"videos of shapes {list(real.shape)} and {list(fake.shape)} have no frames in common",
            where="a paired metric",
            remedy="give two videos of one length and size, and at least one frame",
        )
    if min(real.shape[1:3]) < LEAST_SIDE_PX:
        raise WsimError(
            f"frames of {min(real.shape[1:3])} pixels are too small for lpips",
            where="a paired metric",
            remedy=f"give frames of at least {LEAST_SIDE_PX} pixels a side; enlarging them is another metric",
        )
