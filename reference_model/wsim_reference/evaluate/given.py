"""What becomes of frames that are given: against the lawful render, and against something trivial."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import numpy as np

from wsim_reference import abilities
from wsim_reference.abilities import Prompt
from wsim_reference.editing import edit, inpaint
from wsim_reference.evaluate.readings import jump
from wsim_reference.evaluate.row import Row, row_of
from wsim_reference.frames import Frames
from wsim_reference.generator import Generator
from wsim_reference.train.data import Clip
from wsim_reference.train.evaluate import psnr_db

Triple: TypeAlias = tuple[float, float, float]  # of the model, of something trivial, of the lawful render
HEAD = 4  # frames of a suffix


def reconstructed(generator: Generator, clips: Sequence[Clip]) -> Row:
    """Codec round trip against a picture of one colour."""

    def one(clip: Clip) -> Triple:
        truth = clip.frames
        flat = np.broadcast_to(truth.mean((0, 1, 2)).round().astype(np.uint8), truth.shape)
        return psnr_db(generator.round_trip(truth), truth), psnr_db(flat, truth), np.nan

    return row_of("reconstruct", "PSNR, dB", "one colour", map(one, clips))


def image_to_video(generator: Generator, clips: Sequence[Clip]) -> Row:
    """All frames but the first against the truth."""

    def one(seed: int, clip: Clip) -> Triple:
        truth = clip.frames
        made = abilities.image_to_video(generator, truth[0], _told(clip, seed), len(truth))
        return _against(generator, made, np.repeat(truth[:1], len(truth), 0), truth, slice(1, None))

    return row_of("image to video", "PSNR of the rest, dB", "frozen", _each(one, clips))


def first_frame(generator: Generator, clips: Sequence[Clip]) -> Row:
    """Is the first frame the one that was given?"""

    def one(seed: int, clip: Clip) -> Triple:
        truth, other = clip.frames, clips[(seed + 1) % len(clips)].frames
        made = abilities.image_to_video(generator, truth[0], _told(clip, seed), len(truth))
        return _against(generator, made, other[: len(truth)], truth, slice(0, 1))

    return row_of("first frame kept", "PSNR of frame 0, dB", "another clip", _each(one, clips))


def extended(generator: Generator, clips: Sequence[Clip]) -> Row:
    """The second half against the truth."""

    def one(seed: int, clip: Clip) -> Triple:
        truth, known = clip.frames, _half(clip)
        made = abilities.extend_forwards(generator, truth[:known], len(truth) - known, _told(clip, seed))
        frozen = np.repeat(truth[known - 1 : known], len(truth), 0)
        return _against(generator, made, frozen, truth, slice(known, None))

    return row_of("extend forwards", "PSNR of the rest, dB", "frozen", _each(one, clips))


def seam(generator: Generator, clips: Sequence[Clip]) -> Row:
    """The step at which the given part ends, less that of the truth."""

    def one(seed: int, clip: Clip) -> Triple:
        truth, known = clip.frames, _half(clip)
        made = abilities.extend_forwards(generator, truth[:known], len(truth) - known, _told(clip, seed))
        cut = np.concatenate([truth[:known], abilities.text_to_video(generator, _told(clip, seed))[known:]])
        return _jumps(generator, made, cut, truth, known)

    return row_of("seam of an extension", "step, levels off the truth", "a cut", _each(one, clips), "lower")


def backwards(generator: Generator, clips: Sequence[Clip]) -> Row:
    """What leads to the last frames against the truth."""

    def one(seed: int, clip: Clip) -> Triple:
        truth, made_up = clip.frames, clip.format.num_frames - HEAD
        made = abilities.extend_backwards(generator, truth[made_up:], made_up, _told(clip, seed))
        frozen = np.repeat(truth[made_up : made_up + 1], len(truth), 0)
        return _against(generator, made, frozen, truth, slice(0, made_up))

    return row_of("extend backwards", "PSNR of the rest, dB", "frozen", _each(one, clips))


def connected(generator: Generator, clips: Sequence[Clip]) -> Row:
    """The middle against the truth, both ends given."""

    def one(seed: int, clip: Clip) -> Triple:
        truth, end = clip.frames, clip.format.num_frames - HEAD
        made = abilities.connect(generator, truth[:1], truth[end:], end - 1, _told(clip, seed))
        share = np.linspace(0, 1, end + 1)[:, None, None, None]
        fade = ((1 - share) * truth[0] + share * truth[end]).round().astype(np.uint8)
        fade = np.concatenate([fade, truth[end + 1 :]])
        return _against(generator, made, fade, truth, slice(1, end))

    return row_of("connect", "PSNR of the middle, dB", "cross-fade", _each(one, clips))


def keyed(generator: Generator, clips: Sequence[Clip]) -> Row:
    """Is a picture seen where it was asked for?"""

    def one(seed: int, clip: Clip) -> Triple:
        truth, key = clip.frames, clip.format.num_frames - 3
        given = {0: truth[0], key: truth[key]}
        made = abilities.key_frames(generator, given, _told(clip, seed), len(truth))
        without = abilities.image_to_video(generator, truth[0], _told(clip, seed), len(truth))
        return _against(generator, made, without, truth, slice(key, key + 1))

    return row_of("key frames", "PSNR at the key, dB", "without it", _each(one, clips))


def looped(generator: Generator, clips: Sequence[Clip]) -> Row:
    """The step from the last frame to the first, less the mean step of the clip."""

    def one(seed: int, clip: Clip) -> Triple:
        truth = clip.frames
        made = abilities.loop(generator, truth, 8, _told(clip, seed))
        usual = float(np.mean([jump(truth, at) for at in range(1, len(truth))]))
        return abs(jump(made, 0) - usual), abs(jump(truth, 0) - usual), np.nan

    return row_of("loop", "closing step, levels off the usual", "unclosed", _each(one, clips), "lower")


def edited(generator: Generator, clips: Sequence[Clip]) -> Row:
    """How much of a clip is still there after another one's words."""

    def one(seed: int, clip: Clip) -> Triple:
        truth, prompt = clip.frames, Prompt(clips[(seed + 1) % len(clips)].captions[0], seed)
        fresh = abilities.text_to_video(generator, prompt, clip.format)
        return psnr_db(edit(generator, truth, prompt, 0.5), truth), psnr_db(fresh, truth), np.nan

    return row_of("edit, strength 0.5", "PSNR with the source, dB", "a new clip", _each(one, clips))


