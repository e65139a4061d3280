"""Measuring videos, here or in worker processes. Where it happens never changes what comes out.

A probe is trusted less than its numbers look: a metric that is not finite, is missing or lies outside its
declared range is a failure of the instrument, never of the model.
"""

import math
import signal
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from wsim.contracts import Probe, Reading, Scenario, Unmeasurable
from wsim.errors import ExitCode, WsimError
from wsim.runs.answers import Failure, failure_of
from wsim.video import Video

Executor: TypeAlias = Literal["serial", "processes"]


@dataclass(frozen=True)
class Outcome:
    """What a probe said of a video, and how long it took."""

    said: Reading | Unmeasurable | Failure
    seconds: float


@runtime_checkable
class Measurer(Protocol):
    """Takes measurements, at once or later."""

    def submit(self, probe: Probe, scenario: Scenario, video: Video) -> "Future[Outcome]":
        """Start a measurement."""
        ...

    def result(self, future: "Future[Outcome]", probe: Probe, scenario: Scenario, video: Video) -> Outcome:
        """Wait for a measurement."""
        ...

    @property
    def backlog(self) -> int:
        """How many measurements are worth having under way."""
        ...


def measure_one(probe: Probe, scenario: Scenario, video: Video) -> Outcome:
    """Measure one video and check what the probe returns."""
    start = time.perf_counter()
    said: Reading | Unmeasurable | Failure
    try:
        said = checked(probe, probe.measure(scenario, video))
    except Exception as error:  # a probe that raises has failed as an instrument
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
    backlog = 1

    def submit(self, probe: Probe, scenario: Scenario, video: Video) -> "Future[Outcome]":
        done: Future[Outcome] = Future()
        done.set_result(measure_one(probe, scenario, video))
        return done

    def result(self, future: "Future[Outcome]", probe: Probe, scenario: Scenario, video: Video) -> Outcome:
        return future.result()


class _Processes:
    def __init__(self, pool: ProcessPoolExecutor, jobs: int) -> None:
        self.pool = pool
        self.backlog = 2 * jobs

    def submit(self, probe: Probe, scenario: Scenario, video: Video) -> "Future[Outcome]":
        try:
            return self.pool.submit(measure_one, probe, scenario, video)
        except BrokenProcessPool as error:
            raise _died(probe, scenario) from error

    def result(self, future: "Future[Outcome]", probe: Probe, scenario: Scenario, video: Video) -> Outcome:
        try:
            return future.result()
        except BrokenProcessPool as error:
            raise _died(probe, scenario) from error
        except Exception:  # this probe or scenario cannot travel to another process: measure it here
            return measure_one(probe, scenario, video)


@contextmanager
def measurer(executor: Executor, jobs: int) -> Iterator[Measurer]:
    """A measurer for the length of the block.

    Args:
        executor: `serial` measures in this process, `processes` in `jobs` spawned ones.
        jobs: number of processes.
    """
    if executor == "serial":
        _check(jobs)
        yield _Serial()
        return
    with workers(jobs) as pool:
        yield _Processes(pool, jobs)


@contextmanager
def workers(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """So many spawned processes for the length of the block; what has not begun when it ends never does.

    Raises:
        WsimError: less than one job.
    """
    _check(jobs)
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_ignore_interrupt)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _check(jobs: int) -> None:
    if jobs < 1:
        raise WsimError(f"{jobs} jobs do nothing", where="--jobs", remedy="give 1 or more")


def _died(probe: Probe, scenario: Scenario) -> WsimError:
    return WsimError(
        "a measuring process died, for want of memory or because it cannot import the probe",
        where=f"probe {probe.name}, about scenario {scenario.id}",
        remedy="what was measured is kept: go on with fewer --jobs, or with --executor serial",
        exit_code=ExitCode.INCOMPLETE,
    )


def _ignore_interrupt() -> None:
    """Ctrl-C reaches the whole process group; the parent decides what it means."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
