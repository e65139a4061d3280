"""What wsim.stats promises, checked by simulation and against closed forms."""

import itertools
import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wsim import stats


def clustered(rng: np.random.Generator, worlds: int, clips: int, icc: float) -> tuple[list[float], list[str]]:
    """Normal observations of mean 0, variance 1 and intra-world correlation `icc`."""
    world = rng.normal(scale=math.sqrt(icc), size=(worlds, 1))
    values = world + rng.normal(scale=math.sqrt(1 - icc), size=(worlds, clips))
    names = np.repeat([f"w{i:03d}" for i in range(worlds)], clips)
    return values.ravel().tolist(), names.tolist()


@pytest.mark.parametrize("icc", [0.0, 0.3])
@pytest.mark.parametrize("worlds", [10, 24, 100])
def test_intervals_cover_the_truth_as_often_as_they_say(worlds: int, icc: float) -> None:
    rng = np.random.default_rng([worlds, int(10 * icc)])
    hits, trials = 0, 1500
    for _ in range(trials):
        low, high = stats.cluster_mean(*clustered(rng, worlds, 4, icc)).interval()  # type: ignore[misc]
        hits += low <= 0 <= high
    assert 0.93 <= hits / trials <= 0.97


def test_counting_clips_instead_of_worlds_would_not_cover() -> None:
    rng = np.random.default_rng(1)
    hits, trials = 0, 600
    for _ in range(trials):
        values, _ = clustered(rng, 24, 8, 0.3)
        low, high = stats.mean_of(np.array(values)).interval()  # type: ignore[misc]
        hits += low <= 0 <= high
    assert hits / trials < 0.85  # the reason for clusters: a naive interval covers about 72 %


@pytest.mark.parametrize("icc", [0.0, 0.3])
@pytest.mark.parametrize("worlds", [10, 24, 100])
def test_equal_models_are_called_different_as_often_as_they_should(worlds: int, icc: float) -> None:
    rng = np.random.default_rng([2, worlds, int(10 * icc)])
    trials, alarms = 1000, 0
    for _ in range(trials):
        one, other = (stats.means_by_cluster(*clustered(rng, worlds, 4, icc)) for _ in range(2))
        pairs = np.array(list(stats.paired_differences(one, other).values()))
        alarms += stats.sign_flip_p(pairs) < 0.05
    assert 0.03 <= alarms / trials <= 0.07


def test_holm_keeps_the_family_wise_error() -> None:
    rng = np.random.default_rng(3)
    trials, families = 400, 0
    for _ in range(trials):
        p_values = [stats.sign_flip_p(rng.normal(size=10)) for _ in range(5)]
        families += min(stats.holm(p_values)) < 0.05
    assert families / trials <= 0.08


def test_the_detectable_difference_is_detected_as_often_as_promised() -> None:
    rng = np.random.default_rng(4)
    worlds, trials, found = 24, 800, 0
    promised = stats.detectable_difference(
        stats.ClusterMean(0.0, 1 / math.sqrt(worlds), worlds - 1.0, 24, 24)
    )
    assert promised is not None
    for _ in range(trials):
        low, _ = stats.mean_of(rng.normal(loc=promised, size=worlds)).interval()  # type: ignore[misc]
        found += low > 0
    assert 0.76 <= found / trials <= 0.84


def part(weight: float, means: dict[str, float]) -> stats.Part:
    return stats.Part(weight, math.fsum(means.values()) / len(means), means, len(means))


def parts_of(
    rng: np.random.Generator, probes: int, worlds: int, *, common: float, shared: bool
) -> list[stats.Part]:
    """Probes of mean 0; of what they read in a world `common` is the same for all."""
    world = math.sqrt(common) * rng.normal(size=worlds)
    found = []
    for probe in range(probes):
        scale = 1.0 + probe % 3
        values = scale * (world + math.sqrt(1 - common) * rng.normal(size=worlds))
        name = "w{:03d}" if shared else f"{probe}/w{{:03d}}"
        found.append(part(1 / probes, {name.format(i): v for i, v in enumerate(values.tolist())}))
    return found


