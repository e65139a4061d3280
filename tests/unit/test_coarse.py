"""When a clip is read coarsely: its given frames settle that alone, and how good is as good as they are."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from wsim.certify.nuisances import NUISANCES
from wsim.contracts import ClipFormat, Scenario
from wsim.video import Frames, Video
from wsim_probes.geometry.coarse import as_good, shown_coarsely
from wsim_probes.geometry.epipolar import Epipolar

CLIP = ClipFormat(25, 64, 64, 16.0)


@pytest.fixture(scope="module")
def asked() -> Callable[[str], Scenario]:
    found: dict[str, Scenario] = {}
    for track in ("video", "image"):
        (found[track],) = Epipolar().scenarios(CLIP, track=track, seed=551, limit=1)
    return found.__getitem__


def flickering(frames: Frames) -> Frames:
    """Soft, and with patterns of some pixels' size that are others in every frame."""
    rng = np.random.default_rng(4)
    soft = [cv2.GaussianBlur(frame, (0, 0), 1.2).astype(np.float32) for frame in frames]
    grain = [cv2.GaussianBlur(rng.normal(0, 60, (64, 64, 1)), (0, 0), 1.5)[..., None] for _ in frames]
    return np.stack([s + g for s, g in zip(soft, grain, strict=True)]).round().clip(0, 255).astype(np.uint8)


def test_a_clip_is_read_coarsely_where_its_given_frames_flicker_and_nowhere_else(
    asked: Callable[[str], Scenario],
) -> None:
    scenario = asked("video")
    frames, context = scenario.truth.video.frames, scenario.request.context
    assert context is not None
    known = len(context.indices)
    assert not shown_coarsely(scenario, frames)
    for name in ("blur", "noise", "brighter", "h264 crf 23"):
        assert not shown_coarsely(scenario, NUISANCES[name](Video(frames, CLIP.fps)).frames), name
    spoiled = flickering(frames)
    assert shown_coarsely(scenario, spoiled)
    noise = np.random.default_rng(0).integers(0, 256, frames[known:].shape, dtype=np.uint8)
    assert shown_coarsely(scenario, np.concatenate([spoiled[:known], noise]))
    assert not shown_coarsely(scenario, np.concatenate([frames[:known], spoiled[known:]]))
    assert not shown_coarsely(scenario, np.concatenate([frames[:known], noise]))


def test_one_given_frame_does_not_tell(asked: Callable[[str], Scenario]) -> None:
    scenario = asked("image")
    assert not shown_coarsely(scenario, flickering(scenario.truth.video.frames))


@pytest.mark.parametrize(
    ("share", "given", "said"),
    [
        (0.9, 0.6, True),
        (0.4, 0.5, True),
        (0.375, 0.5, None),
        (0.35, 0.5, False),
        (0.0, 0.5, False),
        (0.2, 0.2, None),
    ],
)
def test_what_was_made_is_judged_beside_what_was_given(share: float, given: float, said: bool | None) -> None:
    assert as_good(share, given) is said
