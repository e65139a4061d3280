"""A published value of LPIPS, for those who have the weights: skipped where they are not available."""

import numpy as np
import pytest

from wsim.errors import WsimError
from wsim.metrics.lpips_weights import load_lpips

# Black against white, 64 x 64, AlexNet, version 0.1: README of JunyaoHu/common_metrics_on_video_quality.
BLACK_AGAINST_WHITE = 0.8140090703964233


@pytest.mark.slow
@pytest.mark.weights
def test_black_against_white() -> None:
    try:
        network = load_lpips()
    except WsimError as missing:
        pytest.skip(missing.problem)
    black, white = (np.full((1, 64, 64, 3), level, np.uint8) for level in (0, 255))
    assert network.between(black, white)[0] == pytest.approx(BLACK_AGAINST_WHITE, rel=1e-4)
