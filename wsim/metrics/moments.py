"""Sums of features that come out the same in any order, batch size and number of shards, to the last bit.

Floating-point sums depend on their order. Here every feature is rounded to a multiple of 2^-24 and split
into two halves of 20 bits, whose products are summed as whole numbers: exact, and so the same whoever adds
first. The rounding moves a feature by at most 3e-8.

Axis letters: `sample`, `dim`.
"""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float, Float64, Int64

from wsim.errors import WsimError
from wsim.metrics.frechet import Gaussian

_STEP = 2.0**-24
_HALF = 2**20
_LARGEST = 2.0**15  # 40 bits: 20 + 20, with sign
_ROWS = 4096  # products of 40 bits summed over so many rows stay below 2^53, where float64 is exact


@dataclass
class Moments:
    """Number, sum and sum of products of features; add batches and merge shards as you like.

    Example:
        >>> left, right = Moments(2), Moments(2)
        >>> left.add(np.array([[1.0, 2.0]])); right.add(np.array([[3.0, 6.0]]))
        >>> left.merge(right); left.gaussian().mean.tolist(), left.gaussian().covariance.tolist()
        ([2.0, 4.0], [[2.0, 4.0], [4.0, 8.0]])
    """

    dim: int
    samples: int = 0
    _sum: Int64[np.ndarray, " dim"] = field(init=False)
    _products: Int64[np.ndarray, "3 dim dim"] = field(init=False)

    def __post_init__(self) -> None:
        self._sum = np.zeros(self.dim, dtype=np.int64)
        self._products = np.zeros((3, self.dim, self.dim), dtype=np.int64)

    def add(self, features: Float[np.ndarray, "sample dim"]) -> None:
        """Add a batch.

        Raises:
            WsimError: other dimensions, or features that are not finite or beyond 32,768.
        """
        values = np.asarray(features, dtype=np.float64)
        if values.shape[1] != self.dim:
            raise WsimError(
                f"features of {values.shape[1]} dimensions, not {self.dim}",
                where="Moments.add",
                remedy="use one extractor for all videos",
            )
        if not (np.abs(values) < _LARGEST).all():
            raise WsimError(
                "features are not finite, or larger than 32,768",
                where="Moments.add",
                remedy="look at the videos, and whether the weights are whole",
            )
        for start in range(0, len(values), _ROWS):
            self._add_rows(values[start : start + _ROWS])
        self.samples += len(values)

    def _add_rows(self, values: Float64[np.ndarray, "sample dim"]) -> None:
        whole = np.rint(values / _STEP)
        high = np.rint(whole / _HALF)
        low = whole - high * _HALF
        self._sum += whole.astype(np.int64).sum(axis=0)
        self._products[0] += (high.T @ high).astype(np.int64)
        mixed = high.T @ low
        self._products[1] += (mixed + mixed.T).astype(np.int64)
        self._products[2] += (low.T @ low).astype(np.int64)

    def merge(self, other: "Moments") -> None:
        """Add everything that another has seen."""
        if other.dim != self.dim:
            raise WsimError(
                f"features of {other.dim} dimensions, not {self.dim}",
                where="Moments.merge",
                remedy="use one extractor for all videos",
            )
        self.samples += other.samples
        self._sum += other._sum
        self._products += other._products

    def gaussian(self, ddof: int = 1) -> Gaussian:
        """Mean and covariance.

        Raises:
            WsimError: fewer than two samples.
        """
        if self.samples < 2:
            raise WsimError(
                f"{self.samples} videos have no spread", where="Moments.gaussian", remedy="add at least two"
            )
        n = self.samples
        mean = self._sum / n
        # Centred with integers as far as they go: n sum(xy) - sum(x) sum(y) loses nothing to cancellation.
        products = [part.astype(object) for part in self._products]
        total = products[0] * _HALF * _HALF + products[1] * _HALF + products[2]
        sums = self._sum.astype(object)
        scatter = n * total - sums[:, None] * sums[None, :]
        covariance = scatter.astype(np.float64) / n / (n - ddof) * _STEP * _STEP
        return Gaussian(mean * _STEP, covariance, n)
