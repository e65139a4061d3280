"""The stickiness probe: lawful texture stays on its surfaces, a boiling one loses its tracks."""

from collections.abc import Callable

import numpy as np
import pytest

from wsim.contracts import ClipFormat, Reading, Scenario, Unmeasurable
from wsim.models import controls
from wsim.video import Video
from wsim.worlds.families import make
from wsim.worlds.take import Take
from wsim_probes.geometry.stickiness import Stickiness

CLIP = ClipFormat(25, 64, 64, 16.0)
PROBE = Stickiness()


@pytest.fixture(scope="module")
def asked() -> list[Scenario]:
    return list(PROBE.scenarios(CLIP, track="video", seed=500, limit=2))


def stuck(said: Reading | Unmeasurable) -> float:
    assert isinstance(said, Reading)
    assert said.lawful == (said.verdict == "stuck") == (not said.events)
    return said.metrics["stuck"]


@pytest.mark.parametrize("way", ["as it is", "h264", "soft and noisy"])
def test_lawful_texture_sticks(
    asked: list[Scenario], ways: dict[str, Callable[[Video], Video]], way: str
) -> None:
    said = PROBE.measure(asked[0], ways[way](asked[0].truth.video))
    assert stuck(said) > 0.6
    assert isinstance(said, Reading) and said.metrics["camera_gain"] == pytest.approx(1.0, abs=0.1)


def test_boiling_texture_does_not(asked: list[Scenario]) -> None:
    seldom, always = (PROBE.dosed(asked[1], "texture_boil", severity) for severity in (0.125, 1.0))
    assert seldom is not None and always is not None
    assert 0.4 > stuck(PROBE.measure(asked[1], seldom)) > stuck(PROBE.measure(asked[1], always))
    assert PROBE.dosed(asked[0], "wobble", 0.5) is None


def test_a_brighter_picture_has_the_same_texture(asked: list[Scenario]) -> None:
    video = asked[0].truth.video
    bright = Video((video.frames * 1.1).clip(0, 255).astype(np.uint8), video.fps)
    said, brighter = (stuck(PROBE.measure_free(v, {})) for v in (video, bright))
    assert brighter == pytest.approx(said, abs=0.05)


@pytest.mark.parametrize(
    ("name", "reason"), [("freeze", "static"), ("pan", "no parallax"), ("zoom", "no parallax")]
)
def test_what_carries_its_texture_along_without_a_world_is_not_read(
    asked: list[Scenario], name: str, reason: str
) -> None:
    (video,) = getattr(controls, name)().generate([asked[0].request])
    assert PROBE.measure(asked[0], video) == Unmeasurable(reason)


def test_noise_and_another_room_do_not_stick(asked: list[Scenario]) -> None:
    (noise,) = controls.noise().generate([asked[0].request])
    assert stuck(PROBE.measure(asked[0], noise)) < 0.05
    context = asked[0].request.context
    assert context is not None
    frames = asked[1].truth.video.frames.copy()
    frames[: len(context.indices)] = context.frames
    other = PROBE.measure(asked[0], Video(frames, 16.0))
    assert isinstance(other, Unmeasurable) or stuck(other) < 0.1


def test_bad_videos_are_not_guessed_at() -> None:
    for shape, reason in (
        ((1, 64, 64, 3), "too few frames"),
        ((25, 1, 1, 3), "picture too small"),
        ((25, 64, 64, 3), "blank picture"),
    ):
        assert PROBE.measure_free(Video(np.full(shape, 128, np.uint8), 16.0), {}) == Unmeasurable(reason)


def test_a_lawful_room_that_goes_by_fast_is_not_said_to_boil() -> None:
    once_round = Take(make("room", 503, camera="orbit"), ClipFormat(49, 64, 64, 16.0)).video
    assert PROBE.measure_free(once_round, {}) == Unmeasurable("too fast to follow")
    through_the_wall = Take(make("room", 500), ClipFormat(33, 64, 64, 16.0)).video  # half a second too long
    assert PROBE.measure_free(through_the_wall, {}) == Unmeasurable("cut")
