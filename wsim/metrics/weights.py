"""Weights of I3D: where they are looked for, how they are read, and whether they are the right ones.

The network of FVD is TF-Hub's `deepmind/i3d-kinetics-400/1`, bit for bit DeepMind's checkpoint `rgb_scratch`
(Apache-2.0). `rgb_imagenet`, which many ports ship, is another network: none of its 230 tensors is the same.
Both are known here by one checksum a tensor, so that weights are proved right whatever file they come in.
No file is ever unpickled.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from wsim.errors import WsimError
from wsim.metrics.i3d import SCOPE, check_variables
from wsim.metrics.tf_checkpoint import is_checkpoint, read_tensors

RIGHT, WRONG, UNKNOWN = "tfhub400", "rgb_imagenet", "unknown"
FOLDER_VARIABLE = "WSIM_WEIGHTS_DIR"
_PLACES = ("i3d/model.ckpt.index", "i3d.safetensors", "i3d_torchscript.pt")
_BRANCHES = {
    "Branch_0/Conv3d_0a_1x1": "b0",
    "Branch_1/Conv3d_0a_1x1": "b1a",
    "Branch_1/Conv3d_0b_3x3": "b1b",
    "Branch_2/Conv3d_0a_1x1": "b2a",
    "Branch_2/Conv3d_0b_3x3": "b2b",
    "Branch_2/Conv3d_0a_3x3": "b2b",
    "Branch_3/Conv3d_0b_1x1": "b3b",
}


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose weights these are.

    Attributes:
        label: `tfhub400` (the network of FVD), `rgb_imagenet`, `unknown`, or the name of a stand-in.
        matched: tensors that are those of the label, of `total`.
        total: tensors that the network has.
        digest: SHA-256 of all checksums; equal for equal weights in any format.
    """

    label: str
    matched: int
    total: int
    digest: str

    @property
    def right(self) -> bool:
        """Whether FVD may be computed with them."""
        return self.label == RIGHT

    @property
    def fingerprint(self) -> str:
        """Short, for signatures."""
        return f"{self.label}:ok" if self.right else f"{self.label}:{self.digest[:8]}"

    def __str__(self) -> str:
        told = {
            RIGHT: "rgb_scratch, the network of FVD",
            WRONG: "rgb_imagenet, which is NOT the network of FVD (that is rgb_scratch)",
        }
        return f"{told.get(self.label, self.label)}: {self.matched} of {self.total} tensors match"


def weights_folder() -> Path:
    """`$WSIM_WEIGHTS_DIR`, else `weights` in the cache of wsim."""
    from wsim.runs.store import cache_folder

    return Path(os.environ.get(FOLDER_VARIABLE) or cache_folder() / "weights")


def find_i3d(path: Path | None = None) -> Path:
    """The file that was named, or the first that lies in the folder for weights.

    Raises:
        WsimError: there is none.
    """
    candidates = [path] if path else [weights_folder() / place for place in _PLACES]
    for candidate in candidates:
        if candidate.is_file() or is_checkpoint(candidate):
            return candidate
    raise WsimError(
        f"the weights of I3D are not available{', so fvd is not' if path is None else ': no such file'}",
        where=str(path or weights_folder()),
        remedy=f"`wsim weights fetch i3d` brings them; or put {_PLACES[0]} and its data, or {_PLACES[1]}, "
        f"there, or set {FOLDER_VARIABLE}",
    )


def load_variables(path: Path) -> tuple[dict[str, Float32[np.ndarray, "..."]], Identity]:
    """Variables of I3D by their names in TensorFlow, and whose they are.

    Args:
        path: a checkpoint of TensorFlow, or safetensors with the names of TensorFlow or of the usual port.

    Raises:
        WsimError: missing, damaged, of another format, or not this network.
    """
    from wsim.metrics.crc32c import masked_crc32c

    if is_checkpoint(path):
        variables, checksums = read_tensors(path)
    elif path.suffix == ".safetensors":
        variables = _named_as_tensorflow(_safetensors(path))
        checksums = {name: masked_crc32c(values) for name, values in variables.items()}
    else:
        raise WsimError(
            f"{path.suffix or 'a file without ending'} is no format of weights that is read",
            where=str(path),
            remedy="give a checkpoint of TensorFlow (.index beside .data) or .safetensors",
        )
    check_variables(variables, str(path))
    return variables, identify(checksums)


def identify(checksums: Mapping[str, int]) -> Identity:
    """Whose weights have these masked checksums, by the names of TensorFlow.

    Example:
        >>> identify({"RGB/inception_i3d/Logits/Conv3d_0c_1x1/conv_3d/b": 1}).label
        'unknown'
    """
    known = known_checksums()
    digest = hashlib.sha256("\n".join(f"{n}={c}" for n, c in sorted(checksums.items())).encode()).hexdigest()
    counts = [sum(checksums.get(name) == pair[column] for name, pair in known.items()) for column in range(2)]
    for label, matched in zip((RIGHT, WRONG), counts, strict=True):
        if matched == len(known):
            return Identity(label, matched, len(known), digest)
    return Identity(UNKNOWN, max(counts), len(known), digest)


@cache
def known_checksums() -> dict[str, tuple[int, int]]:
    """Masked CRC-32C of every tensor of `rgb_scratch` and of `rgb_imagenet`."""
    text = files("wsim.metrics").joinpath("i3d_checksums.json").read_text(encoding="utf-8")
    return {SCOPE + name: (right, wrong) for name, (right, wrong) in json.loads(text)["tensors"].items()}


def _safetensors(path: Path) -> dict[str, Float32[np.ndarray, "..."]]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file  # that of numpy does not know bfloat16

    try:
        return {name: values.float().numpy() for name, values in load_file(path).items()}
    except (OSError, SafetensorError) as error:
        raise WsimError(
            f"cannot read the weights: {error}", where=str(path), remedy="get the file again"
        ) from error


def _named_as_tensorflow(
    tensors: Mapping[str, Float32[np.ndarray, "..."]],
) -> dict[str, Float32[np.ndarray, "..."]]:
    """From the names and layout of the usual torch port (`Mixed_3b.b1a.conv3d.weight`), if it has them."""
    if any(name.startswith(SCOPE) for name in tensors):
        return dict(tensors)
    made = {}
    for name in known_checksums():
        layer, _, part = name.removeprefix(SCOPE).partition("/conv_3d/")
        layer, _, norm = layer.partition("/batch_norm/")
        block, _, branch = layer.partition("/")
        module = "logits" if block == "Logits" else f"{block}.{_BRANCHES[branch]}" if branch else block
        ported = {
            "w": "conv3d.weight",
            "b": "conv3d.bias",
            "beta": "bn.bias",
            "moving_mean": "bn.running_mean",
            "moving_variance": "bn.running_var",
        }[part or norm]
        if f"{module}.{ported}" not in tensors:
            continue
        values = tensors[f"{module}.{ported}"]
        if (tensors.get(f"{module}.bn.weight", np.ones(1, np.float32)) != 1.0).any():
            raise WsimError(
                f"{module}.bn.weight is not 1 everywhere", where="the weights of I3D",
                remedy="these weights were trained further; the network of FVD has no such scale",
            )  # fmt: skip
        made[name] = values.transpose(2, 3, 4, 1, 0) if part == "w" and values.ndim == 5 else values
    return made
