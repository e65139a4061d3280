"""What is on its way through a run: questions made ahead of the model, answers that wait to be measured."""

import dataclasses
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from copy import copy
from dataclasses import dataclass
from typing import Literal

from wsim.contracts import RoundTrips, Scenario
from wsim.runs.ahead import Ahead
from wsim.runs.answers import Answer
from wsim.runs.measure import Measurer, Outcome
from wsim.runs.plan import PlannedProbe
from wsim.video import Video

HELD_BYTES = 2**29  # of videos that wait to be measured


@dataclass(frozen=True, slots=True)
class Stage:
    """A step on the way through a plan, made ahead of the model."""

    planned: PlannedProbe
    moment: Literal["begins", "asks", "ends"]
    scenarios: Sequence[Scenario] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """An answer whose measurement is under way; without a video there is nothing to measure."""

    planned: PlannedProbe
    answer: Answer
    future: "Future[Outcome] | None"

    @property
    def done(self) -> bool:
        """Whether its record can be written without waiting."""
        return all(one is None or one.done() for one in (self.future, self.answer.stored))

    @property
    def held_bytes(self) -> int:
        """Memory of the video until then."""
        return self.answer.video.frames.nbytes if self.answer.video else 0


@dataclass(frozen=True)
class Lent:
    """The codec of a model, for the thread ahead: used where the model is."""

    model: RoundTrips
    ahead: Ahead[Stage]

    def round_trip(self, video: Video) -> Video:
        """Encode and decode."""
        result: Video = self.ahead.here(lambda: self.model.round_trip(video))
        return result


def submitted(planned: PlannedProbe, answer: Answer, measure: Measurer) -> Waiting:
    """An answer, given to be measured."""
    video = answer.video
    future = measure.submit(planned.probe, answer.scenario, video) if video else None
    return Waiting(planned, answer, future)


def without_film(scenario: Scenario) -> Scenario:
    """The same question without what was rendered to pose it: with depth and masks, that is 1 GB at 720p.

    A truth copies itself as it travels, and renders again when it is asked to.
    """
    given = scenario.request.context
    context = dataclasses.replace(given, frames=given.frames.copy()) if given else None
    return dataclasses.replace(
        scenario,
        request=dataclasses.replace(scenario.request, context=context),
        truth=copy(scenario.truth),
        alternatives={name: copy(truth) for name, truth in scenario.alternatives.items()},
    )


def full(waiting: deque[Waiting], measure: Measurer) -> bool:
    """Whether measuring is so far behind that the model has to wait for it."""
    if len(waiting) < measure.backlog:
        return False
    return not measure.overlaps or sum(one.held_bytes for one in waiting) >= HELD_BYTES
