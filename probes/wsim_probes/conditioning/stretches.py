"""Probes that pin frames and read what is made between or before them: one class, two descriptions."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from wsim.certify.doses import Dose
from wsim.contracts import (
    Capability,
    ClipFormat,
    Event,
    MetricSpec,
    Reading,
    Scenario,
    Track,
    Unmeasurable,
)
from wsim.perception.alternatives import NONE, Alternatives, Answer, Variant
from wsim.video import Video
from wsim.worlds.derived.drawn import Drawn
from wsim.worlds.derived.histories import late, pictures
from wsim.worlds.families import make
from wsim.worlds.take import Take
from wsim_probes.conditioning.detours import GRADED, detours, weaker
from wsim_probes.conditioning.pinned import Edited, edges, ends_kept, gap_s, made, pins
from wsim_probes.history_bank import LAWFUL, UNCLEAR, WEAKER, Bank
from wsim_probes.posing import answer_frames, pose, take_of, world_indices, world_seed

ENDS, LEAST_KEPT = "given frames not kept", 0.5


@dataclass(frozen=True)
class Staging:
    """Where frames are pinned in the worlds of a family.

    Attributes:
        role: stays for ever.
        family: holds one body called `ball`, before a camera that stands still.
        pinned: which frames are given.
        read_s: how far from given ones frames are read; all that are made by default.
        edits: what is made of given frames alone and must not be seen.
    """

    role: str
    family: str
    pinned: Callable[[ClipFormat], tuple[int, ...]]
    edits: tuple[str, ...]
    read_s: float = math.inf


@dataclass(frozen=True)
class Stretches:
    """Which history do the frames show that a model makes around those that it is given?

    They are compared with renders of the lawful history, a little early and late, of what must not
    happen meanwhile, and with edits of the given frames (`wsim.perception.alternatives`).

    Attributes:
        name: `suite/probe`. version: raised whenever a reading could change. question: one sentence.
        stagings: one for each world, in turn.
        lawful: what is said when the right history is seen.
        latest_s: how early or late it may be.
    """

    name: str
    version: int
    question: str
    stagings: tuple[Staging, ...]
    lawful: str
    latest_s: float = 0.07
    min_duration_s: float = 1.5

    @property
    def needs(self) -> Mapping[Track, frozenset[Capability]]:
        """Frames pinned elsewhere than at the beginning."""
        return {"video": frozenset({"context", "keyframes"})}

    @property
    def metrics(self) -> tuple[MetricSpec, ...]:
        """Scored is whether the history is the right one."""
        return (
            MetricSpec(
                "right", "share", "higher", 0.0, 1.0, "given frames kept, and the lawful history made"
            ),
            MetricSpec(
                "ends", "share", "higher", 0.0, 1.0, "of the given frames that is kept; the worst one"
            ),
            MetricSpec("margin", "ratio", "higher", -1.0, 1.0, "how much nearer the lawful history lies"),
            MetricSpec("departure", "LAB", "lower", 0.0, 100.0, "distance from the lawful history"),
        )

    @property
    def dose_metric(self) -> str:
        """A little of a violation is as wrong as much of it; how far away it is tells them apart."""
        return "departure"

    @property
    def doses(self) -> tuple[Dose, ...]:
        """The twins that have an amount; the edits happen or do not."""
        return tuple(Dose(name, "share", 1.0) for name in GRADED)

    @property
    def moved_by(self) -> Mapping[str, str]:
        """Faults elsewhere that may change the answer."""
        return {"texture_boil of the ground": "pictures are compared, and the ground is part of them"}

    def dosed(self, scenario: Scenario, dose: str, severity: float) -> Video | None:
        """A twin that departs by a share of the whole."""
        take, twin = take_of(scenario), scenario.alternatives.get(dose)
        return (
            Take(weaker(take.scene, twin.scene, severity), take.clip).video
            if isinstance(twin, Take)
            else None
        )

    def scenarios(
        self, clip: ClipFormat, *, track: Track, seed: int, limit: int | None = None
    ) -> Iterator[Scenario]:
        """One question for every world index, of the stagings in turn."""
        for index in world_indices(limit):
            staging = self.stagings[index % len(self.stagings)]
            long_s = max(self.min_duration_s, clip.duration_s)
            take = Take(make(staging.family, world_seed(self.name, seed, index), duration_s=long_s), clip)
            indices = staging.pinned(clip)
            twins = detours(take.scene, *gap_s(indices, clip))
            yield pose(
                probe=self.name,
                track=track,
                place=(seed, index),
                role=staging.role,
                family=staging.family,
                take=take,
                context=pins(take, indices),
                alternatives={
                    **{name: Take(twin, clip) for name, twin in twins.items()},
                    **{name: Edited(take, indices, name) for name in staging.edits},
                },
                parameters={"ask": staging.role},
                words="text" in self.needs[track],
            )

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """Read what was made, and whether what was given is there."""
        take, frames = take_of(scenario), answer_frames(scenario, video)
        staging = next(one for one in self.stagings if one.role == scenario.parameters["ask"])
        indices = staging.pinned(take.clip)
        twins = tuple((n, one) for n, one in scenario.alternatives.items() if isinstance(one, Take))
        shown, histories = _bank(take, twins, staging, self.latest_s)
        name, answer = histories.read(frames[list(shown)])
        if name == UNCLEAR:
            return Unmeasurable(UNCLEAR)
        ends = ends_kept(take, indices, frames, "ball")
        if name == LAWFUL and ends < LEAST_KEPT:
            name = ENDS
        return self._reading(name, answer, ends, shown[histories.window[0]])

    def _reading(self, name: str, answer: Answer, ends: float, first: int) -> Reading:
        right = name == LAWFUL
        verdict = self.lawful if right else name
        nearest = self.lawful if answer.nearest == LAWFUL else answer.nearest
        seen = (
            f"None of the histories fits; the nearest is {nearest!r}"
            if name == NONE
            else f"Seen: {verdict!r}"
        )
        return Reading(
            metrics={
                "right": float(right),
                "ends": ends,
                "margin": answer.margin,
                "departure": min(answer.distances[LAWFUL], 100.0),
            },
            verdict=verdict,
            lawful=right,
            events=() if right else (Event(first, verdict),),
            notes=f"{seen}. Of the given frames {ends:.0%} are kept.",
        )


def _window(staging: Staging, clip: ClipFormat) -> tuple[int, ...]:
    """The frames that are read: those that are made, or only so many next to a given one."""
    indices = staging.pinned(clip)
    free = made(indices, clip.num_frames)
    reach = staging.read_s * clip.fps + 1e-9
    return tuple(index for index in free if min(abs(index - known) for known in indices) <= reach)


@lru_cache(maxsize=12)
def _bank(
    take: Take, twins: tuple[tuple[str, Take], ...], staging: Staging, latest_s: float
) -> tuple[tuple[int, ...], Bank]:
    """All histories of the frames that are read, and which frames of a clip the bank is to be shown.

    Those that were given come first: they say how the clip is spoiled.
    """
    clip, indices = take.clip, staging.pinned(take.clip)
    window = _window(staging, clip)
    on_time = take.video.frames[list(window)]
    drawn = Drawn(clip.height, clip.width)
    drawn.add(take.film)
    families: dict[str, list[Variant]] = {LAWFUL: _family(take, window, latest_s, drawn)}
    for name, twin in twins:
        scenes = [twin.scene]
        if name in GRADED:
            scenes += [weaker(take.scene, twin.scene, grade) for grade in WEAKER]
        families[name] = [
            Variant(float(number), pictures(scene, clip, window, drawn))
            for number, scene in enumerate(scenes)
        ]
    for name in staging.edits:
        families[name] = [Variant(0.0, Edited(take, indices, name).video.frames[list(window)])]
    known = edges(indices, clip.num_frames)
    places = tuple(range(len(known), len(known) + len(window)))
    given = take.video.frames[list(known)]
    return (*known, *window), Bank(Alternatives(families, LAWFUL), on_time, None, places, given, latest_s)


def _family(take: Take, window: tuple[int, ...], latest_s: float, drawn: Drawn) -> list[Variant]:
    """The lawful history, on time, and ever more early and late; the last of them stand for "even more"."""
    beyond_s = latest_s + 1 / take.clip.fps
    shown = late(take.scene, take.clip, window, beyond_s, beyond_s, drawn)
    furthest = max(abs(late_s) for late_s, _ in shown)
    return [Variant(late_s, frames, abs(late_s) == furthest) for late_s, frames in shown]
