"""I3D, the network of FVD: Inception-v1 inflated to video (Carreira and Zisserman, CVPR 2017).

Layer for layer the graph of TF-Hub's `deepmind/i3d-kinetics-400/1`: 58 convolutions, 57 batch norms without
gamma and with epsilon 1e-3, SAME padding as TensorFlow pads, 400 logits averaged over time. Variables go by
the names that TensorFlow gave them. Batch norms are folded into the convolutions (exact to 4e-7).

Axis letters: `clip`, `time`, `height` and `width` pixels; kernels `out in depth rows columns`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor, nn
from torch.nn import functional

from wsim.errors import WsimError

Variables: TypeAlias = Mapping[str, Float32[np.ndarray, "..."]]

BN_EPSILON = 1e-3
CLASSES = 400
LEAST_FRAMES = 9  # 9 frames become 5, 3, 2; 8 become 4, 2, 1, and the last pool spans 2
SCOPE = "RGB/inception_i3d/"
SIDE_PX = 224
_LOGITS = "Logits/Conv3d_0c_1x1"
_STEM = (("Conv3d_1a_7x7", 3, 64, 7, 2), ("Conv3d_2b_1x1", 64, 64, 1, 1), ("Conv3d_2c_3x3", 64, 192, 3, 1))
# Channels in; then branch 0, the two layers of branch 1, the two of branch 2, and branch 3.
_MIXED = {
    "Mixed_3b": (192, 64, 96, 128, 16, 32, 32),
    "Mixed_3c": (256, 128, 128, 192, 32, 96, 64),
    "Mixed_4b": (480, 192, 96, 208, 16, 48, 64),
    "Mixed_4c": (512, 160, 112, 224, 24, 64, 64),
    "Mixed_4d": (512, 128, 128, 256, 24, 64, 64),
    "Mixed_4e": (512, 112, 144, 288, 32, 64, 64),
    "Mixed_4f": (528, 256, 160, 320, 32, 128, 128),
    "Mixed_5b": (832, 256, 160, 320, 32, 128, 128),
    "Mixed_5c": (832, 384, 192, 384, 48, 128, 128),
}
_POOLS = {  # after the layer of that name: kernel and stride in time and in space
    "Conv3d_1a_7x7": ((1, 3, 3), (1, 2, 2)),
    "Conv3d_2c_3x3": ((1, 3, 3), (1, 2, 2)),
    "Mixed_3c": ((3, 3, 3), (2, 2, 2)),
    "Mixed_4f": ((2, 2, 2), (2, 2, 2)),
}


@dataclass(frozen=True, slots=True)
class Convolution:
    """One of the 58 convolutions; the last alone has a bias and no batch norm."""

    name: str
    inputs: int
    outputs: int
    side: int
    stride: int

    @property
    def variables(self) -> dict[str, tuple[int, ...]]:
        """Names and shapes of its variables, as TensorFlow stores them."""
        scope, channels = SCOPE + self.name, (1, 1, 1, 1, self.outputs)
        kernel: dict[str, tuple[int, ...]] = {
            f"{scope}/conv_3d/w": (self.side, self.side, self.side, self.inputs, self.outputs)
        }
        if self.name == _LOGITS:
            return kernel | {f"{scope}/conv_3d/b": (self.outputs,)}
        norms = ("beta", "moving_mean", "moving_variance")
        return kernel | {f"{scope}/batch_norm/{part}": channels for part in norms}


def convolutions() -> Iterator[Convolution]:
    """All convolutions, in the order of the graph."""
    yield from (Convolution(*layer) for layer in _STEM)
    for block, (inputs, b0, b1a, b1b, b2a, b2b, b3) in _MIXED.items():
        second = "Conv3d_0a_3x3" if block == "Mixed_5b" else "Conv3d_0b_3x3"  # a slip in the original graph
        yield Convolution(f"{block}/Branch_0/Conv3d_0a_1x1", inputs, b0, 1, 1)
        yield Convolution(f"{block}/Branch_1/Conv3d_0a_1x1", inputs, b1a, 1, 1)
        yield Convolution(f"{block}/Branch_1/Conv3d_0b_3x3", b1a, b1b, 3, 1)
        yield Convolution(f"{block}/Branch_2/Conv3d_0a_1x1", inputs, b2a, 1, 1)
        yield Convolution(f"{block}/Branch_2/{second}", b2a, b2b, 3, 1)
        yield Convolution(f"{block}/Branch_3/Conv3d_0b_1x1", inputs, b3, 1, 1)
    yield Convolution(_LOGITS, 1024, CLASSES, 1, 1)


class Unit(nn.Module):
    """A convolution with SAME padding; a batch norm, if there is one, is folded into it."""

    kernel: Tensor
    bias: Tensor

    def __init__(self, layer: Convolution, variables: Variables, bn_epsilon: float) -> None:
        super().__init__()
        kernel, bias = _folded(layer, variables, bn_epsilon)
        self.stride = (layer.stride,) * 3
        self.register_buffer("kernel", kernel.contiguous(memory_format=torch.channels_last_3d))
        self.register_buffer("bias", bias)

    def forward(
        self, x: Float[Tensor, "clip inputs time height width"]
    ) -> Float[Tensor, "clip outputs time_out height_out width_out"]:
        """The convolution alone; who calls it rectifies."""
        if self.kernel.shape[2:].numel() == 1:  # a product of matrices, where channels come last
            last = functional.linear(x.permute(0, 2, 3, 4, 1), self.kernel.flatten(1), self.bias)
            return last.permute(0, 4, 1, 2, 3)
        x, padding = _padded(x, tuple(self.kernel.shape[2:]), self.stride)
        return functional.conv3d(x, self.kernel, self.bias, stride=self.stride, padding=padding)


class I3D(nn.Module):
    """Clips in, logits out.

    Args:
        variables: all 230, by the names and in the layout of TensorFlow.
        bn_epsilon: 1e-3 as in the graph; several published ports use 1e-5.

    Raises:
        WsimError: a variable is missing or has another shape.
    """

    def __init__(self, variables: Variables, *, bn_epsilon: float = BN_EPSILON) -> None:
        super().__init__()
        check_variables(variables)
        self.pool = max_pool
        self.units = nn.ModuleDict(
            {layer.name: Unit(layer, variables, bn_epsilon) for layer in convolutions()}
        )
        self.branches = {
            block: [
                [layer.name for layer in convolutions() if layer.name.startswith(f"{block}/Branch_{i}/")]
                for i in range(4)
            ]
            for block in _MIXED
        }

    def forward(self, clips: Float[Tensor, "clip 3 time 224 224"]) -> Float[Tensor, "clip 400"]:
        """Logits averaged over time, before any softmax.

        Args:
            clips: sRGB in -1..1.

        Raises:
            WsimError: fewer than 9 frames.
        """
        check_length(clips.shape[2])
        x = clips.contiguous(memory_format=torch.channels_last_3d)
        for name in (*(layer[0] for layer in _STEM), *_MIXED):
            x = self._mixed(name, x) if name in _MIXED else functional.relu_(self.units[name](x))
            if name in _POOLS:
                x = self.pool(x, *_POOLS[name])
        x = functional.avg_pool3d(x, (2, 7, 7), stride=1)
        logits: Tensor = self.units[_LOGITS](x)
        return logits.mean(dim=(2, 3, 4))

    def _mixed(
        self, block: str, x: Float[Tensor, "clip inputs time height width"]
    ) -> Float[Tensor, "clip outputs time height width"]:
        found = []
        for index, branch in enumerate(self.branches[block]):
            y = self.pool(x, (3, 3, 3), (1, 1, 1)) if index == 3 else x
            for name in branch:
                y = functional.relu_(self.units[name](y))
            found.append(y)
        return torch.cat(found, dim=1)


def check_variables(variables: Variables, where: str = "the variables of I3D") -> None:
    """Refuse variables that are not those of this network; `where` says what they were read from.

    Raises:
        WsimError: one is missing or has another shape.
    """
    wanted = {name: shape for layer in convolutions() for name, shape in layer.variables.items()}
    for name, shape in wanted.items():
        if name not in variables or variables[name].size != int(np.prod(shape)):
            has = f"has shape {variables[name].shape}, not {shape}" if name in variables else "is missing"
            raise WsimError(
                f"{name} {has}",
                where=where,
                remedy="give the checkpoint of the RGB stream for 400 classes",
            )


def check_length(frames: int) -> None:
    """Refuse clips that the network cannot see.

    Raises:
        WsimError: fewer than 9 frames. (The original graph answers NaN.)
    """
    if frames < LEAST_FRAMES:
        raise WsimError(
            f"{frames} frames are too few for I3D",
            where="a clip",
            remedy=f"give clips of at least {LEAST_FRAMES} frames; 16 is the custom",
        )


def seeded_variables() -> dict[str, Float32[np.ndarray, "..."]]:
    """Variables that mean nothing but are the same everywhere: they try the network without its weights."""
    names = sorted(name for layer in convolutions() for name in layer.variables)
    shapes = {name: shape for layer in convolutions() for name, shape in layer.variables.items()}
    made = {}
    for index, name in enumerate(names):
        rng, shape = np.random.RandomState(1000 + index), shapes[name]
        if name.endswith("conv_3d/w"):
            values = rng.standard_normal(shape) * np.sqrt(2.0 / np.prod(shape[:-1]))
        elif name.endswith("moving_variance"):
            values = rng.uniform(0.5, 1.5, shape)
        else:
            values = rng.standard_normal(shape) * 0.1
        made[name] = values.astype(np.float32)
    return made


def _folded(
    layer: Convolution, variables: Variables, epsilon: float
) -> tuple[Float[Tensor, "out in depth rows columns"], Float[Tensor, " out"]]:
    """Kernel and bias, with the batch norm in them, computed in float64."""
    scope = SCOPE + layer.name
    kernel = np.asarray(variables[f"{scope}/conv_3d/w"], dtype=np.float64).transpose(4, 3, 0, 1, 2)
    if layer.name == _LOGITS:
        bias = np.asarray(variables[f"{scope}/conv_3d/b"], dtype=np.float64)
    else:
        beta, mean, variance = (
            np.asarray(variables[f"{scope}/batch_norm/{part}"], dtype=np.float64).ravel()
            for part in ("beta", "moving_mean", "moving_variance")
        )
        scale = 1.0 / np.sqrt(variance + epsilon)
        kernel, bias = kernel * scale[:, None, None, None, None], beta - mean * scale
    return torch.from_numpy(kernel.astype(np.float32)), torch.from_numpy(bias.astype(np.float32))


def max_pool(
    x: Float[Tensor, "clip channel time height width"],
    kernel: tuple[int, int, int],
    stride: tuple[int, int, int],
) -> Float[Tensor, "clip channel time_out height_out width_out"]:
    """SAME padding with zeros, which changes nothing: what comes here has been rectified.

    One axis after the other: the same numbers, and 6 comparisons in place of 27.
    """
    for axis, (side, step) in enumerate(zip(kernel, stride, strict=True), start=2):
        if side > 1:
            x = _max_along(x, axis, side, step)
    return x


def _max_along(
    x: Float[Tensor, "clip channel _ _ _"], axis: int, side: int, step: int
) -> Float[Tensor, "clip channel _ _ _"]:
    """The greatest of `side` neighbours at every `step`; those outside do not count."""
    size = x.shape[axis]
    before = _same(size, side, step) // 2
    found = _every(x, axis, step).clone(memory_format=torch.channels_last_3d)
    for offset in range(-before, side - before):
        first = -(offset // step) if offset < 0 else 0  # of the windows that have this neighbour
        start = first * step + offset
        shifted = _every(x.narrow(axis, start, size - start), axis, step)
        count = min(found.shape[axis] - first, shifted.shape[axis])
        part = found.narrow(axis, first, count)
        torch.maximum(part, shifted.narrow(axis, 0, count), out=part)
    return found


def _every(
    x: Float[Tensor, "clip channel _ _ _"], axis: int, step: int
) -> Float[Tensor, "clip channel _ _ _"]:
    return x[(slice(None),) * axis + (slice(None, None, step),)]


def _padded(
    x: Float[Tensor, "clip channel time height width"], kernel: tuple[int, ...], stride: tuple[int, ...]
) -> tuple[Float[Tensor, "clip channel _ _ _"], tuple[int, ...]]:
    """TensorFlow's SAME: an odd pixel of padding goes behind, so it hangs on the parity of every axis."""
    totals = [_same(*axis) for axis in zip(x.shape[2:], kernel, stride, strict=True)]
    if not any(total % 2 for total in totals):
        return x, tuple(total // 2 for total in totals)  # the operator pads by itself, without a copy
    around = [end for total in reversed(totals) for end in (total // 2, total - total // 2)]
    return functional.pad(x, around), (0, 0, 0)


def _same(size: int, side: int, step: int) -> int:
    """How much TensorFlow pads an axis, at both ends together."""
    return max((-(-size // step) - 1) * step + side - size, 0)
