"""Published values of FVD, for those who have the weights: in `$WSIM_WEIGHTS_DIR`; skipped without them.

The last needs more, in the folder `$WSIM_CDFVD`: cd-FVD's example videos (example0.mp4 to example15.mp4) and
its statistics of UCF101 (i3d, 128 pixels, 16 frames) as `ucf101.npz`. These are published as a pickle, which
is never opened here: whoever trusts it saves `num_items`, `raw_mean` and `raw_cov` of it with `numpy.savez`.
"""

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from wsim.errors import WsimError
from wsim.metrics.features import FeatureExtractor, features_of
from wsim.metrics.frechet import Gaussian, frechet_distance, frechet_of_gaussians
from wsim.metrics.fvd import RECIPES
from wsim.metrics.i3d import I3D
from wsim.metrics.i3d_features import load_i3d
from wsim.metrics.weights import find_i3d, load_variables
from wsim.video import Video, read_video

pytestmark = [pytest.mark.slow, pytest.mark.weights]
# Squared distance of the logits of a black and a white clip of 10 to 30 frames, from the README of
# JunyaoHu/common_metrics_on_video_quality (an older TorchScript).
BLACK_AGAINST_WHITE = (
    569.2296, 486.3584, 551.9611, 146.3664, 172.8545, 133.7031, 152.9175, 357.7403, 382.4669, 306.7384,
    338.4152, 78.1726, 82.3345, 64.5886, 66.0628, 314.4804, 316.6871, 288.9720, 287.7805, 152.1525, 151.2565,
)  # fmt: skip
OF_30_FRAMES = {"torchscript": 151.25648496845326, "TensorFlow 1.15": 151.39244}  # the same README
NOISE = 10.13808536529541  # universome/fvd-comparison, by TensorFlow itself: the one with a full covariance
EXAMPLES = 3383.964558389454  # songweige/content-debiased-fvd, thread 2; a user there has ...9670431
FRAMES = 16


@pytest.fixture(autouse=True)
def available() -> None:
    try:
        find_i3d()
    except WsimError as missing:
        pytest.skip(f"{missing.problem}: {missing.remedy}")


def black_against_white(network: FeatureExtractor, frames: int) -> float:
    black, white = (
        features_of(network, [Video(np.full((frames, 64, 64, 3), level, np.uint8), 25.0)]).values[0]
        for level in (0, 255)
    )
    return float(((black - white) ** 2).sum())


def test_the_claim_of_the_original() -> None:
    """google-research says "around 131" of 15 frames."""
    assert black_against_white(load_i3d(), 15) == pytest.approx(131.0, rel=0.03)


@pytest.mark.parametrize("source", OF_30_FRAMES)
def test_black_against_white(source: str) -> None:
    assert black_against_white(load_i3d(), 30) == pytest.approx(OF_30_FRAMES[source], rel=0.005)


def test_black_against_white_at_every_length() -> None:
    network = load_i3d()
    found = [black_against_white(network, frames) for frames in range(10, 31)]
    assert found == pytest.approx(BLACK_AGAINST_WHITE, rel=0.01)


@pytest.mark.timeout(3600)
def test_two_sets_of_noise() -> None:
    network, sets = I3D(load_variables(find_i3d())[0]), []
    for seed in (1, 2):
        rng, rows = np.random.RandomState(seed), []
        for _ in range(128):  # one clip at a time: the stream of numbers is the same, and so is the set
            clip = torch.from_numpy(rng.rand(1, 16, 224, 224, 3).astype(np.float32))
            with torch.inference_mode():
                rows.append(network(clip.permute(0, 4, 1, 2, 3)).numpy()[0])  # as is, in 0..1: so was it done
        sets.append(np.stack(rows).astype(np.float64))
    assert frechet_distance(*sets) == pytest.approx(NOISE, rel=1e-3)


def test_the_examples_of_cdfvd() -> None:
    place = os.environ.get("WSIM_CDFVD")
    if not place or not (Path(place) / "ucf101.npz").is_file():
        pytest.skip("WSIM_CDFVD names no folder with cd-FVD's example videos and ucf101.npz")
    recipe = RECIPES["cdfvd256"]  # the statistics are of 128 pixels, the examples are loaded at its 256
    network = load_i3d(resize=recipe.resize, bn_epsilon=recipe.bn_epsilon)
    assert distance_from_ucf101(network, Path(place), recipe.ddof) == pytest.approx(EXAMPLES, rel=1e-5)


def distance_from_ucf101(network: FeatureExtractor, place: Path, ddof: int) -> float:
    videos = [read_video(place / f"example{number}.mp4") for number in range(16)]
    if any(len(video) != FRAMES for video in videos):
        pytest.skip(
            f"the examples are not of {FRAMES} frames: cd-FVD draws a part of them, and which is not known"
        )
    found = features_of(network, videos).values
    with np.load(place / "ucf101.npz", allow_pickle=False) as stored:
        count, total, products = (stored[name] for name in ("num_items", "raw_mean", "raw_cov"))
    mean = total / count
    real = Gaussian(mean, products / count - np.outer(mean, mean), int(count))
    fake = Gaussian(found.mean(axis=0), np.cov(found.T, ddof=ddof), len(found))
    return frechet_of_gaussians(real, fake)
