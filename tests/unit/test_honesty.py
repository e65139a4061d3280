"""`wsim check` finds models that ignore what they say they use, or paste a clip behind what is given."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from wsim.cli.main import call
from wsim.contracts import Capability, ModelInfo, Request
from wsim.testing import Finding, check_model
from wsim.testing.asked import difference
from wsim.video import Frames, Video

ALL: tuple[Capability, ...] = ("text", "first_frame", "context", "keyframes", "camera", "actions")


class Toy:
    """A model of one function from the request and a generator of its seed to frames."""

    def __init__(self, play: Callable[[Request, np.random.Generator], Frames], *accepts: Capability) -> None:
        self.info = ModelInfo("toy", "toy/1", "0" * 64, frozenset(accepts))
        self._play = play

    def generate(self, requests: Sequence[Request]) -> Iterator[Video]:
        for request in requests:
            yield Video(self._play(request, np.random.default_rng(request.seed)), request.fps)


def noise_of(request: Request, rng: np.random.Generator) -> Frames:
    return rng.integers(90, 94, (request.num_frames, *request.size, 3), dtype=np.uint8)


def honest(request: Request, rng: np.random.Generator) -> Frames:
    """Holds the last given frame, brightened by everything else that it was told."""
    told = sum(map(ord, request.text or "")) % 7
    told += 0 if request.actions is None else int(10 * request.actions.argmax(axis=1).mean()) % 11
    told += 0 if request.camera is None else int(3 + 3 * np.sign(request.camera.world_from_camera[-1, 0, 3]))
    frames = noise_of(request, rng) % 4 + np.uint8(told)
    if request.context is not None:
        known = request.context.frames.astype(float)
        frames += (known[-1] + 0.1 * (known[-1] - known[0])).clip(0, 200).astype(np.uint8)
        frames[list(request.context.indices)] = request.context.frames
    return frames


def pasting(request: Request, rng: np.random.Generator) -> Frames:
    """Given frames, then a clip of its own that depends on them, but does not go on from them."""
    frames = noise_of(request, rng)
    if request.context is not None:
        frames += np.uint8(request.context.frames.sum() % 100)
        frames[list(request.context.indices)] = request.context.frames
    return frames


def forgetting(request: Request, rng: np.random.Generator) -> Frames:
    """Goes on from the given frames, and does not show them."""
    frames = honest(request, rng)
    if request.context is not None:
        frames[list(request.context.indices)] = 255 - request.context.frames
    return frames


def looking_once(request: Request, rng: np.random.Generator) -> Frames:
    """An image-to-video model that says it continues videos."""
    frames = noise_of(request, rng) % 4
    if request.context is not None:
        frames += request.context.frames[-1] // 2 * 2
        frames[list(request.context.indices)] = request.context.frames
    return frames


def found(model: Toy, level: str = "warning") -> dict[str, Finding]:
    return {one.check: one for one in check_model(model, repeats=0) if one.level == level}


def test_an_honest_model_uses_everything_and_starts_from_what_is_given() -> None:
    findings = check_model(Toy(honest, *ALL), repeats=0)
    assert [finding for finding in findings if finding.level != "ok"] == []
    checks = {finding.check for finding in findings}
    assert checks >= {f"uses {part}" for part in ALL} | {"starts from context", "sees motion in context"}


@pytest.mark.parametrize("part", ["text", "camera", "actions"])
def test_a_part_that_is_ignored_is_named_with_advice(part: Capability) -> None:
    cheating = found(Toy(pasting, "first_frame", part))[f"uses {part}"]
    assert "the same pixels" in cheating.message
    assert cheating.advice == f"take {part!r} out of ModelInfo.accepts, or hand it to the network"
    assert f"uses {part}" not in found(Toy(honest, "first_frame", part))


@pytest.mark.parametrize("part", ["first_frame", "context", "keyframes"])
def test_pictures_that_are_ignored_break_the_contract(part: Capability) -> None:
    ignoring = Toy(noise_of, part, "text")
    assert "the same pixels" in found(ignoring, "failed")[f"uses {part}"].message
    assert "come back" in found(ignoring)[f"starts from {part}"].message


@pytest.mark.parametrize("part", ["first_frame", "context"])
def test_a_clip_that_is_pasted_behind_the_given_frames_is_a_jump(part: Capability) -> None:
    jump = found(Toy(pasting, part))[f"starts from {part}"]
    assert "the first generated frame is" in jump.message and "go on from the last given" in jump.advice


def test_given_frames_that_do_not_come_back() -> None:
    lost = found(Toy(forgetting, "context"))["starts from context"]
    assert lost.message.startswith("given frames come back") and "request.context.indices" in lost.advice


def test_a_model_that_looks_at_one_frame_sees_no_motion() -> None:
    assert (
        "only the last given frame" in found(Toy(looking_once, "context"))["sees motion in context"].message
    )
    assert "sees motion in context" not in found(Toy(looking_once, "first_frame"))


def test_what_changes_from_answer_to_answer_anyway_is_no_use_of_anything() -> None:
    """Without its seed, every change of the words would seem to matter."""
    rng = np.random.default_rng(0)
    model = Toy(lambda request, _: noise_of(request, rng), "text")
    assert "same request, same pixels" in found(model, "failed")
    assert "the same pixels" in found(model)["uses text"].message


def test_grey_levels_do_not_wrap() -> None:
    assert difference(np.uint8([0, 10]), np.uint8([255, 10])) == 127.5


SOURCE = """
from wsim.models.controls import noise

def make():
    return noise()
"""


def test_the_command_prints_advice_and_counts_warnings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cheat.py").write_text(SOURCE)
    assert call(["check", f"{tmp_path / 'cheat.py'}:make", "--repeats", "0"]) == 0
    out = capsys.readouterr().out
    assert "take 'camera' out of ModelInfo.accepts" in out and "go on from the last given frame" in out
    assert "keeps its contract; " in out and out.rstrip().endswith("warnings")
    assert "memory" not in out
