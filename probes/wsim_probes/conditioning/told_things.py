"""How much of what a caption says of coloured things a clip shows.

Every fact is looked for in the picture itself, by a finder of palette colours. Things are told apart by
their colours alone: relations between two things of one colour are not read.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from wsim.perception.objects import Blob
from wsim.worlds.captions import Kind, swapped
from wsim.worlds.palette import PALETTE
from wsim.worlds.scene import RelationKind, Story, Thing

_CRUMB = 0.35  # of the largest thing of its colour: what is smaller is a part of one
_FRINGE = 0.25  # of the largest thing of all
_SEAM = 1.05  # area, of the box: of a thing 0.98 at the most, of a strip between two at least 1.1
_THIN = 0.5  # of the side of the largest thing, were it square
_UNLIKE = 1.6  # things of one colour differ by less in area
_SLANT = 0.5  # what is left of a thing may also stand a row behind it
_KINDS: tuple[Kind, ...] = ("colour", "number", "relation")
_ACROSS: Mapping[RelationKind, tuple[int, int]] = {
    "left of": (-1, 0),
    "right of": (1, 0),
    "in front of": (0, 1),
    "behind": (0, -1),
    "on": (0, -1),
    "under": (0, 1),
}  # (right, down) in the picture


@dataclass(frozen=True)
class Shown:
    """Shares of the facts of a story that a clip shows, by kind.

    `everything` is the share of its frames that show them all.
    """

    everything: float
    colour: float
    number: float
    relation: float

    @property
    def mean(self) -> float:
        """Of the three kinds."""
        return float(np.mean([self.colour, self.number, self.relation]))


def coloured_things(story: Story) -> list[Thing]:
    """What the finder can find."""
    return [thing for thing in story.things if thing.colour in PALETTE]


def shown_of(story: Story, seen: Sequence[Sequence[Blob]]) -> Shown:
    """Read blobs, frame by frame, against a story with a coloured thing in it."""
    rows = np.array([_in_frame(story, blobs) for blobs in seen])
    colour, number, relation = (float(share) for share in rows.mean(axis=0))
    return Shown(float((rows == 1.0).all(axis=1).mean()), colour, number, relation)


def over_wrong(story: Story, seen: Sequence[Sequence[Blob]]) -> float:
    """What is shown of a story beyond what is shown of stories that are wrong in one fact, -1..1."""
    rng = np.random.default_rng(0)
    wrong = [other for kind in _KINDS if (other := swapped(story, kind, rng)) is not None]
    chance = [shown_of(other, seen).mean for other in wrong]
    return shown_of(story, seen).mean - float(np.mean(chance)) if chance else 0.0


def counted(story: Story, blobs: Sequence[Blob]) -> Counter[str]:
    """Things of every colour in a frame, without what two of them mix where they meet.

    Blur and codecs mix orange between red and yellow. Such a strip is as coloured beyond its sides as between
    them, so what it covers, a pixel around it included, is more than its box; a thing ends at its sides. And
    it is thin. A strip in a colour that a story tells stays: it may be all that is seen of a thing behind
    another.
    """
    told, whole = _due(story), _whole(blobs)
    return Counter(b.colour for b in whole if b.colour in told or not _seam(b, whole[0].area_px))


def miscounted(story: Story, seen: Sequence[Sequence[Blob]], colour: str) -> float:
    """Share of the frames in which there are not as many things of a colour as a story says."""
    return float(np.mean([counted(story, blobs)[colour] != _due(story)[colour] for blobs in seen]))


def without(
    colours: Collection[str], story: Story, seen: Sequence[Sequence[Blob]]
) -> tuple[Story, list[list[Blob]]]:
    """A story and what was found, but for things of some colours."""
    things = tuple(thing for thing in story.things if thing.colour not in colours)
    rest = [[blob for blob in blobs if blob.colour not in colours] for blobs in seen]
    return replace(story, things=things), rest


def run_together(blobs: Sequence[Blob]) -> bool:
    """Whether some blob is two things of one colour, or half a thing: it is unlike others of its colour."""
    areas: dict[str, list[float]] = defaultdict(list)
    for blob in _whole(blobs):
        areas[blob.colour].append(blob.area_px)
    return any(max(mine) > _UNLIKE * min(mine) for mine in areas.values())


def _whole(blobs: Sequence[Blob]) -> list[Blob]:
    """Without the crumbs that codecs tear off things, and most of what they mix where two meet."""
    largest = _largest(blobs)
    whole = [b for b in blobs if b.area_px >= _CRUMB * largest[b.colour].area_px]
    return [b for b in whole if b.area_px >= _FRINGE * blobs[0].area_px]


def _seam(blob: Blob, largest_px: float) -> bool:
    x0, y0, x1, y1 = blob.box
    thin = min(x1 - x0, y1 - y0) <= _THIN * largest_px**0.5
    return thin and blob.area_px > _SEAM * (x1 - x0) * (y1 - y0)


def _in_frame(story: Story, blobs: Sequence[Blob]) -> tuple[float, float, float]:
    """Shares of colours, numbers and relations; colours that nobody asked for count against the first."""
    due, found = _due(story), counted(story, blobs)
    colour = len(set(due) & set(found)) / len(set(due) | set(found))
    number = float(np.mean([found[name] == count for name, count in due.items()]))
    return colour, number, _relations(story, due, blobs)


def _due(story: Story) -> Counter[str]:
    due: Counter[str] = Counter()
    for thing in coloured_things(story):
        due[thing.colour] += thing.count
    return due


def _relations(story: Story, due: Counter[str], blobs: Sequence[Blob]) -> float:
    """Only between things that a colour of their own tells apart; 1 where none is told."""
    alone = {thing.key: thing.colour for thing in coloured_things(story) if due[thing.colour] == 1}
    largest = _largest(blobs)
    holds = [
        _across(largest.get(alone[told.subject]), largest.get(alone[told.object]), told.kind)
        for told in story.relations
        if told.subject in alone and told.object in alone and told.kind in _ACROSS
    ]
    return float(np.mean(holds)) if holds else 1.0


def _largest(blobs: Sequence[Blob]) -> dict[str, Blob]:
    """Of every colour; the blobs of a frame are sorted by size."""
    return {blob.colour: blob for blob in reversed(blobs)}


def _across(subject: Blob | None, object_: Blob | None, kind: RelationKind) -> bool:
    """Whether the distance that counts has the right sign, and is not small beside the other one."""
    if subject is None or object_ is None:
        return False
    right, down = subject.x - object_.x, subject.y - object_.y
    to_the_right, below = _ACROSS[kind]
    along, aside = (right * to_the_right, down) if to_the_right else (down * below, right)
    return along > _SLANT * abs(aside)
