"""Which clip is which: everything about clip N follows from N and the plan, in whatever order it is made."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import NoReturn

from wsim.contracts import ClipFormat, Json
from wsim.errors import WsimError
from wsim.worlds.families import FAMILIES, make
from wsim.worlds.scene import Scene
from wsim.worlds.take import Take
from wsim.worlds.truth import Detail


@dataclass(frozen=True)
class Sample:
    """One clip of a data set.

    Attributes:
        key: its name in a shard: `0000012-fall`, and `0000012-fall-freeze` for a twin.
        number: of the world, shared by the lawful clip and its twins.
        twin: the name of the violated twin that this is; "" for the lawful clip.
        take: the clip, rendered when it is first asked for.
    """

    key: str
    number: int
    twin: str
    take: Take


@dataclass(frozen=True)
class DatasetPlan:
    """The clips of a data set, without end: the families in turn, a new seed on every round.

    Attributes:
        families: names, without repeats.
        clip: the format of every clip. Scenes last at least as long.
        seed: of the first world of every family; world N has the seed `seed + N // len(families)`.
        twins: whether every lawful clip is followed by all of its violated twins.
        detail: whether shards hold all that is known, or pictures, captions and events only.
        parameters: of the families; all of them must have these.
    """

    families: tuple[str, ...]
    clip: ClipFormat
    seed: int = 0
    twins: bool = False
    detail: Detail = "full"
    parameters: Mapping[str, int | float | bool | str] = field(default_factory=dict)

    def world(self, number: int) -> Scene:
        """The lawful scene of a number, 0 or more.

        Raises:
            WsimError: the family does not know a parameter, or finds no scene for this seed.
        """
        turn, family = divmod(number, len(self.families))
        return lasting(self.families[family], self.seed + turn, self.clip.duration_s, **self.parameters)

    def samples(self, number: int) -> Iterator[Sample]:
        """The lawful clip of a number, then its twins if they are wanted."""
        scene = self.world(number)
        key = f"{number:07d}-{scene.family}"
        yield Sample(key, number, "", Take(scene, self.clip))
        if self.twins:
            for name, twin in FAMILIES[scene.family].twins(scene).violated.items():
                yield Sample(f"{key}-{name}", number, name, Take(twin, self.clip))

    def describe(self) -> dict[str, Json]:
        """The plan in clear."""
        return {
            "families": list(self.families),
            "clip": asdict(self.clip),
            "seed": self.seed,
            "twins": self.twins,
            "truth": self.detail,
            "parameters": dict(self.parameters),
        }


def lasting(family: str, seed: int, at_least_s: float, **parameters: int | float | bool | str) -> Scene:
    """The scene of a family as it usually is, or, if that is too short, made to last for `at_least_s`.

    Raises:
        WsimError: as for `families.make`; the family cannot last so long.
    """
    scene = make(family, seed, **parameters)
    if scene.duration_s >= at_least_s or "duration_s" in parameters:
        return scene
    return make(family, seed, **parameters, duration_s=at_least_s)


def chosen_families(names: str | Sequence[str]) -> tuple[str, ...]:
    """`all`, one name, several with commas between them, or a sequence of names.

    Raises:
        WsimError: a name that no family has, one that comes twice, or none at all.
    """
    if names == "all":
        return tuple(FAMILIES)
    wanted = tuple(names.split(",")) if isinstance(names, str) else tuple(names)
    known = f"families are {', '.join(FAMILIES)}"
    for name in wanted:
        if name not in FAMILIES:
            near = difflib.get_close_matches(name, FAMILIES, n=1, cutoff=0.4)
            guess = f'did you mean "{near[0]}"? ' if near else ""
            _refuse(f"unknown family of worlds {name!r}", guess + known)
    if not wanted or len(set(wanted)) < len(wanted):
        _refuse("every family is named once, and at least one", known)
    return wanted


def _refuse(problem: str, remedy: str) -> NoReturn:
    raise WsimError(problem, where="the families of worlds that were asked for", remedy=remedy)
