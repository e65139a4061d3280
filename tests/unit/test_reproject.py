"""The reprojection probe: known points are where depth and camera put them, or they are not."""

from collections.abc import Callable

import numpy as np
import pytest

from wsim.certify.nuisances import h264
from wsim.certify.relations import in_a_mirror
from wsim.contracts import ClipFormat, Reading, Scenario, Unmeasurable
from wsim.models import controls
from wsim.perception.displaced import displaced
from wsim.video import Video
from wsim_probes.geometry.known_points import places_m, shown_at
from wsim_probes.geometry.reproject import LAWFUL, Reproject
from wsim_probes.posing import take_of

CLIP = ClipFormat(19, 64, 64, 12.0)
PROBE = Reproject()


@pytest.fixture(scope="module")
def asked() -> Scenario:
    return next(PROBE.scenarios(CLIP, track="video", seed=501, limit=1))


def said_of(scenario: Scenario, video: Video) -> Reading:
    said = PROBE.measure(scenario, video)
    assert isinstance(said, Reading)
    assert said.lawful == (said.verdict == "in place") == (not said.events)
    assert set(said.metrics) == {spec.name for spec in PROBE.metrics}
    return said


def test_a_shifted_picture_is_displaced_by_its_shift(asked: Scenario) -> None:
    picture = asked.truth.video.frames[0]
    tracks = displaced(picture, np.roll(picture, 2, axis=1))
    moved = (tracks.points[:, 1] - tracks.points[:, 0])[tracks.alive[:, 1]]
    np.testing.assert_allclose(np.median(moved, axis=0), (16.0, 0.0), atol=0.5)  # 8 px at 512 each


def test_points_come_back_to_where_they_were_taken(asked: Scenario) -> None:
    take = take_of(asked)
    pixels = np.random.default_rng(0).uniform(5, 58, (50, 2))
    places = places_m(pixels, take.film.render.depth_m[15], take.camera, 15)
    again, shown = shown_at(take, places, 15)
    assert shown.mean() > 0.9
    np.testing.assert_allclose(again[shown], pixels[shown], atol=1e-4)
    assert not shown_at(take, np.full((1, 3), np.nan), 8)[1].any()


def test_the_path_of_the_camera_is_told(asked: Scenario) -> None:
    camera = asked.request.camera
    assert camera is not None and camera.world_from_camera.shape == (19, 4, 4)


@pytest.mark.parametrize("way", ["as it is", "h264", "soft and noisy"])
def test_the_true_room_is_in_place(
    asked: Scenario, ways: dict[str, Callable[[Video], Video]], way: str
) -> None:
    said = said_of(asked, ways[way](asked.truth.video))
    assert said.lawful and said.metrics["placed"] > 0.75
    assert said.metrics["camera_gain"] == pytest.approx(1.0, abs=0.02)


def test_what_a_coarse_codec_does_is_no_broken_room() -> None:
    """It shows in the last given frame too; with half a tremor of the room more is out of place."""
    clip = ClipFormat(25, 64, 64, 16.0)
    (asked,) = PROBE.scenarios(clip, track="video", seed=542, limit=1)
    trembling = PROBE.dosed(asked, "wobble", 0.5)
    assert trembling is not None
    said = said_of(asked, h264(37)(asked.truth.video))  # x264 differs a little from run to run: not too near
    assert said.lawful and said.metrics["placed"] < LAWFUL - 0.05
    assert not said_of(asked, h264(37)(trembling)).lawful


@pytest.mark.parametrize("dose", ["wobble", "lags"])
def test_more_of_it_is_placed_worse(asked: Scenario, dose: str) -> None:
    videos = [asked.truth.video, *(PROBE.dosed(asked, dose, severity) for severity in (0.125, 0.5))]
    placed = [said_of(asked, video).metrics["placed"] for video in videos if video is not None]
    assert len(placed) == 3 and placed[0] - 0.05 > placed[1] > placed[2] + 0.2
    assert PROBE.dosed(asked, "sidestep", 0.5) is None


def test_every_twin_is_told_from_the_lawful_room(asked: Scenario) -> None:
    said = {name: said_of(asked, twin.video) for name, twin in asked.alternatives.items()}
    assert set(said) == {"wobble", "reseeded", "lags", "returns"}
    assert not any(reading.lawful for reading in said.values())
    assert said["wobble"].verdict == "bent" and said["reseeded"].verdict == "not recognised"


@pytest.mark.parametrize("name", ["freeze", "pan", "zoom", "fade"])
def test_adversaries_get_nothing(asked: Scenario, name: str) -> None:
    (video,) = getattr(controls, name)().generate([asked.request])
    said = PROBE.measure(asked, video)
    assert isinstance(said, Unmeasurable) or said.metrics["placed"] < 0.05


def test_a_mirror_changes_nothing(asked: Scenario) -> None:
    mirrored = in_a_mirror(asked)
    assert mirrored is not None and mirrored[0].request.camera is not None
    assert said_of(*mirrored).metrics["placed"] > 0.98


def test_grey_and_black_clips_are_not_read(asked: Scenario) -> None:
    for level in (0, 128):
        flat = Video(np.full((19, 64, 64, 3), level, np.uint8), 12.0)
        assert PROBE.measure(asked, flat) == Unmeasurable("blank picture")
