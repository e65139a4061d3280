"""What lawful renders must survive, for the tests of every probe."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from wsim.video import Video, read_video, write_preview


@pytest.fixture
def ways(tmp_path: Path) -> dict[str, Callable[[Video], Video]]:
    """Ways to spoil a clip without changing what happens in it."""

    def coded(video: Video) -> Video:
        write_preview(tmp_path / "clip.mp4", video, quality_crf=23)
        return read_video(tmp_path / "clip.mp4")

    def soft_and_noisy(video: Video) -> Video:
        noise = np.random.default_rng(0).normal(0, 4, video.frames.shape)
        soft = gaussian_filter(video.frames.astype(float), (0, 0.7, 0.7, 0)) + noise
        return Video(soft.round().clip(0, 255).astype(np.uint8), video.fps)

    return {"as it is": lambda video: video, "h264": coded, "soft and noisy": soft_and_noisy}
