"""A birth-death ledger of the things in any video: who is there, who comes, who goes, does it balance?

Axis letters: `time` frames, `height` and `width` pixels.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float64, UInt8
from scipy.optimize import linear_sum_assignment

from wsim.contracts import Json, Unmeasurable
from wsim.perception.identities import Identity
from wsim.perception.objects import Blob
from wsim.perception.things import CLUTTER, NOTHING, Things, colour_at, things
from wsim.video import Video
from wsim_probes.permanence.plain_sight import End, excused, is_there, sudden_ends

BALANCED = "all accounted for"
TOGETHER, TOO_MANY, HIDDEN, LEFT, NOT_ALL, UNSURE = (
    "things run together", "too many to count", "something stays hidden", "something leaves the picture",
    "not all of them are seen", "colours hard to tell apart",
)  # fmt: skip

_MOST = 8  # at once: what more things do cannot be followed
_FRAGMENT = 0.3  # of the usual area of a thing: what is smaller is part of one, or its reflection
_MERGED = 1.4  # times its usual area
_WINDOW = 0.15  # of the clip: its beginning and its end
_LIGHTNESS = np.array([0.5, 1.0, 1.0])  # shade changes lightness, not what a thing is
_SAME_LAB, _OTHER_LAB = 18.0, 28.0

_Frames = UInt8[np.ndarray, "time height width 3"]


@dataclass(frozen=True)
class Ledger:
    """What is wrong with the number of things, if anything.

    Attributes:
        verdict: `all accounted for`, or the fault. faults: where it is seen.
        first, last: how many are seen at the beginning and at the end.
        drift_lab: how far colours at the end are from those at the beginning, at most.
    """

    verdict: str
    faults: tuple[End, ...]
    first: int
    last: int
    drift_lab: float


def ledger_of(video: Video, hints: Mapping[str, Json]) -> tuple[Things, Ledger] | Unmeasurable:
    """Keep the books of a clip of one shot by a camera that stands still.

    A thing that begins or stops being seen at once, in full view, is a fault. What goes behind something is
    carried forward until one of its colour comes out; while the books are open nothing is said, unless a
    hint says how many there are.

    Args:
        video: any clip.
        hints: `objects`, how many things are in sight at the beginning and again at the end; `masks`.
    """
    found = things(video, hints)
    if isinstance(found, Unmeasurable):
        return found
    found = replace(found, found=tuple(t for t in found.found if is_there(t, found, video.frames)))
    if (reason := _cannot_count(found)) is not None:
        return Unmeasurable(reason)
    ends = sudden_ends(found, video.frames)
    faults = tuple(end for end in ends if not excused(end, found))
    if len(faults) < len(ends):
        return Unmeasurable(TOGETHER)
    first, last = _sides(found)
    due = hints.get("objects")
    if faults:
        said: Ledger | Unmeasurable = Ledger(faults[0].kind, faults, len(first), len(last), 0.0)
    elif isinstance(due, int):
        said = _checked(found, video.frames, due)
    else:
        said = _balanced(found)
    return said if isinstance(said, Unmeasurable) else (found, said)


def _cannot_count(found: Things) -> str | None:
    """Why things cannot be told from one another."""
    if not found.found:
        return NOTHING
    if max(Counter(frame for thing in found.found for frame in thing.frames).values()) > _MOST:
        return TOO_MANY
    areas = [thing.usual_area_px for thing in found.found]
    return CLUTTER if min(areas) < _FRAGMENT * float(np.median(areas)) else None


def _sides(found: Things) -> tuple[list[Identity], list[Identity]]:
    """The things that are seen in half of the first frames or more, and of the last."""
    total = len(found.blobs)
    width = max(3, round(_WINDOW * total))
    first, last = (
        [thing for thing in found.found if 2 * sum(frame in span for frame in thing.frames) >= width]
        for span in (range(width), range(total - width, total))
    )
    return first, last


def _balanced(found: Things) -> Ledger | Unmeasurable:
    """The ledger of things that nobody has counted: none has come or gone in plain sight."""
    end = len(found.blobs) - 1
    went = Counter(t.colour for t in found.found if t.blobs[-1].frame < end and not t.blobs[-1].at_border)
    came = Counter(t.colour for t in found.found if t.blobs[0].frame > 0 and not t.blobs[0].at_border)
    if went != came:
        return Unmeasurable(HIDDEN)
    if _swollen(found):
        return Unmeasurable(TOGETHER)
    first, last = _sides(found)
    return Ledger(BALANCED, (), len(first), len(last), 0.0)


def _checked(found: Things, frames: _Frames, due: int) -> Ledger | Unmeasurable:
    """The ledger of things whose number is known."""
    first, last = _sides(found)
    ends = ((first, 0), (last, len(frames) - 1))
    if many := [_noticed(side[-1], frame, "too many") for side, frame in ends if len(side) > due]:
        return Ledger("too many", tuple(many), len(first), len(last), 0.0)
    if len(first) < due:
        return Unmeasurable(NOT_ALL)
    if _swollen(found):
        return Unmeasurable(TOGETHER)
    if len(last) == due:
        return _same_ones(first, last, frames)
    gone = [thing for thing in first if thing not in last]
    if any(thing.blobs[-1].at_border for thing in gone):
        return Unmeasurable(LEFT)
    missing = tuple(_noticed(thing, len(frames) - 1, "is missing") for thing in gone)
    return Ledger("too few", missing, len(first), len(last), 0.0)


def _swollen(found: Things) -> bool:
    """Whether larger things come out of hiding than went in: two that touch are one to the finder."""
    for colour in {thing.colour for thing in found.found}:
        alike = [thing for thing in found.found if thing.colour == colour]
        if len({frame for thing in alike for frame in thing.frames}) == len(found.blobs):
            continue  # it was never out of sight
        views = [blob for thing in alike for blob in thing.blobs if not blob.at_border]
        views.sort(key=lambda blob: blob.frame)
        early = [blob.area_px for blob in views if 2 * blob.frame < len(found.blobs)]
        late = [blob.area_px for blob in views[-5:]]
        if early and float(np.median(late)) > _MERGED * float(np.quantile(early, 0.75)):
            return True
    return False


def _same_ones(first: Sequence[Identity], last: Sequence[Identity], frames: _Frames) -> Ledger | Unmeasurable:
    """Whether those that were out of sight have the colours that they had, whoever is who."""
    went, came = ([t for t in side if len(t.blobs) < len(frames)] for side in (first, last))
    if len(went) != len(came):
        return Unmeasurable(TOGETHER)
    if not came:
        return Ledger(BALANCED, (), len(first), len(last), 0.0)
    before = np.stack([_colour(thing.blobs[:5], frames) for thing in went])
    after = np.stack([_colour(thing.blobs[-5:], frames) for thing in came])
    apart = np.linalg.norm(before[:, None] - after[None], axis=-1)
    rows, columns = linear_sum_assignment(apart)
    grown = [_late_area(came[b]) / _early_area(went[a]) for a, b in zip(rows, columns, strict=True)]
    if max(grown) > _MERGED:
        return Unmeasurable(TOGETHER)
    worst = int(np.argmax(apart[rows, columns]))
    drift = float(apart[rows, columns][worst])
    if _SAME_LAB < drift < _OTHER_LAB:
        return Unmeasurable(UNSURE)
    if drift <= _SAME_LAB:
        return Ledger(BALANCED, (), len(first), len(last), drift)
    other = _noticed(came[columns[worst]], len(frames) - 1, "is another one")
    return Ledger("another one", (other,), len(first), len(last), drift)


def _early_area(thing: Identity) -> float:
    return float(np.median([blob.area_px for blob in thing.blobs[:5]]))


def _late_area(thing: Identity) -> float:
    return float(np.median([blob.area_px for blob in thing.blobs[-5:]]))


def _colour(views: Sequence[Blob], frames: _Frames) -> Float64[np.ndarray, "3"]:
    return np.asarray(np.median([colour_at(frames, view) for view in views], axis=0) * _LIGHTNESS)


def _noticed(thing: Identity, frame: int, kind: str) -> End:
    return End(frame, kind, thing, min(thing.blobs, key=lambda blob: abs(blob.frame - frame)))
