"""How the clips of a probe score, one by one: a mean of 0.5 may be half right, or half of everything wrong.

Scores are those that skill is the mean of, unclipped: 0 at the null, 1 at the ceiling of the probe's scale.
"""

from collections.abc import Sequence

from markupsafe import Markup

from wsim.runs.results import Calibration, Record
from wsim.runs.scoring import score_of
from wsim_reports.svg import drawing, tag

LOWEST, WIDTH, BINS = -0.25, 0.1, 15  # the outermost bins hold what lies beyond
SIZE = (400, 196)
PLOT = (46.0, 16.0, 388.0, 150.0)  # left, top, right, bottom of the axes
GAP = 2.0


def counts_of(records: Sequence[Record], metric: str, scale: Calibration) -> list[tuple[int, int]]:
    """Lawful and unlawful clips by bin, of those that were measured."""
    counts = [(0, 0)] * BINS
    for record in records:
        if record.status == "ok":
            place = int((score_of(record, metric, scale) - LOWEST) / WIDTH // 1)
            place = min(max(place, 0), BINS - 1)
            lawful, unlawful = counts[place]
            counts[place] = (lawful + bool(record.lawful), unlawful + (not record.lawful))
    return counts


def distribution_figure(counts: Sequence[tuple[int, int]]) -> Markup:
    """Clips by score, lawful below unlawful; empty when there are none."""
    total, tallest = sum(a + b for a, b in counts), max(a + b for a, b in counts)
    if not total:
        return Markup("")
    bars = [bar for place, (a, b) in enumerate(counts) if a + b for bar in _bars(place, a, b, tallest)]
    lawful = sum(a for a, _ in counts)
    middling = sum(a + b for place, (a, b) in enumerate(counts) if 0.25 <= _left_end(place) < 0.75)
    said = f"scores of {total} clips, {lawful} of them lawful; {middling} lie between 0.25 and 0.75"
    viewbox = f"0 0 {SIZE[0]} {SIZE[1]}"
    return drawing(*_frame(tallest), *bars, title=said, class_="distribution", viewBox=viewbox)


def _left_end(place: int) -> float:
    return round(LOWEST + place * WIDTH, 6)


def _bars(place: int, lawful: int, unlawful: int, tallest: int) -> list[Markup]:
    left, top, right, bottom = PLOT
    step = (right - left) / BINS
    unit = (bottom - top) / tallest
    said = f"{_left_end(place):.2f} to {_left_end(place + 1):.2f}: {lawful} lawful, {unlawful} unlawful"
    bars, base = [], bottom
    for count, kind in ((lawful, "lawful"), (unlawful, "unlawful")):
        height = count * unit
        base -= height
        rectangle = tag(
            "rect", tag("title", said), x=left + place * step + GAP / 2, y=base, width=step - GAP,
            height=height, class_=kind,
        )  # fmt: skip
        bars += [rectangle] if count else []
    return bars


def _frame(tallest: int) -> list[Markup]:
    left, top, right, bottom = PLOT
    marks = [tag("line", x1=left, x2=right, y1=bottom, y2=bottom, class_="grid")]
    marks.append(tag("text", str(tallest), x=left - 6, y=top + 4, text_anchor="end"))
    for score, said in ((0.0, "0: null"), (0.5, "0.5"), (1.0, "1: ceiling")):
        x = left + (score - LOWEST) / (BINS * WIDTH) * (right - left)
        marks.append(tag("line", x1=x, x2=x, y1=top - 8, y2=bottom, class_="grid"))
        marks.append(tag("text", said, x=x, y=bottom + 18, text_anchor="middle"))
    middle = (left + right) / 2
    marks.append(tag("text", "score of a clip", x=middle, y=190, text_anchor="middle", class_="label"))
    return marks
