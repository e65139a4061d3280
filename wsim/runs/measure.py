"""Measuring videos, here, in worker processes or on a cluster. Where it happens never changes what comes out.

A probe is trusted less than its numbers look: a metric that is not finite, is missing or lies outside its
declared range is a failure of the instrument, never of the model.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from wsim.contracts import Probe, Reading, Scenario, Unmeasurable
from wsim.errors import RAISED_ELSEWHERE, WsimError
from wsim.runs.answers import Failure, failure_of
from wsim.runs.crew import TRIES, CannotTravel, Crew, Lost, Worker
from wsim.runs.processes import ProcessWorker
from wsim.video import Video

Executor: TypeAlias = Literal["serial", "processes", "ray"]
LIMIT_S = 900.0  # of one measurement: the slowest takes 5 s at 128x128, a minute or two at 720p


@dataclass(frozen=True)
class Outcome:
    """What a probe said of a video, and how long it took; `lost` says how every process died at it."""

    said: Reading | Unmeasurable | Failure
    seconds: float
    lost: str = ""


@runtime_checkable
class Measurer(Protocol):
    """Takes measurements, at once or later."""

    def submit(self, probe: Probe, scenario: Scenario, video: Video) -> "Future[Outcome]":
        """Start a measurement."""
        ...

    def result(self, future: "Future[Outcome]", probe: Probe, scenario: Scenario, video: Video) -> Outcome:
        """Wait for a measurement."""
        ...

    def close(self) -> None:
        """Break off what is under way."""
        ...

    @property
    def backlog(self) -> int:
        """How many measurements are worth having under way."""
        ...

    @property
    def overlaps(self) -> bool:
        """Whether something else can be done meanwhile."""
        ...


def measure_one(probe: Probe, scenario: Scenario, video: Video) -> Outcome:
    """Measure one video and check what the probe returns; one that raises is asked once more."""
    start = time.perf_counter()
    said: Reading | Unmeasurable | Failure
    for _ in range(TRIES):  # memory may be free again, a disk back
        try:
            said = checked(probe, probe.measure(scenario, video))
            break
        except RAISED_ELSEWHERE as error:  # a probe that raises has failed as an instrument
            said = failure_of("the instrument", error)
    return Outcome(said, time.perf_counter() - start)


def checked(probe: Probe, said: object) -> Reading | Unmeasurable | Failure:
    """The reading with plain finite floats, or what is wrong with it."""
    if isinstance(said, Unmeasurable):
        return said
    if not isinstance(said, Reading):
        return Failure(f"the instrument failed: measure returned {type(said).__name__}")
    problem = _wrong_metric(probe, said.metrics)
    if any(not math.isfinite(event.severity) for event in said.events):
        problem = problem or "the severity of an event is not finite"
    if problem:
        return Failure(f"the instrument failed: {problem}")
    return said


def _wrong_metric(probe: Probe, metrics: Mapping[str, float]) -> str | None:
    for spec in probe.metrics:
        if spec.name not in metrics:
            return f"the metric {spec.name} is missing"
    for name, value in metrics.items():
        if not math.isfinite(value):
            return f"the metric {name} is {value}"
    scored = probe.metrics[0]
    value, slack = float(metrics[scored.name]), 1e-6 * max(1.0, abs(scored.high - scored.low))
    if not scored.low - slack <= value <= scored.high + slack:
        return f"the metric {scored.name} is {value:g}, outside {scored.low:g}..{scored.high:g}"
    return None


class _Serial:
    backlog, overlaps = 1, False

    def submit(self, probe: Probe, scenario: Scenario, video: Video) -> "Future[Outcome]":
        done: Future[Outcome] = Future()
        done.set_result(measure_one(probe, scenario, video))
        return done

    def result(self, future: "Future[Outcome]", probe: Probe, scenario: Scenario, video: Video) -> Outcome:
        return future.result()

    def close(self) -> None:
        """Nothing is ever under way."""


class _Elsewhere:
    overlaps = True

    def __init__(self, crew: Crew) -> None:
        self.crew = crew
        self.backlog = 2 * crew.size

    def submit(self, probe: Probe, scenario: Scenario, video: Video) -> "Future[Outcome]":
        return self.crew.submit(measure_one, probe, scenario, video)

    def result(self, future: "Future[Outcome]", probe: Probe, scenario: Scenario, video: Video) -> Outcome:
        try:
            return future.result()
        except CannotTravel:  # this probe or scenario cannot go to another process: measure it here
            return measure_one(probe, scenario, video)
        except Lost as lost:
            return Outcome(instrument_lost(lost), 0.0, lost=str(lost))

    def close(self) -> None:
        self.crew.close()


def instrument_lost(lost: Lost) -> Failure:
    """The failure of an instrument that took its process down."""
    return Failure(f"the instrument failed: its process {lost}, {TRIES} times")


@contextmanager
def measurer(
    executor: Executor, jobs: int, *, limit_s: float = LIMIT_S, address: str | None = None
) -> Iterator[Measurer]:
    """A measurer for the length of the block.

    Args:
        executor: `serial` measures in this process, `processes` in `jobs` spawned ones, `ray` in so many
            tasks at a time on a cluster.
        jobs: how many.
        limit_s: seconds that one measurement may take; in this process it may take any time.
        address: of the cluster; by default `$RAY_ADDRESS`, or this machine alone.
    """
    if executor == "serial":
        _check(jobs)
        yield _Serial()
        return
    with workers(jobs, executor=executor, limit_s=limit_s, address=address) as crew:
        yield _Elsewhere(crew)


@contextmanager
def workers(
    jobs: int,
    *,
    executor: Executor = "processes",
    limit_s: float = LIMIT_S,
    address: str | None = None,
) -> Iterator[Crew]:
    """So many workers for the length of the block; what is not done when it ends never is.

    Raises:
        WsimError: less than one job, or more than the cluster has processors.
    """
    _check(jobs)
    with ExitStack() as stack:
        start: Callable[[], Worker] = ProcessWorker
        if executor == "ray":
            from wsim.runs.on_ray import RayWorker, cluster, refuse_more_than_there_is

            stack.enter_context(cluster(address))
            refuse_more_than_there_is("CPU", float(jobs), option="--jobs")
            start = RayWorker
        crew = Crew(start, jobs, limit_s)
        stack.callback(crew.close)
        yield crew


def _check(jobs: int) -> None:
    if jobs < 1:
        raise WsimError(f"{jobs} jobs do nothing", where="--jobs", remedy="give 1 or more")
