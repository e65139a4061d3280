"""Who is who from frame to frame: blobs of known colours, joined into identities.

Blobs are joined frame by frame, the cheapest way overall (Kuhn 1955), by how far each lies from where a
steady motion would put it. Colour decides first: only what finds no partner of its own colour
may go on as a thing that changed colour in plain sight. An identity that is lost goes on waiting, so a
thing that comes out from behind another keeps its name.

Axis letters: `track` identities, `blob` blobs of one frame.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from jaxtyping import Float64
from scipy.optimize import linear_sum_assignment

from wsim.perception.objects import Blob

_STEP_RADII = 1.5  # a thing may leave its prediction by so many of its radii a frame
_LARGEST_GROWTH = 4.0  # of the gate, however long a thing has been away
_NO_MATCH = 1e6
_STEADY = 3  # frames over which a velocity is taken
_WHOLE = 0.7  # of its usual area: a thing that is smaller is partly hidden


@dataclass
class Identity:
    """One thing over time, in order of frames; frames in which it is not seen are missing."""

    number: int
    blobs: list[Blob] = field(default_factory=list)

    @property
    def colour(self) -> str:
        """The colour it has most of the time (the earlier on a tie)."""
        return Counter(blob.colour for blob in self.blobs).most_common(1)[0][0]

    @property
    def frames(self) -> tuple[int, ...]:
        """The frames in which it is seen."""
        return tuple(blob.frame for blob in self.blobs)

    @property
    def usual_area_px(self) -> float:
        """The area it has when nothing hides it: the upper quartile."""
        return float(np.quantile([blob.area_px for blob in self.blobs], 0.75))

    def at(self, frame: int) -> Blob | None:
        """Its blob in a frame."""
        return next((blob for blob in self.blobs if blob.frame == frame), None)

    def predicted(self, frame: int) -> Float64[np.ndarray, "2"]:
        """Where it would be if it went on as it did: constant velocity over its last frames."""
        recent = self.blobs[-_STEADY - 1 :]
        last = np.array([recent[-1].x, recent[-1].y])
        span = recent[-1].frame - recent[0].frame
        if span == 0:
            return last
        velocity = (last - [recent[0].x, recent[0].y]) / span
        moved: np.ndarray = last + velocity * (frame - recent[-1].frame)
        return moved


def identities(blobs: Sequence[Sequence[Blob]], *, longest_gap: int | None = None) -> list[Identity]:
    """Join the blobs of a clip.

    Args:
        blobs: of every frame, as `find_objects` gives them.
        longest_gap: frames after which a thing that is not seen is given up; by default never.

    Returns:
        Identities in the order in which they were first seen, numbered from 0.
    """
    known: list[Identity] = []
    for frame, here in enumerate(blobs):
        waiting = [k for k in known if longest_gap is None or frame - k.blobs[-1].frame <= longest_gap + 1]
        left = list(here)
        for same_colour in (True, False):
            pairs = _assign(waiting, left, frame, same_colour)
            for identity, blob in pairs:
                identity.blobs.append(blob)
            taken, joined = {id(blob) for _, blob in pairs}, {id(identity) for identity, _ in pairs}
            left = [blob for blob in left if id(blob) not in taken]
            waiting = [identity for identity in waiting if id(identity) not in joined]
        for blob in left:
            known.append(Identity(len(known), [blob]))
    return known


def _assign(
    waiting: Sequence[Identity], blobs: Sequence[Blob], frame: int, same_colour: bool
) -> list[tuple[Identity, Blob]]:
    if not waiting or not blobs:
        return []
    cost = np.full((len(waiting), len(blobs)), _NO_MATCH)
    for row, identity in enumerate(waiting):
        gap = frame - identity.blobs[-1].frame
        if not same_colour and gap > 1:
            continue  # what comes back in another colour is another thing
        place = identity.predicted(frame)
        radius = max(np.sqrt(identity.usual_area_px / np.pi), 2.0)
        gate = _STEP_RADII * radius * min(float(gap), _LARGEST_GROWTH)
        for column, blob in enumerate(blobs):
            away = float(np.hypot(blob.x - place[0], blob.y - place[1]))
            stays = float(np.hypot(blob.x - identity.blobs[-1].x, blob.y - identity.blobs[-1].y))
            away = min(away, stays)
            if (blob.colour == identity.blobs[-1].colour) == same_colour and away <= gate:
                cost[row, column] = away / gate
    _claim_the_last_of_a_colour(cost, waiting, blobs, same_colour)
    rows, columns = linear_sum_assignment(cost)
    return [
        (waiting[row], blobs[column])
        for row, column in zip(rows, columns, strict=True)
        if cost[row, column] < _NO_MATCH
    ]


def _claim_the_last_of_a_colour(
    cost: Float64[np.ndarray, "track blob"],
    waiting: Sequence[Identity],
    blobs: Sequence[Blob],
    same_colour: bool,
) -> None:
    """The only blob of a colour is the only thing of that colour, wherever it comes out."""
    if not same_colour:
        return
    things = Counter(identity.blobs[-1].colour for identity in waiting)
    seen = Counter(blob.colour for blob in blobs)
    for row, identity in enumerate(waiting):
        colour = identity.blobs[-1].colour
        if things[colour] == seen[colour] == 1:
            column = next(i for i, blob in enumerate(blobs) if blob.colour == colour)
            cost[row, column] = min(cost[row, column], 2.0)


def partly_hidden(identity: Identity, blob: Blob) -> bool:
    """Whether a blob shows its thing cut by the edge of the picture or by something before it."""
    return blob.at_border or blob.area_px < _WHOLE * identity.usual_area_px


def unexplained_ends(
    found: Sequence[Identity], frames: int
) -> tuple[list[tuple[int, Identity]], list[tuple[int, Identity]]]:
    """Things that begin or stop being seen in full view: neither at the edge nor shrinking behind something.

    Returns:
        Births and deaths as (frame, identity). Gaps inside an identity count like its ends.
    """
    births, deaths = [], []
    for identity in found:
        runs = _runs(identity)
        for run in runs:
            if run[0].frame > 0 and not partly_hidden(identity, run[0]):
                births.append((run[0].frame, identity))
            if run[-1].frame < frames - 1 and not partly_hidden(identity, run[-1]):
                deaths.append((run[-1].frame + 1, identity))
    return births, deaths


def _runs(identity: Identity) -> list[list[Blob]]:
    """Its blobs, split where it is not seen."""
    runs = [[identity.blobs[0]]]
    for before, after in pairwise(identity.blobs):
        if after.frame > before.frame + 1:
            runs.append([])
        runs[-1].append(after)
    return runs
