"""Graded violations of a question: what breaks, by how much, and what the video then shows.

A probe that can grade its violations says so by two members (`Dosed`). Any other is dosed by its own
alternatives: each happens at once or not at all, and its severity is the share of worlds in which it does.
"""

import zlib
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from wsim.contracts import Probe, Scenario
from wsim.video import Video

SEVERITIES = (0.125, 0.25, 0.5, 0.75, 1.0)
SHARE_OF_WORLDS = "share of worlds"


@dataclass(frozen=True, slots=True)
class Dose:
    """A kind of violation. `graded` ones are weaker at lower severity; others happen in fewer worlds."""

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


def doses_of(probe: Probe, scenario: Scenario) -> tuple[Dose, ...]:
    """The graded violations of a probe, and every alternative of the question that is not among them."""
    graded = probe.doses if isinstance(probe, Dosed) else ()
    names = {dose.name for dose in graded}
    others = [name for name in scenario.alternatives if name not in names]
    return (*graded, *(Dose(name, SHARE_OF_WORLDS, 1.0, graded=False) for name in others))


def video_at(probe: Probe, scenario: Scenario, dose: Dose, severity: float) -> Video | None:
    """What is shown at a severity; None where the scenario cannot have this violation.

    An all-or-nothing violation is shown whole; which worlds have it at a severity is for `draw` to say.
    """
    if severity == 0.0:
        return scenario.truth.video
    if dose.graded:
        return probe.dosed(scenario, dose.name, severity) if isinstance(probe, Dosed) else None
    return scenario.alternatives[dose.name].video


def levels(dose: Dose) -> tuple[float, ...]:
    """The severities that have to be shown: all-or-nothing violations once as they are and once not."""
    return (0.0, *SEVERITIES) if dose.graded else (0.0, 1.0)


def draw(world: str, dose: str) -> float:
    """A number in [0, 1) for a world and a dose: what breaks at a low severity also breaks at a high one."""
    return zlib.crc32(f"{world}|{dose}".encode()) / 2**32
