"""FVD end to end: golden values of the TensorFlow graph with seeded variables, recipes, mistakes."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from wsim.errors import WsimError
from wsim.metrics.features import FeatureSet, features_of
from wsim.metrics.frechet import frechet_distance
from wsim.metrics.fvd import RECIPES, Distance, fvd, fvd_of_features, fvd_with
from wsim.metrics.i3d_features import I3DFeatures, network_name, seeded_i3d
from wsim.video import Video


class Averages:
    """Features that cost nothing: means over space and quarters of the clip."""

    name, dim, weights_fingerprint, preprocess_id = "i3d", 3, "tfhub400:ok", "tf1-squash224"

    def __init__(self) -> None:
        self.batches: list[int] = []

    def forward(self, clips: np.ndarray) -> np.ndarray:
        self.batches.append(len(clips))
        return clips.mean(axis=(1, 2, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def network() -> I3DFeatures:
    return seeded_i3d()


def blocks(seed: int) -> list[Video]:
    tiles = np.random.RandomState(seed).randint(0, 256, (6, 4, 8, 8, 3)).astype(np.uint8)
    return [Video(clip, 8.0) for clip in tiles.repeat(4, 1).repeat(8, 2).repeat(8, 3)]


def flat(level: int, frames: int = 16) -> list[Video]:
    return [Video(np.full((frames, 64, 64, 3), level, np.uint8), 8.0)]


def test_black_against_white_is_the_value_of_the_graph(network: I3DFeatures) -> None:
    black, white = (features_of(network, flat(level)) for level in (0, 255))
    gap = black.values - white.values
    assert float((gap * gap).sum()) == pytest.approx(363.39266424279526, rel=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("resize", "value", "mean_term"),
    [
        ("tf1-squash224", 5.783024810759083, 1.153591992386301),
        ("half-squash224", 5.955273020138418, 1.1446104716346996),
    ],
)
def test_fvd_of_the_graph_end_to_end(resize: str, value: float, mean_term: float) -> None:
    network = seeded_i3d(resize=resize)
    real, fake = (features_of(network, blocks(seed)).values for seed in (1, 2))
    gap = real.mean(axis=0) - fake.mean(axis=0)
    assert float(gap @ gap) == pytest.approx(mean_term, rel=1e-4)
    assert frechet_distance(real, fake) == pytest.approx(value, rel=1e-4)


def test_batches_do_not_move_features(network: I3DFeatures) -> None:
    videos = [Video(video.frames[:9], 8.0) for video in blocks(3)[:2]]
    together = features_of(network, videos, batch_frames=18).values[0]
    alone = features_of(network, videos[:1]).values[0]
    assert np.linalg.norm(together - alone) < 1e-5 * np.linalg.norm(alone)


def test_the_signature_says_all_that_moves_the_number() -> None:
    videos = blocks(1)
    found = fvd_with(Averages(), videos, videos[:5])
    assert found.signature.startswith("fvd|i3d=tfhub400:ok|rs=tf1-squash224|T16@8|real6|gen5|ddof1|fp32|wsim")
    assert found.samples == 5
    assert fvd_with(Averages(), videos, videos).value == pytest.approx(0.0, abs=1e-9)
    with pytest.raises(WsimError, match="cannot be compared"):
        found.minus(fvd_with(Averages(), videos, videos))
    assert found.minus(Distance(found.value - 1.0, found.signature, 5)) == pytest.approx(1.0)


def test_weights_that_are_not_the_right_ones_make_no_fvd(network: I3DFeatures) -> None:
    other = Averages()
    other.weights_fingerprint = "rgb_imagenet:0badcafe"
    assert fvd_with(other, blocks(1), blocks(2)).signature.startswith("NOT-fvd|i3d=rgb_imagenet:0badcafe|")
    assert network.weights_fingerprint == "seeded:00000000"


def test_recipes_are_told_apart() -> None:
    rng = np.random.default_rng(0)
    real, fake = rng.normal(size=(40, 8)), rng.normal(size=(40, 8)) + 0.5
    found = {}
    for name, recipe in RECIPES.items():
        extractor = (network_name(recipe.bn_epsilon), "tfhub400:ok", recipe.resize)
        sets = (FeatureSet(values, extractor, 16, 8.0) for values in (real, fake))
        found[name] = fvd_of_features(*sets, recipe=name)
    assert len({one.signature for one in found.values()}) == len(RECIPES)
    gap = real.mean(axis=0) - fake.mean(axis=0)
    mean_term = float(gap @ gap)  # only the covariances are divided by n or n - 1
    assert found["cdfvd"].value - mean_term == pytest.approx((found["fvd"].value - mean_term) * 39 / 40)
    assert found["styleganv"].value == pytest.approx(found["cdfvd"].value)
    strict = FeatureSet(real, ("i3d", "tfhub400:ok", "tf1-squash224"), 16, 8.0)
    for name in set(RECIPES) - {"fvd"}:
        with pytest.raises(WsimError, match="are not the recipe"):
            fvd_of_features(strict, strict, recipe=name)


def test_videos_come_in_batches_of_one_shape_from_any_iterable() -> None:
    def stream() -> Iterator[Video]:
        yield from blocks(1)
        yield Video(np.zeros((16, 32, 32, 3), np.uint8), 8.0)

    extractor = Averages()
    found = features_of(extractor, stream(), batch_frames=64)
    assert extractor.batches == [4, 2, 1]
    assert found.values.shape == (7, 3) and found.frames == 16 and found.fps == 8.0


def test_mistakes_are_told(network: I3DFeatures, tmp_path: Path) -> None:
    with pytest.raises(WsimError, match="8 frames are too few"):
        fvd_with(network, flat(0, 8), flat(9, 8))
    with pytest.raises(WsimError, match="no videos"):
        fvd_with(Averages(), [], flat(9))
    with pytest.raises(WsimError, match="12 and 16 frames in one set"):
        fvd_with(Averages(), flat(0) + flat(0, 12), flat(9))
    with pytest.raises(WsimError, match="no spread"):
        fvd_with(Averages(), flat(0), flat(9))
    with pytest.raises(WsimError, match="number of frames"):
        fvd_with(Averages(), blocks(1), flat(9, 12) * 2)
    with pytest.raises(WsimError, match="no recipe"):
        fvd(flat(0), flat(9), recipe="best")
    with pytest.raises(WsimError, match="weights of I3D are not available"):
        fvd(flat(0), flat(9), weights=tmp_path / "none.safetensors")
