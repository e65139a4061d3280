"""The clips of a certificate, in order: what is shown to a probe, and under which name.

Thresholds were chosen on development seeds (500 to 599 for worlds); scales are calibrated on one seed and
certificates made on others, so nothing is tuned on what it is judged by.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain, groupby, islice
from typing import Protocol, runtime_checkable

from wsim.certify import relations
from wsim.certify.crosstalk import unrelated
from wsim.certify.doses import doses_of, levels, video_at
from wsim.certify.nuisances import NUISANCES
from wsim.certify.observations import Condition, Key
from wsim.contracts import ClipFormat, Model, Probe, Scenario, Track
from wsim.models.controls import ADVERSARIES
from wsim.video import Video
from wsim.worlds.take import Take

DEVELOPMENT_SEEDS = range(500, 600)
CALIBRATION_SEED = 9_001
CERTIFICATION_SEED = 9_010  # not 9_002 to 9_009: probes were mended after certificates made on them
OTHER_WORLD, OTHER_QUESTION = "another world", "another question"


@dataclass(frozen=True, slots=True)
class Size:
    """How much a certificate shows: at least so many clips of each kind, of at least so many worlds.

    A dose is shown in that many worlds, in one question of each by turns: worlds are independent, questions
    of one world are not.
    """

    lawful: int
    nuisance: int
    dose: int
    adversary: int
    crosstalk: int
    relation: int
    least_worlds: int

    def worlds(self, clips: int, questions: int) -> int:
        """How many worlds of so many questions it takes to show so many clips."""
        return max(self.least_worlds, math.ceil(clips / questions))


FULL = Size(lawful=300, nuisance=60, dose=20, adversary=30, crosstalk=12, relation=12, least_worlds=6)
QUICK = Size(lawful=24, nuisance=6, dose=6, adversary=6, crosstalk=1, relation=2, least_worlds=1)


@dataclass(frozen=True)
class Shown:
    """One clip, made when it is asked for."""

    condition: Condition
    name: str
    level: float
    scenario: Scenario
    make: Callable[[], Video | None]

    @property
    def key(self) -> Key:
        """As `Observation.key`."""
        return (self.condition, self.name, self.level, self.scenario.id)


@runtime_checkable
class AnyWorld(Protocol):
    """A probe that asks for a law alone, in words: a lawful video of any world is a right answer."""

    @property
    def any_world(self) -> bool:
        """Whether it does; nobody can then win by showing another world."""
        ...


def certificate_clips(
    probe: Probe, track: Track, clip: ClipFormat, size: Size, seed: int = CERTIFICATION_SEED
) -> Iterator[Shown]:
    """Everything that a certificate shows, world by world: what is rendered for one clip serves them all."""
    previous: list[Scenario] = []
    enlarged = _worlds(probe, track, relations.larger(clip), size, seed)
    spoiled = 0
    for number, world in enumerate(_worlds(probe, track, clip, size, seed)):
        relating = number < size.worlds(size.relation, len(world))
        for index, scenario in enumerate(world):
            yield Shown("lawful", "lawful", 0.0, scenario, partial(_truth, scenario))
            if spoiled < size.nuisance:
                spoiled += 1
                for name in NUISANCES:
                    yield Shown("nuisance", name, 1.0, scenario, partial(_spoiled, scenario, name))
            if number < size.dose:
                yield from _doses(probe, scenario, number, world)
            if number < size.worlds(size.adversary, len(world)):
                yield from _adversaries(scenario)
                if not (isinstance(probe, AnyWorld) and probe.any_world):
                    yield from _strangers(scenario, index, world, previous)
            if number < size.worlds(size.crosstalk, len(world)):
                yield from _crosstalk(probe, scenario)
            if relating:
                yield from _relations(probe, scenario)
        if relating:
            for scenario in next(enlarged, []):
                yield Shown("metamorphic", relations.SCALE, 1.0, scenario, partial(_truth, scenario))
        previous = world


def coded_clips(
    probe: Probe,
    track: Track,
    clip: ClipFormat,
    size: Size,
    seed: int,
    name: str,
    round_trip: Callable[[Video], Video],
) -> Iterator[Shown]:
    """The lawful clips that are shown under every nuisance, through a codec of that name."""
    lawful = chain.from_iterable(_worlds(probe, track, clip, size, seed))
    for scenario in islice(lawful, size.nuisance):
        yield Shown("nuisance", name, 1.0, scenario, partial(_coded, scenario, round_trip))


def _worlds(probe: Probe, track: Track, clip: ClipFormat, size: Size, seed: int) -> Iterator[list[Scenario]]:
    """The scenarios of one world after another, until there are as many lawful clips as wanted."""
    scenarios = probe.scenarios(clip, track=track, seed=seed, limit=size.lawful)
    clips = 0
    for _, group in groupby(scenarios, key=lambda scenario: scenario.cluster):
        world = list(group)
        yield world
        clips += len(world)
        if clips >= size.lawful:
            return


def _doses(probe: Probe, scenario: Scenario, number: int, world: list[Scenario]) -> Iterator[Shown]:
    """The doses for which it is this question's turn; the lawful clip stands for none of it."""
    for dose in doses_of(probe, scenario):
        offering = [question for question in world if dose.name in question.alternatives] or world
        if offering[number % len(offering)] is not scenario:
            continue
        for severity in levels(dose):
            make = partial(video_at, probe, scenario, dose, severity)
            yield Shown("dose", dose.name, severity, scenario, make)


