"""What a conditioned model can be asked: any format, frames given anywhere, camera, actions; and refusals."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from wsim import Camera, Context, Request, WsimError
from wsim.testing import check_model
from wsim.worlds.captions.vocabulary import vocabulary
from wsim_reference import checkpoint
from wsim_reference.config import PRESETS
from wsim_reference.generator import Generator
from wsim_reference.model import ReferenceModel
from wsim_reference.sampler import SamplerSettings
from wsim_reference.signals import action_numbers, camera_numbers, clip_numbers
from wsim_reference.spans import clip_spans, fixed_by, middle
from wsim_reference.text import Vocabulary
from wsim_reference.windows import near, windows

WORDS = Vocabulary(vocabulary())
NANO = PRESETS["nano"].replace(
    latent_mean=(0.1,) * 8,
    latent_std=(0.9,) * 8,
    transformer=replace(PRESETS["nano"].transformer, vocabulary=WORDS.size),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "tiny"
    weights = {part: network.state_dict() for part, network in checkpoint.build(NANO).items()}
    with torch.no_grad():
        for value in weights["transformer"].values():
            value += 0.05 * torch.randn(value.shape)
    checkpoint.save(path, NANO, WORDS, weights, {"train": {"train_step": 7, "train_flops": 1e9}})
    return path


@pytest.fixture(scope="module")
def model(folder: Path) -> ReferenceModel:
    return ReferenceModel(folder, SamplerSettings(steps=2), "cpu")


def frames(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 32, 32, 3)).astype(np.uint8)


def given(*indices: int, seed: int = 0) -> Context:
    return Context(frames(len(indices), seed), indices)


def moving(count: int, step_m: float = 0.1) -> Camera:
    poses = np.tile(np.eye(4), (count, 1, 1))
    poses[:, 0, 3] = step_m * np.arange(count)
    lens = np.array([[30.0, 0, 15.5], [0, 30.0, 15.5], [0, 0, 1]])
    return Camera(poses, np.tile(lens, (count, 1, 1)))


BARE = Request(9, (32, 32), 16.0, 1, "a red ball")


def answer(model: ReferenceModel, request: Request) -> np.ndarray:
    (video,) = model.generate([request])
    assert (len(video), video.size, video.fps) == (request.num_frames, request.size, request.fps)
    return video.frames


def test_latents_that_given_frames_fix_and_frames_that_are_left_over() -> None:
    spans = clip_spans(13)
    assert spans == [(0, 0), (1, 4), (5, 8), (9, 12)] and [middle(span) for span in spans] == [
        0,
        2.5,
        6.5,
        10.5,
    ]
    assert fixed_by((0,), spans) == ([0], [])
    assert fixed_by(tuple(range(7)), spans) == ([0, 1], [5, 6])  # a prefix that ends within a chunk
    assert fixed_by((9, 10, 11, 12), spans) == ([3], [])  # a suffix
    assert fixed_by((0, 6, 12), spans) == ([0], [6, 12])  # key frames
    assert fixed_by((), spans) == ([], [])


def test_camera_numbers_are_relative_and_the_same_at_any_size() -> None:
    camera, spans = moving(5), clip_spans(5)
    numbers = camera_numbers(camera, (32, 32), spans)
    assert numbers.shape == (2, 23) and numbers[:, 0].tolist() == [1, 1]
    assert numbers[1, 1] == pytest.approx(np.arcsinh(0.1)) and numbers[1, 10] == pytest.approx(
        np.arcsinh(0.4)
    )
    assert np.abs(numbers[0, 1:19]).max() == 0  # the first frame is where the clip looks from
    turn = np.array([[0.0, -1, 0, 5], [1, 0, 0, 6], [0, 0, 1, 7], [0, 0, 0, 1]])
    elsewhere = Camera(turn @ camera.world_from_camera, camera.intrinsics)
    np.testing.assert_allclose(camera_numbers(elsewhere, (32, 32), spans), numbers, atol=1e-6)
    lens = camera.intrinsics.copy()
    lens[:, :2, :2] *= 2
    lens[:, :2, 2] = 31.5
    np.testing.assert_allclose(
        camera_numbers(Camera(camera.world_from_camera, lens), (64, 64), spans), numbers, atol=1e-6
    )


def test_a_latent_is_told_the_actions_that_lead_to_its_frames() -> None:
    actions = np.arange(18, dtype=np.float32).reshape(9, 2)
    numbers = action_numbers(actions, [*clip_spans(9), (7, 7)])
    assert numbers[:, 0].tolist() == [1, 1, 1, 1] and not numbers[[0, 3], 1:].any()
    assert numbers[1, 1:].tolist() == list(range(8)) and numbers[2, 1:].tolist() == list(range(8, 16))


def test_clip_numbers_are_octaves_and_long_clips_are_as_their_windows() -> None:
    home = PRESETS["S"].clip
    assert clip_numbers(home, 33).tolist() == [0, 0, 0, 0]
    assert clip_numbers(replace(home, fps=8.0, height=128), 33)[:2].tolist() == [-1, 1]
    assert np.array_equal(
        clip_numbers(replace(home, num_frames=65), 33), clip_numbers(replace(home, num_frames=33), 33)
    )


@pytest.mark.parametrize(("count", "longest"), [(1, 9), (9, 9), (10, 9), (17, 9), (40, 9), (7, 3), (5, 1)])
def test_windows_make_every_latent_once_and_in_order(count: int, longest: int) -> None:
    made: list[int] = []
    for window in windows(count, longest):
        assert len(window.latents) <= max(longest, 3) and set(window.new) <= set(window.latents)
        assert set(window.latents) - set(window.new) <= set(made)  # the rest has been made
        assert window.latents[0] == 0 and list(window.latents) == sorted(set(window.latents))
        made += window.new
    assert made == list(range(count))


def test_a_window_sees_the_anchor_the_overlap_and_what_is_given_ahead() -> None:
    first, second, third = windows(17, 9, given=(16,))
    assert first.latents == (*range(9), 16) and first.new == tuple(range(9))
    assert second.latents == (0, *range(5, 13), 16) and second.new == (9, 10, 11, 12)
    assert third.latents == (0, *range(9, 17)) and third.new == (13, 14, 15, 16)


def test_the_anchor_is_never_further_away_than_in_training() -> None:
    spans = clip_spans(65)
    assert near(spans[:9]) == spans[:9]
    assert near([spans[0], *spans[6:]]) == [spans[0], *spans[6:]]  # five left out: as in training
    later = near([spans[0], *spans[8:]])
    assert later == [spans[0], *spans[6:-2]]  # and the words, at time zero, no further either


@pytest.mark.parametrize(
    ("count", "size", "fps"),
    [(1, (32, 32), 16.0), (5, (16, 48), 8.0), (13, (48, 32), 30.0), (29, (32, 32), 16.0)],
)
def test_any_format_is_made(model: ReferenceModel, count: int, size: tuple[int, int], fps: float) -> None:
    made = answer(model, Request(count, size, fps, 3, "a red ball"))
    assert made.std() > 0


CHANGES: dict[str, Callable[[Request], Request]] = {
    "rate": lambda r: replace(r, fps=8.0),
    "words": lambda r: replace(r, text="a blue box"),
    "camera": lambda r: replace(r, camera=moving(9)),
    "another camera": lambda r: replace(r, camera=moving(9, -0.1)),
    "actions": lambda r: replace(r, actions=np.eye(9, 12, dtype=np.float32)),
    "no action": lambda r: replace(r, actions=np.zeros((9, 12), np.float32)),
    "first frame": lambda r: replace(r, context=given(0)),
    "prefix": lambda r: replace(r, context=given(0, 1, 2, 3, 4)),
    "prefix and a half": lambda r: replace(r, context=given(0, 1, 2, 3, 4, 5)),
    "suffix": lambda r: replace(r, context=given(5, 6, 7, 8)),
    "both ends": lambda r: replace(r, context=given(0, 5, 6, 7, 8)),
    "last frame": lambda r: replace(r, context=given(8)),
    "other key frames": lambda r: replace(r, context=given(2, 8)),
}


def test_everything_that_is_told_matters_and_batches_do_not(model: ReferenceModel) -> None:
    asked = [BARE, *(change(BARE) for change in CHANGES.values())]
    together = [video.digest for video in model.generate(asked)]
    assert len(set(together)) == len(asked)
    alone = [next(model.generate([one])).digest for one in reversed(asked[-3:])]
    assert alone == together[:-4:-1]


def test_a_given_chunk_comes_back_as_the_codec_shows_it(folder: Path) -> None:
    generator = Generator.from_folder(folder, SamplerSettings(steps=2))
    clip = frames(9)
    whole = generator.answer(replace(BARE, context=Context(clip, tuple(range(9)))))
    assert np.array_equal(whole, generator.round_trip(clip))


def test_a_long_clip_begins_as_its_first_window_and_repeats(model: ReferenceModel) -> None:
    long = replace(BARE, num_frames=25, actions=np.eye(25, 12, dtype=np.float32))
    one, two = answer(model, long), answer(model, long)
    assert np.array_equal(one, two) and one[-4:].std() > 0
    other = answer(model, replace(long, context=given(0)))
    assert not np.array_equal(one[20:], other[20:])  # the end follows from the beginning, over all windows


def test_info_declares_what_it_accepts_and_makes(model: ReferenceModel, folder: Path) -> None:
    info = model.info
    assert info.accepts == {"text", "first_frame", "context", "keyframes", "camera", "actions"}
    assert info.tracks == ("text", "image", "video", "action")
    assert info.formats[0] == NANO.clip and len(info.formats) <= 64
    assert {(f.height, f.width) for f in info.formats} == {(32, 32), (32, 48), (48, 48)}
    assert {f.num_frames for f in info.formats} == {1, 5, 9, 17}
    assert info.settings["train_step"] == 7 and info.settings["train_flops"] == 1e9
    longer = ReferenceModel(folder, SamplerSettings(), "cpu", frames=65)
    assert longer.info.formats[0] == replace(NANO.clip, num_frames=65)


def test_it_keeps_the_contract_of_models(model: ReferenceModel) -> None:
    findings = [finding for finding in check_model(model) if finding.level != "ok"]
    # An untrained codec cannot give frames back, and that is all that is wrong.
    assert all(one.level == "warning" and one.check.startswith("starts from") for one in findings), findings


@pytest.mark.parametrize("text", ["", "?!", "a ball " * 5_000])
def test_empty_and_endless_prompts_are_answered(model: ReferenceModel, text: str) -> None:
    assert len(answer(model, replace(BARE, num_frames=1, text=text))) == 1


def test_unknown_words_and_words_beyond_the_last_are_named(model: ReferenceModel) -> None:
    with pytest.warns(UserWarning, match="does not know: zebra, quagga$"):
        answer(model, replace(BARE, num_frames=1, text="a zebra, a red quagga and a zebra"))
    with pytest.warns(UserWarning, match="does not know: okapi$"):  # the others have been named
        answer(model, replace(BARE, num_frames=1, text="a zebra and an okapi"))
    with pytest.warns(UserWarning, match="reads 12 words; 9988 more are left out"):
        answer(model, replace(BARE, num_frames=1, text="a ball " * 5_000))


REFUSED: dict[str, tuple[Request, str, str]] = {
    "size": (replace(BARE, size=(30, 70)), "30x70", "nearest is 32x64"),
    "no size": (replace(BARE, size=(0, 32)), "0x32", "nearest is 16x32"),
    "2 frames": (replace(BARE, num_frames=2), "1 \\+ 4k frames, not 2", "1 or 5"),
    "3 frames": (replace(BARE, num_frames=3), "1 \\+ 4k frames, not 3", "1 or 5"),
    "0 frames": (replace(BARE, num_frames=0), "1 \\+ 4k frames, not 0", "use 1"),
    "rate": (replace(BARE, fps=0.0), "no rate", "above 0"),
    "too many": (replace(BARE, context=given(*range(10))), "10 frames are given for a clip of 9", "once"),
    "outside": (replace(BARE, context=given(0, 9)), "frame 9 is not one of the 9", "num_frames - 1"),
    "negative": (replace(BARE, context=given(-1)), "frame -1 is not one", "from 0"),
    "twice": (replace(BARE, context=given(0, 4, 4)), "two pictures are given for frame 4", "once"),
    "disorder": (replace(BARE, context=given(4, 0)), "not in the order of time", "increasing"),
    "indices": (replace(BARE, context=Context(frames(2), (0,))), "2 frames come with 1 indices", "once"),
    "other size": (replace(BARE, size=(48, 48), context=given(0)), "32x32 are given", "size of the clip"),
    "actions": (replace(BARE, actions=np.zeros((9, 3))), "shape \\(9, 3\\)", "\\[9, 12\\]"),
    "short actions": (replace(BARE, actions=np.zeros((8, 12))), "shape \\(8, 12\\)", "\\[9, 12\\]"),
    "no numbers": (replace(BARE, actions=np.full((9, 12), np.nan)), "not finite", "numbers"),
    "camera": (replace(BARE, camera=moving(5)), "for 9 frames", "\\[9, 4, 4\\]"),
    "no last row": (
        replace(
            BARE, camera=Camera(np.diag([1.0, 1, 1, 0]) @ moving(9).world_from_camera, moving(9).intrinsics)
        ),
        "no rigid",
        "4",
    ),
    "flat camera": (replace(BARE, camera=Camera(np.zeros((9, 4, 4)), moving(9).intrinsics)), "no rigid", "4"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_made_is_refused_with_what_can(model: ReferenceModel, case: str) -> None:
    request, problem, remedy = REFUSED[case]
    with pytest.raises(WsimError, match=problem) as error:
        next(model.generate([request]))
    assert len(str(error.value).splitlines()) == 3
    assert re.search(remedy, error.value.remedy)
