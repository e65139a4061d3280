"""Frechet distance at infinitely many samples: what is left when the bias of few samples is taken away.

The bias falls with 1/n, so distances at several n lie on a line whose intercept is wanted (Chong and
Forsyth, CVPR 2020); both sets are thinned alike, without replacement.

Axis letters: `real` and `fake` samples, `dim` features.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from wsim.errors import WsimError
from wsim.metrics.frechet import frechet_distance
from wsim.stats import LEVEL, t_quantile

LEAST_SAMPLES = 256
_POINTS, _REPEATS = 8, 2


@dataclass(frozen=True, slots=True)
class Extrapolated:
    """The intercept, its interval, and the distance as measured with all samples."""

    value: float
    low: float
    high: float
    measured: float
    samples: int


def frechet_infinity(
    real: Float64[np.ndarray, "real _"],
    fake: Float64[np.ndarray, "fake _"],
    *,
    level: float = LEVEL,
    seed: int = 0,
) -> Extrapolated:
    """Extrapolate to infinitely many samples.

    Returns:
        The intercept of a straight line in 1/n, with the interval of that fit.

    Raises:
        WsimError: fewer than `LEAST_SAMPLES` in either set.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> found = frechet_infinity(rng.normal(size=(512, 8)), rng.normal(size=(512, 8)))
        >>> found.measured > 0.02, found.low < 0.01 < found.measured
        (True, True)
    """
    most = min(len(real), len(fake))
    if most < LEAST_SAMPLES:
        raise WsimError(
            f"{most} videos are too few to extrapolate from",
            where="frechet_infinity",
            remedy=f"give at least {LEAST_SAMPLES}, or use kvd, which has no bias",
        )
    rng = np.random.default_rng(np.random.SeedSequence([seed, most]))
    inverse, found = [], []
    for count in np.rint(1.0 / np.linspace(1.0 / most, 4.0 / most, _POINTS)).astype(int):
        for _ in range(_REPEATS):
            a, b = (rng.permutation(len(s))[:count] for s in (real, fake))
            inverse.append(1.0 / count)
            found.append(frechet_distance(real[a], fake[b]))
    design = np.stack([np.ones(len(inverse)), inverse], axis=1)
    solution = np.linalg.lstsq(design, np.array(found), rcond=None)[0]
    rest = np.array(found) - design @ solution
    variance = float(rest @ rest) / (len(found) - 2) * np.linalg.inv(design.T @ design)[0, 0]
    half = t_quantile(0.5 + level / 2, len(found) - 2.0) * float(np.sqrt(variance))
    value = float(solution[0])
    return Extrapolated(value, value - half, value + half, frechet_distance(real, fake), most)
