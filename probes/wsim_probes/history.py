"""Probes that ask which history a video shows: one class, of which every such probe is a description.

A world is played lawfully; its violated twins, a picture that stays as the given frames left it, and the
twins of its controls are the histories that must not happen. The last part of the clip is compared with
renders of all of them, each early and late by up to `latest_s` (`wsim.perception.alternatives`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import UInt8

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
from wsim.perception.colour import difference, lab
from wsim.video import Video
from wsim.worlds.derived.histories import late
from wsim.worlds.families import FAMILIES, make
from wsim.worlds.scene import Scene
from wsim.worlds.take import Take
from wsim_probes.posing import answer_frames, given, known_frames, pose, take_of, world_indices, world_seed

FROZEN = "frozen"
_LEAST_DIFFERENT = 8 / 64**2  # of the picture: a twin that differs by less in every frame is no alternative
_DIFFERENT_LAB = 4.0
_ROLE = "lawful"


@dataclass(frozen=True)
class Ask:
    """One question about a world.

    Attributes:
        role: tells the questions of one world apart, and stays for ever.
        parameters: of the family.
        control: play this control of the family (`empty`, `near_miss`): what would lawfully happen without it
            is then a false alarm.
    """

    role: str
    parameters: tuple[tuple[str, float | str | bool], ...] = ()
    control: str = ""


@dataclass(frozen=True)
class HistoryProbe:
    """Which history does the end of the clip show?

    Attributes:
        name: `suite/probe`. version: raised whenever a reading could change. question: one sentence.
        family: of worlds. asks: the questions of every world.
        lawful: what is said when the right history is seen. mistaken: when a control shows what it must not.
        twins: which violated twins are alternatives; all of them if empty.
        window: shares of the clip between which it is read.
        prefix_s: how much of it is given on the track `video`.
        latest_s: how early or late a history may be and still be itself.
        tracks: those on which the given part settles the answer.
        min_duration_s: the shortest clip in which the question can be asked.
    """

    name: str
    version: int
    question: str
    family: str
    asks: tuple[Ask, ...] = (Ask("lawful"),)
    lawful: str = "lawful"
    mistaken: str = "imagined"
    twins: tuple[str, ...] = ()
    window: tuple[float, float] = (0.8, 1.0)
    prefix_s: float = 0.5
    latest_s: float = 0.2
    tracks: tuple[Track, ...] = ("video", "image")
    min_duration_s: float = 1.5

    @property
    def needs(self) -> Mapping[Track, frozenset[Capability]]:
        """Words go with a first frame, which alone does not say what moves."""
        known: dict[Track, frozenset[Capability]] = {
            "video": frozenset({"context"}),
            "image": frozenset({"first_frame", "text"}),
        }
        return {track: known[track] for track in self.tracks}

    @property
    def metrics(self) -> tuple[MetricSpec, ...]:
        """Scored is whether the history is the right one."""
        return (
            MetricSpec("right", "share", "higher", 0.0, 1.0, "the history is the one that should happen"),
            MetricSpec("margin", "ratio", "higher", -1.0, 1.0, "how much nearer the lawful history lies"),
            MetricSpec(
                "timing_error", "s", "lower", 0.0, self.latest_s, "how early or late; the most where wrong"
            ),
        )

    def scenarios(
        self, clip: ClipFormat, *, track: Track, seed: int, limit: int | None = None
    ) -> Iterator[Scenario]:
        """All questions of one world after another."""
        for index in world_indices(limit):
            for ask in self.asks:
                yield self._scenario(clip, track, (seed, index), ask)

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """Read the end of the clip; what fits no history is not what should have happened."""
        frames = answer_frames(scenario, video)
        window = _window(scenario, self.window)
        answer = _posed(self, scenario).read(frames[list(window)])
        return self._reading(answer, window[0], scenario.request.fps)

    def _scenario(self, clip: ClipFormat, track: Track, place: tuple[int, int], ask: Ask) -> Scenario:
        parameters = dict(ask.parameters)
        duration_s = max(self.min_duration_s, clip.duration_s)
        scene = make(self.family, world_seed(self.name, *place), duration_s=duration_s, **parameters)
        twins = FAMILIES[self.family].twins(scene)
        played = twins.controls[ask.control] if ask.control else scene
        others = {self.mistaken: scene} if ask.control else self._violated(twins.violated)
        take = Take(played, clip)
        return pose(
            probe=self.name,
            track=track,
            place=place,
            role=ask.role,
            family=self.family,
            take=take,
            context=given(take, track, self.prefix_s),
            alternatives={name: Take(other, clip) for name, other in others.items()},
            parameters={"ask": ask.role, **{k: v for k, v in parameters.items() if not isinstance(v, bool)}},
        )

    def _violated(self, violated: Mapping[str, Scene]) -> dict[str, Scene]:
        return {name: scene for name, scene in violated.items() if not self.twins or name in self.twins}

    def _reading(self, answer: Answer, first: int, fps: float) -> Reading:
        right = answer.name == _ROLE
        late_s = abs(answer.nuisance)
        verdict = self.lawful if right else answer.name
        return Reading(
            metrics={
                "right": float(right),
                "margin": answer.margin,
                "timing_error": min(late_s, self.latest_s) if right else self.latest_s,
            },
            verdict=verdict,
            lawful=right,
            events=() if right else (Event(first, verdict),),
            notes=_words(answer, self.lawful),
        )


def _words(answer: Answer, lawful: str) -> str:
    nearest = lawful if answer.nearest == _ROLE else answer.nearest
    if answer.name == NONE:
        return f"None of the rendered histories fits; the nearest is {nearest!r}."
    late_s = answer.nuisance
    when = "on time" if late_s == 0 else f"{abs(late_s):.2f} s {'late' if late_s > 0 else 'early'}"
    return f"The end of the clip shows the history {nearest!r}, {when}."


def _window(scenario: Scenario, shares: tuple[float, float]) -> tuple[int, ...]:
    """The frames between two shares of the clip; none of those that were given."""
    last = scenario.request.num_frames - 1
    first = max(known_frames(scenario), int(np.ceil(shares[0] * last - 1e-9)))
    return tuple(range(min(first, last), max(first, int(shares[1] * last + 1e-9)) + 1))


@lru_cache(maxsize=12)
def _bank(
    take: Take, others: tuple[tuple[str, Take], ...], window: tuple[int, ...], known: int, latest_s: float
) -> Alternatives:
    """All histories, rendered over how late they may be."""
    lawful = _family(take, window, latest_s)
    plain = next(variant.frames for variant in lawful if variant.nuisance == 0.0)
    families: dict[str, Sequence[Variant]] = {_ROLE: lawful}
    if known:
        held = np.repeat(take.video.frames[known - 1][None], len(window), axis=0)
        if _differs(held, plain):
            families[FROZEN] = [Variant(0.0, held)]
    for name, other in others:
        variants = _family(other, window, latest_s)
        if _differs(next(v.frames for v in variants if v.nuisance == 0.0), plain):
            families[name] = variants
    return Alternatives(families, _ROLE)


def _posed(probe: HistoryProbe, scenario: Scenario) -> Alternatives:
    others = tuple((name, take) for name, take in scenario.alternatives.items() if isinstance(take, Take))
    window = _window(scenario, probe.window)
    return _bank(take_of(scenario), others, window, known_frames(scenario), probe.latest_s)


def _family(take: Take, window: tuple[int, ...], latest_s: float) -> list[Variant]:
    """The history on time, and ever more early and late; where nothing moves they are all one."""
    beyond_s = latest_s + 1 / take.clip.fps  # the last of them stand for "even later", which is no answer
    shown = sorted(late(take.scene, take.clip, window, beyond_s, beyond_s), key=lambda one: abs(one[0]))
    plain = shown[0][1]
    moving = [(late_s, frames) for late_s, frames in shown if late_s == 0.0 or _differs(frames, plain)]
    furthest = max(abs(late_s) for late_s, _ in shown)
    return [Variant(late_s, frames, late_s != 0.0 and abs(late_s) == furthest) for late_s, frames in moving]


def _differs(
    one: UInt8[np.ndarray, "time height width 3"], other: UInt8[np.ndarray, "time height width 3"]
) -> bool:
    gap = difference(lab(one), lab(other)) > _DIFFERENT_LAB
    return bool(gap.mean(axis=(1, 2)).max() > _LEAST_DIFFERENT)
