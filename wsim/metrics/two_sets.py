"""Two sets of features as every distance wants them: tables of finite numbers of double precision.

What has no distance is refused here, in words, so that none ever answers with NaN.

Axis letters: `real` and `fake` samples, `dim` features.
"""

from typing import TypeAlias

import numpy as np
from jaxtyping import Float64, Shaped

from wsim.errors import WsimError

Features: TypeAlias = Shaped[np.ndarray, "..."]  # one row a video; what does not fit is told in words
_WHERE = "the features of a distribution metric"
_LARGEST = 1e30  # the cube of a product of two is still far from overflowing


def two_sets(
    real: Features, fake: Features
) -> tuple[Float64[np.ndarray, "real dim"], Float64[np.ndarray, "fake dim"]]:
    """Both sets in double precision.

    Raises:
        WsimError: no tables of real numbers, fewer than two samples, other dimensions, or features that are
            not finite or beyond 1e30.
    """
    x, y = _table("reference", real), _table("generated", fake)
    if x.shape[1] != y.shape[1]:
        raise other_dimensions(x.shape[1], y.shape[1])
    return x, y


def other_dimensions(real: int, fake: int) -> WsimError:
    """Two sets that cannot be of one extractor."""
    return WsimError(
        f"features of {real} dimensions cannot be compared with features of {fake}",
        where=_WHERE,
        remedy="use one extractor for both sets",
    )


def _table(name: str, features: Features) -> Float64[np.ndarray, "sample dim"]:
    given = np.asarray(features)
    if given.dtype.kind not in "fiu" or given.ndim != 2 or not given.shape[1]:
        raise WsimError(
            f"the {name} features are no table of numbers but {given.dtype} of shape {given.shape}",
            where=_WHERE,
            remedy="give one row a video and one column a feature",
        )
    if len(given) < 2:
        raise WsimError(
            f"{len(given)} {name} videos have no spread",
            where=_WHERE,
            remedy="give at least two; some hundreds for a number that means something",
        )
    rows = given.astype(np.float64, copy=False)
    if not (np.abs(rows) < _LARGEST).all():  # NaN is no less than anything
        bad = int((~(np.abs(rows) < _LARGEST)).any(axis=1).sum())
        raise WsimError(
            f"the features of {bad} {name} videos are not finite, or beyond {_LARGEST:g}",
            where=_WHERE,
            remedy="look at these videos, and whether the weights are whole",
        )
    return np.asarray(rows)
