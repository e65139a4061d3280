"""Which key does every step of the clip show: the one that was pressed?"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from jaxtyping import UInt8

from wsim.certify.doses import Dose
from wsim.contracts import Capability, ClipFormat, Event, MetricSpec, Reading, Scenario, Track, Unmeasurable
from wsim.video import Video
from wsim.worlds.blocks.keys import scripted
from wsim.worlds.families import make
from wsim.worlds.scene import Scene
from wsim.worlds.take import Take
from wsim_probes.digital.steps import (
    BACK,
    KEYS,
    START_S,
    STEPS,
    Key,
    Step,
    keys_of,
    led_to,
    looks,
    reduced,
    walked,
)
from wsim_probes.digital.views import at_rest
from wsim_probes.posing import answer_frames, pose, pressed, take_of, world_indices, world_seed

UNTOLD = "unlike any step"
FEW_FRAMES = "too few frames a second"
_GAIN_STEPS = (0.2, 0.4), (0.1,)  # by which gains are tried round the best one, first these and then those
_EXACT_LAB, _FAR_LAB = 0.2, 6.0  # up to where a step needs no other gain, and beyond which it is no step
_LEAST_KNOWN = 0.15  # of the picture: less cannot be compared
_WRONG = -1.0 / (len(KEYS) - 1)  # for another key: guessing is worth nothing on average


class Inverse:
    """In a landscape of blocks one key is pressed after the other: which ones does the clip show?

    In each of five steps a key is down for a sixth of a second, and then all are up until the step is over:
    walk forward, back, left or right, turn left or right, or no key at all, none of them twice. Given are the
    frames before, and the keys, which settle where every step leads. Inverse dynamics by rendering: from the
    state that the clip has reached, this world is rendered as each of the seven keys would leave it, and the
    one that is nearest to the last frame of the step, on surfaces that the first frame showed, is the key
    that was seen; it may lead from 0.5 to 1.5 times as far as it should. From there the next step is read.
    The score is Cohen's kappa (Educational and Psychological Measurement 20, 1960): the mean over the steps
    of 1 for the key that was pressed, -1/6 for another, and 0 for a view to which none of them leads. In
    seven worlds every key has every place once, so that whoever stands still, or always does the same, is
    at 0. Lawful is a clip of which every step is right.
    """

    name = "digital/inverse"
    version = 1
    question = "Does every step of the clip do what the key of that step says?"
    needs: Mapping[Track, frozenset[Capability]] = {"action": frozenset({"context", "actions"})}
    metrics = (
        MetricSpec("kappa", "share", "higher", _WRONG, 1.0, "steps that do as their key says, above chance"),
        MetricSpec("told", "share", "higher", 0.0, 1.0, "steps that are those of any key"),
        MetricSpec("gain_error", "share", "lower", 0.0, 0.5, "right steps go too far or not far enough"),
    )
    min_duration_s = 1.5
    doses = (Dose("other_keys", "share of the steps", 1.0),)

    def scenarios(
        self, clip: ClipFormat, *, track: Track, seed: int, limit: int | None = None
    ) -> Iterator[Scenario]:
        """One order of the keys in every world."""
        for index in world_indices(limit):
            own_seed = world_seed(self.name, seed, index)
            duration_s = max(self.min_duration_s, clip.duration_s)
            world = scripted(make("walk", own_seed, duration_s=duration_s), ())
            keys = _order(seed, index)
            take = Take(walked(world, keys), clip)
            yield pose(
                probe=self.name,
                track=track,
                place=(seed, index),
                role="steps",
                family="walk",
                take=take,
                context=take.prefix(START_S),
                alternatives={name: Take(walked(world, other), clip) for name, other in _wrong(keys).items()},
                parameters={"keys": ",".join(map(_name, keys))},
                words="text" in self.needs[track],
                actions=pressed(take),
            )

    def dosed(self, scenario: Scenario, dose: str, severity: float) -> Video:
        """The last steps, so many of all, are those of other keys."""
        take = take_of(scenario)
        keys = keys_of(take.scene)
        kept = len(keys) - round(severity * len(keys))
        others = [KEYS[(KEYS.index(key) + 1) % len(KEYS)] for key in keys[kept:]]
        return Take(walked(take.scene, keys[:kept] + others), take.clip).video

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """Follow the clip, one step after the other."""
        frames, take = answer_frames(scenario, video), take_of(scenario)
        world = scripted(take.scene, ())
        at = looks(world, take.clip)
        if at is None:
            return Unmeasurable(FEW_FRAMES)
        keys = keys_of(take.scene)
        return _reading(keys, _followed(world, keys, frames[at]), at)


def _order(seed: int, index: int) -> list[Key]:
    """In seven worlds every key has every place once: nothing is gained by doing something early or late."""
    block, turn = divmod(index, len(KEYS))
    places = np.random.default_rng(np.random.SeedSequence([seed, block])).permutation(len(KEYS))
    return [KEYS[place] for place in np.roll(places, turn)[:STEPS]]


def _wrong(keys: Sequence[Key]) -> dict[str, list[Key]]:
    """What must not be seen."""
    return {
        "keys_ignored": [None] * len(keys),
        "opposite_keys": [BACK[key] if key else None for key in keys],
        "one_step_late": [None, *keys[:-1]],
    }


def _followed(
    world: Scene, keys: Sequence[Key], frames: UInt8[np.ndarray, "step height width 3"]
) -> list[Step | None]:
    """The key and the gain of every step; None where it is like none, and counts as led where it should."""
    path: list[Step] = []
    seen: list[Step | None] = []
    for key, frame in zip(keys, frames, strict=True):
        step = _nearest(world, tuple(path), frame)
        seen.append(step)
        path.append(step or (key, 1.0))
    return seen


def _nearest(world: Scene, path: tuple[Step, ...], frame: UInt8[np.ndarray, "height width 3"]) -> Step | None:
    """The step that leads to what is seen, if one does."""
    height, width = frame.shape[:2]
    picture = at_rest(reduced(frame)[None])

    def distances(further: tuple[Step, ...]) -> dict[Step, float]:
        views = led_to(world, path, further, height, width)
        known = {step: view for step, view in views.items() if view.known.mean() >= _LEAST_KNOWN}
        return {step: view.distance(picture) for step, view in known.items()}

    gaps = distances(tuple((key, 1.0) for key in KEYS))
    if not gaps:
        return None
    for changes in _GAIN_STEPS:
        (key, gain), gap = min(gaps.items(), key=lambda one: one[1])
        if key and gap > _EXACT_LAB:
            gaps |= distances(tuple((key, gain + sign * by) for by in changes for sign in (-1.0, 1.0)))
    nearest = min(gaps, key=lambda step: gaps[step])
    return nearest if gaps[nearest] <= _FAR_LAB else None


def _reading(keys: Sequence[Key], seen: Sequence[Step | None], at: Sequence[int]) -> Reading:
    told = [step is not None for step in seen]
    right = [step is not None and step[0] == key for step, key in zip(seen, keys, strict=True)]
    gains = [step[1] for step, hit in zip(seen, right, strict=True) if step is not None and hit]
    shown = [UNTOLD if step is None else _name(step[0]) for step in seen]
    scores = [1.0 if hit else _WRONG if read else 0.0 for hit, read in zip(right, told, strict=True)]
    return Reading(
        metrics={
            "kappa": float(np.mean(scores)),
            "told": float(np.mean(told)),
            "gain_error": float(np.mean(np.abs(np.array(gains) - 1.0))) if gains else 0.5,
        },
        verdict=_verdict(right, told, shown),
        lawful=all(right),
        events=tuple(
            Event(frame, name) for frame, name, hit in zip(at, shown, right, strict=True) if not hit
        ),
        notes=f"Pressed were {', '.join(map(_name, keys))}; seen {', '.join(shown)}.",
    )


def _verdict(right: Sequence[bool], told: Sequence[bool], shown: Sequence[str]) -> str:
    if all(right):
        return "as pressed"
    if not any(told):
        return UNTOLD
    return "nothing happens" if set(shown) == {_name(None)} else "other keys"


def _name(key: Key) -> str:
    return key or "nothing"
