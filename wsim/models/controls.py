"""Controls: models that simulate nothing. What they score is what a probe gives away for free.

The best of `NULLS` is the null of every probe's scale; the rest are adversaries, kept out of it. Each is a
function of the request alone, handles frames pinned anywhere, and returns them as given.

Axis letters: `known` context frames, `time` frames of the clip, `height` and `width` pixels.
"""

import numpy as np
from jaxtyping import Float64, UInt8

from wsim.contracts import Request
from wsim.models.control import Control, Known, Picture, elapsed_s, latest, to_uint8
from wsim.models.oracle import Oracle
from wsim.models.scenery import carry, clean, plate
from wsim.video import Frames

__all__ = [
    "ADVERSARIES", "NULLS", "blank", "carry", "clean", "fade", "freeze", "loop", "noise", "oracle", "pan",
    "plate", "reverse", "shuffle", "zoom",
]  # fmt: skip

NULLS = ("freeze", "blank", "noise", "plate", "clean")
ADVERSARIES = (*NULLS, "carry", "loop", "reverse", "shuffle", "pan", "zoom", "fade")


def oracle(history: str = "truth") -> Oracle:
    """The answer itself, or with -m history=NAME a violated twin: the top of every scale."""
    return Oracle(history)


def freeze() -> Control:
    """The latest given frame held: the video that does nothing."""
    return Control("freeze", lambda request, known: known[latest(request)])


def blank() -> Control:
    """The mean colour of what is given, grey for words alone."""

    def play(request: Request, known: Known) -> Frames:
        return np.broadcast_to(_mean_colour(known), _shape(request)).copy()

    return Control("blank", play)


def noise() -> Control:
    """Uniform noise, drawn from the seed of the request."""

    def play(request: Request, known: Known) -> Frames:
        return _generator(request, stream=1).integers(0, 256, _shape(request), dtype=np.uint8)

    return Control("noise", play)


def loop() -> Control:
    """What is given, over and over."""
    return Control("loop", lambda request, known: known[np.arange(request.num_frames) % len(known)])


def reverse() -> Control:
    """What is given, played back and forth."""

    def play(request: Request, known: Known) -> Frames:
        last = len(known) - 1
        phase = np.arange(request.num_frames) % max(2 * last, 1)
        frames: Frames = known[last - np.abs(last - phase)]
        return frames

    return Control("reverse", play)


def shuffle() -> Control:
    """The given frames in random order, from the seed of the request."""

    def play(request: Request, known: Known) -> Frames:
        rng = _generator(request, stream=2)
        rounds = -(-request.num_frames // len(known))
        order = np.concatenate([rng.permutation(len(known)) for _ in range(rounds)])
        frames: Frames = known[order[: request.num_frames]]
        return frames

    return Control("shuffle", play)


def pan(widths_per_s: float = 0.3) -> Control:
    """The latest given frame, slid sideways at constant speed; motion without a world."""

    def play(request: Request, known: Known) -> Frames:
        height, width = request.size
        shifts = widths_per_s * width * elapsed_s(request)
        frames = known[latest(request)]
        rows, columns = np.arange(height, dtype=np.float64), np.arange(width, dtype=np.float64)
        return np.stack(
            [_resample(frame, rows, columns + s) for frame, s in zip(frames, shifts, strict=True)]
        )

    return Control("pan", play, {"widths_per_s": widths_per_s})


def zoom(per_s: float = 0.3) -> Control:
    """The latest given frame, enlarged about its centre at a constant rate."""

    def play(request: Request, known: Known) -> Frames:
        height, width = request.size
        scales = np.exp(-per_s * elapsed_s(request))
        pictures = zip(known[latest(request)], scales, strict=True)
        return np.stack(
            [_resample(picture, _about_centre(height, s), _about_centre(width, s)) for picture, s in pictures]
        )

    return Control("zoom", play, {"per_s": per_s})


def fade() -> Control:
    """The latest given frame, cross-fading to its mean colour by the end of the clip."""

    def play(request: Request, known: Known) -> Frames:
        elapsed = elapsed_s(request)
        weight = (elapsed / max(float(elapsed.max()), 1e-9))[:, None, None, None]
        return to_uint8((1 - weight) * known[latest(request)] + weight * _mean_colour(known))

    return Control("fade", play)


def _shape(request: Request) -> tuple[int, int, int, int]:
    return request.num_frames, *request.size, 3


def _mean_colour(known: Known) -> UInt8[np.ndarray, " 3"]:
    return to_uint8(known.mean(axis=(0, 1, 2)))


def _generator(request: Request, *, stream: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence([stream, request.seed]))


def _about_centre(length: int, scale: float) -> Float64[np.ndarray, " length"]:
    middle = (length - 1) / 2
    return middle + scale * (np.arange(length) - middle)


def _resample(
    frame: Picture, rows: Float64[np.ndarray, " height"], columns: Float64[np.ndarray, " width"]
) -> Picture:
    """The picture at fractional rows and columns: linear in between, edges repeated outside."""
    mixed = _mix_rows(frame.astype(np.float64), rows)
    mixed = _mix_rows(mixed.swapaxes(0, 1), columns).swapaxes(0, 1)
    return to_uint8(mixed)


def _mix_rows(
    picture: Float64[np.ndarray, "rows columns 3"], at: Float64[np.ndarray, " wanted"]
) -> Float64[np.ndarray, "wanted columns 3"]:
    at = np.clip(at, 0, len(picture) - 1)
    below = np.floor(at).astype(int)
    above = np.minimum(below + 1, len(picture) - 1)
    weight = (at - below)[:, None, None]
    mixed: np.ndarray = (1 - weight) * picture[below] + weight * picture[above]
    return mixed
