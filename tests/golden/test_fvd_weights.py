"""Published values of FVD, for those who have the weights: skipped where they are not available."""

import numpy as np
import pytest
import torch

from wsim.errors import WsimError
from wsim.metrics.features import features_of
from wsim.metrics.frechet import frechet_distance
from wsim.metrics.i3d import I3D
from wsim.metrics.i3d_features import load_i3d
from wsim.metrics.weights import find_i3d, load_variables
from wsim.video import Video

pytestmark = [pytest.mark.slow, pytest.mark.weights]
# Squared distance of the logits of a black and a white clip by its number of frames, from the README of
# JunyaoHu/common_metrics_on_video_quality (an older TorchScript); google-research says "around 131" at 15.
BLACK_AGAINST_WHITE = {10: 569.2296, 15: 133.7031, 16: 152.9175, 30: 151.2565}
NOISE = 10.13808536529541  # universome/fvd-comparison, by TensorFlow itself: the one with a full covariance


@pytest.fixture(autouse=True)
def available() -> None:
    try:
        find_i3d()
    except WsimError:
        pytest.skip("the weights of I3D are not available")


@pytest.mark.parametrize("frames", BLACK_AGAINST_WHITE)
def test_black_against_white(frames: int) -> None:
    network = load_i3d()
    black, white = (
        features_of(network, [Video(np.full((frames, 64, 64, 3), level, np.uint8), 25.0)]).values[0]
        for level in (0, 255)
    )
    assert float(((black - white) ** 2).sum()) == pytest.approx(BLACK_AGAINST_WHITE[frames], rel=0.01)


def test_the_claim_of_the_original() -> None:
    network = load_i3d()
    black, white = (
        features_of(network, [Video(np.full((15, 64, 64, 3), level, np.uint8), 25.0)]).values[0]
        for level in (0, 255)
    )
    assert float(((black - white) ** 2).sum()) == pytest.approx(131.0, rel=0.03)


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
