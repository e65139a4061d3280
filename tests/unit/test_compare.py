"""The calls of a comparison, and its headline, from differences made by hand."""

import sys
from pathlib import Path

import numpy as np
import pytest

from wsim.runs.compare import SAME_WITHIN, _difference, _headline, _with_holm
from wsim.runs.results import Difference
from wsim.runs.scoring import NOTHING

sys.path.insert(0, str(Path(__file__).parent.parent / "fixtures"))
from wsim_summaries import make_run


def row(differences: np.ndarray) -> Difference:
    pairs = {f"w{i:02d}": value for i, value in enumerate(differences.tolist())}
    [found] = _with_holm([_difference("a", NOTHING, NOTHING, pairs, (), 1)])
    return found


def test_a_few_pairs_that_agree_are_not_the_same() -> None:
    """Of models that differ by 0.2 in the mean, four worlds of right and wrong agree in two cases of five."""
    rng = np.random.default_rng(3)
    draws = [(rng.random(4) < 0.2).astype(float) for _ in range(200)]
    assert sum(not drawn.any() for drawn in draws) > 60
    assert not any(row(drawn).call == "same" for drawn in draws)
    assert row(np.zeros(12)).call == "same" and row(np.full(12, 2 * SAME_WITHIN)).call == "better"


def test_an_unclear_difference_says_how_many_worlds_it_takes_and_that_many_settle_it() -> None:
    drawn = np.random.default_rng(4).normal(0.1, 0.3, 12)
    seen = row(drawn)
    assert seen.call == "unclear" and seen.settling is not None and seen.settling > 12
    more = np.tile(drawn, -(-seen.settling // 12))  # worlds like these
    assert row(more).call == "better" and row(np.zeros(12)).settling is None
    pairs = {f"w{i:02d}": value for i, value in enumerate(drawn.tolist())}
    among = _difference("a", NOTHING, NOTHING, pairs, (), 12)  # each of twelve has to stand against all
    assert among.settling is not None and 1.4 * seen.settling < among.settling < 3 * seen.settling


def test_the_headline_flips_a_world_in_all_probes_at_once() -> None:
    """Seven videos, read by three probes alike, are seven cases and not twenty-one."""
    pairs = {f"video{i}": 0.1 + 0.01 * i for i in range(7)}
    run = make_run()
    one = _headline(run, run, [("a", pairs)])
    again = _headline(run, run, [("a", pairs), ("a", pairs), ("b", pairs)])
    assert one.p_value == again.p_value == 2 / 2**7
    assert again.difference.value == pytest.approx(one.difference.value)
    assert again.difference.low == pytest.approx(one.difference.low)
    assert again.difference.clusters == 7 and again.detectable == pytest.approx(one.detectable)
    others = {f"other {name}": value for name, value in pairs.items()}
    apart = _headline(run, run, [("a", pairs), ("b", others)])
    assert apart.difference.clusters == 14 and apart.p_value < 1e-3
    assert apart.difference.low is not None and apart.difference.low > one.difference.low
