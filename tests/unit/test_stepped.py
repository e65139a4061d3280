"""A played world gets its keys one at a time, each after the frame before, and they are the right ones."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from wsim.contracts import ClipFormat, Context, Model, ModelInfo, Reading, Request, Scenario
from wsim.errors import WsimError
from wsim.models.resolve import resolve_model
from wsim.models.stepped import Opening, Stepped, SteppedModel
from wsim.runs.plan import load_probe
from wsim.testing import assert_ok, check_model
from wsim.worlds.blocks.keys import actions_of_matrix, scripted
from wsim.worlds.derived.histories import pictures
from wsim.worlds.scene import Scene
from wsim.worlds.take import Take

INFO = ModelInfo("played", "toy/1", "a" * 64, frozenset({"context", "actions"}))
CLIP = ClipFormat(6, 8, 8, 4.0)


class Counting:
    """Paints the sum of what was pressed; always on the same canvas."""

    info = INFO

    def reset(self, context: Opening) -> None:
        self.opening, self.level = context, int(context.frames[-1, 0, 0, 0]) if len(context.frames) else 0
        self.canvas = np.zeros((*context.size, 3), np.uint8)

    def step(self, action: np.ndarray) -> np.ndarray:
        self.level += int(action.sum())
        self.canvas[:] = self.level
        return self.canvas


def request(known: int, actions: np.ndarray | None = None) -> Request:
    frames = np.full((known, CLIP.height, CLIP.width, 3), 100, np.uint8)
    context = Context(frames, tuple(range(known))) if known else None
    return Request(CLIP.num_frames, (CLIP.height, CLIP.width), CLIP.fps, 1, "x", context, None, actions)


def levels(model: Model, asked: Request) -> list[int]:
    (video,) = model.generate([asked])
    return [int(frame[0, 0, 0]) for frame in video.frames]


def test_row_k_leads_from_frame_k_to_the_next() -> None:
    played = Counting()
    actions = np.array([[1.0], [2.0], [4.0], [8.0], [16.0], [32.0]], np.float32)
    assert levels(SteppedModel(played), request(2, actions)) == [100, 100, 102, 106, 114, 130]
    assert played.opening.actions.tolist() == [[1.0]] and len(played.opening.frames) == 2
    assert levels(SteppedModel(played), request(0, actions)) == [0, 1, 3, 7, 15, 31]


def test_without_actions_no_key_is_down() -> None:
    assert levels(SteppedModel(Counting()), request(1)) == [100] * 6


def test_frames_given_elsewhere_are_refused() -> None:
    ends = Context(np.zeros((2, 8, 8, 3), np.uint8), (0, 5))
    with pytest.raises(WsimError, match=r"frames are given at \[0, 5\]"):
        list(SteppedModel(Counting()).generate([Request(6, (8, 8), 4.0, 1, context=ends)]))


@pytest.mark.parametrize("bad", [None, np.zeros((8, 8, 3)), np.zeros((8, 9, 3), np.uint8)])
def test_steps_that_give_no_frame_are_named(bad: object) -> None:
    class Broken(Counting):
        def step(self, action: np.ndarray) -> object:  # type: ignore[override]
            return bad

    with pytest.raises(WsimError, match="the step to frame 1 gave"):
        list(SteppedModel(Broken()).generate([request(1)]))


SOURCE = """
import numpy as np
from wsim import ModelInfo

class Turning:
    info = ModelInfo("turning", "mine/1", "0" * 64, frozenset({"context", "first_frame", "actions"}))
    def reset(self, context):
        self.picture = context.frames[-1] if len(context.frames) else np.full((*context.size, 3), 9, np.uint8)
        self.picture[0, 0] = 0
    def step(self, action):
        self.picture = np.roll(self.picture, int(action[5] - action[4]) + 1, axis=1)
        return self.picture

class Leaking(Turning):
    drift = 0
    def reset(self, context):
        super().reset(context)
        self.drift += 1
        self.picture = np.roll(self.picture, self.drift, axis=0)
"""


def test_a_factory_may_give_a_played_world(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(SOURCE)
    model = resolve_model(f"{tmp_path / 'mine.py'}:Turning")
    assert isinstance(model, Model) and not isinstance(model, Stepped)
    assert model.info.tracks == ("image", "video", "action")
    assert model.info.adapter.startswith("wsim.models.stepped/1+mine/1+")
    findings = check_model(model)
    assert_ok(findings)
    assert not [f for f in findings if f.check == "uses actions" and f.level != "ok"]
    leaking = check_model(resolve_model(f"{tmp_path / 'mine.py'}:Leaking"))
    assert "failed" in {f.level for f in leaking if f.check == "same request, same pixels"}


class Engine:
    """Knows the world and nothing of what will be pressed: it renders each frame from the keys so far."""

    info = INFO

    def __init__(self, world: Callable[[Opening], Scene], heeds: bool = True) -> None:
        self.world, self.heeds = world, heeds

    def reset(self, context: Opening) -> None:
        self.scene, self.opening = self.world(context), context
        self.keys = [*context.actions]

    def step(self, action: np.ndarray) -> np.ndarray:
        self.keys.append(action if self.heeds else np.zeros_like(action))
        rows = np.array([*self.keys, np.zeros_like(action)], np.float64)
        clip = ClipFormat(len(rows), *self.opening.size, self.opening.fps)
        pressed = actions_of_matrix(rows, clip.times_s())
        return pictures(scripted(self.scene, pressed), clip, [len(rows) - 1])[0]


def scene_of(scenario: Scenario) -> Scene:
    assert isinstance(scenario.truth, Take)
    return scenario.truth.scene


@pytest.mark.parametrize("heeds", [True, False])
def test_the_digital_suite_is_played_in_closed_loop(heeds: bool) -> None:
    probe, clip = load_probe("digital/retrieval"), ClipFormat(13, 64, 64, 8.0)
    asked = [*probe.scenarios(clip, track="action", seed=503, limit=1)]
    worlds = {scenario.request.seed: scene_of(scenario) for scenario in asked}
    model = SteppedModel(Engine(lambda opening: worlds[opening.seed], heeds))
    answers = list(model.generate([scenario.request for scenario in asked]))
    pressed = [bool(scenario.request.actions.any()) for scenario in asked]  # type: ignore[union-attr]
    readings = [probe.measure(*both) for both in zip(asked, answers, strict=True)]
    right = [isinstance(reading, Reading) and reading.lawful for reading in readings]
    assert any(pressed) and right == [heeds or not keys for keys in pressed], readings
