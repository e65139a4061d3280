"""The epipolar probe: lawful rooms agree, trembling ones less, and what cannot show parallax abstains."""

from collections.abc import Callable

import numpy as np
import pytest

from wsim.certify.nuisances import h264
from wsim.contracts import ClipFormat, Reading, Scenario, Unmeasurable
from wsim.models import controls
from wsim.perception.epipolar import chance
from wsim.video import Video
from wsim.worlds.families import make
from wsim.worlds.scene import Violation
from wsim.worlds.take import Take
from wsim_probes.geometry.epipolar import Epipolar
from wsim_probes.geometry.frame_pairs import LEAST_MATCHES

CLIP = ClipFormat(25, 64, 64, 16.0)
PROBE = Epipolar()


@pytest.fixture(scope="module")
def asked() -> list[Scenario]:
    return list(PROBE.scenarios(CLIP, track="video", seed=500, limit=2))


def agreement(said: Reading | Unmeasurable) -> float:
    return said.metrics["agreement"] if isinstance(said, Reading) else 0.0


def test_lawful_rooms_agree_as_they_are_and_coded(
    asked: list[Scenario], ways: dict[str, Callable[[Video], Video]]
) -> None:
    for scenario in asked[:1]:
        for way in ("as it is", "h264"):
            said = PROBE.measure(scenario, ways[way](scenario.truth.video))
            assert isinstance(said, Reading) and said.lawful, said
            assert said.metrics["camera_gain"] == pytest.approx(1.0, abs=0.1)


def test_more_wobble_agrees_less(asked: list[Scenario]) -> None:
    for scenario in asked[:1]:
        lawful = agreement(PROBE.measure(scenario, scenario.truth.video))
        some, more = (PROBE.dosed(scenario, "wobble", severity) for severity in (0.125, 0.25))
        assert some is not None and more is not None
        said = PROBE.measure(scenario, more)
        assert lawful > agreement(PROBE.measure(scenario, some)) > agreement(said)
        assert not isinstance(said, Reading) or (not said.lawful and said.events)
    assert PROBE.dosed(asked[0], "texture_boil", 0.5) is None


def test_a_room_that_trembles_so_much_that_little_of_it_is_found_again_is_warped() -> None:
    """Its frames are as sharp as the true ones; in coded ones points are followed."""
    (scenario,) = PROBE.scenarios(CLIP, track="video", seed=549, limit=1)
    trembling = PROBE.dosed(scenario, "wobble", 1.0)
    assert trembling is not None
    said = PROBE.measure(scenario, trembling)
    assert isinstance(said, Reading) and said.metrics["matches"] < LEAST_MATCHES and not said.lawful
    coded = PROBE.measure(scenario, h264(35)(scenario.truth.video))
    assert isinstance(coded, Reading) and coded.lawful
    trembled = PROBE.measure(scenario, h264(35)(trembling))
    assert isinstance(trembled, Unmeasurable) or not trembled.lawful


def test_nothing_that_simulates_nothing_agrees(asked: list[Scenario]) -> None:
    scenario = asked[0]
    for name in ("freeze", "noise", "reverse", "shuffle", "pan", "zoom"):
        (video,) = getattr(controls, name)().generate([scenario.request])
        assert isinstance(PROBE.measure(scenario, video), Unmeasurable), name
    frames = asked[1].truth.video.frames.copy()
    assert scenario.request.context is not None
    frames[:9] = scenario.request.context.frames
    assert PROBE.measure(scenario, Video(frames, CLIP.fps)) == Unmeasurable("the shot ends")


@pytest.mark.parametrize(
    ("camera", "reason"), [("pan", "panoramic or planar"), ("still", "static"), ("jitter", "static")]
)
def test_a_camera_that_stays_in_its_place_says_nothing(camera: str, reason: str) -> None:
    video = Take(make("room", 503, camera=camera), CLIP).video
    said = PROBE.measure_free(video, {})
    assert isinstance(said, Unmeasurable)
    assert said.reason in (reason, "panoramic or planar")


def test_a_thing_that_slides_along_its_line_of_sight_is_not_seen() -> None:
    scene = make("room", 502)
    slid = scene.violated(Violation("epipolar_slide", 0.0, "thing 0", amount=1.0))
    lawful, moved = (PROBE.measure_free(Take(s, CLIP).video, {}) for s in (scene, slid))
    assert agreement(moved) == pytest.approx(agreement(lawful), abs=0.06) and agreement(lawful) > 0.7


def test_what_is_drawn_over_the_picture_has_no_vote(asked: list[Scenario]) -> None:
    frames = asked[0].truth.video.frames.copy()
    frames[:, -12:] = np.random.default_rng(0).integers(0, 256, (12, 64, 3), dtype=np.uint8)
    plain, overlaid = (PROBE.measure_free(Video(f, 16.0), {}) for f in (asked[0].truth.video.frames, frames))
    assert isinstance(overlaid, Reading) and overlaid.lawful
    assert agreement(overlaid) == pytest.approx(agreement(plain), abs=0.12)


def test_shots_are_read_one_by_one(asked: list[Scenario]) -> None:
    both = np.concatenate([scenario.truth.video.frames for scenario in asked])
    said = PROBE.measure_free(Video(both, 16.0), {})
    assert isinstance(said, Reading) and said.lawful


def test_bad_videos_are_not_guessed_at() -> None:
    rng = np.random.default_rng(0)
    for frames in (
        np.zeros((1, 64, 64, 3), np.uint8),
        np.zeros((9, 1, 1, 3), np.uint8),
        np.full((9, 64, 64, 3), 128, np.uint8),
        rng.integers(0, 256, (9, 64, 64, 3), dtype=np.uint8),
    ):
        assert isinstance(PROBE.measure_free(Video(frames, 16.0), {}), Unmeasurable)


def test_wider_thresholds_agree_more_by_chance() -> None:
    assert chance(100, 1.0) < chance(100, 2.0) < chance(100, 4.0) < 0.6
