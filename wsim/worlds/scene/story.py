"""What there is to tell of a scene: facts, from which captions are worded and to which they are read back."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

RelationKind: TypeAlias = Literal["left of", "right of", "in front of", "behind", "on", "in", "under"]


@dataclass(frozen=True, slots=True)
class Thing:
    """One or more things alike. `key` is how facts refer to it; `size` is "", "small" or "large"."""

    key: str
    noun: str
    colour: str = ""
    count: int = 1
    size: str = ""


@dataclass(frozen=True, slots=True)
class Relation:
    """`subject` stands in this relation to `object` (keys of things), as the camera sees it at time zero."""

    kind: RelationKind
    subject: str
    object: str


@dataclass(frozen=True, slots=True)
class Happening:
    """One event. `verb` and `way` are entries of the table of verbs of `wsim.worlds.captions`."""

    verb: str
    subject: str
    object: str = ""
    way: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """All that captions say: things, how they stand, what happens in order, what the camera does.

    `camera` is "" for one that stands still. `salient` is how many of the happenings the sentence tells.
    """

    things: tuple[Thing, ...]
    relations: tuple[Relation, ...] = ()
    happenings: tuple[Happening, ...] = ()
    camera: str = ""
    salient: int = 1
