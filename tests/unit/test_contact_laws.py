"""Laws of contact and of constancy, measured on tracks: lawful, spoiled, broken, and empty tricks."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import pytest

from wsim.certify.nuisances import NUISANCES
from wsim.contracts import ClipFormat, Reading, Scenario, Unmeasurable
from wsim.errors import WsimError
from wsim.models import controls
from wsim.video import Video
from wsim_probes.physics.collision import Collision
from wsim_probes.physics.constancy import Constancy
from wsim_probes.physics.galileo import Galileo
from wsim_probes.physics.restitution import Restitution
from wsim_probes.physics.solidity import Solidity
from wsim_probes.physics.support import Support

CLIP = ClipFormat(25, 64, 64, 16.0)
SEED = 500


@dataclass(frozen=True)
class Case:
    """What a probe should say.

    Attributes:
        lawful: its words for what is right. wrong: for what is not, by history.
        worlds: how many are asked about.
    """

    probe: Any
    lawful: set[str]
    wrong: dict[str, set[str]]
    worlds: int = 2

    @property
    def name(self) -> str:
        return str(self.probe.name)


CASES = [
    Case(
        Solidity(),
        {"stopped"},
        {
            "pass_through": {"passes through", "sinks in", "vanished"},
            "sinks_in": {"sinks in"},
            "vanish": {"vanished"},
            "energy_gain": {"gains speed"},
            "stops_short": {"short of it"},
        },
    ),
    Case(
        Support(),
        {"falls", "stays"},
        {
            "freeze": {"floats"},
            "hover": {"floats"},
            "weightless": {"falls slowly"},
            "vanish": {"vanished"},
            "falls_through": {"sinks"},
        },
    ),
    Case(
        Restitution(),
        {"bounces"},
        {
            "super_bounce": {"too high"},
            "sticks": {"sticks", "uneven"},
            "freeze": {"floats"},
            "gravity_scale": {"uneven"},
            "vanish": {"vanished"},
        },
    ),
    Case(
        Collision(),
        {"exchanged"},
        {
            "pass_through": {"passes through"},
            "no_effect": {"wrong momentum"},
            "uncaused": {"uncaused", "passes through"},
            "too_much": {"wrong momentum", "wrong speed"},
            "too_little": {"wrong momentum"},
            "vanish": {"vanished"},
        },
    ),
    Case(
        Galileo(),
        {"alike"},
        {
            "heavier_falls_faster": {"unlike"},
            "lighter_falls_slower": {"unlike"},
            "weightless": {"floats"},
            "hover": {"floats"},
            "vanish": {"vanished"},
        },
    ),
    Case(
        Constancy(),
        {"constant"},
        {
            "resize": {"changes size"},
            "recolour": {"changes colour"},
            "box": {"changes size", "changes shape"},
            "ellipsoid": {"changes size", "changes shape"},
            "vanish": {"vanished"},
        },
    ),
]


@lru_cache(maxsize=1)  # the cases come one after another
def posed(name: str) -> list[Scenario]:
    case = next(case for case in CASES if case.name == name)
    return list(case.probe.scenarios(CLIP, track="video", seed=SEED, limit=case.worlds))


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case.name)
def asked(request: pytest.FixtureRequest) -> tuple[Case, list[Scenario]]:
    return request.param, posed(request.param.name)


def read(case: Case, scenario: Scenario, video: Video) -> Reading:
    said = case.probe.measure(scenario, video)
    assert isinstance(said, Reading), said
    return said


def score(case: Case, scenario: Scenario, video: Video) -> float:
    said = case.probe.measure(scenario, video)
    return said.metrics[case.probe.metrics[0].name] if isinstance(said, Reading) else 0.0


def test_lawful_renders_are_right_as_they_are_and_spoiled(
    asked: tuple[Case, list[Scenario]], ways: dict[str, Callable[[Video], Video]]
) -> None:
    case, scenarios = asked
    for scenario in scenarios:
        for spoil in ways.values():
            reading = read(case, scenario, spoil(scenario.truth.video))
            assert reading.lawful and reading.verdict in case.lawful, reading
            assert reading.metrics[case.probe.metrics[0].name] > 0.9 and not reading.events


def test_at_half_the_frame_rate_it_is_right_or_says_nothing(asked: tuple[Case, list[Scenario]]) -> None:
    case, scenarios = asked
    for scenario in scenarios:
        said = case.probe.measure(scenario, NUISANCES["half rate"](scenario.truth.video))
        assert isinstance(said, Unmeasurable) or said.lawful, said


def test_every_twin_has_its_name(asked: tuple[Case, list[Scenario]]) -> None:
    case, scenarios = asked
    names = set()
    for scenario in scenarios:
        for name, other in scenario.alternatives.items():
            reading = read(case, scenario, other.video)
            assert not reading.lawful and reading.events, (name, reading)
            assert reading.verdict in case.wrong[name], (name, reading)
            names.add(name)
    assert names == set(case.wrong)


def test_the_score_falls_with_the_dose(asked: tuple[Case, list[Scenario]]) -> None:
    case, scenarios = asked
    for dose in case.probe.doses:
        clips = [case.probe.dosed(scenarios[0], dose.name, severity) for severity in (0.0, 0.25, 0.5, 1.0)]
        scores = [score(case, scenarios[0], clip) for clip in clips]
        assert all(more <= less + 1e-9 for less, more in pairwise(scores)), (dose.name, scores)
        assert scores[-1] < 0.1 < 0.9 < scores[0] and scores[2] < 0.9, (dose.name, scores)


def test_nothing_that_simulates_nothing_scores(asked: tuple[Case, list[Scenario]]) -> None:
    case, scenarios = asked
    for name in controls.ADVERSARIES:
        (video,) = getattr(controls, name)().generate([scenarios[0].request])
        assert score(case, scenarios[0], video) <= 0.05, name


def test_another_scene_says_nothing(asked: tuple[Case, list[Scenario]]) -> None:
    case, scenarios = asked
    grey = Video(np.full((25, 64, 64, 3), 128, dtype=np.uint8), 16.0)
    assert isinstance(case.probe.measure(scenarios[0], grey), Unmeasurable)
    assert isinstance(case.probe.measure(scenarios[0], scenarios[1].truth.video), Unmeasurable)


def test_an_answer_that_is_too_short_is_refused(asked: tuple[Case, list[Scenario]]) -> None:
    case, scenarios = asked
    with pytest.raises(WsimError, match="1 frames"):
        case.probe.measure(scenarios[0], Video(np.zeros((1, 1, 1, 3), dtype=np.uint8), 16.0))


def test_what_falls_alike_is_settled_by_a_still() -> None:
    probe = Galileo()
    for scenario in probe.scenarios(CLIP, track="image", seed=SEED + 1, limit=2):
        assert probe.measure(scenario, scenario.truth.video).verdict == "alike"
        for name, other in scenario.alternatives.items():
            assert not probe.measure(scenario, other.video).lawful, name


def test_the_same_frames_again_say_nothing_of_a_thing_in_motion() -> None:
    probe = Constancy()
    (scenario,) = probe.scenarios(CLIP, track="image", seed=SEED, limit=1)
    assert probe.measure(scenario, scenario.truth.video).verdict == "constant"
    for name in ("freeze", "loop"):
        (video,) = getattr(controls, name)().generate([scenario.request])
        assert probe.measure(scenario, video) == Unmeasurable("nothing goes on")


def test_what_was_done_to_the_given_frames_is_no_change_of_the_ball() -> None:
    probe = Constancy()
    (scenario,) = probe.scenarios(CLIP, track="video", seed=SEED, limit=1)
    assert scenario.request.context is not None
    known, lawful = len(scenario.request.context.indices), scenario.truth.video.frames
    swollen = np.stack([cv2.dilate(frame, np.ones((3, 3), np.uint8)) for frame in lawful])
    shrunk = np.stack([cv2.erode(frame, np.ones((3, 3), np.uint8)) for frame in lawful])
    for other in (swollen, shrunk):
        changes = Video(np.concatenate([lawful[:known], other[known:]]), CLIP.fps)
        spoiled = Video(np.concatenate([other[:known], lawful[known:]]), CLIP.fps)
        assert probe.measure(scenario, changes).verdict == "changes size"
        assert probe.measure(scenario, spoiled) == Unmeasurable("too coarse to tell")
    gone = scenario.alternatives["vanish"].video.frames
    said = probe.measure(scenario, Video(np.concatenate([swollen[:known], gone[known:]]), CLIP.fps))
    assert said.verdict == "vanished"


def test_colours_that_a_codec_drags_along_say_nothing_of_momentum() -> None:
    probe, spoil = Collision(), NUISANCES["h264 crf 35"]
    (scenario,) = probe.scenarios(CLIP, track="video", seed=SEED + 1, limit=1)
    assert probe.measure(scenario, spoil(scenario.truth.video)) == Unmeasurable("paths too rough")
    gone = probe.measure(scenario, spoil(scenario.alternatives["vanish"].video))
    assert isinstance(gone, Reading) and gone.verdict == "vanished"
