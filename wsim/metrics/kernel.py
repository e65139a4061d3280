"""Distances by kernels: KVD without bias, and the estimator of JEDi.

The unbiased estimate of MMD^2 (Gretton et al., JMLR 2012, equation 3) has mean 0 for equal distributions at
any number of samples, where a Frechet distance shrinks with 1/n.

Axis letters: `real` and `fake` samples, `dim` features.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float64, Shaped

from wsim.errors import WsimError
from wsim.metrics.two_sets import Features, two_sets

Units: TypeAlias = Shaped[np.ndarray, " _"]
_CELLS = 1 << 20  # of a kernel, held at once


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A squared maximum mean discrepancy and its standard error (jackknife over videos)."""

    value: float
    se: float


def polynomial_kernel(
    a: Float64[np.ndarray, "n dim"],
    b: Float64[np.ndarray, "m dim"],
    *,
    degree: int = 3,
    gamma: float | None = None,
    coef0: float = 1.0,
) -> Float64[np.ndarray, "n m"]:
    """(gamma <x, y> + coef0)^degree, gamma = 1 / dim unless given."""
    scale = 1.0 / a.shape[1] if gamma is None else gamma
    base: Float64[np.ndarray, "n m"] = scale * (a @ b.T) + coef0
    values = base.copy()
    for _ in range(degree - 1):  # `**` of an array costs ten times as much
        values *= base
    return values


def kvd(real: Features, fake: Features) -> Discrepancy:
    """Kernel video distance: unbiased MMD^2 with the cubic kernel (Binkowski et al., ICLR 2018).

    Raises:
        WsimError: fewer than two samples, other dimensions, or features that are not finite.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> found = kvd(rng.normal(size=(200, 8)), rng.normal(size=(200, 8)))
        >>> abs(found.value) < 3 * found.se
        True
    """
    x, y = two_sets(real, fake)
    return _unbiased(polynomial_kernel(x, x), polynomial_kernel(y, y), polynomial_kernel(x, y))


def jedi(real: Features, fake: Features, *, gamma: float | None = None) -> float:
    """The published estimator of JEDi (Luo et al., ICLR 2025), without its factor of 100.

    Kernel (gamma <x, y>)^2 with the diagonal kept (a V-statistic): biased upwards at few samples.

    Raises:
        WsimError: fewer than two samples, other dimensions, or features that are not finite.

    Example:
        >>> a = np.arange(1.0, 10.0).reshape(3, 3)
        >>> b = np.array([[7.0, 6.0, 5.0], [4.0, 3.0, 2.0], [1.0, 1.0, 8.0], [0.0, 2.0, 5.0]])
        >>> round(jedi(a, b, gamma=1.0), 9)  # of the published code
        2436.5
    """
    x, y = two_sets(real, fake)
    kernels = (polynomial_kernel(a, b, degree=2, gamma=gamma, coef0=0.0)
               for a, b in ((x, x), (y, y), (x, y)))  # fmt: skip
    xx, yy, xy = (float(kernel.mean()) for kernel in kernels)
    return xx + yy - 2.0 * xy


def jedi_u(real: Features, fake: Features) -> Discrepancy:
    """JEDi without its bias: the same kernel, the diagonal left out.

    Raises:
        WsimError: fewer than two samples, other dimensions, or features that are not finite.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> a, b = rng.normal(size=(100, 8)), rng.normal(size=(100, 8))
        >>> found = jedi_u(a, b)
        >>> abs(found.value) < 3 * found.se, jedi(a, b) > found.value
        (True, True)
    """
    x, y = two_sets(real, fake)
    kernels = [polynomial_kernel(a, b, degree=2, coef0=0.0)
               for a, b in ((x, x), (y, y), (x, y))]  # fmt: skip
    return _unbiased(*kernels)


def discrepancy_between(
    real: tuple[Features, Units],
    fake: tuple[Features, Units],
    *,
    degree: int,
    coef0: float,
) -> float:
    """Unbiased MMD^2 of sets that are not independent: clips of one unit are never held against each other.

    A clip resembles the others of its world in both sets, and the lawful clip of its own question most of
    all. With these pairs left in, a model that copies the reference has a negative distance; left out, as
    Gretton et al. (2012, lemma 6) leave out the pairs of samples that were drawn together, it has 0.

    Args:
        real: features and the unit (world) of each.
        fake: the same of the generated ones.
        degree: of the kernel (<x, y> / dim + coef0)^degree.
        coef0: of the kernel.

    Raises:
        WsimError: fewer than two samples, other dimensions, features that are not finite, or all of one unit.
    """
    a, b = two_sets(real[0], fake[0])
    _, numbers = np.unique(np.concatenate([real[1], fake[1]]), return_inverse=True)  # names compare slowly
    x, y = (a, numbers[: len(a)]), (b, numbers[len(a) :])
    if len(set(x[1])) < 2 or len(set(y[1])) < 2:
        raise WsimError(
            "all videos are of one world, and those of one world are not held against each other",
            where="the features of a distribution metric",
            remedy="give videos of at least two worlds",
        )
    xx, yy, xy = (_mean_apart(*u, *v, degree, coef0) for u, v in ((x, x), (y, y), (x, y)))
    return xx + yy - 2.0 * xy


def _mean_apart(
    a: Float64[np.ndarray, "n dim"],
    units_a: Shaped[np.ndarray, " n"],
    b: Float64[np.ndarray, "m dim"],
    units_b: Shaped[np.ndarray, " m"],
    degree: int,
    coef0: float,
) -> float:
    """Mean of the kernel over pairs of different units; some rows of it are held at a time."""
    total, pairs = 0.0, 0
    rows = max(1, _CELLS // len(b))
    for start in range(0, len(a), rows):
        part = slice(start, start + rows)
        apart = units_a[part, None] != units_b[None, :]
        total += float((polynomial_kernel(a[part], b, degree=degree, coef0=coef0) * apart).sum())
        pairs += int(apart.sum())
    return total / pairs


def _unbiased(
    xx: Float64[np.ndarray, "real real"],
    yy: Float64[np.ndarray, "fake fake"],
    xy: Float64[np.ndarray, "real fake"],
) -> Discrepancy:
    n, m = xy.shape
    rows_x = xx.sum(axis=1) - np.diag(xx)
    rows_y = yy.sum(axis=1) - np.diag(yy)
    sum_x, sum_y, sum_xy = float(rows_x.sum()), float(rows_y.sum()), float(xy.sum())
    value = sum_x / (n * (n - 1)) + sum_y / (m * (m - 1)) - 2.0 * sum_xy / (n * m)
    if n < 3 or m < 3:
        return Discrepancy(value, float("inf"))
    without_x = (
        (sum_x - 2.0 * rows_x) / ((n - 1) * (n - 2))
        + sum_y / (m * (m - 1))
        - 2.0 * (sum_xy - xy.sum(axis=1)) / ((n - 1) * m)
    )
    without_y = (
        sum_x / (n * (n - 1))
        + (sum_y - 2.0 * rows_y) / ((m - 1) * (m - 2))
        - 2.0 * (sum_xy - xy.sum(axis=0)) / (n * (m - 1))
    )
    variance = sum(
        (count - 1) / count * float(((left - left.mean()) ** 2).sum())
        for count, left in ((n, without_x), (m, without_y))
    )
    return Discrepancy(value, float(np.sqrt(variance)))
