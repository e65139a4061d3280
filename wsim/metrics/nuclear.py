"""tr (S1 S2)^(1/2) of two covariances: the sum of the singular values of A1 A2^T for any A with S = A^T A.

Three ways, all in float64, chosen by the condition of both covariances:

1. to 1e5: the square roots of the eigenvalues of L^T S2 L with S1 = L L^T (Cholesky); twice as fast as the
   next, but rounding hits the squares of what is wanted;
2. to 1e12: the singular values of L1^T L2;
3. beyond, or with fewer samples than dimensions: those of the features themselves or of their triangular
   factors, which are exact whatever the rank.

Against the third the first is 1e-13 of both traces off or less, the second 1e-12.

Axis letters: `real` and `fake` samples, `dim` features.
"""

import numpy as np
from jaxtyping import Float64
from scipy import linalg

Covariance = Float64[np.ndarray, "dim dim"]
_LEAST_OF_SQUARES, _LEAST_OF_FACTORS = 1e-5, 1e-12  # of 1 / condition number


def of_features(
    a1: Float64[np.ndarray, "real dim"], a2: Float64[np.ndarray, "fake dim"]
) -> tuple[float, float]:
    """From features with S = A^T A: centred, and divided by the square root of n - ddof.

    Returns:
        tr (S1 S2)^(1/2), and tr S1 + tr S2.
    """
    if min(len(a1), len(a2)) > a1.shape[1]:
        s1, s2 = a1.T @ a1, a2.T @ a2
        found = _well_conditioned(s1, s2)
        if found is not None:
            return found, float(np.trace(s1) + np.trace(s2))
    cross = np.linalg.svd(_no_taller(a1) @ _no_taller(a2).T, compute_uv=False).sum()
    return float(cross), float((a1 * a1).sum() + (a2 * a2).sum())


def of_covariances(s1: Covariance, s2: Covariance) -> float:
    """From covariances alone: good to half of the digits where they have no full rank."""
    found = _well_conditioned(s1, s2)
    return float(np.linalg.svd(_root(s1) @ _root(s2).T, compute_uv=False).sum()) if found is None else found


def _well_conditioned(s1: Covariance, s2: Covariance) -> float | None:
    """By the first way or the second, or None where neither can be trusted."""
    l1 = _cholesky(s1)
    if l1 is None:
        return None
    rcond = _rcond(l1, s1)
    if rcond > _LEAST_OF_SQUARES:
        product, _ = linalg.lapack.dsygst(s2.T, l1, itype=2, lower=1)  # L^T S2 L
        squares = linalg.eigvalsh(product, lower=True, check_finite=False)
        if squares[0] > _LEAST_OF_SQUARES**2 * np.linalg.norm(s1) * np.linalg.norm(s2):
            return float(np.sqrt(squares).sum())
    l2 = _cholesky(s2)
    if l2 is None or min(rcond, _rcond(l2, s2)) < _LEAST_OF_FACTORS:
        return None
    return float(np.linalg.svd(l1.T @ l2, compute_uv=False).sum())


def _cholesky(covariance: Covariance) -> Covariance | None:
    """The lower factor, or None where there is no full rank."""
    lower, failed = linalg.lapack.dpotrf(covariance.T, lower=1, clean=1)
    return None if failed else np.asarray(lower)


def _rcond(lower: Covariance, covariance: Covariance) -> float:
    """The inverse of the condition number in the 1-norm, as LAPACK estimates it."""
    return float(linalg.lapack.dpocon(lower, np.abs(covariance).sum(axis=0).max(), uplo="L")[0])


def _no_taller(features: Float64[np.ndarray, "sample dim"]) -> Float64[np.ndarray, "row dim"]:
    """A with the same A^T A, and no more rows than dimensions."""
    tall = len(features) > features.shape[1]
    return np.asarray(np.linalg.qr(features, mode="r")) if tall else features


def _root(covariance: Covariance) -> Covariance:
    """A with A^T A = covariance, from its eigenvalues; those below zero are rounding."""
    values, vectors = np.linalg.eigh(covariance)
    root: np.ndarray = np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T
    return root
