"""The networks that sets of videos are looked at through: what each is good for, and whether it is here.

A network whose weights are not here is told with what brings them; nothing ever stands in for it.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np
from jaxtyping import Float64

from wsim.errors import ExitCode, WsimError
from wsim.metrics.features import FeatureExtractor
from wsim.metrics.frechet import frechet_distance
from wsim.metrics.kernel import Units, discrepancy_between, jedi
from wsim.metrics.weights import FOLDER_VARIABLE, weights_folder

CLIP_VARIABLE, VJEPA2_VARIABLE = "WSIM_CLIP", "WSIM_VJEPA2"
ENCODER_FILE = "encoder.safetensors"
Set: TypeAlias = tuple[Float64[np.ndarray, "_ _"], Units]
APART = ("between-worlds",)  # pairs of one world are left out


@runtime_checkable
class ReadsWords(Protocol):
    """A network that sees how well clips fit words."""

    def likeness(
        self, features: Float64[np.ndarray, "clip dim"], texts: Sequence[str]
    ) -> Float64[np.ndarray, "clip text"]:
        """Of every clip and every text, -100..100."""
        ...


@dataclass(frozen=True, slots=True)
class SetDistance:
    """A distance between two sets of features.

    Attributes:
        of: reference and generated features, one row a video, each with the worlds of the videos.
        biased: it is never below 0 and falls with the number of videos; below `LEAST_PER_DIM` videos a
            dimension it says so.
        said: what its signature says besides.
        least_worlds: it needs: pairs of one world may not count.
    """

    of: Callable[[Set, Set], float]
    biased: bool
    said: tuple[str, ...] = ()
    least_worlds: int = 1


LEAST_PER_DIM = 5  # a covariance of fewer is mostly noise: 960 videos of fvd[wsim], 2,000 of fvd[i3d]
FVD = SetDistance(lambda real, fake: frechet_distance(real[0], fake[0]), biased=True, said=("ddof1",))
_KVD, _JEDI_U = (partial(discrepancy_between, degree=d, coef0=c) for d, c in ((3, 1.0), (2, 0.0)))
KVD = SetDistance(_KVD, biased=False, said=APART, least_worlds=2)
JEDI = SetDistance(lambda real, fake: jedi(real[0], fake[0]), biased=True)
JEDI_U = SetDistance(
    partial(discrepancy_between, degree=2, coef0=0.0), biased=False, said=APART, least_worlds=2
)


@dataclass(frozen=True, slots=True)
class ClipNumber:
    """A number of every clip by itself: which column, and which way is good."""

    column: int
    better: Literal["higher", "lower"]


@dataclass(frozen=True, slots=True)
class Network:
    """One way to look.

    Attributes:
        load: the network on a device of torch.
        remedy: how to get weights that are not here.
        distances: by name, as `fvd` in `fvd[i3d]`.
        words: name of its number for clips and their words; "" when it reads none.
        least_frames: a clip needs.
        numbers: of every clip by itself, by name.
    """

    load: Callable[[str], FeatureExtractor]
    remedy: str
    distances: Mapping[str, SetDistance]
    words: str = ""
    least_frames: int = 1
    numbers: Mapping[str, ClipNumber] = field(default_factory=dict)


def _in_domain(device: str) -> FeatureExtractor:
    from wsim.metrics.encoder.features import load_in_domain

    own = weights_folder() / ENCODER_FILE
    return load_in_domain(own if own.is_file() else None, device=device)


def _i3d(device: str) -> FeatureExtractor:
    from wsim.metrics.i3d_features import load_i3d

    return load_i3d(device=device)


def _clip(device: str) -> FeatureExtractor:
    from wsim.metrics.clip import load_clip
    from wsim.metrics.clip_features import ClipFrames

    return ClipFrames(load_clip(_named(CLIP_VARIABLE, "clip", "CLIP"), device=device))


def _vjepa2(device: str) -> FeatureExtractor:
    from wsim.metrics.vjepa2 import load_vjepa2

    return load_vjepa2(_named(VJEPA2_VARIABLE, "vjepa2", "V-JEPA 2"), device=device)


def _pixels(device: str) -> FeatureExtractor:
    from wsim.metrics.clip_numbers import ClipNumbers

    return ClipNumbers()


def _named(variable: str, folder: str, what: str) -> str:
    """What the variable names, else a folder among the weights.

    Raises:
        WsimError: neither is there.
    """
    named, place = os.environ.get(variable), weights_folder() / folder
    if named or place.is_dir():
        return named or str(place)
    raise WsimError(
        f"the weights of {what} are not here",
        where=str(place),
        remedy=f"put them there, or set {variable} to a folder or REPOSITORY@REVISION",
        exit_code=ExitCode.INCOMPLETE,
    )


NETWORKS: Mapping[str, Network] = {
    "wsim": Network(
        _in_domain,
        "train it: python -m wsim.metrics.encoder.train --out DIR --max-seconds 3200; then put it at "
        f"${FOLDER_VARIABLE}/{ENCODER_FILE}",
        {"fvd": FVD, "kvd": KVD},
        words="clip",
        least_frames=2,
    ),
    "i3d": Network(_i3d, "wsim weights fetch i3d", {"fvd": FVD, "kvd": KVD}, least_frames=9),
    "clip": Network(
        _clip,
        f"put config.json, model.safetensors and the tokenizer into ${FOLDER_VARIABLE}/clip, or set "
        f"{CLIP_VARIABLE} to a folder or REPOSITORY@REVISION",
        {},
        words="clipsim",
    ),
    "vjepa2": Network(
        _vjepa2,
        f"put config.json and model.safetensors into ${FOLDER_VARIABLE}/vjepa2, or set {VJEPA2_VARIABLE} to "
        "a folder or REPOSITORY@REVISION",
        {"jedi": JEDI, "jedi_u": JEDI_U},
        least_frames=2,
    ),
    "pixels": Network(
        _pixels,
        "",
        {},
        least_frames=3,
        numbers={"flicker": ClipNumber(0, "lower"), "smoothness": ClipNumber(1, "higher")},
    ),
}
