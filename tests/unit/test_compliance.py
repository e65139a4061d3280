"""The compliance probe: pixels say where the camera is, to a fraction of a degree and of the way."""

from collections.abc import Callable

import numpy as np
import pytest

from wsim.certify.relations import in_a_mirror
from wsim.contracts import ClipFormat, Reading, Scenario, Unmeasurable
from wsim.models import controls
from wsim.perception.resection import resect
from wsim.video import Video
from wsim.worlds.families import make
from wsim.worlds.take import Take
from wsim_probes.geometry.compliance import WAYS, Compliance
from wsim_probes.geometry.paths import lagging, rising

CLIP = ClipFormat(19, 64, 64, 12.0)
PROBE = Compliance()
LENS = np.array([[60.0, 0.0, 31.5], [0.0, 60.0, 31.5], [0.0, 0.0, 1.0]])


@pytest.fixture(scope="module")
def asked() -> dict[str, Scenario]:
    scenarios = PROBE.scenarios(CLIP, track="video", seed=502, limit=3)
    return {str(scenario.parameters["camera"]): scenario for scenario in scenarios}


def said_of(scenario: Scenario, video: Video) -> Reading:
    said = PROBE.measure(scenario, video)
    assert isinstance(said, Reading)
    assert said.lawful == (said.verdict == "complied") == (not said.events)
    assert set(said.metrics) == {spec.name for spec in PROBE.metrics}
    return said


def test_a_camera_is_resected_in_spite_of_wrong_points() -> None:
    rng = np.random.default_rng(0)
    points_m = rng.uniform((-2, -2, 3), (2, 2, 7), (80, 3))
    shift_m = np.array([0.3, -0.1, 0.4])
    seen = (points_m + shift_m) @ LENS.T
    pixels = seen[:, :2] / seen[:, 2:]
    pixels[:20] += rng.uniform(5, 20, (20, 2))
    found = resect(points_m, pixels, LENS, 0.5)
    assert found is not None and found.inliers[20:].all() and not found.inliers[:20].any()
    np.testing.assert_allclose(found.camera_from_frame[:3, 3], shift_m, atol=1e-4)
    assert resect(points_m[:10], pixels[:10], LENS, 0.5) is None
    assert resect(points_m, rng.uniform(0, 63, (80, 2)), LENS, 0.5) is None


@pytest.mark.parametrize("way", WAYS)
def test_another_path_begins_where_the_camera_is(way: str) -> None:
    scene = make("room", 503, camera=way)
    start_s = 0.5
    for change in (lagging(1.0), lagging(2.0), rising(1.0)):
        now, then = (Take(s, CLIP).camera.world_from_camera for s in (scene, change(scene, 1.0, start_s)))
        np.testing.assert_allclose(then[:7], now[:7], atol=1e-9)  # frame 6 is at 0.5 s
        assert np.abs(then[-1] - now[-1]).max() > 0.2
    stopped = Take(lagging(1.0)(scene, 1.0, start_s), CLIP).camera.world_from_camera
    np.testing.assert_allclose(stopped[6:], stopped[6:7].repeat(13, axis=0), atol=1e-9)
    assert rising(1.0)(scene, 0.0, start_s) == scene


@pytest.mark.parametrize("way", WAYS)
def test_the_true_camera_complies(asked: dict[str, Scenario], way: str) -> None:
    said = said_of(asked[way], asked[way].truth.video)
    assert said.lawful and said.metrics["complied"] > 0.95
    assert said.metrics["rotation_error"] < 1.0 and said.metrics["direction_error"] < 2.0
    assert said.metrics["translation_gain"] == pytest.approx(1.0, abs=0.04)


def test_a_soft_and_noisy_clip_complies(
    asked: dict[str, Scenario], ways: dict[str, Callable[[Video], Video]]
) -> None:
    assert said_of(asked["arc"], ways["soft and noisy"](asked["arc"].truth.video)).metrics["complied"] > 0.9


def test_lagging_is_told_in_its_natural_unit(asked: dict[str, Scenario]) -> None:
    video = PROBE.dosed(asked["truck"], "lags", 0.5)
    assert video is not None
    said = said_of(asked["truck"], video)
    assert said.metrics["translation_gain"] == pytest.approx(0.52, abs=0.06)
    assert said.metrics["rotation_error"] < 1.0 and said.verdict == "another pace"


def test_rising_is_another_way(asked: dict[str, Scenario]) -> None:
    told = [PROBE.dosed(asked["dolly"], "rises", severity) for severity in (0.125, 0.5)]
    little, much = [said_of(asked["dolly"], video) for video in told if video is not None]
    assert 3.0 < little.metrics["direction_error"] < 10.0 < much.metrics["direction_error"]
    assert little.metrics["complied"] > 0.5 > much.metrics["complied"] and much.verdict == "another way"
    assert PROBE.dosed(asked["dolly"], "wobble", 0.5) is None


def test_every_twin_is_told(asked: dict[str, Scenario]) -> None:
    said = {name: said_of(asked["arc"], twin.video) for name, twin in asked["arc"].alternatives.items()}
    assert set(said) == {"lags", "rises", "returns"}
    assert all(reading.metrics["complied"] < 0.05 for reading in said.values())
    assert said["lags"].verdict == "stood still" and said["returns"].metrics["translation_gain"] < -0.5


@pytest.mark.parametrize("name", ["reverse", "pan", "zoom"])
def test_adversaries_get_nothing(asked: dict[str, Scenario], name: str) -> None:
    (video,) = getattr(controls, name)().generate([asked["dolly"].request])
    said = PROBE.measure(asked["dolly"], video)
    assert isinstance(said, Unmeasurable) or said.metrics["complied"] < 0.05


def test_a_room_that_trembles_by_a_centimetre_is_filmed_all_the_same(asked: dict[str, Scenario]) -> None:
    from wsim.certify.crosstalk import unrelated

    shown = {name: take for name, _, take in unrelated(PROBE, asked["arc"])}
    assert said_of(asked["arc"], shown["wobble of a centimetre"].video).metrics["complied"] > 0.9


def test_a_mirror_changes_nothing(asked: dict[str, Scenario]) -> None:
    mirrored = in_a_mirror(asked["arc"])
    assert mirrored is not None
    assert said_of(*mirrored).metrics["complied"] > 0.95


def test_another_room_and_a_grey_clip_are_not_read(asked: dict[str, Scenario]) -> None:
    given = asked["truck"].request.context
    assert given is not None
    frames = asked["arc"].truth.video.frames.copy()
    frames[: len(given.indices)] = given.frames
    for video in (Video(frames, 12.0), Video(np.full((19, 64, 64, 3), 128, np.uint8), 12.0)):
        assert PROBE.measure(asked["truck"], video) == Unmeasurable("room not recognised")
