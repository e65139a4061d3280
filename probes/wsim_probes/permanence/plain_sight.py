"""Beginnings and ends of things in full view: those that nothing explains, and those that something may."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import UInt8

from wsim.contracts import Box
from wsim.perception.colour import lab
from wsim.perception.identities import Identity, unexplained_ends
from wsim.perception.objects import Blob
from wsim.perception.things import Things, diameter, gap, stands_out

_CHANGED_LAB = 9.0  # median over a thing's box, from one frame to the next, when it comes or goes at once
_LONGEST_STEP = 0.7  # diameters a frame: what is faster may hide behind an edge between two frames
_NEAR = 0.35  # diameters: things so near may be in front of one another


@dataclass(frozen=True)
class End:
    """Something that happens to a thing, at the frame at which it is noticed."""

    frame: int
    kind: str
    thing: Identity
    blob: Blob

    @property
    def box(self) -> Box:
        """To draw over the clip."""
        x0, y0, x1, y1 = self.blob.box
        return Box(self.blob.frame, float(x0), float(y0), float(x1), float(y1), self.kind)


def sudden_ends(found: Things, frames: UInt8[np.ndarray, "time height width 3"]) -> list[End]:
    """Where things begin or stop being seen at once, neither at the border nor shrinking behind something."""
    births, deaths = unexplained_ends(found.found, len(frames))
    ends = [End(frame, "appears", thing, seen(thing, frame)) for frame, thing in births]
    ends += [End(frame, "disappears", thing, seen(thing, frame - 1)) for frame, thing in deaths]
    return [end for end in ends if _at_once(end, frames)]


def seen(thing: Identity, frame: int) -> Blob:
    """Its blob in a frame in which it is seen."""
    return next(blob for blob in thing.blobs if blob.frame == frame)


def is_there(thing: Identity, found: Things, frames: UInt8[np.ndarray, "time height width 3"]) -> bool:
    """Whether a thing is what stands out, and not the bare place where another rested for long."""
    if found.background is None:
        return True
    some = thing.blobs[:: 1 + len(thing.blobs) // 9]
    return 2 * sum(stands_out(blob, frames[blob.frame], found.background) for blob in some) > len(some)


def _at_once(end: End, frames: UInt8[np.ndarray, "time height width 3"]) -> bool:
    """Whether the picture changes there, from the frame before to the frame of the event."""
    x0, y0, x1, y1 = end.blob.box
    before, after = lab(frames[[end.frame - 1, end.frame], y0:y1, x0:x1])
    return float(np.median(np.linalg.norm(after - before, axis=-1))) > _CHANGED_LAB


def excused(end: End, found: Things) -> bool:
    """Another thing is beside it, it is too fast to be judged, or was seen too briefly to be a thing."""
    run = [blob for blob in end.thing.blobs if abs(blob.frame - end.blob.frame) <= 3]
    if len(run) < 3 or _step(run) > _LONGEST_STEP * diameter(end.thing):
        return True
    reach = _NEAR * diameter(end.thing)
    around = [*found.blobs[end.frame - 1], *found.blobs[end.frame]]
    return any(other is not end.blob and gap(end.blob, other) < reach for other in around)


def _step(run: list[Blob]) -> float:
    """The fastest of some neighbouring steps, pixels a frame."""
    return max(float(np.hypot(b.x - a.x, b.y - a.y)) / (b.frame - a.frame) for a, b in pairwise(run))
