"""Features of a set as they come, in batches and shards, for the distances that need every one of them.

Floating-point sums depend on their order. The rows are therefore given out sorted, and every distance of them
is the same to the last bit, whoever saw which video first.

Axis letters: `sample`, `dim`.
"""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float, Float64

from wsim.errors import WsimError


@dataclass
class Rows:
    """All features of a set; add batches and merge shards as you like. Of moments alone see `Moments`.

    Example:
        >>> left, right = Rows(2), Rows(2)
        >>> left.add(np.array([[1.0, 2.0]])); right.add(np.array([[3.0, 6.0], [0.0, 1.0]]))
        >>> left.merge(right); left.values().tolist()
        [[0.0, 1.0], [1.0, 2.0], [3.0, 6.0]]
    """

    dim: int
    _batches: list[Float64[np.ndarray, "_ dim"]] = field(default_factory=list)

    def add(self, features: Float[np.ndarray, "sample _"]) -> None:
        """Add a batch.

        Raises:
            WsimError: other dimensions, or features that are not finite.
        """
        values = np.array(features, dtype=np.float64)  # a copy: whoever gave it may use it again
        self._check(values.shape[1], "Rows.add")
        if not np.isfinite(values).all():
            raise WsimError(
                "features are not finite",
                where="Rows.add",
                remedy="look at the videos, and whether the weights are whole",
            )
        self._batches.append(values)

    def merge(self, other: "Rows") -> None:
        """Add everything that another has seen.

        Raises:
            WsimError: other dimensions.
        """
        self._check(other.dim, "Rows.merge")
        self._batches += other._batches

    def values(self) -> Float64[np.ndarray, "sample {self.dim}"]:
        """All rows, sorted by their first feature, then by their second, and so on."""
        rows = np.concatenate([np.empty((0, self.dim)), *self._batches])
        return np.asarray(rows[np.lexsort(rows.T[::-1])])

    def _check(self, dim: int, where: str) -> None:
        if dim != self.dim:
            raise WsimError(
                f"features of {dim} dimensions, not {self.dim}",
                where=where,
                remedy="use one extractor for all videos",
            )
