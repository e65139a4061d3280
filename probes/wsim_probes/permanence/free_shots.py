"""Whether the things of one shot are seen again in the others, in any video of which that is said.

Axis letters: `time` frames, `height` and `width` pixels.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, UInt8

from wsim.contracts import Json, Unmeasurable
from wsim.perception.colour import lab, match_exposure
from wsim.perception.cuts import cuts
from wsim.perception.soft import soften
from wsim.perception.vivid import Vivid, vivid_things
from wsim.perception.watching import unwatchable
from wsim.video import Video

SAME, ANOTHER, MISSING, MORE = "the same", "another one", "one is missing", "one too many"
NO_CUT, UNTOLD, PLAIN, OUT, ELSEWHERE, UNSURE = (
    "no cut", "no same_objects given", "nothing stands out", "something is out of sight",
    "things stand elsewhere", "colours hard to tell apart",
)  # fmt: skip

_FEWEST_FRAMES, _LOOKS = 4, 3  # of a shot; how many are looked at
_MOST_THINGS = 6
_CLEAR = 0.008  # of the picture: what is smaller may be a part, and is not asked for
_SAME_DEG, _OTHER_DEG = 10.0, 20.0  # of hue
_SAME_VIEW_LAB, _SAME_VIEW = 10.0, 0.75  # of the ground: so much of it is as it was
_COVERED = 0.5  # of where a thing was: what is bare there is seen to be bare
_STANDS, _IN_PLACE = 0.8, 0.8  # overlap of a thing with itself: within a shot, and from shot to shot


@dataclass(frozen=True)
class Shot:
    """One shot: its first frame, the frames that were looked at, and what stands out in them."""

    first: int
    frames: UInt8[np.ndarray, "time height width 3"]
    things: list[Vivid]

    @property
    def vivid(self) -> Bool[np.ndarray, "time height width"]:
        """Where anything stands out."""
        return np.asarray(np.any([thing.masks for thing in self.things], axis=0))


@dataclass(frozen=True)
class Comparison:
    """What a later shot says of the first.

    Attributes:
        verdict: `the same`, a fault, or why it says nothing. fault: whether it is one.
        turn_deg: of the hues that belong together, the largest difference.
        things: those that are missing or new.
        shot: the later one.
    """

    verdict: str
    fault: bool
    turn_deg: float
    things: tuple[Vivid, ...]
    shot: Shot

    @property
    def margin(self) -> float:
        """1 where hues are as they were, -1 where there is a fault."""
        return -1.0 if self.fault else float(np.clip(1.0 - self.turn_deg / _OTHER_DEG, -1.0, 1.0))

    @property
    def largest_lab(self) -> float:
        """How far a colour is from what it was, LAB: its chroma where it is missing or new, else its turn."""
        if self.things:
            return max(thing.chroma for thing in self.things)
        chroma = max(thing.chroma for thing in self.shot.things)
        return float(2.0 * chroma * np.sin(np.deg2rad(self.turn_deg) / 2.0))


def compared_shots(video: Video, hints: Mapping[str, Json]) -> Comparison | Unmeasurable:
    """The first fault that a later shot shows; else what the last one says.

    Args:
        video: any clip of several shots.
        hints: `same_objects`, without which a cut to something else is lawful.
    """
    if (gate := unwatchable(video, one_shot=False, may_stop=True)) is not None:
        return gate
    if hints.get("same_objects") != "yes":
        return Unmeasurable(UNTOLD)
    shots = _shots(video)
    if isinstance(shots, Unmeasurable):
        return shots
    said = [_compared(shots[0], later) for later in shots[1:]]
    worst = next((one for one in said if one.fault), said[-1])
    return worst if worst.fault or worst.verdict == SAME else Unmeasurable(worst.verdict)


def _shots(video: Video) -> list[Shot] | Unmeasurable:
    """All that last, with what stands out in them."""
    bounds = (0, *cuts(video.frames), len(video))
    spans = [(a, b) for a, b in pairwise(bounds) if b - a >= _FEWEST_FRAMES]
    if len(spans) < 2:
        return Unmeasurable(NO_CUT)
    shots = []
    for first, end in spans:
        frames = video.frames[np.unique(np.linspace(first + 1, end - 2, _LOOKS).round().astype(int))]
        things = vivid_things(frames)
        if things is None or not 0 < len(things) <= _MOST_THINGS:
            return Unmeasurable(PLAIN)
        shots.append(Shot(first, frames, things))
    return shots


def _compared(one: Shot, later: Shot) -> Comparison:
    missing, unsure, turned = _without_partner(one.things, later.things)
    new, unsure_too, turned_too = _without_partner(later.things, one.things)
    turn = max(turned, turned_too)

    def said(verdict: str, *things: Vivid, fault: bool = False) -> Comparison:
        return Comparison(verdict, fault, turn, things, later)

    if unsure or unsure_too:
        return said(UNSURE)
    if missing and new:
        return said(ANOTHER, *new, fault=True)
    here = _same_view(one, later)
    if missing or new:
        covered = any(_covered(thing, later) for thing in missing) or any(_covered(t, one) for t in new)
        if not here or covered:
            return said(OUT)
        return said(MISSING if missing else MORE, *missing, *new, fault=True)
    if not any(thing.share >= _CLEAR for thing in one.things):
        return said(PLAIN)
    return said(ELSEWHERE if here and not _in_place(one, later) else SAME)


def _without_partner(mine: list[Vivid], theirs: list[Vivid]) -> tuple[list[Vivid], bool, float]:
    """Those of a hue that the others have not; whether one is in doubt; the largest turn of the rest."""
    lonely, turns = [], [0.0]
    for thing in mine:
        least = min(thing.apart_deg(other) for other in theirs)
        if least <= _OTHER_DEG:
            turns.append(least if thing.share >= _CLEAR else 0.0)
        elif thing.share >= _CLEAR:
            lonely.append(thing)
    return lonely, max(turns) > _SAME_DEG, max(turns)


def _same_view(one: Shot, later: Shot) -> bool:
    """Whether the ground is where it was."""
    frames = (one.frames[-1], later.frames[0])
    ground = np.asarray(~(one.vivid.any(axis=0) | later.vivid.any(axis=0)))
    here, there = (soften(lab(frame), 0.02 * frame.shape[0]) for frame in frames)
    gap = np.linalg.norm(match_exposure(there, here, ground) - here, axis=-1)[ground]
    return bool(len(gap) and float((gap < _SAME_VIEW_LAB).mean()) >= _SAME_VIEW)


def _covered(thing: Vivid, shot: Shot) -> bool:
    """Whether something that stands out in another shot may be in front of where a thing is in its own."""
    place = thing.masks.any(axis=0)
    return bool((shot.vivid.any(axis=0) & place).sum() > _COVERED * place.sum())


def _in_place(one: Shot, later: Shot) -> bool:
    """Whether what stands still in both shots is where it was, as far as nothing else is in front."""
    for thing in one.things:
        other = min(later.things, key=thing.apart_deg)
        if thing.share < _CLEAR or not (_stands(thing) and _stands(other)):
            continue
        mine, yours = thing.masks[-1], other.masks[0]
        free = ~((one.vivid[-1] & ~mine) | (later.vivid[0] & ~yours))
        if _overlap(mine & free, yours & free) < _IN_PLACE:
            return False
    return True


def _stands(thing: Vivid) -> bool:
    return _overlap(thing.masks[0], thing.masks[-1]) >= _STANDS


def _overlap(a: Bool[np.ndarray, "height width"], b: Bool[np.ndarray, "height width"]) -> float:
    """Intersection over union; 1 where neither is."""
    either = int((a | b).sum())
    return float((a & b).sum() / either) if either else 1.0