def painted_in(generator: Generator, clips: Sequence[Clip]) -> Row:
    """The middle of the picture against the truth, the rest given."""

    def one(seed: int, clip: Clip) -> Triple:
        truth = clip.frames
        hole = np.zeros(truth.shape[:3], bool)
        hole[:, truth.shape[1] // 3 : -truth.shape[1] // 3, truth.shape[2] // 3 : -truth.shape[2] // 3] = True
        made, flat = inpaint(generator, truth, hole, _told(clip, seed)), truth.copy()
        flat[hole] = truth[~hole].mean(0).round()
        lawful = psnr_db(generator.round_trip(truth), truth, hole)
        return psnr_db(made, truth, hole), psnr_db(flat, truth, hole), lawful

    return row_of("paint in", "PSNR in the hole, dB", "one colour", _each(one, clips))


def _each(one: Callable[[int, Clip], Triple], clips: Sequence[Clip]) -> Iterator[Triple]:
    """The number of a clip is also its seed."""
    return (one(seed, clip) for seed, clip in enumerate(clips))


def _told(clip: Clip, seed: int) -> Prompt:
    return Prompt(clip.captions[0], seed)


def _half(clip: Clip) -> int:
    """About half the frames, `1 + 4k`."""
    return 1 + 4 * ((clip.format.num_frames - 1) // 8)


def _against(generator: Generator, made: Frames, trivial: Frames, truth: Frames, where: slice) -> Triple:
    lawful = generator.round_trip(truth)
    model, plain, best = (
        psnr_db(shown[where], truth[where]) for shown in (made, trivial[: len(truth)], lawful)
    )
    return model, plain, best


def _jumps(generator: Generator, made: Frames, trivial: Frames, truth: Frames, at: int) -> Triple:
    lawful = generator.round_trip(truth)
    model, plain, best = (abs(jump(shown, at) - jump(truth, at)) for shown in (made, trivial, lawful))
    return model, plain, best
