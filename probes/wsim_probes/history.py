"""Probes that ask which history a video shows: one class, of which every such probe is a description.

A world is played lawfully; its violated twins, a picture that stays as the given frames left it, and the
twins of its controls are the histories that must not happen. The last part of the clip is compared with
renders of all of them, each early and late by up to `latest_s` (`wsim.perception.alternatives`).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from wsim.certify.doses import Dose
from wsim.contracts import Capability, ClipFormat, Event, MetricSpec, Reading, Scenario, Track, Unmeasurable
from wsim.perception.alternatives import NONE, Answer
from wsim.perception.cuts import cuts
from wsim.video import Frames, Video
from wsim.worlds.blocks.keys import let_go
from wsim.worlds.families import FAMILIES, make
from wsim.worlds.scene import Scene
from wsim.worlds.take import Take
from wsim_probes.history_bank import FROZEN, LAWFUL, LOST, UNCLEAR, Bank, Weaken, bank, weaker
from wsim_probes.posing import (
    answer_frames,
    given,
    known_frames,
    pose,
    pressed,
    take_of,
    world_indices,
    world_seed,
)

__all__ = ["FROZEN", "UNHEEDED", "Ask", "HistoryProbe"]

CUT = "cut"
Window: TypeAlias = tuple[float, float] | Callable[[Scene], tuple[float, float]]
UNHEEDED = "keys_ignored"  # where keys are told: what comes of pressing none of those that are left


@dataclass(frozen=True)
class Ask:
    """One question about a world.

    Attributes:
        role: tells the questions of one world apart, and stays for ever.
        parameters: of the family.
        control: play this control (`empty`, `near_miss`): what would lawfully happen without it is then a
            false alarm.
        twins: which violated twins are alternatives here; those of the probe if empty.
    """

    role: str
    parameters: tuple[tuple[str, float | int | str | bool], ...] = ()
    control: str = ""
    twins: tuple[str, ...] = ()


@dataclass(frozen=True)
class HistoryProbe:
    """Which history does the end of the clip show?

    Attributes:
        name: `suite/probe`. version: raised whenever a reading could change. question: one sentence.
        family: of worlds. asks: the questions of every world.
        lawful: what is said when the right history is seen. mistaken: when a control shows what it must not.
        twins: which violated twins are alternatives; all of them if empty.
        window: between which shares of the clip it is read, or what says between which seconds for a world:
            what is given, or happens, at some second is followed by as much in a clip of any length.
        prefix_s: how much of it is given on tracks that give frames: seconds, or what says so for a world.
        latest_s: how early or late a history may be and still be itself.
        tracks: those on which the given part settles the answer.
        min_duration_s: the shortest clip in which the question can be asked.
        words: whether the given frames settle the answer only together with the caption.
        breaks: what must not happen in a world; by default the violated twins of its family.
        controls: what a control plays, by name; by default the controls of the family.
        graded: those twins that have an amount: weaker ones are wrong too, and are read as such.
        weaken: makes a weaker one; by default of a share of the twin's own amount.
        cuts: how many must follow the given frames; not counted by default.
        excused: faults of something else that may change the answer, each with the reason.
    """

    name: str
    version: int
    question: str
    family: str
    asks: tuple[Ask, ...] = (Ask("lawful"),)
    lawful: str = "lawful"
    mistaken: str = "imagined"
    twins: tuple[str, ...] = ()
    window: Window = (0.8, 1.0)
    prefix_s: float | Callable[[Scene], float] = 0.5
    latest_s: float = 0.2
    tracks: tuple[Track, ...] = ("video", "image")
    min_duration_s: float = 1.5
    words: bool = False
    breaks: Callable[[Scene], Mapping[str, Scene]] | None = None
    controls: Callable[[Scene], Mapping[str, Scene]] | None = None
    graded: tuple[str, ...] = ()
    weaken: Weaken = weaker
    cuts: int | None = None
    excused: tuple[tuple[str, str], ...] = ()

    @property
    def needs(self) -> Mapping[Track, frozenset[Capability]]:
        """Words go with a first frame, which alone does not say what moves."""
        known: dict[Track, frozenset[Capability]] = {
            "video": frozenset({"context", "text"} if self.words else {"context"}),
            "image": frozenset({"first_frame", "text"}),
            "action": frozenset({"context", "actions"}),
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
            MetricSpec("departure", "LAB", "lower", 0.0, 100.0, "distance from the lawful history on time"),
        )

    @property
    def dose_metric(self) -> str:
        """A little of a violation is as wrong as much of it; how far away it is tells them apart."""
        return "departure"

    @property
    def doses(self) -> tuple[Dose, ...]:
        """The graded twins; the others happen or do not."""
        return tuple(Dose(name, "share", 1.0) for name in self.graded)

    @property
    def moved_by(self) -> Mapping[str, str]:
        """Faults elsewhere that may change the answer."""
        compared = ("texture_boil of the ground", "pictures are compared, and the ground is part of them")
        return dict((compared, *self.excused))

    def dosed(self, scenario: Scenario, dose: str, severity: float) -> Video | None:
        """A weaker twin; None where the question has none of that name."""
        take, twin = take_of(scenario), scenario.alternatives.get(dose)
        return Take(self.weaken(take, twin, severity), take.clip).video if isinstance(twin, Take) else None

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
        name, answer = self._said(scenario, frames)
        if name == UNCLEAR:
            return Unmeasurable(UNCLEAR)
        if name == LAWFUL and self.cuts is not None:
            last_known = max(known_frames(scenario) - 1, 0)
            if len(cuts(frames[last_known:])) != self.cuts:
                return Unmeasurable(CUT)
        return self._reading(name, answer, self.read_frames(scenario)[0])

    def read_frames(self, scenario: Scenario) -> tuple[int, ...]:
        """The frames of the window; none of those that were given."""
        last = scenario.request.num_frames - 1
        if callable(self.window):
            from_to = [at_s * scenario.request.fps for at_s in self.window(take_of(scenario).scene)]
        else:
            from_to = [share * last for share in self.window]
        first = max(known_frames(scenario), int(np.ceil(from_to[0] - 1e-9)))
        return tuple(range(min(first, last), min(max(first, int(from_to[1] + 1e-9)), last) + 1))

    def _scenario(self, clip: ClipFormat, track: Track, place: tuple[int, int], ask: Ask) -> Scenario:
        parameters = dict(ask.parameters)
        duration_s = max(self.min_duration_s, clip.duration_s)
        scene = make(self.family, world_seed(self.name, *place), duration_s=duration_s, **parameters)
        played, others = self._cast(scene, ask)
        take = Take(played, clip)
        if track == "action":
            others[UNHEEDED] = let_go(played, self._prefix_s(played))
        return pose(
            probe=self.name,
            track=track,
            place=place,
            role=ask.role,
            family=self.family,
            take=take,
            context=given(take, track, self._prefix_s(played)),
            alternatives={name: Take(other, clip) for name, other in others.items()},
            actions=pressed(take) if track == "action" else None,
            parameters={"ask": ask.role, **{k: v for k, v in parameters.items() if not isinstance(v, bool)}},
            words="text" in self.needs[track],
        )

    def _cast(self, scene: Scene, ask: Ask) -> tuple[Scene, dict[str, Scene]]:
        """What is played, and what must not be seen."""
        twins = FAMILIES[self.family].twins(scene)
        if ask.control:
            controls = twins.controls if self.controls is None else self.controls(scene)
            return controls[ask.control], {self.mistaken: scene}
        wanted = ask.twins or self.twins
        violated = twins.violated if self.breaks is None else self.breaks(scene)
        return scene, {name: twin for name, twin in violated.items() if not wanted or name in wanted}

    def _prefix_s(self, scene: Scene) -> float:
        return self.prefix_s if isinstance(self.prefix_s, float | int) else self.prefix_s(scene)

    def _said(self, scenario: Scenario, frames: Frames) -> tuple[str, Answer]:
        return self._histories(scenario).read(frames)

    def _histories(self, scenario: Scenario) -> Bank:
        others = tuple((name, take) for name, take in scenario.alternatives.items() if isinstance(take, Take))
        read, known = self.read_frames(scenario), known_frames(scenario)
        return bank(take_of(scenario), others, read, known, self.latest_s, self.graded, self.weaken)

    def _reading(self, name: str, answer: Answer, first: int) -> Reading:
        right = name == LAWFUL
        verdict = self.lawful if right else name
        return Reading(
            metrics={
                "right": float(right),
                "margin": answer.margin,
                "timing_error": min(abs(answer.nuisance), self.latest_s) if right else self.latest_s,
                "departure": min(answer.departure, 100.0),
            },
            verdict=verdict,
            lawful=right,
            events=() if right else (Event(first, verdict),),
            notes=_words(name, answer, self.lawful),
        )


def _words(name: str, answer: Answer, lawful: str) -> str:
    nearest = lawful if answer.nearest == LAWFUL else answer.nearest
    if name == LOST:
        return "The end of the clip shows another scene, or the same from elsewhere."
    if name == FROZEN:
        return "The end of the clip shows given frames, or nearly so."
    if name == NONE:
        return f"None of the rendered histories fits; the nearest is {nearest!r}."
    if answer.label:
        return f"The end of the clip shows the history {nearest!r}, {answer.label}."
    late_s = answer.nuisance
    when = f"{abs(late_s):.2f} s {'late' if late_s > 0 else 'early'}" if late_s else "on time"
    return f"The end of the clip shows the history {nearest!r}, {when}."
