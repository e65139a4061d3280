"""Distances between sets of features: closed forms, published reference values, invariances, bad input."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wsim.errors import WsimError
from wsim.metrics import nuclear
from wsim.metrics.extrapolation import frechet_infinity
from wsim.metrics.features import FeatureSet, features_of, signature_of
from wsim.metrics.frechet import Gaussian, frechet_distance, frechet_of_gaussians
from wsim.metrics.kernel import discrepancy_between, jedi, jedi_u, kvd, polynomial_kernel
from wsim.metrics.moments import Moments
from wsim.metrics.nuclear import of_covariances, of_features
from wsim.metrics.prdc import prdc
from wsim.metrics.rows import Rows
from wsim.video import Video

# Computed with the reference codes of TF-GAN, TATS, JEDi and prdc on
# real = RandomState(0).randn(n1, d), fake = RandomState(1).randn(n2, d) * 1.1 + 0.05.
GOLDEN = [
    (512, 512, 64, 5.5365142147443, 5.526548084121215, 0.00979396697545809, 0.5581126089533546,
     (0.419921875, 0.9609375, 0.226953125, 0.640625)),
    (300, 200, 64, 10.8011102829174, 10.747883706483414, 0.016526991979312733, 1.1266891425867607,
     (0.4, 0.9666666666666667, 0.211, 0.5)),
    (48, 48, 400, 645.6482862681605, 632.64160, 0.0236660076518, 5.079012669636,
     (0.083333, 1.0, 0.033333, 0.145833)),
]  # fmt: skip


def sets(n1: int, n2: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    return np.random.RandomState(0).randn(n1, d), np.random.RandomState(1).randn(n2, d) * 1.1 + 0.05


@pytest.mark.parametrize(("n1", "n2", "d", "fd1", "fd0", "kernel", "jedi100", "shares"), GOLDEN)
def test_published_values(
    n1: int, n2: int, d: int, fd1: float, fd0: float, kernel: float, jedi100: float, shares: tuple
) -> None:
    real, fake = sets(n1, n2, d)
    assert frechet_distance(real, fake) == pytest.approx(fd1, rel=1e-9)
    assert frechet_distance(real, fake, ddof=0) == pytest.approx(fd0, rel=1e-7)
    assert kvd(real, fake).value == pytest.approx(kernel, rel=1e-9)
    assert 100 * jedi(real, fake) == pytest.approx(jedi100, rel=1e-9)
    found = prdc(real, fake)
    assert (found.precision, found.recall, found.density, found.coverage) == pytest.approx(shares, abs=1e-6)


# torchmetrics 1.9.0, FrechetInceptionDistance with a module of one's own, float64, on the sets above. Of the
# last it takes the eigenvalues of a product that has not full rank, and is 6e-8 off.
@pytest.mark.parametrize(
    ("case", "judged"),
    list(zip(GOLDEN, (5.536514214744244, 10.801110282917506, 645.6482464369718), strict=True)),
)
def test_an_outside_judge_agrees(case: tuple, judged: float) -> None:
    n1, n2, d, *_ = case
    assert frechet_distance(*sets(n1, n2, d)) == pytest.approx(judged, rel=1e-6 if min(n1, n2) > d else 1e-5)


def test_pairs_of_one_world_are_left_out_in_little_memory() -> None:
    rng = np.random.default_rng(7)
    real, fake = rng.normal(size=(1500, 8)), 1.2 * rng.normal(size=(1200, 8))
    worlds = np.array([f"world={i // 3}" for i in range(1500)])
    tracemalloc.start()
    found = discrepancy_between((real, worlds), (fake, worlds[:1200]), degree=3, coef0=1.0)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 36e6  # a kernel of all pairs and what is chosen of it take 54 MB
    means = []
    for a, b in ((real, real), (fake, fake), (real, fake)):
        apart = worlds[: len(a), None] != worlds[None, : len(b)]
        means.append(polynomial_kernel(a, b)[apart].mean())
    assert found == pytest.approx(means[0] + means[1] - 2 * means[2], rel=1e-9)


def test_videos_of_one_world_have_no_distance_rather_than_none() -> None:
    real, fake = np.zeros((4, 2)), np.full((4, 2), 9.0)
    worlds = np.full(4, "world=0")
    with pytest.raises(WsimError, match="all videos are of one world"):
        discrepancy_between((real, worlds), (fake, worlds), degree=3, coef0=1.0)


class Means:
    """A network that is no weight at all: the mean of every channel of every frame."""

    name, weights_fingerprint, preprocess_id, dim = "means", "none", "none", 12

    def forward(self, clips: np.ndarray) -> np.ndarray:
        return clips.mean(axis=(2, 3), dtype=np.float32).reshape(len(clips), -1)[:, :12]


def test_memory_does_not_grow_with_the_number_of_clips() -> None:
    peaks = []
    for count in (64, 4096):
        videos = (Video(np.full((4, 16, 16, 3), i % 256, np.uint8), 8.0) for i in range(count))
        tracemalloc.start()
        found = features_of(Means(), videos)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert found.values.shape == (count, 12)
    features_bytes = 4096 * 12 * (4 + 8)  # as they came, and in float64; the clips are 13 MB
    assert peaks[1] < peaks[0] + 2 * features_bytes < 4e6


def test_signatures_of_other_kinds_are_refused() -> None:
    rows = np.zeros((3, 4))
    one = FeatureSet(rows, ("net", "a", "x"), 16, 8.0)
    for other, problem in (
        (FeatureSet(rows, ("net", "b", "x"), 16, 8.0), "the extractor"),
        (FeatureSet(rows, ("net", "a", "y"), 16, 8.0), "the extractor"),
        (FeatureSet(rows, ("net", "a", "x"), 9, 8.0), "the number of frames"),
    ):
        with pytest.raises(WsimError, match=problem):
            signature_of("fvd", one, other)


def test_the_example_of_jedi() -> None:
    a = np.arange(1.0, 10.0).reshape(3, 3)
    b = np.array([[7.0, 6.0, 5.0], [4.0, 3.0, 2.0], [1.0, 1.0, 8.0], [0.0, 2.0, 5.0]])
    assert jedi(a, b) == pytest.approx(270.7222, rel=1e-6)
    assert jedi(a, b, gamma=1.0) == pytest.approx(2436.5, rel=1e-9)


def test_the_distance_of_two_known_gaussians() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(5000, 3))
    x = (x - x.mean(axis=0)) @ np.linalg.inv(
        np.linalg.cholesky(np.cov(x.T))
    ).T  # exactly mean 0, covariance 1
    scales = np.array([1.0, 2.0, 0.5])
    assert frechet_distance(x, x * scales + 1.0) == pytest.approx(3.0 + ((1 - scales) ** 2).sum(), rel=1e-9)


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 30), st.integers(1, 40), st.integers(0, 1000))
def test_distances_are_symmetric_zero_on_themselves_and_blind_to_order(n: int, d: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(n, d)), 2.0 * rng.normal(size=(n + 3, d)) + 0.5
    there, back = frechet_distance(a, b), frechet_distance(b, a)
    assert there == pytest.approx(back, rel=1e-9, abs=1e-9)
    assert abs(frechet_distance(a, a)) <= 1e-9 * max(1.0, float((a * a).sum()))
    shuffled = rng.permutation(n)
    assert frechet_distance(a[shuffled], b) == pytest.approx(there, rel=1e-9, abs=1e-9)
    assert frechet_distance(a, a + 3.0) == pytest.approx(9.0 * d, rel=1e-9)


@pytest.mark.parametrize("other", ["scaled", "turned", "reversed", "itself"])
@pytest.mark.parametrize("decay", [0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 9.0])  # condition numbers to 1e17
def test_the_fast_ways_agree_with_the_exact_one(decay: float, other: str) -> None:
    rng = np.random.default_rng(501)
    scales = np.arange(1, 65) ** -decay
    turns = [np.linalg.qr(rng.normal(size=(64, 64)))[0] for _ in range(2)]
    a = rng.normal(size=(200, 64)) * scales @ turns[0]
    b = {
        "scaled": 1.1 * rng.normal(size=(300, 64)) * scales @ turns[0],
        "turned": rng.normal(size=(300, 64)) * scales @ turns[1],
        "reversed": rng.normal(size=(300, 64)) * scales[::-1] @ turns[0],
        "itself": a,
    }[other]
    factors = [np.linalg.qr((x - x.mean(axis=0)) / np.sqrt(len(x) - 1), mode="r") for x in (a, b)]
    exact = np.linalg.svd(factors[0] @ factors[1].T, compute_uv=False).sum()
    found, traces = of_features(*((x - x.mean(axis=0)) / np.sqrt(len(x) - 1) for x in (a, b)))
    assert abs(found - exact) < 1e-12 * traces
    assert abs(of_covariances(np.cov(a.T), np.cov(b.T)) - exact) < 1e-7 * traces
    if other == "itself":
        assert frechet_distance(a, a) == 0.0


@pytest.mark.parametrize(("decay", "way"), [(0.0, "eigvalsh"), (2.0, "svd"), (6.0, "qr")])
def test_the_way_goes_by_the_condition(decay: float, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = []
    for place, name in ((nuclear.linalg, "eigvalsh"), (np.linalg, "svd"), (np.linalg, "qr")):
        kept = getattr(place, name)
        monkeypatch.setattr(place, name, lambda *a, n=name, k=kept, **o: taken.append(n) or k(*a, **o))
    a = np.random.default_rng(502).normal(size=(200, 64)) * np.arange(1, 65) ** -decay
    frechet_distance(a, 2.0 * a)
    assert way in taken and taken[-1] == ("eigvalsh" if way == "eigvalsh" else "svd")


def test_sums_are_the_same_to_the_bit_in_any_order_and_number_of_shards() -> None:
    rng = np.random.default_rng(1)
    features = rng.normal(20.0, 5.0, size=(999, 24))
    whole = Moments(24)
    whole.add(features)
    parts = []
    for shard in np.array_split(features[rng.permutation(999)], 7):
        part = Moments(24)
        for batch in np.array_split(shard, 3):
            part.add(batch)
        parts.append(part)
    merged = parts[3]
    for part in (*parts[:3], *parts[4:]):
        merged.merge(part)
    a, b = whole.gaussian(), merged.gaussian()
    assert (a.mean == b.mean).all()
    assert (a.covariance == b.covariance).all()
    assert a.samples == b.samples == 999
    np.testing.assert_allclose(a.covariance, np.cov(features.T), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(a.mean, features.mean(axis=0), rtol=1e-9)


def test_every_distance_is_the_same_to_the_bit_in_any_order_and_number_of_shards() -> None:
    rng = np.random.default_rng(4)
    sets = [rng.normal(size=(90, 6)), 1.3 * rng.normal(size=(70, 6)) + 0.4]
    found = []
    for shards in (1, 5):
        merged = []
        for features in sets:
            parts = [Rows(6) for _ in range(shards)]
            for part, shard in zip(parts, np.array_split(rng.permutation(features), shards), strict=True):
                for batch in np.array_split(shard, 4):
                    part.add(batch)
                    batch[:] = 0.0  # a buffer that is used again
            for part in parts[:-1]:
                parts[-1].merge(part)
            merged.append(parts[-1].values())
        found.append([metric(*merged) for metric in (frechet_distance, kvd, jedi, jedi_u, prdc)])
    assert found[0] == found[1]
    assert found[0][0] == pytest.approx(frechet_distance(*sets), rel=1e-12)


def test_stored_statistics_give_the_same_distance_as_features() -> None:
    for n1, n2, d, *_ in GOLDEN:
        real, fake = sets(n1, n2, d)
        stored = []
        for features in (real, fake):
            moments = Moments(d)
            moments.add(features)
            stored.append(moments.gaussian())
        assert frechet_of_gaussians(*stored) == pytest.approx(frechet_distance(real, fake), rel=1e-5)
        assert abs(frechet_of_gaussians(stored[0], stored[0])) < 1e-6


def test_the_kernel_distance_of_equal_distributions_is_zero_on_average() -> None:
    rng = np.random.default_rng(2)
    found = [kvd(rng.normal(size=(60, 6)), rng.normal(size=(60, 6))) for _ in range(60)]
    values = np.array([one.value for one in found])
    assert abs(values.mean()) < 3 * values.std() / np.sqrt(60)
    assert np.mean([one.se for one in found]) == pytest.approx(values.std(), rel=0.4)
    biased = [jedi(rng.normal(size=(60, 6)), rng.normal(size=(60, 6))) for _ in range(20)]
    assert np.mean(biased) > 0.01
    unbiased = [jedi_u(rng.normal(size=(60, 6)), rng.normal(size=(60, 6))).value for _ in range(60)]
    assert abs(np.mean(unbiased)) < 3 * np.std(unbiased) / np.sqrt(60)


def test_the_kernel_is_what_it_says() -> None:
    x = np.array([[1.0, 2.0]])
    assert polynomial_kernel(x, x)[0, 0] == pytest.approx((5 / 2 + 1) ** 3)


def test_extrapolation_takes_the_bias_away() -> None:
    rng = np.random.default_rng(3)
    spread = np.arange(1, 61) ** -0.4
    real, fake = (rng.normal(size=(1024, 60)) * spread for _ in range(2))
    found = frechet_infinity(real, fake)
    assert found.measured > 0.05
    assert abs(found.value) < 0.3 * found.measured
    assert found.low < found.value < found.high
    shifted = frechet_infinity(real, fake + 1.0)
    assert shifted.value == pytest.approx(60.0, rel=0.05)


@pytest.mark.parametrize(
    ("real", "fake", "problem"),
    [
        (np.ones((1, 3)), np.ones((5, 3)), "no spread"),
        (np.ones((5, 3)), np.ones((5, 4)), "cannot be compared"),
        (np.ones((5, 3)), np.full((5, 3), np.nan), "5 generated videos are not finite"),
        (np.full((5, 3), -np.inf), np.ones((5, 3)), "5 reference videos are not finite"),
        (np.ones((5, 3)), np.full((5, 3), 1e200), "not finite, or beyond 1e"),
        (np.ones((5, 3)), np.ones(5), r"no table of numbers but float64 of shape \(5,\)"),
        (np.ones((5, 3, 2)), np.ones((5, 3, 2)), "no table"),
        (np.ones((5, 0)), np.ones((5, 0)), "no table"),
        (np.ones((5, 3)), np.ones((5, 3), complex), "complex128"),
        (np.ones((5, 3)), np.full((5, 3), "a"), "no table"),
    ],
)
def test_features_without_a_distance_are_refused(real: np.ndarray, fake: np.ndarray, problem: str) -> None:
    for metric in (frechet_distance, kvd, jedi, jedi_u, prdc):
        with pytest.raises(WsimError, match=problem):
            metric(real, fake)  # type: ignore[operator]


def test_features_of_any_precision_are_computed_in_double() -> None:
    real, fake = (features.astype(np.float32) for features in sets(60, 50, 7))
    for metric in (frechet_distance, kvd, jedi, jedi_u, prdc):
        assert metric(real, fake) == metric(real.astype(np.float64), fake.astype(np.float64))
    assert frechet_distance(np.array([[0], [2]]), np.array([[3], [5]])) == pytest.approx(9.0)


def test_other_bad_input() -> None:
    with pytest.raises(WsimError, match="2 videos cannot be divided by n - 2"):
        frechet_distance(np.eye(2), np.eye(2), ddof=2)
    whole = Gaussian(np.zeros(2), np.eye(2), 5)
    with pytest.raises(WsimError, match="not finite"):
        frechet_of_gaussians(whole, Gaussian(np.zeros(2), np.full((2, 2), np.nan), 5))
    with pytest.raises(WsimError, match="features of 2 dimensions cannot be compared with features of 3"):
        frechet_of_gaussians(whole, Gaussian(np.zeros(3), np.eye(3), 5))
    with pytest.raises(WsimError, match="too few to extrapolate"):
        frechet_infinity(np.ones((20, 2)), np.ones((300, 2)))
    with pytest.raises(WsimError, match="no 5-th neighbour"):
        prdc(np.random.default_rng(0).normal(size=(5, 2)), np.random.default_rng(1).normal(size=(9, 2)))
    with pytest.raises(WsimError, match="not finite"):
        Rows(2).add(np.array([[np.nan, 0.0]]))
    with pytest.raises(WsimError, match="features of 3 dimensions, not 2"):
        Rows(2).add(np.ones((1, 3)))
    with pytest.raises(WsimError, match="features of 3 dimensions, not 2"):
        Rows(2).merge(Rows(3))
    with pytest.raises(WsimError, match="0 reference videos have no spread"):
        kvd(Rows(2).values(), Rows(2).values())
    moments = Moments(2)
    with pytest.raises(WsimError, match="not finite"):
        moments.add(np.array([[np.inf, 0.0]]))
    with pytest.raises(WsimError, match="dimensions"):
        moments.add(np.ones((2, 3)))
    with pytest.raises(WsimError, match="dimensions"):
        moments.merge(Moments(3))
    with pytest.raises(WsimError, match="no spread"):
        moments.gaussian()
