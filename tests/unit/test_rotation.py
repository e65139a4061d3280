"""The rotation probe: a panning camera sees one rotation; a side step or a breathing lens is seen."""

from collections.abc import Callable

import numpy as np
import pytest

from wsim.contracts import ClipFormat, Reading, Scenario, Unmeasurable
from wsim.models import controls
from wsim.perception.rotation_fit import focal_of, misfits
from wsim.video import Video
from wsim.worlds.families import make
from wsim.worlds.take import Take
from wsim_probes.geometry.rotation import Rotation

CLIP = ClipFormat(25, 64, 64, 16.0)
PROBE = Rotation()
SIZE = (512.0, 512.0)


def turned_points(focal_px: float, angle: float = 0.2) -> tuple[np.ndarray, np.ndarray]:
    """Points before and after a turn about the vertical, in pixels."""
    before = np.random.default_rng(0).uniform(0, 511, (60, 2))
    rays = np.c_[(before - 255.5) / focal_px, np.ones(60)]
    cos, sin = np.cos(angle), np.sin(angle)
    seen = rays @ np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]]).T
    return before, focal_px * seen[:, :2] / seen[:, 2:] + 255.5


def test_a_rotation_fits_and_settles_its_focal_length() -> None:
    before, after = turned_points(600.0)
    assert misfits(before, after, 600.0, SIZE).max() < 1e-6
    assert np.median(misfits(before, before + np.array([60.0, 0.0]), 600.0, SIZE)) > 1.0
    assert focal_of([(before, after)], SIZE) == pytest.approx(600.0, rel=0.05)


def test_a_shift_settles_no_focal_length() -> None:
    before, _ = turned_points(600.0)
    assert focal_of([(before, before + np.array([30.0, 0.0]))], SIZE) is None


@pytest.fixture(scope="module")
def asked() -> list[Scenario]:
    return list(PROBE.scenarios(CLIP, track="video", seed=500, limit=2))


def turned(said: Reading | Unmeasurable) -> float:
    assert isinstance(said, Reading)
    assert said.lawful == (said.verdict == "turned") == (not said.events)
    return said.metrics["turned"]


@pytest.mark.parametrize("way", ["as it is", "h264"])
def test_lawful_turns_are_turns(
    asked: list[Scenario], ways: dict[str, Callable[[Video], Video]], way: str
) -> None:
    said = PROBE.measure(asked[0], ways[way](asked[0].truth.video))
    assert turned(said) > 0.7
    assert isinstance(said, Reading) and said.metrics["camera_gain"] == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("dose", ["sidestep", "breathing"])
def test_more_of_it_turns_less(asked: list[Scenario], dose: str) -> None:
    scores = [turned(PROBE.measure(asked[0], asked[0].truth.video))]
    for severity in (0.25, 1.0):
        video = PROBE.dosed(asked[0], dose, severity)
        assert video is not None
        scores.append(turned(PROBE.measure(asked[0], video)))
    assert scores[0] > scores[1] > scores[2] and scores[2] < 0.48
    assert PROBE.dosed(asked[0], "wobble", 0.5) is None


@pytest.mark.parametrize("name", ["freeze", "noise", "reverse", "pan", "zoom"])
def test_what_does_not_turn_is_not_read(asked: list[Scenario], name: str) -> None:
    for scenario in asked:
        (video,) = getattr(controls, name)().generate([scenario.request])
        assert isinstance(PROBE.measure(scenario, video), Unmeasurable)


def test_without_a_scenario_the_focal_length_is_found(asked: list[Scenario]) -> None:
    said = PROBE.measure_free(asked[0].truth.video, {})
    assert turned(said) > 0.6
    assert isinstance(said, Reading) and said.metrics["focal"] == pytest.approx(1.07, rel=0.15)
    assert turned(PROBE.measure_free(asked[0].truth.video, {"focal": 1.07})) > 0.6


def test_a_camera_that_walks_and_bad_videos_are_not_read() -> None:
    walk = Take(make("room", 502, camera="arc"), CLIP).video
    assert isinstance(PROBE.measure_free(walk, {}), Unmeasurable)
    for shape in ((1, 64, 64, 3), (25, 1, 1, 3), (25, 64, 64, 3)):
        assert isinstance(PROBE.measure_free(Video(np.full(shape, 128, np.uint8), 16.0), {}), Unmeasurable)
