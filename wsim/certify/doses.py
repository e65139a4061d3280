"""Graded violations of a question: what breaks, by how much, and what the video then shows.

A probe that can grade its violations says so by two members (`Dosed`). Any other is shown its own
alternatives, each of which happens or does not. What is scored may be as sharp as that too, right or wrong;
a probe then names the metric in which its answer to a dose can be seen (`Responds`).
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from wsim.contracts import MetricSpec, Probe, Scenario
from wsim.video import Video

SEVERITIES = (0.125, 0.25, 0.5, 0.75, 1.0)
ALL_OR_NOTHING = "all or nothing"


@dataclass(frozen=True, slots=True)
class Dose:
    """A kind of violation. `graded` ones are weaker at lower severity; others happen or do not."""

    name: str
    unit: str
    full: float
    graded: bool = True


@runtime_checkable
class Dosed(Protocol):
    """A probe whose violations are graded."""

    @property
    def doses(self) -> tuple[Dose, ...]:
        """The violations that the probe is there to see."""
        ...

    def dosed(self, scenario: Scenario, dose: str, severity: float) -> Video | None:
        """The history with that much of it wrong, severity in 0..1; None where it cannot have it."""
        ...


@runtime_checkable
class Responds(Protocol):
    """A probe whose response to a dose shows in another metric than the one that is scored."""

    @property
    def dose_metric(self) -> str:
        """Name of the metric."""
        ...


def dose_metric(probe: Probe) -> MetricSpec:
    """Where the response of a probe to a dose is looked for."""
    name = probe.dose_metric if isinstance(probe, Responds) else probe.metrics[0].name
    return next(spec for spec in probe.metrics if spec.name == name)


def doses_of(probe: Probe, scenario: Scenario) -> tuple[Dose, ...]:
    """The graded violations of a probe, and every alternative of the question that is not among them."""
    graded = probe.doses if isinstance(probe, Dosed) else ()
    names = {dose.name for dose in graded}
    others = [name for name in scenario.alternatives if name not in names]
    return (*graded, *(Dose(name, ALL_OR_NOTHING, 1.0, graded=False) for name in others))


def video_at(probe: Probe, scenario: Scenario, dose: Dose, severity: float) -> Video | None:
    """What is shown at a severity above 0; None where the scenario cannot have this violation."""
    if dose.graded:
        return probe.dosed(scenario, dose.name, severity) if isinstance(probe, Dosed) else None
    return scenario.alternatives[dose.name].video


def levels(dose: Dose) -> tuple[float, ...]:
    """The severities that have to be shown beside the lawful clip."""
    return SEVERITIES if dose.graded else (1.0,)
