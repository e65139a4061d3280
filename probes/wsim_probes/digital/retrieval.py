"""Which of eight sequences of keys does the clip show: the one that was pressed?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import UInt8

from wsim.certify.doses import Dose
from wsim.contracts import Capability, ClipFormat, Event, MetricSpec, Reading, Scenario, Track, Unmeasurable
from wsim.perception.alternatives import NONE
from wsim.perception.colour import difference
from wsim.video import Video
from wsim.worlds.blocks.keys import scripted
from wsim.worlds.families import make
from wsim.worlds.scene import Action, ActionKind, Scene
from wsim.worlds.take import Take
from wsim_probes.digital.views import View, at_rest, view
from wsim_probes.posing import answer_frames, pose, pressed, take_of, world_indices, world_seed

NOTHING = "nothing"
SEQUENCES: Mapping[str, tuple[ActionKind, ...]] = {
    NOTHING: (),
    "turn_left": ("turn_left",),
    "forward_right": ("forward", "turn_right"),
    "back_left": ("back", "turn_left"),
    "orbit": ("left", "turn_right"),
    "back_right": ("back", "turn_right"),
    "forward_left": ("forward", "turn_left"),
    "turn_right": ("turn_right",),
}
START_S, TURNED_S, WALKED_S = 0.15, 0.25, 0.45  # when the keys go down, and for how long
GIVEN_S = 0.1
GAINS = (1.0, 0.9, 1.1)
BEYOND = (0.8, 1.25)  # so much less or more is none of the sequences
_READ = 0.8  # share of the clip from which on it is read: everything has come to rest
_ASKED = 2  # sequences of a world
_LOOKS = 3  # frames that are read
_NEARER, _FAR_LAB = 0.8, 6.0  # than the nearest view of another sequence; and LAB units
_AT_REST_LAB = 0.8  # from the first look to the last: more is a picture that slides or grows
_GUESS = -1.0 / (len(SEQUENCES) - 1)  # for a wrong sequence: guessing is worth nothing on average


class Retrieval:
    """In a landscape of blocks, one of eight sequences of keys is pressed: which one does the clip show?

    Given are frames in which nothing has been pressed yet, the same for all eight, and the keys, which settle
    where the clip ends: this world is rendered for every sequence, with gains from 0.9 to 1.1, and compared
    with the end of the clip, once all keys are up, on surfaces that the first frame showed. The nearest
    render is the sequence that was shown, if it is near, and clearly nearer than those of the other seven,
    and if the view stands still by then, as it must with no key down.
    The score is kappa: 1 for the sequence that was pressed, -1/7 for another, 0 for a view that is none of
    them. Every sequence, doing nothing among them, is asked equally often, so that whoever ignores the keys
    is at 0. Going 1.25 times as far as one should, or 0.8, is none of the sequences.
    """

    name = "digital/retrieval"
    version = 2
    question = "Does the clip end where these keys lead, and not where seven other sequences would?"
    needs: Mapping[Track, frozenset[Capability]] = {"action": frozenset({"context", "actions"})}
    metrics = (
        MetricSpec("kappa", "share", "higher", _GUESS, 1.0, "the sequence is the one pressed, above chance"),
        MetricSpec("margin", "ratio", "higher", -1.0, 1.0, "how much nearer the right sequence lies"),
        MetricSpec("gain_error", "share", "lower", 0.0, 0.25, "walks and turns too far or not far enough"),
    )
    min_duration_s = 1.5
    doses = (Dose("halting", "share of the way", 1.0),)

    def scenarios(
        self, clip: ClipFormat, *, track: Track, seed: int, limit: int | None = None
    ) -> Iterator[Scenario]:
        """Two sequences in every world, all eight in four worlds."""
        names = list(SEQUENCES)
        for index in world_indices(limit):
            world = make("walk", world_seed(self.name, seed, index), duration_s=self.min_duration_s)
            for turn in range(_ASKED):
                asked = names[(_ASKED * index + turn) % len(names)]
                takes = {name: Take(played(world, name), clip) for name in names}
                take = takes.pop(asked)
                yield pose(
                    probe=self.name,
                    track=track,
                    place=(seed, index),
                    role=f"turn={turn}",
                    family="walk",
                    take=take,
                    context=take.prefix(GIVEN_S),
                    alternatives=takes,
                    parameters={"keys": asked},
                    words="text" in self.needs[track],
                    actions=pressed(take),
                )

    def dosed(self, scenario: Scenario, dose: str, severity: float) -> Video | None:
        """The same keys, of which the last part does nothing; None where none is pressed."""
        take, keys = take_of(scenario), str(scenario.parameters["keys"])
        return Take(played(take.scene, keys, 1.0 - severity), take.clip).video if SEQUENCES[keys] else None

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """The nearest render of the end of the clip."""
        frames, keys = answer_frames(scenario, video), str(scenario.parameters["keys"])
        take = take_of(scenario)
        looks = np.linspace(np.ceil(_READ * (len(frames) - 1)), len(frames) - 1, _LOOKS).astype(int)
        return _reading(
            keys, _answer(_views(played(take.scene, NOTHING), take.clip), keys, frames[looks]), int(looks[0])
        )


def played(world: Scene, name: str, gain: float = 1.0) -> Scene:
    """A world in which a sequence is pressed, for longer or less long than it should be."""
    keys = [
        Action(key, START_S, gain * (TURNED_S if key.startswith("turn") else WALKED_S))
        for key in SEQUENCES[name]
        if gain > 0.0
    ]
    return scripted(world, keys)


@lru_cache(maxsize=4)
def _views(world: Scene, clip: ClipFormat) -> dict[str, dict[float, View]]:
    """Where every sequence leads, over the gains; the view stands still while it is read."""
    return {
        name: {
            gain: view(played(world, name, gain), clip) for gain in ((*GAINS, *BEYOND) if keys else GAINS[:1])
        }
        for name, keys in SEQUENCES.items()
    }


@dataclass(frozen=True)
class _Answer:
    """The sequence that is shown, or `NONE`; the nearest one, its gain, and how much nearer the right one."""

    name: str
    nearest: str
    gain: float
    margin: float


def _answer(
    views: Mapping[str, Mapping[float, View]], keys: str, frames: UInt8[np.ndarray, "look height width 3"]
) -> _Answer:
    picture = at_rest(frames)
    distances = {
        (name, gain): one.distance(picture) for name, gains in views.items() for gain, one in gains.items()
    }
    nearest, gain = min(distances, key=lambda key: distances[key])
    gap = distances[nearest, gain]
    next_gap = min(there for (name, _), there in distances.items() if name != nearest)
    lost = gap > min(_NEARER * next_gap, _FAR_LAB) or gain in BEYOND or _moves(frames)
    own = min(there for (name, _), there in distances.items() if name == keys)
    other = min(there for (name, _), there in distances.items() if name != keys)
    margin = (other - own) / max(other + own, 1e-9)
    return _Answer(NONE if lost else nearest, nearest, gain, margin)


def _moves(frames: UInt8[np.ndarray, "look height width 3"]) -> bool:
    """Whether the view still changes when it should be at rest."""
    first, last = (at_rest(frames[index][None]) for index in (0, -1))
    return float(difference(first, last).mean()) > _AT_REST_LAB


def _reading(keys: str, answer: _Answer, first: int) -> Reading:
    right = answer.name == keys
    score = 1.0 if right else 0.0 if answer.name == NONE else _GUESS
    return Reading(
        metrics={
            "kappa": score,
            "margin": answer.margin,
            "gain_error": abs(answer.gain - 1.0) if right else BEYOND[1] - 1.0,
        },
        verdict=answer.name,
        lawful=right,
        events=() if right else (Event(first, answer.name),),
        notes=f"Pressed was {keys!r}; the nearest of eight is {answer.nearest!r} with a gain of "
        f"{answer.gain:.2f}" + ("." if answer.name != NONE else ", but it is not near, or not at rest."),
    )
