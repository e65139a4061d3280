"""physics/fall on development worlds: graded gravity, other ways not to fall, and a camera that moves."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from wsim.certify.nuisances import NUISANCES
from wsim.contracts import ClipFormat, Reading, Scenario, Unmeasurable
from wsim.models import controls
from wsim.perception.trajectory_fit import fit_flight
from wsim.video import Video
from wsim_probes.physics.fall import Fall
from wsim_probes.physics.flight_noise import may_fall

CLIP = ClipFormat(25, 64, 64, 16.0)
SEED = 500
ASIDE = {"gravity=0.75": "path too rough", "gravity=-1": "wrong direction", "vanished": "vanished"}


@pytest.fixture(scope="module")
def asked() -> list[Scenario]:
    return list(Fall().scenarios(CLIP, track="video", seed=SEED, limit=4))


@pytest.fixture(scope="module")
def from_a_still() -> list[Scenario]:
    return list(Fall().scenarios(CLIP, track="image", seed=SEED, limit=2))


def read(scenario: Scenario, video: Video) -> Reading:
    said = Fall().measure(scenario, video)
    assert isinstance(said, Reading), said
    return said


@pytest.mark.parametrize("spoil", ["as it is", "h264", "soft and noisy"])
def test_lawful_renders_fall(
    asked: list[Scenario], from_a_still: list[Scenario], spoil: str, ways: dict[str, Callable[[Video], Video]]
) -> None:
    readings = [read(s, ways[spoil](s.truth.video)) for s in asked + from_a_still]
    assert all(r.verdict == "falls" and r.metrics["lawful"] > 0.95 for r in readings)
    assert all(r.metrics["acceleration"] == pytest.approx(1.0, abs=0.06) for r in readings)
    assert all(r.metrics["direction_error"] < 6 for r in readings)


def test_frames_shown_twice_are_no_steps(asked: list[Scenario], from_a_still: list[Scenario]) -> None:
    for scenario in asked + from_a_still:
        said = Fall().measure(scenario, NUISANCES["half rate"](scenario.truth.video))
        assert said == Unmeasurable("too few moments of flight") or said.metrics["lawful"] > 0.95
    kept = scenario.alternatives["frozen"].video
    assert read(scenario, NUISANCES["half rate"](kept)).verdict == "floats"


@pytest.mark.parametrize("dose", [0.25, 0.5, 0.75, 1.5])
def test_the_acceleration_is_measured(asked: list[Scenario], dose: float) -> None:
    for scenario in asked:
        reading = read(scenario, scenario.alternatives[f"gravity={dose:g}"].video)
        assert reading.verdict == "wrong gravity"
        assert reading.metrics["acceleration"] == pytest.approx(dose, rel=0.08)


def test_the_score_falls_with_the_dose(asked: list[Scenario]) -> None:
    for scenario in asked:
        clips = [scenario.alternatives[f"gravity={dose}"] for dose in ("0.25", "0.5", "0.75")]
        scores = [read(scenario, clip.video).metrics["lawful"] for clip in (*clips, scenario.truth)]
        assert scores == sorted(scores) and scores[0] < 0.05 and scores[2] < 0.95 < scores[3]


@pytest.mark.parametrize(
    ("history", "verdict"),
    [("vanished", "vanished"), ("frozen", "floats"), ("gravity=-1", "wrong direction")],
)
def test_other_ways_not_to_fall_have_their_names(
    asked: list[Scenario], from_a_still: list[Scenario], history: str, verdict: str
) -> None:
    for scenario in asked + from_a_still:
        reading = read(scenario, scenario.alternatives[history].video)
        assert (reading.verdict, reading.metrics["lawful"]) == (verdict, 0.0)


def repainted(scenario: Scenario, heights_m: Callable[[np.ndarray], np.ndarray]) -> Video:
    """The same scene with the ball on a rail of other heights from the last given frame on."""
    from wsim.worlds.physics.simulate import simulate
    from wsim.worlds.scene import Rail
    from wsim.worlds.take import Take

    take: Any = scenario.truth
    times = np.arange(0, 1.5, 1 / 64)
    ball = [body.name for body in take.scene.bodies].index("ball")
    path = simulate(take.scene, times).position_m[:, ball].copy()
    after = times >= 0.25
    path[after, 2] = np.maximum(
        heights_m(times[after] - 0.25) + path[after, 2][0], take.scene.body("ball").size_m[0]
    )
    points = tuple((float(x), float(y), float(z)) for x, y, z in path)
    rail = Rail(tuple(float(t) for t in times), points)
    return Take(take.scene.with_body("ball", motion="rail", rail=rail), CLIP).video


def test_constant_speed_is_no_fall(asked: list[Scenario]) -> None:
    for scenario in asked:
        reading = read(scenario, repainted(scenario, lambda t: -2.0 * t))
        assert reading.metrics["lawful"] < 0.2 and not reading.lawful


def test_falling_in_steps_is_uneven(asked: list[Scenario]) -> None:
    for scenario in asked:
        steps = repainted(scenario, lambda t: -1.0 * np.floor(t * 4 + 0.5))
        reading = read(scenario, steps)
        assert reading.metrics["lawful"] < 0.1 and not reading.lawful


def test_a_ball_drawn_aside_where_it_was_given_falls_otherwise_only_if_it_is_clear(
    asked: list[Scenario],
) -> None:
    for scenario in asked:
        assert scenario.request.context is not None
        known = len(scenario.request.context.indices)
        for history, said in ASIDE.items():
            frames = scenario.alternatives[history].video.frames.copy()
            frames[:known] = np.roll(frames[:known], 1, axis=2)
            spoiled = Fall().measure(scenario, Video(frames, CLIP.fps))
            assert (spoiled.verdict if isinstance(spoiled, Reading) else spoiled.reason) == said, history


def test_noise_leaves_room_for_gravity_as_far_as_it_goes(asked: list[Scenario]) -> None:
    times_s, scene = np.arange(10) / 16, asked[0].truth.scene
    gravity = -scene.gravity_m_s2[2]
    bow_m = 0.03 * np.sin(np.pi * np.arange(10) / 9)  # drawn aside for a while, and let go
    for share, room in ((1.0, True), (0.5, False)):
        flight = fit_flight(times_s, times_s, bow_m - 0.5 * share * gravity * times_s**2)
        assert may_fall(flight, times_s, scene, aside_m=0.02) == room
        assert not may_fall(flight, times_s, scene, aside_m=0.0) or share == 1.0


def test_nothing_that_simulates_nothing_scores(asked: list[Scenario], from_a_still: list[Scenario]) -> None:
    for scenarios in (asked, from_a_still):
        for name in controls.ADVERSARIES:
            videos = getattr(controls, name)().generate([s.request for s in scenarios])
            said = [Fall().measure(s, video) for s, video in zip(scenarios, videos, strict=True)]
            scores = [r.metrics["lawful"] if isinstance(r, Reading) else 0.0 for r in said]
            assert np.mean(scores) <= 0.05, name
            if name == "freeze":
                assert {r.verdict for r in said if isinstance(r, Reading)} == {"floats"}


@pytest.mark.parametrize("control", ["pan", "blank", "noise"])
def test_a_scene_that_moves_or_is_lost_says_nothing(asked: list[Scenario], control: str) -> None:
    videos = getattr(controls, control)().generate([s.request for s in asked])
    for scenario, video in zip(asked, videos, strict=True):
        said = Fall().measure(scenario, video)
        assert said in (Unmeasurable("camera moved"), Unmeasurable("scene lost"))


@pytest.mark.parametrize("clip", [ClipFormat(19, 96, 96, 12.0), ClipFormat(37, 72, 100, 24.0)], ids=str)
def test_any_format_will_do(clip: ClipFormat) -> None:
    for scenario in Fall().scenarios(clip, track="video", seed=SEED, limit=1):
        assert read(scenario, scenario.truth.video).metrics["lawful"] > 0.95
        for alternative in scenario.alternatives.values():
            assert not read(scenario, alternative.video).lawful
