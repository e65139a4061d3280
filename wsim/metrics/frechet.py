"""Frechet distance of two sets of features, each taken as a Gaussian (Dowson and Landau 1982).

FD = |m1 - m2|^2 + tr S1 + tr S2 - 2 tr (S1 S2)^(1/2). The last trace is the sum of the singular values of
A1 A2^T for any A with S = A^T A, for instance the centred features themselves: exact where there are fewer
samples than dimensions, no matrix square root, no epsilon, and 0 for a set against itself.

Axis letters: `real` and `fake` samples, `dim` features.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from wsim.errors import WsimError


@dataclass(frozen=True, slots=True)
class Gaussian:
    """Mean and covariance of a set of features, and how many there were."""

    mean: Float64[np.ndarray, " dim"]
    covariance: Float64[np.ndarray, "dim dim"]
    samples: int


def frechet_distance(
    real: Float64[np.ndarray, "real dim"], fake: Float64[np.ndarray, "fake _"], *, ddof: int = 1
) -> float:
    """Squared Frechet distance from the features themselves.

    Args:
        real: one row a video.
        fake: the same dimensions; the numbers of rows may differ.
        ddof: covariances are divided by n - ddof; 1 as in TF-GAN, 0 as in StyleGAN-V and cd-FVD.

    Raises:
        WsimError: fewer than two samples, other dimensions, or features that are not finite.

    Example:
        >>> x = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0], [2.0, 2.0]])
        >>> round(frechet_distance(x, x + [3.0, 4.0]), 9), frechet_distance(x, x)
        (25.0, 0.0)
    """
    check_features(real, fake)
    (m1, a1), (m2, a2) = _factor(real, ddof), _factor(fake, ddof)
    cross = np.linalg.svd(a1 @ a2.T, compute_uv=False).sum()
    spread = float((a1 * a1).sum() + (a2 * a2).sum() - 2.0 * cross)
    gap = m1 - m2
    noise = 1e-12 * float((a1 * a1).sum() + (a2 * a2).sum())  # rounding of the singular values
    return float(gap @ gap) + (0.0 if abs(spread) < noise else spread)


def frechet_of_gaussians(real: Gaussian, fake: Gaussian) -> float:
    """Squared Frechet distance from stored means and covariances.

    Raises:
        WsimError: other dimensions.
    """
    if real.mean.shape != fake.mean.shape:
        raise _mismatch(real.mean.size, fake.mean.size)
    cross = np.linalg.svd(_root(real.covariance) @ _root(fake.covariance).T, compute_uv=False).sum()
    traces = float(np.trace(real.covariance) + np.trace(fake.covariance))
    spread = traces - 2.0 * float(cross)
    gap = real.mean - fake.mean
    return float(gap @ gap) + (0.0 if abs(spread) < 1e-12 * traces else spread)


def check_features(real: Float64[np.ndarray, "real _"], fake: Float64[np.ndarray, "fake _"]) -> None:
    """Refuse features that have no distance.

    Raises:
        WsimError: fewer than two samples, other dimensions, or features that are not finite.
    """
    for name, features in (("reference", real), ("generated", fake)):
        if len(features) < 2:
            raise WsimError(
                f"{len(features)} {name} videos have no spread",
                where="the features of a distribution metric",
                remedy="give at least two; some hundreds for a number that means something",
            )
        if not np.isfinite(features).all():
            bad = int((~np.isfinite(features)).any(axis=1).sum())
            raise WsimError(
                f"the features of {bad} {name} videos are not finite",
                where="the features of a distribution metric",
                remedy="look at these videos, and whether the weights are whole",
            )
    if real.shape[1] != fake.shape[1]:
        raise _mismatch(real.shape[1], fake.shape[1])


def _mismatch(real: int, fake: int) -> WsimError:
    return WsimError(
        f"features of {real} dimensions cannot be compared with features of {fake}",
        where="the features of a distribution metric",
        remedy="use one extractor for both sets",
    )


def _factor(
    features: Float64[np.ndarray, "sample dim"], ddof: int
) -> tuple[Float64[np.ndarray, " dim"], Float64[np.ndarray, "row dim"]]:
    """Mean, and A with A^T A = covariance: no more rows than dimensions."""
    mean = features.mean(axis=0)
    centred = (features - mean) / np.sqrt(len(features) - ddof)
    if len(centred) <= centred.shape[1]:
        return mean, centred
    return mean, np.asarray(np.linalg.qr(centred, mode="r"))


def _root(covariance: Float64[np.ndarray, "dim dim"]) -> Float64[np.ndarray, "dim dim"]:
    """A with A^T A = covariance, from its eigenvalues; those below zero are rounding."""
    values, vectors = np.linalg.eigh(covariance)
    root: np.ndarray = np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T
    return root
