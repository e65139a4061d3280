"""Numbers of all videos of a run together, as every report shows them: with interval, size and signature."""

from collections.abc import Sequence
from dataclasses import dataclass

from wsim.runs.results import Estimate, RunSummary, SetMetric
from wsim.stats import decimals_for
from wsim_reports.rounding import INTERVAL_WIDTH_SE, NOTHING, number
from wsim_reports.words import flags_in_words

HEADING = "Conditioning: distribution, text and paired metrics"
ABOUT = (
    "How far all videos of a run lie from the lawful renders of the same questions (fvd, kvd), how well they "
    "fit the words (clip, clipsim), and how near each is to its own lawful render (psnr, ssim, lpips). The "
    "network is named in brackets; numbers of different networks are on different scales. fvd is biased "
    "upwards at few videos, kvd is not. They belong to the suite conditioning; its score and the headline "
    "are not made of them."
)
MOST_DECIMALS = 6  # kernel distances are small


@dataclass(frozen=True, slots=True)
class Line:
    """One number in words and digits."""

    name: str
    better: str
    value: str
    interval: str
    lawful: str
    clips: int
    worlds: int
    notes: str
    signature: str


@dataclass(frozen=True, slots=True)
class Missing:
    """Numbers that are not there for one reason, and the command or the place that brings them."""

    names: str
    why: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Row:
    """One number of several runs side by side; None where a run does not have it."""

    name: str
    better: str
    cells: tuple[Line | None, ...]
    lawful: str
    clips: str
    worlds: str
    signatures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetView:
    """The section of one run; `computed` is false where nobody asked for these numbers yet."""

    lines: tuple[Line, ...]
    missing: tuple[Missing, ...]
    computed: bool


def set_view(run: RunSummary) -> SetView:
    """What a report shows of a run."""
    lines = tuple(_line(metric) for metric in run.metrics if metric.estimate.value is not None)
    reasons = dict.fromkeys((m.unavailable, m.remedy) for m in run.metrics if m.estimate.value is None)
    missing = tuple(
        Missing(
            ", ".join(m.name for m in run.metrics if (m.unavailable, m.remedy) == (why, remedy)), why, remedy
        )
        for why, remedy in reasons
    )
    return SetView(lines, missing, bool(run.metrics))


def rows_of(runs: Sequence[RunSummary]) -> tuple[Row, ...]:
    """Every number that one of the runs has; what is the same in all of them is said once."""
    views = [{line.name: line for line in set_view(run).lines} for run in runs]
    names = dict.fromkeys(name for view in views for name in view)
    return tuple(_row([view.get(name) for view in views]) for name in names)


def missing_of(runs: Sequence[RunSummary]) -> dict[Missing, tuple[int, ...]]:
    """What is not there, with the places of the runs that lack it."""
    found: dict[Missing, tuple[int, ...]] = {}
    for place, run in enumerate(runs):
        for missing in set_view(run).missing:
            found[missing] = (*found.get(missing, ()), place)
    return found


def value_of(estimate: Estimate) -> str:
    """The value with the digits that its interval supports."""
    return number(estimate.value, _decimals(estimate))


def interval_of(estimate: Estimate) -> str:
    """`[low, high]`, or nothing where there is no interval."""
    if estimate.low is None or estimate.high is None:
        return ""
    low, high = (number(end, _decimals(estimate)) for end in (estimate.low, estimate.high))
    return f"[{low}, {high}]"


def incomparable(runs: Sequence[RunSummary]) -> tuple[str, ...]:
    """The metrics whose signatures differ between the runs: other weights, sizes, rates or versions."""
    made: dict[str, set[str]] = {}
    for metric in (metric for run in runs for metric in run.metrics if metric.signature):
        made.setdefault(metric.name, set()).add(metric.signature)
    return tuple(name for name, signatures in made.items() if len(signatures) > 1)


def _row(lines: Sequence[Line | None]) -> Row:
    there = [line for line in lines if line]

    def said(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(str(getattr(line, name)) for line in there))

    once = {name: ", ".join(said(name)) for name in ("lawful", "clips", "worlds")}
    return Row(there[0].name, there[0].better, tuple(lines), **once, signatures=said("signature"))


def _line(metric: SetMetric) -> Line:
    estimate = metric.estimate
    return Line(
        metric.name,
        "lower is better" if metric.better == "lower" else "higher is better",
        value_of(estimate),
        interval_of(estimate),
        NOTHING if metric.lawful is None else number(metric.lawful, _decimals(estimate)),
        estimate.n,
        estimate.clusters,
        flags_in_words(metric.flags),
        metric.signature,
    )


def _decimals(estimate: Estimate) -> int:
    width = None if estimate.low is None or estimate.high is None else estimate.high - estimate.low
    return decimals_for(None if width is None else width / INTERVAL_WIDTH_SE, most=MOST_DECIMALS)
