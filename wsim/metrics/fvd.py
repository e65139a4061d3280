"""Frechet video distance (Unterthiner et al., 2018): the original's, and what published ports compute.

Strict `fvd`: TF-Hub's I3D with its own weights, frames squashed to 224 x 224 as TensorFlow 1 does, logits
averaged over time, covariances over n - 1, all statistics in float64. Ports differ in resizing, in the
epsilon of batch norms and in n or n - 1, by percents each; their recipes have names, to be compared with
their numbers, and no recipe's number is compared with another's: the signature of each says what made it.

Not followed are the float32 statistics of VideoGPT and TATS (2e-5 on rank-deficient sets) and the random
choice of clips of cd-FVD: which clips are given is the caller's affair.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from wsim.errors import WsimError
from wsim.metrics.features import (
    BATCH_FRAMES,
    FeatureExtractor,
    FeatureSet,
    check_same_kind,
    features_of,
    signature_of,
)
from wsim.metrics.frechet import frechet_distance
from wsim.metrics.resize import STRICT
from wsim.video import Video


@dataclass(frozen=True, slots=True)
class Recipe:
    """What an implementation does between videos and number.

    Attributes:
        name: of the metric, as printed.
        resize: one of `wsim.metrics.resize.RESIZES`.
        bn_epsilon: in the batch norms of I3D.
        ddof: covariances are divided by n - ddof.
    """

    name: str
    resize: str = STRICT
    bn_epsilon: float = 1e-3
    ddof: int = 1


RECIPES: Mapping[str, Recipe] = {
    "fvd": Recipe("fvd"),
    "styleganv": Recipe("fvd[styleganv]", "half-squash224", ddof=0),
    "videogpt": Recipe("fvd[videogpt]", "half-crop224", bn_epsilon=1e-5),
    "tats": Recipe("fvd[tats]", "half-squash224", bn_epsilon=1e-5),
    "cdfvd": Recipe("fvd[cdfvd]", "aa-crop128-half-squash224", bn_epsilon=1e-5, ddof=0),
    "cdfvd256": Recipe("fvd[cdfvd256]", "aa-crop256-half-squash224", bn_epsilon=1e-5, ddof=0),  # its default
}


@dataclass(frozen=True, slots=True)
class Distance:
    """A distance and what produced it.

    Attributes:
        value: lower is nearer; as computed, so rounding may leave it a hair below 0.
        signature: everything that moves the number. Other signature, other metric.
        samples: the fewer of reference and generated videos; the bias of FVD is about in 1 / samples.
    """

    value: float
    signature: str
    samples: int

    def minus(self, other: "Distance") -> float:
        """Difference of two distances of one kind.

        Raises:
            WsimError: their signatures differ.
        """
        if self.signature != other.signature:
            raise WsimError(
                f"{self.signature} cannot be compared with {other.signature}",
                where="two distances",
                remedy="compute both in one way, from as many videos",
            )
        return self.value - other.value


def fvd(
    real: Iterable[Video],
    fake: Iterable[Video],
    *,
    recipe: str = "fvd",
    weights: Path | None = None,
    device: str = "cpu",
    batch_frames: int = BATCH_FRAMES,
) -> Distance:
    """FVD of two sets of videos of one length.

    Args:
        real: the reference; some hundreds at least, or most of the number is bias.
        fake: the generated ones.
        recipe: one of `RECIPES`.
        weights: of I3D; else they are looked for.
        device: of torch.
        batch_frames: frames that go through the network at once.

    Raises:
        WsimError: no weights or not those of FVD; fewer than 9 frames; fewer than two videos in a set; videos
            of different length.
    """
    from wsim.metrics.i3d_features import load_i3d

    chosen = recipe_named(recipe)
    network = load_i3d(weights, resize=chosen.resize, bn_epsilon=chosen.bn_epsilon, device=device)
    return fvd_with(network, real, fake, recipe=recipe, batch_frames=batch_frames)


def fvd_with(
    network: FeatureExtractor,
    real: Iterable[Video],
    fake: Iterable[Video],
    *,
    recipe: str = "fvd",
    batch_frames: int = BATCH_FRAMES,
) -> Distance:
    """FVD by a network that is loaded already."""
    sets = (features_of(network, videos, batch_frames=batch_frames) for videos in (real, fake))
    return fvd_of_features(*sets, recipe=recipe)


def fvd_of_features(real: FeatureSet, fake: FeatureSet, *, recipe: str = "fvd") -> Distance:
    """FVD of features that are there already; they serve kvd and prdc as well.

    Raises:
        WsimError: the sets were made in different ways, or not as the recipe asks.
    """
    chosen = recipe_named(recipe)
    check_same_kind(real, fake)
    network, weights, preprocessing = real.extractor
    wanted = ("i3d", "i3d-torchscript") if chosen.bn_epsilon == 1e-3 else (f"i3d-eps{chosen.bn_epsilon:g}",)
    if preprocessing != chosen.resize or network not in wanted:
        raise WsimError(
            f"features of {network} after {preprocessing} are not the recipe {recipe!r}",
            where="fvd_of_features",
            remedy=f"give the network resize={chosen.resize!r} and bn_epsilon={chosen.bn_epsilon:g}",
        )
    name = chosen.name if weights.endswith(":ok") else f"NOT-{chosen.name}"
    signature = signature_of(name, real, fake, f"ddof{chosen.ddof}")
    value = frechet_distance(real.values, fake.values, ddof=chosen.ddof)
    return Distance(value, signature, min(len(real.values), len(fake.values)))


def recipe_named(name: str) -> Recipe:
    """One of `RECIPES`.

    Raises:
        WsimError: no recipe of that name.
    """
    if name not in RECIPES:
        raise WsimError(
            f"{name!r} is no recipe of FVD", where="recipe", remedy=f"give one of: {', '.join(RECIPES)}"
        )
    return RECIPES[name]
