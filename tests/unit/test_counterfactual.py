"""physics/counterfactual on development worlds: what comes of a change, and of ignoring it."""

from collections.abc import Callable

import numpy as np
import pytest

from wsim.contracts import ClipFormat, Reading, Scenario, Unmeasurable
from wsim.errors import WsimError
from wsim.models import controls
from wsim.video import Video
from wsim.worlds.captions import read_caption
from wsim.worlds.take import Take
from wsim_probes.physics.counterfactual import counterfactual
from wsim_probes.posing import take_of

CLIP = ClipFormat(25, 64, 64, 16.0)
PROBE = counterfactual()
CHANGES = ("absent", "slower", "meets")


@pytest.fixture(scope="module")
def asked() -> dict[str, Scenario]:
    scenarios = PROBE.scenarios(CLIP, track="video", seed=505, limit=1)
    return {str(scenario.parameters["ask"]): scenario for scenario in scenarios}


def read(scenario: Scenario, video: Video) -> Reading:
    said = PROBE.measure(scenario, video)
    assert isinstance(said, Reading)
    return said


def going_on_as(scenario: Scenario, other: Video) -> Video:
    """What was given, and then another future."""
    assert scenario.request.context is not None
    given = scenario.request.context.frames
    return Video(np.concatenate([given, other.frames[len(given) :]]), other.fps)


def test_one_thing_is_changed_in_plain_sight_before_anything_touches(asked: dict[str, Scenario]) -> None:
    assert list(asked) == ["as_it_is", *CHANGES]
    for name in CHANGES:
        given, usual = (asked[ask].request.context for ask in (name, "as_it_is"))
        assert given is not None and usual is not None and given.indices == usual.indices
        changed = np.abs(given.frames[-1].astype(int) - usual.frames[-1]).max(axis=-1) > 24
        assert changed.sum() >= 12, name
        told = read_caption(asked[name].request.text or "").story
        assert len(told.things) == (2 if name == "absent" else 3) and not told.happenings
        shown = take_of(asked[name]).film.trajectory.events
        hits_s = [event.time_s for event in shown if set(event.bodies) == {"ball", "target"}]
        assert bool(hits_s) != (name == "absent")
        assert all(hit_s > given.indices[-1] / CLIP.fps for hit_s in hits_s), name


def test_own_futures_are_right_as_they_are_and_spoiled(
    asked: dict[str, Scenario], ways: dict[str, Callable[[Video], Video]]
) -> None:
    for scenario in asked.values():
        for name, spoil in ways.items():
            reading = read(scenario, spoil(scenario.truth.video))
            assert reading.lawful and reading.verdict == "as it must", (scenario.id, name, reading)


@pytest.mark.parametrize("name", CHANGES)
def test_whoever_ignores_the_change_is_read_as_the_other_world(asked: dict[str, Scenario], name: str) -> None:
    usual, changed = asked["as_it_is"], asked[name]
    ignoring = read(changed, going_on_as(changed, usual.truth.video))
    assert not ignoring.lawful and ignoring.verdict == "as if nothing had changed"
    assert ignoring.metrics["right"] == 0.0 > ignoring.metrics["margin"]
    imagining = read(usual, going_on_as(usual, changed.truth.video))
    assert not imagining.lawful and imagining.verdict == f"as if {name}"


@pytest.mark.parametrize("restitution", [0.94, 1.0])  # of each ball: what the given frames do not tell
def test_how_elastic_the_balls_are_may_be_guessed(asked: dict[str, Scenario], restitution: float) -> None:
    for scenario in asked.values():
        take = take_of(scenario)
        scene = take.scene
        for ball in {"ball", "target"} & {body.name for body in scene.bodies}:
            scene = scene.with_body(ball, restitution=restitution)
        assert read(scenario, Take(scene, CLIP).video).lawful, scenario.id


def test_nothing_that_simulates_nothing_is_right(asked: dict[str, Scenario]) -> None:
    for name in controls.ADVERSARIES:
        for scenario in (asked["as_it_is"], asked["slower"]):
            (video,) = getattr(controls, name)().generate([scenario.request])
            said = PROBE.measure(scenario, video)
            assert isinstance(said, Unmeasurable) or not said.lawful, (name, scenario.id)


def test_an_answer_that_is_too_short_is_refused(asked: dict[str, Scenario]) -> None:
    with pytest.raises(WsimError, match="1 frames"):
        PROBE.measure(asked["absent"], Video(np.zeros((1, 64, 64, 3), dtype=np.uint8), 16.0))
