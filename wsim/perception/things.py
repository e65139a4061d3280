"""The things of a video of unknown origin, followed: from masks that come with it, else from what moves.

Axis letters: `time` frames, `height` and `width` pixels, `sample` frames in which a thing is seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float64, UInt8

from wsim.contracts import Json, Trail, Unmeasurable
from wsim.errors import WsimError
from wsim.perception.colour import lab
from wsim.perception.external import read_masks
from wsim.perception.identities import Identity, identities
from wsim.perception.movers import find_movers
from wsim.perception.objects import Blob
from wsim.perception.watching import unwatchable
from wsim.video import Video

_LASTS = 4  # frames: what is seen for less is noise, or the rag of a mask
_LARGEST_CLUTTER = 0.35  # of all blobs, in identities that do not last
_CORE = 0.7  # of the sides of the box: its rim holds background and codec ringing
_BESIDE = 0.2  # diameters: masks of things so near run into one another
_SAME_ASPECT = 0.25  # log ratio of the sides of its box

NOTHING, NO_BACKGROUND, CAMERA, CLUTTER, MISFIT = (
    "nothing moves", "no background", "camera moves", "too cluttered", "masks do not fit the clip",
)  # fmt: skip


@dataclass(frozen=True)
class Things:
    """What lasts, in the order in which it was first seen.

    Attributes:
        found: identities that are seen in several frames.
        blobs: everything that was seen in each frame, fragments included.
        background: what things depart from; None where masks were given.
    """

    found: tuple[Identity, ...]
    blobs: Sequence[Sequence[Blob]]
    background: UInt8[np.ndarray, "height width 3"] | None

    @property
    def given(self) -> bool:
        """Whether the things come from masks."""
        return self.background is None

    @property
    def moving(self) -> tuple[Identity, ...]:
        """Those that go somewhere: by half their own size at least."""
        return tuple(thing for thing in self.found if travelled(thing) >= 0.5 * diameter(thing))


def things(video: Video, hints: Mapping[str, Json]) -> Things | Unmeasurable:
    """Find and follow the things of a clip of one shot, filmed by a camera that stands still.

    Args:
        video: any clip.
        hints: `masks`, the path of an npz file of masks (`wsim.perception.external`).
    """
    if (gate := unwatchable(video)) is not None:
        return gate
    path = hints.get("masks")
    if isinstance(path, str):
        return _from_masks(Path(path), video)
    movers = find_movers(video.frames)
    if movers is None:
        return Unmeasurable(NO_BACKGROUND)
    if movers.camera_moved:
        return Unmeasurable(CAMERA)
    return _lasting(movers.blobs, movers.background)


def _from_masks(path: Path, video: Video) -> Things | Unmeasurable:
    try:
        return _lasting(read_masks(path, len(video), video.size), None)
    except WsimError:
        return Unmeasurable(MISFIT)


def _lasting(
    blobs: Sequence[Sequence[Blob]], background: UInt8[np.ndarray, "height width 3"] | None
) -> Things | Unmeasurable:
    every = identities(blobs)
    lasting = tuple(thing for thing in every if len(thing.blobs) >= _LASTS)
    count = sum(len(here) for here in blobs)
    if not lasting:
        return Unmeasurable(NOTHING)
    if sum(len(thing.blobs) for thing in lasting) < (1.0 - _LARGEST_CLUTTER) * count:
        return Unmeasurable(CLUTTER)
    return Things(lasting, blobs, background)


def diameter(thing: Identity) -> float:
    """Of a disc of its usual area, pixels."""
    return float(2.0 * np.sqrt(thing.usual_area_px / np.pi))


def travelled(thing: Identity) -> float:
    """Diagonal of the box around its path, pixels."""
    return float(np.hypot(*np.ptp([(blob.x, blob.y) for blob in thing.blobs], axis=0)))


def in_plain_sight(
    thing: Identity, found: Things, frames: UInt8[np.ndarray, "time height width 3"]
) -> list[Blob]:
    """Its views that show all of it and nothing else.

    Inside the picture, no other thing beside it, its box of the usual proportions (or something hides a
    part), and itself what stands out there: where a thing rested for long, it is part of the background,
    and what departs from that is the bare place that it left.
    """
    reach = _BESIDE * diameter(thing)
    free = [
        blob
        for blob in thing.blobs
        if not blob.at_border
        and all(other is blob or gap(blob, other) >= reach for other in found.blobs[blob.frame])
        and (found.background is None or stands_out(blob, frames[blob.frame], found.background))
    ]
    if not free:
        return []
    aspects = np.log([(b.box[2] - b.box[0]) / (b.box[3] - b.box[1]) for b in free])
    usual = float(np.median(aspects))
    return [b for b, aspect in zip(free, aspects, strict=True) if abs(aspect - usual) < _SAME_ASPECT]


def gap(a: Blob, b: Blob) -> float:
    """Between two boxes, pixels; 0 where they touch."""
    across = max(a.box[0] - b.box[2], b.box[0] - a.box[2], 0)
    down = max(a.box[1] - b.box[3], b.box[1] - a.box[3], 0)
    return float(np.hypot(across, down))


def stands_out(
    blob: Blob, frame: UInt8[np.ndarray, "height width 3"], background: UInt8[np.ndarray, "height width 3"]
) -> bool:
    """Whether there is more contrast with the surroundings in the frame than in the background."""
    x0, y0, x1, y1 = blob.box
    rim = max(2, round(0.25 * max(x1 - x0, y1 - y0)))
    top, left = max(y0 - rim, 0), max(x0 - rim, 0)
    rows, columns = slice(top, y1 + rim), slice(left, x1 + rim)
    inside = np.zeros(frame[rows, columns].shape[:2], dtype=bool)
    inside[y0 - top : y1 - top, x0 - left : x1 - left] = True
    contrasts = []
    for picture in (frame, background):
        here = lab(picture[rows, columns])
        contrasts.append(
            float(np.linalg.norm(np.median(here[inside], axis=0) - np.median(here[~inside], axis=0)))
        )
    return contrasts[0] > contrasts[1]


def colour_at(frames: UInt8[np.ndarray, "time height width 3"], blob: Blob) -> Float64[np.ndarray, "3"]:
    """Mean LAB of the middle of a blob: of a pattern that turns, the mean changes least."""
    x0, y0, x1, y1 = blob.box
    half_x, half_y = max(0.5, _CORE * (x1 - x0) / 2), max(0.5, _CORE * (y1 - y0) / 2)
    rows = slice(max(int(blob.y - half_y + 0.5), 0), int(blob.y + half_y + 0.5) + 1)
    columns = slice(max(int(blob.x - half_x + 0.5), 0), int(blob.x + half_x + 0.5) + 1)
    middle = lab(frames[blob.frame, rows, columns]).reshape(-1, 3)
    return np.asarray(np.mean(middle, axis=0), dtype=np.float64)


def trail_of(thing: Identity, label: str) -> Trail:
    """Its path, to draw over the clip."""
    points = tuple((float(blob.x), float(blob.y)) for blob in thing.blobs)
    return Trail(thing.frames, points, label)
