"""digital/inverse on development worlds: the keys that were pressed, others, and no keys."""

from collections.abc import Callable

import numpy as np
import pytest

from wsim.contracts import ClipFormat, Reading, Scenario, Unmeasurable
from wsim.errors import WsimError
from wsim.models import controls
from wsim.video import Video
from wsim.worlds.blocks.keys import scripted
from wsim.worlds.scene import Action
from wsim.worlds.take import Take
from wsim_probes.digital.inverse import FEW_FRAMES, UNTOLD, Inverse
from wsim_probes.digital.steps import KEYS, PRESSED_S, START_S, STEPS, keys_of, step_s
from wsim_probes.posing import take_of

CLIP = ClipFormat(25, 64, 64, 16.0)
PROBE = Inverse()


@pytest.fixture(scope="module")
def asked() -> list[Scenario]:
    return list(PROBE.scenarios(CLIP, track="action", seed=501, limit=2))


def read(scenario: Scenario, video: Video) -> Reading:
    said = PROBE.measure(scenario, video)
    assert isinstance(said, Reading)
    return said


def held_for(scenario: Scenario, share: float) -> Video:
    """The same keys, held for longer or less long than they should be."""
    take = take_of(scenario)
    starts_s = START_S + step_s(take.scene) * np.arange(STEPS)
    keys = zip(keys_of(take.scene), starts_s, strict=True)
    held = [Action(key, float(start_s), share * PRESSED_S) for key, start_s in keys if key]
    return Take(scripted(take.scene, held), CLIP).video


def test_the_keys_of_lawful_renders_are_read_as_they_are_and_spoiled(
    asked: list[Scenario], ways: dict[str, Callable[[Video], Video]]
) -> None:
    for scenario in asked:
        for name, spoil in ways.items():
            reading = read(scenario, spoil(scenario.truth.video))
            assert reading.lawful and reading.metrics["kappa"] == 1.0, (name, reading.notes)
            assert not reading.events and reading.metrics["gain_error"] < 0.1


def test_in_seven_worlds_every_key_has_every_place_once() -> None:
    worlds = PROBE.scenarios(CLIP, track="action", seed=502, limit=len(KEYS))
    orders = [keys_of(take_of(scenario).scene) for scenario in worlds]
    for place in zip(*orders, strict=True):
        assert set(place) == set(KEYS)
    assert all(len(set(keys)) == STEPS for keys in orders)


def test_other_keys_are_told_step_by_step(asked: list[Scenario]) -> None:
    pressed = keys_of(take_of(asked[0]).scene)
    for name, other in asked[0].alternatives.items():
        assert isinstance(other, Take)
        reading, shown = read(asked[0], other.video), keys_of(other.scene)
        agree = np.array([a == b for a, b in zip(pressed, shown, strict=True)])
        assert not reading.lawful and reading.metrics["told"] == 1.0, name
        assert reading.metrics["kappa"] == pytest.approx(np.where(agree, 1.0, -1 / 6).mean()), name
        assert [event.kind for event in reading.events] == [
            key or "nothing" for key, same in zip(shown, agree, strict=True) if not same
        ]


def test_more_steps_that_do_something_else_score_less(asked: list[Scenario]) -> None:
    videos = [PROBE.dosed(asked[0], "other_keys", severity) for severity in (0.0, 0.25, 1.0)]
    scores = [read(asked[0], video).metrics["kappa"] for video in videos]
    assert scores == pytest.approx([1.0, (4 - 1 / 6) / 5, -1 / 6])


@pytest.mark.parametrize("gain", [0.8, 1.3])
def test_a_step_that_goes_too_far_is_that_step_and_says_so(asked: list[Scenario], gain: float) -> None:
    reading = read(asked[0], held_for(asked[0], gain))
    assert reading.lawful
    assert reading.metrics["gain_error"] == pytest.approx(abs(gain - 1.0), abs=0.13)


@pytest.mark.parametrize("name", controls.ADVERSARIES)
def test_nothing_that_simulates_nothing_is_right(asked: list[Scenario], name: str) -> None:
    (video,) = getattr(controls, name)().generate([asked[0].request])
    reading = read(asked[0], video)
    assert not reading.lawful and reading.metrics["kappa"] < 0.5  # of one clip: two steps may fit by luck
    if name in ("blank", "noise"):
        assert reading.verdict == UNTOLD and reading.metrics["kappa"] == reading.metrics["told"] == 0.0


def test_a_clip_of_few_frames_a_second_cannot_be_read() -> None:
    (scenario,) = PROBE.scenarios(ClipFormat(7, 64, 64, 4.0), track="action", seed=501, limit=1)
    assert PROBE.measure(scenario, scenario.truth.video) == Unmeasurable(FEW_FRAMES)


def test_an_answer_that_is_too_short_is_refused(asked: list[Scenario]) -> None:
    with pytest.raises(WsimError, match="1 frames"):
        PROBE.measure(asked[0], Video(np.zeros((1, 64, 64, 3), dtype=np.uint8), 16.0))
