"""Detection, forgetting and comparison statistics: closed forms, and what they promise by simulation."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import norm

from wsim import stats


def test_auroc_of_two_normals_is_the_closed_form() -> None:
    rng = np.random.default_rng(0)
    found = stats.auroc(rng.normal(1.0, 1.0, 4000).tolist(), rng.normal(0.0, 1.0, 4000).tolist())
    assert found == pytest.approx(norm.cdf(1 / math.sqrt(2)), abs=0.01)


def test_auroc_knows_perfect_useless_and_inverted_scores() -> None:
    assert stats.auroc([2.0, 3.0], [0.0, 1.0]) == 1.0
    assert stats.auroc([1.0, 1.0], [1.0, 1.0]) == 0.5
    assert stats.auroc([0.0], [1.0]) == 0.0
    with pytest.raises(ValueError, match="lawful and violated"):
        stats.auroc([], [1.0])


def test_the_interval_of_an_auroc_covers() -> None:
    rng = np.random.default_rng(1)
    truth, hits, trials = norm.cdf(1 / math.sqrt(2)), 0, 150
    for trial in range(trials):
        lawful = {str(i): float(v) for i, v in enumerate(rng.normal(1.0, 1.0, 40))}
        violated = {str(i): float(v) for i, v in enumerate(rng.normal(0.0, 1.0, 40))}
        low, high = stats.auroc_interval(lawful, violated, draws=199, seed=trial)
        hits += low <= truth <= high
    assert hits / trials >= 0.88


def test_d_prime_is_free_of_the_inclination_to_say_yes() -> None:
    n = 10_000
    for criterion in (-0.5, 0.0, 0.8):
        hits, alarms = round(n * norm.sf(criterion - 1.5)), round(n * norm.sf(criterion))
        assert stats.d_prime(hits, n, alarms, n).value == pytest.approx(1.5, abs=0.01)


def test_who_always_says_yes_has_no_d_prime() -> None:
    assert stats.d_prime(20, 20, 20, 20).value == 0.0
    perfect = stats.d_prime(20, 20, 0, 20)
    assert math.isfinite(perfect.value)
    assert perfect.low > 2.0
    with pytest.raises(ValueError, match="signals and blanks"):
        stats.d_prime(0, 0, 0, 5)


def test_the_interval_of_d_prime_covers() -> None:
    rng = np.random.default_rng(2)
    hits, trials, n = 0, 400, 60
    for _ in range(trials):
        found = stats.d_prime(int(rng.binomial(n, norm.sf(-0.5))), n, int(rng.binomial(n, norm.sf(0.5))), n)
        hits += found.low <= 1.0 <= found.high
    assert 0.92 <= hits / trials <= 0.985


def test_an_alarm_threshold_keeps_its_promise_on_new_clips() -> None:
    rng = np.random.default_rng(3)
    rates = []
    for _ in range(300):
        threshold = stats.alarm_threshold(rng.normal(size=99).tolist(), 0.05)
        rates.append(norm.cdf(threshold))
    assert np.mean(rates) == pytest.approx(0.05, abs=0.006)
    assert stats.alarm_threshold([1.0] * 10, 0.05) == -math.inf


def test_the_least_detectable_severity_is_interpolated() -> None:
    assert stats.least_detectable([0.1, 0.2, 0.4], [0.2, 0.6, 1.0]) == pytest.approx(0.3)
    assert stats.least_detectable([0.1, 0.2], [0.9, 1.0]) == 0.1
    assert stats.least_detectable([0.1, 0.2], [0.1, 0.5]) is None


def test_a_score_that_ignores_the_dose_has_no_rank_correlation() -> None:
    assert stats.rank_correlation([0.0, 1.0, 2.0], [0.5, 0.5, 0.5]) == 0.0
    assert stats.rank_correlation([0.0, 1.0, 2.0], [0.9, 0.5, 0.1]) == pytest.approx(-1.0)


DURATIONS = np.repeat([0.1, 0.2, 0.4, 0.8, 1.6], 12)


def answers(rng: np.random.Generator, half_life: float, guess: float = 0.0) -> list[float]:
    p = guess + (1 - guess) * 2.0 ** (-DURATIONS / half_life)
    return (rng.random(len(p)) < p).astype(float).tolist()


@pytest.mark.parametrize("guess", [0.0, 0.25])
def test_the_half_life_is_recovered_and_covered(guess: float) -> None:
    rng = np.random.default_rng(4)
    found, hits, trials = [], 0, 120
    for _ in range(trials):
        fit = stats.forgetting_curve(DURATIONS.tolist(), answers(rng, 0.5, guess), guess=guess)
        assert fit is not None
        found.append(fit.half_life_s)
        hits += fit.low <= 0.5 <= fit.high
    assert np.median(found) == pytest.approx(0.5, rel=0.2)
    assert hits / trials >= 0.9


def test_who_forgets_nothing_has_a_half_life_bounded_from_below_only() -> None:
    fit = stats.forgetting_curve(DURATIONS.tolist(), [1.0] * len(DURATIONS))
    assert fit is not None
    assert fit.censored
    assert fit.half_life_s == fit.high == math.inf
    assert fit.low > 1.6
    assert fit.at(1.6) == pytest.approx(1.0)


def test_who_guesses_has_no_curve() -> None:
    half = [float(i % 2) for i in range(len(DURATIONS))]
    assert stats.forgetting_curve(DURATIONS.tolist(), half, guess=0.5) is None
    assert stats.forgetting_curve([0.5, 0.5], [1.0, 0.0]) is None


def clustered(rng: np.random.Generator, worlds: int, icc: float) -> np.ndarray:
    """Means of four normal clips a world, of mean 0 and intra-world correlation `icc`."""
    world = rng.normal(scale=math.sqrt(icc), size=(worlds, 1))
    return (world + rng.normal(scale=math.sqrt(1 - icc), size=(worlds, 4))).mean(axis=1)


DOSES = [0.0, 0.125, 0.25, 0.5, 0.75, 1.0]


@pytest.mark.parametrize("floor", [0.0, 0.1])
def test_the_dose_that_half_is_found_at_is_recovered_and_covered(floor: float) -> None:
    rng = np.random.default_rng(7)
    truth = stats.DoseResponse(0.3, 0.0, math.inf, 3.0, floor)
    found, hits, trials = [], 0, 200
    for _ in range(trials):
        shares = [rng.binomial(40, truth.at(dose)) / 40 for dose in DOSES[1:]]
        fit = stats.dose_response(DOSES, [floor, *shares], 40)
        assert fit is not None
        found.append(fit.half)
        hits += fit.low <= 0.3 <= fit.high
    assert np.median(found) == pytest.approx(0.3, rel=0.05)
    assert 0.93 <= hits / trials <= 0.99


def test_what_doses_do_not_bound_is_left_open() -> None:
    at_once = stats.dose_response(DOSES, [0.0, 1.0, 1.0, 1.0, 1.0, 1.0], 20)
    assert at_once is not None and at_once.low == 0.0 and at_once.high < 0.125
    hardly = stats.dose_response(DOSES, [0.0, 0.0, 0.0, 0.0, 0.05, 0.1], 20)
    assert hardly is not None and hardly.high == math.inf and hardly.low > 0.75
    assert (hardly.at(0.0), round(hardly.at(hardly.half), 6)) == (0.0, 0.5)
    assert stats.dose_response(DOSES, [0.1] * 6, 20) is None
    assert stats.dose_response([0.0, 0.5, 1.0], [0.0, 0.5, 1.0], 20) is None


@pytest.mark.parametrize("icc", [0.0, 0.3])
@pytest.mark.parametrize("worlds", [10, 24, 100])
def test_the_bca_interval_covers(worlds: int, icc: float) -> None:
    assert 0.93 <= coverage_of_bca(lambda rng: clustered(rng, worlds, icc), 0.0, [5, worlds]) <= 0.97


@pytest.mark.parametrize("worlds", [10, 24, 100])
def test_the_bca_interval_covers_skewed_means(worlds: int) -> None:
    """Many at zero, few high: as skills are."""
    assert 0.93 <= coverage_of_bca(lambda rng: rng.beta(0.8, 2.0, worlds), 0.8 / 2.8, [6, worlds]) <= 0.97


def coverage_of_bca(
    draw: Callable[[np.random.Generator], np.ndarray], truth: float, seed: list[int]
) -> float:
    """Share of intervals that hold the true mean."""
    rng = np.random.default_rng(seed)
    hits, trials = 0, 1000
    for trial in range(trials):
        low, high = stats.bca_interval(draw(rng), draws=999, seed=trial)  # type: ignore[misc]
        hits += low <= truth <= high
    return hits / trials


def test_the_bca_interval_of_equal_or_single_values() -> None:
    assert stats.bca_interval(np.full(5, 0.3)) == (0.3, 0.3)
    assert stats.bca_interval(np.array([0.3])) is None


def test_as_many_clusters_as_promised_settle_a_comparison() -> None:
    seen = stats.mean_of(np.array([0.1, 0.3, -0.2, 0.4, 0.0, 0.2]))
    needed = stats.clusters_to_settle(seen)
    assert needed is not None
    spread = seen.se * math.sqrt(6)
    rng = np.random.default_rng(6)
    found = 0
    for _ in range(600):
        low, _ = stats.mean_of(rng.normal(seen.mean, spread, needed)).interval()  # type: ignore[misc]
        found += low > 0
    assert 0.75 <= found / 600 <= 0.87
    alike = np.array([0.5, 0.5, 0.5])  # no three pairs can have a p below 0.05, nor five
    assert stats.clusters_to_settle(stats.mean_of(alike)) == 6
    assert stats.sign_flip_p(np.full(5, 0.5)) > 0.05 > stats.sign_flip_p(np.full(6, 0.5))
    assert stats.clusters_to_settle(stats.mean_of(alike), alpha=0.01) == 8
    assert stats.clusters_to_settle(stats.mean_of(np.array([0.5]))) is None
    assert stats.clusters_to_settle(stats.mean_of(np.array([1.0, -1.0]))) is None


def test_the_probability_of_improvement_counts_ties_for_a_half() -> None:
    wins = stats.probability_of_improvement(np.array([0.2, 0.1, 0.0, -0.3]))
    assert (wins.better, wins.equal, wins.worse, wins.probability) == (2, 1, 1, 0.625)
    assert wins.low < 0.625 < wins.high
    with pytest.raises(ValueError, match="no pairs"):
        stats.probability_of_improvement(np.array([]))