def _adversaries(scenario: Scenario) -> Iterator[Shown]:
    for name in ADVERSARIES:
        yield Shown("adversary", name, 1.0, scenario, partial(_answered, scenario, name))


def _strangers(
    scenario: Scenario, index: int, world: list[Scenario], previous: list[Scenario]
) -> Iterator[Shown]:
    """Who answers with the lawful rest of the same question in another world, or of another question."""
    if index < len(previous):
        make = partial(_continued, scenario, previous[index])
        yield Shown("adversary", OTHER_WORLD, 1.0, scenario, make)
    if len(world) > 1:
        make = partial(_continued, scenario, world[index - 1])
        yield Shown("foreign", OTHER_QUESTION, 1.0, scenario, make)


def _crosstalk(probe: Probe, scenario: Scenario) -> Iterator[Shown]:
    for name, question, take in unrelated(probe, scenario):
        yield Shown("crosstalk", name, 1.0, question, partial(_film, take))


def _relations(probe: Probe, scenario: Scenario) -> Iterator[Shown]:
    yield Shown("metamorphic", relations.HUE, 1.0, scenario, partial(_other_hue, scenario))
    seen_in_mirror = relations.in_a_mirror(scenario)
    if seen_in_mirror is not None:
        question, video = seen_in_mirror
        yield Shown("metamorphic", relations.MIRROR, 1.0, question, lambda: video)
    if relations.reads_arrow(probe):
        make = partial(relations.backwards, scenario)
        yield Shown("reversed", "backwards", 1.0, scenario, make)


def _film(take: Take) -> Video:
    return take.video


def _other_hue(scenario: Scenario) -> Video:
    return relations.other_hue(scenario.truth.video)


def _truth(scenario: Scenario) -> Video:
    return scenario.truth.video


def _spoiled(scenario: Scenario, nuisance: str) -> Video:
    return NUISANCES[nuisance](scenario.truth.video)


def _coded(scenario: Scenario, round_trip: Callable[[Video], Video]) -> Video:
    return round_trip(scenario.truth.video)


def _answered(scenario: Scenario, control: str) -> Video:
    from wsim.models import controls

    model: Model = getattr(controls, control)()
    return next(iter(model.generate([scenario.request])))


def _continued(scenario: Scenario, other: Scenario) -> Video | None:
    """The given frames, and then the lawful rest of another scenario; None where it has another size."""
    if other.request.size != scenario.request.size:
        return None
    frames = other.truth.video.frames[: scenario.request.num_frames].copy()
    context = scenario.request.context
    if context is not None:
        frames[list(context.indices)] = context.frames
    return Video(frames, scenario.request.fps)
