"""What the reference model can be asked for: each ability keeps what is given and makes the rest."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from wsim import Camera, ClipFormat, WsimError
from wsim.worlds.captions import read_caption
from wsim.worlds.captions.vocabulary import vocabulary
from wsim_reference import abilities, checkpoint
from wsim_reference.abilities import Prompt
from wsim_reference.cells import free_cells, without
from wsim_reference.config import PRESETS
from wsim_reference.editing import edit, inpaint
from wsim_reference.expand import expand
from wsim_reference.generator import Generator
from wsim_reference.sampler import SamplerSettings
from wsim_reference.spans import clip_spans
from wsim_reference.text import Vocabulary

WORDS = Vocabulary(vocabulary())
PROMPT = Prompt("a red ball rolls to the left.", seed=3)


@pytest.fixture(scope="module")
def generator(tmp_path_factory: pytest.TempPathFactory) -> Generator:
    torch.manual_seed(0)
    nano = PRESETS["nano"]
    config = nano.replace(
        latent_mean=(0.0,) * 8,
        latent_std=(1.0,) * 8,
        transformer=replace(nano.transformer, vocabulary=WORDS.size),
    )
    weights = {part: network.state_dict() for part, network in checkpoint.build(config).items()}
    with torch.no_grad():
        for value in weights["transformer"].values():
            value += 0.05 * torch.randn(value.shape)
    folder = tmp_path_factory.mktemp("weights") / "tiny"
    checkpoint.save(folder, config, WORDS, weights, {})
    return Generator.from_folder(folder, SamplerSettings(steps=3))


def clip(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 32, 32, 3)).astype(np.uint8)


def camera(count: int, start_m: float) -> Camera:
    poses = np.tile(np.eye(4), (count, 1, 1))
    poses[:, 0, 3] = start_m + 0.1 * np.arange(count)
    return Camera(poses, np.tile([[30.0, 0, 15.5], [0, 30.0, 15.5], [0, 0, 1]], (count, 1, 1)))


def near(shown: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(shown.astype(float) - other.astype(float)).mean())


def test_videos_and_pictures_of_any_size(generator: Generator) -> None:
    assert abilities.text_to_video(generator, PROMPT).shape == (9, 32, 32, 3)
    wide = abilities.text_to_video(generator, PROMPT, ClipFormat(17, 16, 48, 12.0))
    assert wide.shape == (17, 16, 48, 3)
    assert abilities.text_to_image(generator, PROMPT, 48, 16).shape == (1, 48, 16, 3)


def test_a_picture_begins_its_clip_and_another_one_begins_another(generator: Generator) -> None:
    made = [abilities.image_to_video(generator, clip(1, seed)[0], PROMPT, 5) for seed in (0, 1)]
    assert made[0].shape == (5, 32, 32, 3) and not np.array_equal(made[0][0], made[1][0])


def test_key_frames_matter_wherever_they_are(generator: Generator) -> None:
    one = abilities.key_frames(generator, {0: clip(1)[0], 6: clip(1, 1)[0]}, PROMPT)
    other = abilities.key_frames(generator, {0: clip(1)[0], 6: clip(1, 2)[0]}, PROMPT)
    assert one.shape == (9, 32, 32, 3) and not np.array_equal(one, other)


def test_clips_grow_at_either_end_around_the_same_latents(generator: Generator) -> None:
    """All that is given is a chunk of latents, and chunks that are given are never changed."""
    prefix, suffix = clip(5), clip(4)
    forwards = [abilities.extend_forwards(generator, prefix, 4, Prompt(seed=seed)) for seed in (1, 2)]
    backwards = [abilities.extend_backwards(generator, suffix, 5, Prompt(seed=seed)) for seed in (1, 2)]
    assert {made.shape for made in forwards + backwards} == {(9, 32, 32, 3)}
    assert near(forwards[0][5:], forwards[1][5:]) > 5 * near(forwards[0][:4], forwards[1][:4])
    assert near(backwards[0][:5], backwards[1][:5]) > 5 * near(backwards[0][6:], backwards[1][6:])


def test_two_clips_are_connected_in_their_order(generator: Generator) -> None:
    before, after = clip(5), clip(4, 1)
    joined = abilities.connect(generator, before, after, 8, PROMPT)
    turned = abilities.connect(generator, clip(5, 2), after, 8, PROMPT)
    assert joined.shape == (17, 32, 32, 3)
    assert near(joined[:5], turned[:5]) > 5 * near(joined[-3:], turned[-3:])


def test_a_loop_ends_where_it_begins(generator: Generator) -> None:
    """One cut through the bridge would show in the decoder; the loop is one decoded clip, turned round."""
    frames = generator.round_trip(clip(9))
    made = abilities.loop(generator, frames, 4, PROMPT)
    assert made.shape == (13, 32, 32, 3)
    joined = abilities.connect(generator, frames, frames[:8], 4, PROMPT)
    assert np.array_equal(made[:4], joined[13:17]) and np.array_equal(made[4:], joined[4:13])


def test_shots_are_one_clip_under_cameras_that_jump(generator: Generator) -> None:
    shots = (camera(5, 0.0), camera(4, 3.0))
    made = abilities.several_shots(generator, shots, PROMPT)
    apart = abilities.several_shots(generator, (shots[0], camera(4, -3.0)), PROMPT)
    assert made.shape == (9, 32, 32, 3) and not np.array_equal(made, apart)


def test_an_edit_goes_from_the_clip_itself_to_a_new_one(generator: Generator) -> None:
    source = clip(9)
    weak, strong = (edit(generator, source, PROMPT, strength) for strength in (0.0, 1.0))
    assert np.array_equal(weak, abilities.reconstruct(generator, source))
    assert np.array_equal(strong, abilities.text_to_video(generator, PROMPT))
    distances = [near(edit(generator, source, PROMPT, strength), weak) for strength in (0.2, 0.5, 0.9)]
    assert distances == sorted(distances) and distances[0] > 0
    other = edit(generator, source, replace(PROMPT, text="a blue box"), 0.5)
    assert not np.array_equal(other, edit(generator, source, PROMPT, 0.5))


def test_painting_in_leaves_the_other_cells(generator: Generator) -> None:
    source, mask = clip(9), np.zeros((32, 32), bool)
    mask[:4, :4] = True
    latents: list[torch.Tensor] = []
    decode = generator._decode
    generator._decode = lambda made: (latents.append(made), decode(made))[1]  # type: ignore[method-assign]
    try:
        inpaint(generator, source, mask, PROMPT)
        inpaint(generator, source, mask, replace(PROMPT, seed=4))
    finally:
        generator._decode = decode  # type: ignore[method-assign]
    changed = (latents[0] != latents[1]).any(dim=(0, 1, 2))
    assert changed[:2, :2].all() and not changed[2:].any() and not changed[:, 2:].any()


def test_nothing_of_what_is_painted_over_shines_through(generator: Generator) -> None:
    source, mask = clip(9), np.zeros((9, 32, 32), bool)
    mask[:, 8:16, 8:16] = True
    other = np.where(mask[..., None], 255 - source, source).astype(np.uint8)
    one, two = (inpaint(generator, frames, mask, PROMPT) for frames in (source, other))
    assert np.array_equal(one, two)


def test_a_long_clip_is_edited_window_by_window(generator: Generator) -> None:
    source, mask = clip(17), np.zeros((17, 32, 32), bool)
    mask[12:, :8, :8] = True
    made = inpaint(generator, source, mask, PROMPT)
    kept = abilities.reconstruct(generator, without(source, mask))
    assert np.array_equal(made[:4], kept[:4]) and not np.array_equal(made[-1], kept[-1])
    assert edit(generator, source, PROMPT, 0.5).shape == source.shape


def test_cells_that_are_free_and_their_neighbours() -> None:
    free = np.zeros((5, 32, 48), bool)
    free[3, 9, 17] = True
    cells = free_cells(free, clip_spans(5))
    assert cells.shape == (2, 4, 6) and not cells[0].any()
    assert cells[1, :3, 1:4].all() and cells[1].sum() == 9


def test_round_trip_of_any_length_and_size(generator: Generator) -> None:
    odd = np.zeros((6, 20, 27, 3), np.uint8)
    assert abilities.reconstruct(generator, odd).shape == odd.shape


REFUSED: dict[str, tuple[Callable[[Generator], object], str]] = {
    "length": (lambda g: abilities.extend_forwards(g, clip(5), 5, PROMPT), "1 \\+ 4k frames, not 10"),
    "sizes": (lambda g: abilities.connect(g, clip(5), clip(4)[:, :16], 4, PROMPT), "32x32.*16x32"),
    "no picture": (lambda g: abilities.key_frames(g, {}, PROMPT), "pictures of 0 sizes"),
    "short loop": (lambda g: abilities.loop(g, clip(5), 4, PROMPT), "5 frames cannot be closed"),
    "bridge": (lambda g: abilities.loop(g, clip(9), 3, PROMPT), "bridge of 3"),
    "one shot": (lambda g: abilities.several_shots(g, [camera(9, 0)], PROMPT), "1 shots"),
    "strength": (lambda g: edit(g, clip(9), PROMPT, 1.5), "strength of 1.5"),
    "mask": (lambda g: inpaint(g, clip(9), np.zeros((9, 16, 16), bool), PROMPT), "does not fit"),
    "odd size": (lambda g: edit(g, clip(9)[:, :30], PROMPT, 0.5), "30x32"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_made_is_refused(generator: Generator, name: str) -> None:
    ask, message = REFUSED[name]
    with pytest.raises(WsimError, match=message):
        ask(generator)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("red ball", [("red", "ball", 1)]),
        ("two blue boxes", [("blue", "box", 2)]),
        ("Two GREEN balls rolling!", [("green", "ball", 2)]),
        ("a red ball and a blue box", [("red", "ball", 1), ("blue", "box", 1)]),
        ("a ball rolls to the left.", [(None, "ball", 1)]),
    ],
)
def test_a_short_prompt_becomes_a_full_caption_that_still_says_it(
    prompt: str, said: list[tuple[str | None, str, int]], seed: int
) -> None:
    caption = expand(prompt, seed)
    assert caption == expand(prompt, seed) and len(caption) > len(prompt)
    reading = read_caption(caption)
    assert not reading.not_understood and not WORDS.unknown(caption)
    assert reading.story.happenings or reading.story.relations
    things = {(thing.noun, thing.count): thing.colour for thing in reading.story.things}
    for colour, noun, count in said:
        assert things[noun, count] and colour in (None, things[noun, count])
    assert expand(caption, seed).count(".") == caption.count(".")  # a full caption says it all


def test_seeds_choose_what_is_left_open() -> None:
    assert len({expand("a ball", seed) for seed in range(8)}) > 4


def test_what_cannot_be_read_is_kept() -> None:
    assert expand("two astronauts play chess", 0) == "two astronauts play chess"
    assert expand("", 0) == ""
    assert expand("a red ball sings opera", 0).endswith("a red ball sings opera.")
