"""Fidelity and diversity apart: precision, recall, density, coverage (Naeem et al., ICML 2020).

A sample lies within a set where it is closer to one of its points than that point's k-th neighbour
(strictly; a point is no neighbour of itself).

Axis letters: `real` and `fake` samples, `dim` features.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from wsim.errors import WsimError
from wsim.metrics.two_sets import Features, two_sets

NEAREST = 5


@dataclass(frozen=True, slots=True)
class Prdc:
    """Shares in 0..1; density is about 1 for equal sets and may exceed it."""

    precision: float
    recall: float
    density: float
    coverage: float


def prdc(real: Features, fake: Features, *, nearest: int = NEAREST) -> Prdc:
    """How much of the generated set is real, and how much of the real one is generated.

    Raises:
        WsimError: no more samples than neighbours, other dimensions, or features that are not finite.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(50, 4))
        >>> prdc(x, x).precision, prdc(x, x + 100.0).recall
        (1.0, 0.0)
    """
    x, y = two_sets(real, fake)
    if min(len(x), len(y)) <= nearest:
        raise WsimError(
            f"{min(len(x), len(y))} videos have no {nearest}-th neighbour",
            where="prdc(nearest=...)",
            remedy="give more videos",
        )
    real_radius, fake_radius = _radius(x, nearest), _radius(y, nearest)
    between = _distances(x, y)
    within_real = between < real_radius[:, None]
    return Prdc(
        precision=float(within_real.any(axis=0).mean()),
        recall=float((between < fake_radius[None]).any(axis=1).mean()),
        density=float(within_real.sum(axis=0).mean() / nearest),
        coverage=float((between.min(axis=1) < real_radius).mean()),
    )


def _radius(samples: Float64[np.ndarray, "sample dim"], nearest: int) -> Float64[np.ndarray, " sample"]:
    """Distance to the k-th neighbour; the zero distance to itself is the first in line."""
    radius: np.ndarray = np.partition(_distances(samples, samples), nearest, axis=1)[:, nearest]
    return radius


def _distances(
    a: Float64[np.ndarray, "n dim"], b: Float64[np.ndarray, "m dim"]
) -> Float64[np.ndarray, "n m"]:
    from scipy.spatial.distance import cdist

    return np.asarray(cdist(a, b))
