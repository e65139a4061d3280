"""Numbers for a terminal: no more digits than the interval supports."""

from wsim.runs.results import Estimate
from wsim.stats import decimals_for

NOTHING = "-"
MOST_DECIMALS = 2  # of a skill, whose intervals are rarely narrower than 0.01
SE_PER_WIDTH = 1 / (2 * 1.96)


def decimals_of(estimate: Estimate) -> int:
    """Decimals that the width of the interval deserves."""
    if estimate.low is None or estimate.high is None or estimate.high <= estimate.low:
        return MOST_DECIMALS
    return decimals_for((estimate.high - estimate.low) * SE_PER_WIDTH, most=MOST_DECIMALS)


def with_interval(estimate: Estimate, *, signed: bool = False) -> str:
    """`0.42 [0.31, 0.53]`."""
    if estimate.value is None:
        return NOTHING
    decimals = decimals_of(estimate)
    text = plain(estimate.value, decimals, signed=signed)
    if estimate.low is None or estimate.high is None:
        return text
    low, high = (plain(end, decimals, signed=signed) for end in (estimate.low, estimate.high))
    return f"{text} [{low}, {high}]"


def value_only(estimate: Estimate) -> str:
    """`0.42`."""
    return NOTHING if estimate.value is None else plain(estimate.value, decimals_of(estimate))


def plain(value: float, decimals: int, *, signed: bool = False) -> str:
    """A fixed number of decimals, and never a negative zero."""
    text = f"{value:+.{decimals}f}" if signed else f"{value:.{decimals}f}"
    return text.lstrip("+-") if float(text) == 0 else text


def percent(share: float) -> str:
    """Whole percent; 0 and 100 only when exactly so."""
    whole = round(100 * share)
    if 0 < share < 1:
        whole = min(max(whole, 1), 99)
    return f"{whole}%"


def count_of(number: int, noun: str) -> str:
    """`1 clip`, `2 clips`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def duration(seconds: float) -> str:
    """`45 s`, `12 min`, `3.5 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