@pytest.mark.parametrize(
    ("common", "shared", "probes", "worlds"), [(0.0, False, 3, 12), (0.7, True, 8, 20), (0.0, True, 3, 12)]
)
def test_sums_of_means_cover_whether_worlds_are_shared_or_not(
    common: float, shared: bool, probes: int, worlds: int
) -> None:
    rng = np.random.default_rng([5, probes, worlds])
    trials, hits = 1000, 0
    for _ in range(trials):
        found = stats.sum_of_means(parts_of(rng, probes, worlds, common=common, shared=shared))
        low, high = found.interval()  # type: ignore[misc]
        hits += low <= 0 <= high
    assert 0.93 <= hits / trials <= 0.97


def test_probes_of_the_same_worlds_do_not_make_them_more() -> None:
    """Taken for independent, eight readings of the same 20 videos cover in a good half of all cases."""
    rng = np.random.default_rng(6)
    trials, hits = 400, 0
    for _ in range(trials):
        parts = parts_of(rng, 8, 20, common=0.7, shared=True)
        alone = [stats.mean_of(np.array(list(one.clusters.values()))) for one in parts]
        half = stats.t_quantile(0.975, 8 * 19.0) * math.sqrt(sum(one.se**2 for one in alone)) / 8
        hits += abs(math.fsum(one.mean for one in alone) / 8) <= half
    assert hits / trials < 0.7


def test_sums_of_means_by_hand() -> None:
    a, b = {"u": 0.0, "v": 1.0, "w": 0.5}, {"x": 0.2, "y": 0.6}
    one, two = (stats.mean_of(np.array(list(means.values()))) for means in (a, b))
    apart = stats.sum_of_means([part(0.5, a), part(0.5, b)])
    assert apart.mean == pytest.approx(0.45) and (apart.n, apart.clusters) == (5, 5)
    assert apart.se == pytest.approx(math.hypot(one.se, two.se) / 2)
    assert apart.df == pytest.approx((one.se**2 + two.se**2) ** 2 / (one.se**4 / 2 + two.se**4 / 1))  # Welch
    again = stats.sum_of_means([part(0.5, a), part(0.5, a)])  # the same worlds, read twice: no more than once
    assert (again.se, again.df, again.clusters) == (pytest.approx(one.se), pytest.approx(2.0), 3)
    assert stats.sum_of_means([part(1.0, a)]).interval() == pytest.approx(one.interval())
    assert stats.sum_of_means([part(0.5, a), part(0.5, {"x": 0.2})]).interval() is None
    still = stats.sum_of_means([part(1.0, {"u": 0.3, "v": 0.3})])
    assert still.interval() == pytest.approx((0.3, 0.3)) and still.df == 1.0
    with pytest.raises(ValueError, match="nothing"):
        stats.sum_of_means([])


def test_interval_is_scipys() -> None:
    from scipy.stats import t, ttest_1samp

    values = np.array([0.1, 0.4, 0.35, 0.8, 0.55])
    ours = stats.mean_of(values)
    low, high = t.interval(0.95, 4, loc=values.mean(), scale=values.std(ddof=1) / math.sqrt(5))
    assert ours.interval() == pytest.approx((low, high))
    expected = ttest_1samp(values, 0).confidence_interval()
    assert ours.interval() == pytest.approx((expected.low, expected.high))


def test_sign_flips_are_exact_when_few() -> None:
    pairs = np.array([0.5, 0.2, -0.1, 0.4])
    sums = [
        sum(s * d for s, d in zip(signs, pairs, strict=True))
        for signs in itertools.product((1, -1), repeat=4)
    ]
    expected = np.mean([abs(total) >= 1.0 - 1e-12 for total in sums])
    assert stats.sign_flip_p(pairs) == expected == 4 / 16


