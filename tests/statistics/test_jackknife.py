"""Intervals of distances between sets hold what they say, clips of one world counted together."""

import math

import numpy as np
import pytest

from wsim.metrics.kernel import kvd
from wsim.metrics.networks import FVD, KVD
from wsim.runs.set_rows import _leaving
from wsim.stats import cluster_mean, jackknife

WORLDS, CLIPS, DIM, REPEATS = 40, 3, 4, 160
NAMES = np.repeat([f"world={i:03d}" for i in range(WORLDS)], CLIPS)


def features(rng: np.random.Generator, shift: float) -> tuple[np.ndarray, np.ndarray]:
    """A reference and a generated set: a video resembles the others of its world, and its lawful render."""
    world = rng.normal(size=(WORLDS, 1, DIM))
    real = world + 0.5 * rng.normal(size=(WORLDS, CLIPS, DIM))
    fake = shift + 1.3 * real + 0.3 * rng.normal(size=(WORLDS, 1, DIM))
    return real.reshape(-1, DIM), fake.reshape(-1, DIM)


@pytest.mark.parametrize("distance", [FVD, KVD])
def test_intervals_of_distances_cover(distance) -> None:
    rng = np.random.default_rng(500)
    found = []
    for _ in range(REPEATS):
        real, fake = features(rng, 0.6)
        found.append(jackknife(_leaving(distance.of, (real, NAMES), (fake, NAMES)), NAMES, n=len(fake)))
    truth = float(np.mean([one.mean for one in found]))  # at this number of videos, bias included
    covered = np.mean([one.interval()[0] <= truth <= one.interval()[1] for one in found])
    assert 0.90 <= covered <= 0.99
    spread = float(np.std([one.mean for one in found], ddof=1))
    assert float(np.mean([one.se for one in found])) == pytest.approx(spread, rel=0.2)


def test_sets_of_the_same_worlds_have_no_bias_when_their_pairs_are_left_out() -> None:
    rng = np.random.default_rng(502)
    apart, all_pairs = [], []
    for _ in range(REPEATS):
        world = rng.normal(size=(WORLDS, 1, DIM))
        real, fake = (
            (world + 0.5 * rng.normal(size=(WORLDS, CLIPS, DIM))).reshape(-1, DIM) for _ in range(2)
        )
        apart.append(KVD.of((real, NAMES), (fake, NAMES)))
        all_pairs.append(kvd(real, fake).value)
    error = float(np.std(apart, ddof=1)) / REPEATS**0.5
    assert abs(float(np.mean(apart))) < 3 * error  # the sets have one distribution
    assert KVD.of((real, NAMES), (real, NAMES)) == pytest.approx(0.0, abs=1e-9)
    assert kvd(real, real).value < -0.05  # what would be said of a model that copies the reference


def test_of_a_mean_it_is_the_error_that_is_known() -> None:
    values = dict(zip("abcdefgh", np.random.default_rng(501).normal(size=8).tolist(), strict=True))
    found = jackknife(lambda out: float(np.mean([v for k, v in values.items() if k not in out])), values, n=8)
    known = cluster_mean(list(values.values()), list(values))
    assert found.se == pytest.approx(known.se) and found.df == known.df == 7


def test_too_few_worlds_have_no_interval_and_order_says_nothing() -> None:
    assert jackknife(lambda out: 1.0, ["a", "b", "b"], n=3).interval() is None

    def total(out: frozenset[str]) -> float:
        return math.fsum(i for i in range(50) if f"w{i}" not in out)

    names = [f"w{i}" for i in range(50)]
    assert jackknife(total, names, n=50) == jackknife(total, names[::-1], n=50)
