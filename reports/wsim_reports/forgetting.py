"""How long a model remembers, from a probe's curve over the time that something was out of sight."""

import math

from wsim.runs.results import ProbeSummary
from wsim.stats import Forgetting, forgetting_curve
from wsim_reports.rounding import quantity

OUT_OF_SIGHT = "hidden_s"  # the parameter by which a scenario says for how long
FEWEST_WORLDS = 5


def forgetting_of(probe: ProbeSummary) -> Forgetting | None:
    """The curve of forgetting of a probe, with its half-life.

    Clips of one world count as one answer, shared out over its durations: the interval is then no narrower
    than the worlds allow.

    Returns:
        None where fewer than two durations or five worlds were measured, or nothing was ever right.
    """
    points = [
        (float(value), share, clips)
        for value, share, clips in probe.curves.get(OUT_OF_SIGHT, ())
        if not isinstance(value, str) and value > 0.0
    ]
    if len(points) < 2 or probe.strict.clusters < FEWEST_WORLDS:
        return None
    answers_a_clip = min(1.0, probe.strict.clusters / sum(clips for *_, clips in points))
    durations_s: list[float] = []
    right: list[float] = []
    for value, share, clips in points:
        answers = max(1, round(answers_a_clip * clips))
        durations_s += [value] * answers
        right += [share] * answers
    return forgetting_curve(durations_s, right)


def forgetting_sentence(probe: ProbeSummary) -> str:
    """The half-life in words, or what the durations asked rule out; nothing without a curve."""
    found = forgetting_of(probe)
    if found is None:
        return ""
    longest = max(float(value) for value, *_ in probe.curves[OUT_OF_SIGHT] if not isinstance(value, str))
    if math.isinf(found.half_life_s):
        return (
            f"Up to {_seconds(longest)} out of sight no forgetting is seen; "
            f"a half-life below {_seconds(found.low)} is ruled out."
        )
    above = "up" if math.isinf(found.high) else f"to {_seconds(found.high)}"
    return (
        f"Half of what it knows is forgotten in {_seconds(found.half_life_s)} out of sight "
        f"(95 %: from {_seconds(found.low)} {above})."
    )


def _seconds(duration_s: float) -> str:
    """Two digits: half-lives come from a grid."""
    return quantity(float(f"{duration_s:.2g}"), "s")
