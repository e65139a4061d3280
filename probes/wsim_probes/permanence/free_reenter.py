"""What leaves the picture across its border and comes back across it, in any video by a still camera.

Axis letters: `time` frames, `height` and `width` pixels, `view` views of one thing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import UInt8

from wsim.contracts import Json, Unmeasurable
from wsim.perception.objects import Blob
from wsim.perception.things import Things, colour_at, things
from wsim.video import Video
from wsim_probes.permanence.plain_sight import is_there

CAME_BACK = "came back"
NONE_RETURNS, SEVERAL, NOT_WHOLE, UNSURE, ANOTHER, NEARER = (
    "nothing leaves and comes back", "several may have come back", "no whole thing in sight",
    "colours hard to tell apart", "another thing may have come in", "back at another distance",
)  # fmt: skip

_LEAST_VIEWS, _MOST_VIEWS = 3, 7  # whole views before it leaves and after it is back
_STEPS_OUT = 1.5  # frames of its motion: what would reach the border by then leaves across it
_LIGHTNESS = np.array([0.5, 1.0, 1.0])  # shade changes lightness, not what a thing is
_SAME_LAB, _OTHER_LAB = 18.0, 28.0
_SAME_SIZE, _OTHER_SIZE = 0.15, 0.25  # log ratio of diameters
_SAME_HEIGHT = 0.3  # diameters: in the picture; what comes back elsewhere may be nearer or farther
_NEAR_EVENT_S = 0.5

_Frames = UInt8[np.ndarray, "time height width 3"]


@dataclass(frozen=True)
class Visit:
    """One stay of a thing in the picture; the borders across which it comes and goes, empty for neither."""

    views: tuple[Blob, ...]
    comes: str
    goes: str


@dataclass(frozen=True)
class Return:
    """A thing that left and one that came in where it had left.

    Attributes:
        before, after: the two stays. verdict: what the later one is to the earlier.
        colour_lab, size_log: how far apart they are.
    """

    before: Visit
    after: Visit
    verdict: str
    colour_lab: float
    size_log: float

    @property
    def margin(self) -> float:
        """1 where nothing differs, 0 and less where colour or size is another."""
        return float(np.clip(1.0 - max(self.colour_lab / _OTHER_LAB, self.size_log / _OTHER_SIZE), -1.0, 1.0))


def returns_of(video: Video, hints: Mapping[str, Json]) -> list[Return] | Unmeasurable:
    """The things that leave and come back, each with what it has become.

    A thing comes back where the only one that is outside went out. In another colour it may be another
    thing: unless a hint says that the same things come back, it is called changed only if it is as large as
    the one that left, and as high in the picture. In another size, only if it is as high: what comes back
    lower or higher may be nearer or farther away.

    Args:
        video: any clip of one shot by a camera that stands still.
        hints: `event_s`, when it leaves; `region`, where; `same_objects`; `masks`.
    """
    found = things(video, hints)
    if isinstance(found, Unmeasurable):
        return found
    visits = _visits(found, video)
    pairs = _pairs(visits)
    if isinstance(pairs, Unmeasurable):
        return pairs
    wanted = [pair for pair in pairs if _is_meant(pair[0], hints, video.fps)]
    compared = [_compared(pair, video.frames, hints.get("same_objects") == "yes") for pair in wanted]
    refused = [said for said in compared if isinstance(said, Unmeasurable)]
    if refused or not compared:
        return refused[0] if refused else Unmeasurable(NONE_RETURNS)
    return [said for said in compared if isinstance(said, Return)]


def _visits(found: Things, video: Video) -> list[Visit]:
    """All stays of all things, in order of time."""
    visits = []
    for thing in found.found:
        if is_there(thing, found, video.frames):
            visits += [_visit(run, video) for run in _runs(thing.blobs) if len(run) >= _LEAST_VIEWS]
    return sorted(visits, key=lambda visit: visit.views[0].frame)


def _runs(blobs: Sequence[Blob]) -> Iterator[list[Blob]]:
    """Views, split where a thing is not seen."""
    run = [blobs[0]]
    for before, after in pairwise(blobs):
        if after.frame > before.frame + 1:
            yield run
            run = []
        run.append(after)
    yield run


def _visit(run: list[Blob], video: Video) -> Visit:
    comes = _border(run[0], run[1], video.size) if run[0].frame > 0 else ""
    goes = _border(run[-1], run[-2], video.size) if run[-1].frame < len(video) - 1 else ""
    return Visit(tuple(run), comes, goes)


def _border(end: Blob, inner: Blob, size: tuple[int, int]) -> str:
    """The border that a thing touches, or crosses by the next frame; empty inside."""
    x, y = _STEPS_OUT * (end.x - inner.x), _STEPS_OUT * (end.y - inner.y)
    reach = {
        "left": end.box[0] + min(x, 0.0),
        "right": size[1] - end.box[2] - max(x, 0.0),
        "top": end.box[1] + min(y, 0.0),
        "bottom": size[0] - end.box[3] - max(y, 0.0),
    }
    nearest = min(reach, key=lambda side: reach[side])
    return nearest if reach[nearest] <= 0.5 else ""


def _pairs(visits: Sequence[Visit]) -> list[tuple[Visit, Visit]] | Unmeasurable:
    """Who comes in where who went out, if that can be told: one at a time at most is outside."""
    events = [(v.views[-1].frame, 0, v.goes, v) for v in visits if v.goes]
    events += [(v.views[0].frame, 1, v.comes, v) for v in visits if v.comes]
    outside: dict[str, Visit] = {}
    pairs: list[tuple[Visit, Visit]] = []
    for _, comes, side, visit in sorted(events, key=lambda event: event[:2]):
        if not comes and side in outside:
            return Unmeasurable(SEVERAL)
        if not comes:
            outside[side] = visit
        elif side in outside:
            pairs.append((outside.pop(side), visit))
        elif any(side == before.goes for before, _ in pairs):
            return Unmeasurable(SEVERAL)
    return pairs


def _is_meant(before: Visit, hints: Mapping[str, Json], fps: float) -> bool:
    """Whether a thing leaves when and where the hints say."""
    event, region, last = hints.get("event_s"), hints.get("region"), before.views[-1]
    if isinstance(event, int | float) and abs(last.frame / fps - event) > _NEAR_EVENT_S:
        return False
    if not isinstance(region, list):
        return True
    x, y, width, height = (float(part) for part in region if isinstance(part, int | float))
    across = last.box[0] < x + width and x < last.box[2]
    return across and last.box[1] < y + height and y < last.box[3]


def _compared(pair: tuple[Visit, Visit], frames: _Frames, same: bool) -> Return | Unmeasurable:
    """What came in, against what went out."""
    whole = [[view for view in visit.views if not view.at_border] for visit in pair]
    before, after = whole[0][-_MOST_VIEWS:], whole[1][:_MOST_VIEWS]
    if min(len(before), len(after)) < _LEAST_VIEWS:
        return Unmeasurable(NOT_WHOLE)
    colour = float(np.linalg.norm(_colour(before, frames) - _colour(after, frames)))
    size = abs(_size(before) - _size(after))
    if _SAME_LAB < colour < _OTHER_LAB:
        return Unmeasurable(UNSURE)
    other, larger, level = colour >= _OTHER_LAB, size >= _OTHER_SIZE, _same_height(before, after)
    if other and not same and not (level and size <= _SAME_SIZE):
        return Unmeasurable(ANOTHER)
    if not other and size > _SAME_SIZE and not (larger and level):
        return Unmeasurable(NEARER)
    verdict = "another colour" if other else "another size" if larger else CAME_BACK
    return Return(*pair, verdict, colour, size)


def _colour(views: Sequence[Blob], frames: _Frames) -> np.ndarray:
    return np.asarray(np.median([colour_at(frames, view) for view in views], axis=0) * _LIGHTNESS)


def _size(views: Sequence[Blob]) -> float:
    """Log diameter."""
    return float(0.5 * np.log(np.median([view.area_px for view in views])))


def _same_height(before: Sequence[Blob], after: Sequence[Blob]) -> bool:
    """Whether its middle or its foot is as high in the picture as it was, or nearly so."""
    reach = _SAME_HEIGHT * float(np.exp(min(_size(before), _size(after)))) * 2.0 / np.sqrt(np.pi)
    middles = [np.median([view.y for view in views]) for views in (before, after)]
    feet = [np.median([view.box[3] for view in views]) for views in (before, after)]
    return bool(min(abs(middles[0] - middles[1]), abs(feet[0] - feet[1])) <= reach)
