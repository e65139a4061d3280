"""What lawful renders and the controls score on calibration worlds, each in the mean over worlds."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from wsim.contracts import Model, Probe, Reading, Scenario
from wsim.errors import ExitCode, WsimError
from wsim.runs.codec import Codec
from wsim.runs.measure import Measurer, Outcome
from wsim.stats import cluster_mean
from wsim.video import Video

LAWFUL = "lawful"
LOSSES = 3  # rounds in which all processes may die at one clip
LEAST_MEASURABLE = 0.5  # below this share of measurable clips a mean is not used


@dataclass(frozen=True, slots=True)
class Means:
    """The mean of everybody who can be measured in at least half of the clips; in how many worlds."""

    means: dict[str, float]
    worlds: int


def _answers(scenarios: Iterable[Scenario], codec: Codec | None) -> Iterator[tuple[str, Scenario, Video]]:
    """Question by question the lawful answer and those of the controls.

    A probe renders its alternatives once for all of them.
    """
    from wsim.models import controls

    models: list[Model] = [getattr(controls, name)() for name in controls.NULLS]
    for scenario in scenarios:
        video = scenario.truth.video
        yield LAWFUL, scenario, codec.through(video) if codec else video
        for model in models:
            yield model.info.name, scenario, next(iter(model.generate([scenario.request])))


def means(probe: Probe, scenarios: Iterable[Scenario], codec: Codec | None, measure: Measurer) -> Means:
    """Mean over worlds of the first metric, of all who answer.

    Args:
        probe: the instrument.
        scenarios: what is asked.
        codec: through which lawful renders go; None for none.
        measure: where to measure.

    Raises:
        WsimError: the codec fails, or a clip takes down whoever reads it.
    """
    said: dict[str, list[tuple[str, float | None]]] = {}
    for who, scenario, outcome in _measured(probe, _answers(scenarios, codec), measure):
        reading = outcome.said
        value = float(reading.metrics[probe.metrics[0].name]) if isinstance(reading, Reading) else None
        said.setdefault(who, []).append((scenario.cluster, value))
    found = {who: mean for who, values in said.items() if (mean := _mean(values)) is not None}
    return Means(found, len({cluster for values in said.values() for cluster, _ in values}))


def _measured(
    probe: Probe, answers: Iterator[tuple[str, Scenario, Video]], measure: Measurer
) -> Iterator[tuple[str, Scenario, Outcome]]:
    """Every answer with what the probe said of it, in order, with so many under way as are worth it."""
    waiting: deque[tuple[tuple[str, Scenario, Video], Future[Outcome]]] = deque()
    while (answer := next(answers, None)) or waiting:
        if answer:
            waiting.append((answer, measure.submit(probe, *answer[1:])))
        if not answer or len(waiting) >= measure.backlog:
            (who, scenario, video), future = waiting.popleft()
            yield who, scenario, _certain(measure, future, probe, scenario, video)


def _certain(
    measure: Measurer, future: "Future[Outcome]", probe: Probe, scenario: Scenario, video: Video
) -> Outcome:
    """What the probe said; asked again when the machine, not the probe, was what failed."""
    for _ in range(LOSSES):
        outcome = measure.result(future, probe, scenario, video)
        if not outcome.lost:
            return outcome
        future = measure.submit(probe, scenario, video)
    raise WsimError(
        f"the scale cannot be measured: a process {outcome.lost}",
        where=f"{probe.name}, scenario {scenario.id}",
        remedy="give the same command again, with fewer --jobs if memory is short",
        exit_code=ExitCode.INCOMPLETE,
    )


def _mean(said: Sequence[tuple[str, float | None]]) -> float | None:
    """Over (cluster, value); None when fewer than half of the clips could be measured."""
    measured = [(cluster, value) for cluster, value in said if value is not None]
    if not measured or len(measured) < LEAST_MEASURABLE * len(said):
        return None
    return cluster_mean([value for _, value in measured], [cluster for cluster, _ in measured]).mean
