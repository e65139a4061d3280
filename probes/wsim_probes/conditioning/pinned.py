"""Frames that are pinned anywhere in a clip, and what is made of them without simulating anything.

Pinned frames cut a clip into stretches that are to be made. The edits here fill them with nothing but given
frames: held, cross-faded, cut, or shifted in time. They are histories that must not happen, and the only
ones here that act on pictures: they stand for a model that edits where it should imagine.

Axis letters: `time` frames of the clip, `height` and `width` pixels.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float32, UInt8
from scipy.ndimage import gaussian_filter

from wsim.contracts import ClipFormat, Context
from wsim.perception.colour import difference, lab, match_exposure
from wsim.video import Video
from wsim.worlds.take import Take

_SOFT = 0.02  # of the height: noise is not a matter of what was given
_Picture = UInt8[np.ndarray, "height width 3"]
_Frames = UInt8[np.ndarray, "time height width 3"]
Mix = tuple[int, int, float]  # one frame, another, and the weight of the other
Edit = Callable[[int, int, int], Mix]  # of the given frame before, the one after, and the frame to make


def pins(take: Take, indices: tuple[int, ...]) -> Context:
    """Frames of a take, pinned where they belong."""
    return Context(take.video.frames[list(indices)], indices)


def made(indices: tuple[int, ...], num_frames: int) -> tuple[int, ...]:
    """The frames that are not given."""
    return tuple(index for index in range(num_frames) if index not in set(indices))


def beside(indices: tuple[int, ...], index: int) -> tuple[int, int]:
    """The given frames before and after a frame; twice the same where there is none on one side."""
    before = [known for known in indices if known < index]
    after = [known for known in indices if known > index]
    return (before or after[:1])[-1], (after or before[-1:])[0]


def edges(indices: tuple[int, ...], num_frames: int) -> tuple[int, ...]:
    """The given frames that something made lies next to, and the first and the last that are given."""
    free = set(made(indices, num_frames))
    bordering = {index for index in indices if {index - 1, index + 1} & free}
    return tuple(sorted(bordering | {indices[0], indices[-1]}))


def _fades(before: int, after: int, index: int) -> Mix:
    return before, after, (index - before) / max(after - before, 1)


EDITS: Mapping[str, Edit] = {
    "holds": lambda before, after, index: (before, before, 0.0),  # then it jumps
    "cuts": lambda before, after, index: (before, after, float(2 * index >= before + after)),
    "cross-fades": _fades,
    "rushes": lambda before, after, index: (min(2 * index - before, after), after, 0.0),  # and then waits
    "turns back": lambda before, after, index: (2 * after - index, after, 0.0),  # what comes next, backwards
}


@dataclass(frozen=True)
class Edited:
    """A truth whose frames between the given ones are edits of them. Implements `contracts.Truth`."""

    take: Take
    indices: tuple[int, ...]
    edit: str

    def __getstate__(self) -> dict[str, object]:
        """What travels to another process, without the pictures."""
        return {"take": self.take, "indices": self.indices, "edit": self.edit}

    @cached_property
    def video(self) -> Video:
        """The pictures."""
        lawful = self.take.video.frames
        frames = lawful.copy()
        for index in made(self.indices, len(lawful)):
            one, other, weight = EDITS[self.edit](*beside(self.indices, index), index)
            one = min(one, len(lawful) - 1)
            frames[index] = ((1.0 - weight) * lawful[one] + weight * lawful[other]).round()
        return Video(frames, self.take.clip.fps)


def ends_kept(take: Take, indices: tuple[int, ...], frames: _Frames, body: str) -> float:
    """How much of the given frames is there where they belong, the worst of them: 1 as given, 0 nothing.

    1 - d(shown, given) / d(one colour, given), d being the mean Huber distance in LAB, over the whole picture
    and over the body that moves; the lesser. Converters of frame rates may show a frame later.
    """
    number = [one.name for one in take.scene.bodies].index(body)
    kept = []
    for index in edges(indices, len(frames)):
        near = {max(index - 1, 0), index}
        kept.append(max(_kept(frames[index], take, look, number) for look in near))
    return min(kept)


def _kept(shown: _Picture, take: Take, index: int, number: int) -> float:
    there = _soft(take.video.frames[index])
    everywhere = np.ones(there.shape[:2], dtype=bool)
    here = match_exposure(_soft(shown), there, everywhere)
    flat = np.broadcast_to(there.mean(axis=(0, 1)), there.shape).astype(np.float32)
    gap, plain = difference(here, there), difference(flat, there)
    shares = [
        1.0 - float(gap[where].mean()) / max(float(plain[where].mean()), 1e-6)
        for where in (everywhere, take.film.render.ids[index] == number)
        if where.any()
    ]
    return max(0.0, min(shares))


def _soft(picture: _Picture) -> Float32[np.ndarray, "height width 3"]:
    sigma = _SOFT * len(picture)
    return np.asarray(gaussian_filter(lab(picture), (sigma, sigma, 0.0)), dtype=np.float32)


def gap_s(indices: tuple[int, ...], clip: ClipFormat) -> tuple[float, float]:
    """When the longest stretch that is to be made begins and ends: half a frame before and after it."""
    free = made(indices, clip.num_frames)
    runs = np.split(np.array(free), np.flatnonzero(np.diff(free) > 1) + 1)
    longest = max(runs, key=len)
    return max(float(longest[0]) - 0.5, 0.0) / clip.fps, (float(longest[-1]) + 0.5) / clip.fps
