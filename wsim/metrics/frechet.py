"""Frechet distance of two sets of features, each taken as a Gaussian (Dowson and Landau 1982).

FD = |m1 - m2|^2 + tr S1 + tr S2 - 2 tr (S1 S2)^(1/2). `wsim.metrics.nuclear` computes the last trace without
a matrix square root and without an epsilon; a set against itself is at 0.

Axis letters: `real` and `fake` samples, `dim` features.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from wsim.errors import WsimError
from wsim.metrics.nuclear import of_covariances, of_features
from wsim.metrics.two_sets import Features, other_dimensions, two_sets


@dataclass(frozen=True, slots=True)
class Gaussian:
    """Mean and covariance of a set of features, and how many there were."""

    mean: Float64[np.ndarray, " dim"]
    covariance: Float64[np.ndarray, "dim dim"]
    samples: int


def frechet_distance(real: Features, fake: Features, *, ddof: int = 1) -> float:
    """Squared Frechet distance from the features themselves.

    Args:
        real: one row a video.
        fake: the same dimensions; the numbers of rows may differ.
        ddof: covariances are divided by n - ddof; 1 as in TF-GAN, 0 as in StyleGAN-V and cd-FVD.

    Raises:
        WsimError: fewer than two samples, or no more than `ddof`; other dimensions; features that are not
            finite.

    Example:
        >>> x = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0], [2.0, 2.0]])
        >>> round(frechet_distance(x, x + [3.0, 4.0]), 9), frechet_distance(x, x)
        (25.0, 0.0)
    """
    x, y = two_sets(real, fake)
    if min(len(x), len(y)) <= ddof:
        raise WsimError(
            f"{min(len(x), len(y))} videos cannot be divided by n - {ddof}",
            where="frechet_distance(ddof=...)",
            remedy="give 1, or 0 as some ports do",
        )
    (m1, a1), (m2, a2) = _centred(x, ddof), _centred(y, ddof)
    cross, traces = of_features(a1, a2)
    return _distance(m1 - m2, traces, cross)


def frechet_of_gaussians(real: Gaussian, fake: Gaussian) -> float:
    """Squared Frechet distance from stored means and covariances.

    Raises:
        WsimError: other dimensions, or numbers that are not finite.

    Example:
        >>> a = Gaussian(np.zeros(2), np.diag([1.0, 4.0]), 9)
        >>> round(frechet_of_gaussians(a, Gaussian(np.ones(2), np.diag([4.0, 1.0]), 9)), 9)
        4.0
    """
    if real.mean.shape != fake.mean.shape:
        raise other_dimensions(real.mean.size, fake.mean.size)
    if not all(np.isfinite(part).all() for one in (real, fake) for part in (one.mean, one.covariance)):
        raise WsimError(
            "a mean or covariance is not finite", where="frechet_of_gaussians", remedy="compute both again"
        )
    traces = float(np.trace(real.covariance) + np.trace(fake.covariance))
    return _distance(real.mean - fake.mean, traces, of_covariances(real.covariance, fake.covariance))


def _centred(
    features: Float64[np.ndarray, "sample dim"], ddof: int
) -> tuple[Float64[np.ndarray, " dim"], Float64[np.ndarray, "sample dim"]]:
    """Mean, and A with A^T A = covariance."""
    mean = features.mean(axis=0)
    centred = features - mean
    centred /= np.sqrt(len(features) - ddof)
    return mean, centred


def _distance(gap: Float64[np.ndarray, " dim"], traces: float, cross: float) -> float:
    """The formula; a spread below the rounding of its parts is none."""
    spread = traces - 2.0 * cross
    return float(gap @ gap) + (0.0 if abs(spread) < 1e-12 * traces else spread)