def test_all_pairs_of_one_sign_give_the_least_p_that_there_is() -> None:
    assert stats.sign_flip_p(np.full(6, 0.3)) == 2 / 2**6
    assert stats.sign_flip_p(np.zeros(6)) == 1.0
    assert stats.sign_flip_p(np.array([])) == 1.0


def test_drawn_flips_are_never_zero_and_repeat() -> None:
    pairs = np.full(40, 1.0)
    assert stats.sign_flip_p(pairs, draws=999) == 1 / 1000
    noisy = np.random.default_rng(6).normal(0.2, 1, size=30)
    assert stats.sign_flip_p(noisy) == stats.sign_flip_p(noisy)


def test_drawn_flips_agree_with_scipy() -> None:
    from scipy.stats import permutation_test

    pairs = np.random.default_rng(7).normal(0.3, 1, size=25)
    exact = permutation_test(
        (pairs, np.zeros(25)), lambda x, y: np.mean(x - y), permutation_type="samples",
        n_resamples=9_999, rng=np.random.default_rng(8),
    )  # fmt: skip
    assert stats.sign_flip_p(pairs) == pytest.approx(exact.pvalue, abs=0.015)


def test_thousands_of_clusters_need_little_memory() -> None:
    """As many as the headline of `full` has."""
    pairs = np.random.default_rng(9).normal(0.02, 1.0, size=5280)
    tracemalloc.start()
    p_value = stats.sign_flip_p(pairs, draws=999)
    stats.resampled_interval(pairs, lambda sample: sample.mean(axis=-1), draws=999)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 40e6  # all draws at once take 90 MB
    signs = np.random.default_rng(np.random.SeedSequence([0, 5280])).integers(0, 2, (999, 5280), np.int8)
    hits = np.abs((1.0 - 2.0 * signs) @ pairs) >= abs(pairs.sum())
    assert p_value == (1 + hits.sum()) / 1000


def test_holm_by_hand() -> None:
    # Sorted 0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1: 0.04, 0.06, 0.06, 0.04 made monotone.
    assert stats.holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert stats.holm([0.9, 0.8]) == [1.0, 1.0]
    assert stats.holm([]) == []


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(st.tuples(st.sampled_from("abcd"), st.floats(-1, 1)), min_size=2, max_size=20), st.randoms())
def test_order_of_observations_changes_nothing(pairs: list[tuple[str, float]], random: object) -> None:
    shuffled = list(pairs)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    ours, theirs = (stats.cluster_mean([v for _, v in p], [c for c, _ in p]) for p in (pairs, shuffled))
    assert ours.mean == pytest.approx(theirs.mean, abs=1e-15)
    assert ours.n == theirs.n and ours.clusters == theirs.clusters


def test_one_cluster_has_no_interval() -> None:
    mean = stats.cluster_mean([0.2, 0.4], ["a", "a"])
    assert mean.mean == pytest.approx(0.3) and mean.interval() is None
    assert stats.detectable_difference(mean) is None


def test_clusters_weigh_the_same_whatever_their_size() -> None:
    assert stats.cluster_mean([1.0, 1.0, 1.0, 0.0], ["a", "a", "a", "b"]).mean == 0.5


def test_pairs_are_made_of_what_both_have() -> None:
    pairs = stats.paired_differences({"a": 0.1, "b": 0.5}, {"b": 0.7, "a": 0.4, "c": 9.0})
    assert pairs == pytest.approx({"a": 0.3, "b": 0.2}) and list(pairs) == ["a", "b"]


@pytest.mark.parametrize(
    ("value", "se", "text"),
    [
        (0.47213, 0.031, "0.47"),
        (0.47213, 0.0142, "0.472"),
        (12.34, 2.0, "12"),
        (0.5, 0.0, "0.500"),
        (0.5, None, "0.500"),
    ],
)
def test_numbers_are_rounded_from_their_error(value: float, se: float | None, text: str) -> None:
    assert stats.round_to_error(value, se) == text
