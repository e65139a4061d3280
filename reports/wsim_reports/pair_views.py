"""What the page of a comparison shows: better and worse in words, and the clips behind."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from markupsafe import Markup

from wsim.contracts import Reading
from wsim.errors import WsimError
from wsim.runs.pairs import ScenarioPair, load_side, scenario_pairs
from wsim.runs.results import Comparison, Difference, Record
from wsim_reports.cards import Card, heading_of, telling_frame, with_clip
from wsim_reports.clips import write_clip
from wsim_reports.evidence import Exhibit, MissingEvidence, exhibits, installed_probe
from wsim_reports.gallery import varied_parameters
from wsim_reports.pair_figures import Dot, scatter
from wsim_reports.rounding import HARD_SPACE, both_of, number
from wsim_reports.words import difference_call, in_words, most_common

SHOWN = 2  # clips of a probe that changed most, to either side
LEAST_CHANGE = 0.05  # of a clip's score, below which it did not change
NAMED = 4  # changes of reading that are put into words


@dataclass(frozen=True)
class PairGallery:
    """Clips that changed most to one side."""

    title: str
    cards: tuple[Card, ...]


@dataclass(frozen=True)
class PairView:
    """One probe as both runs answered it."""

    name: str
    anchor: str
    row: Difference
    figure: Markup
    changes: str
    galleries: tuple[PairGallery, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Sides:
    """The names of two runs on the page, and their folders."""

    baseline: str
    other: str
    baseline_folder: Path
    other_folder: Path


def told(comparison: Comparison) -> dict[str, list[tuple[Difference, str]]]:
    """The probes by what became of them, largest change first, each with a sentence."""
    rows = sorted(comparison.probes, key=lambda row: -abs(row.difference.value or 0.0))
    heads: dict[Literal["better", "worse", "same", "unclear"], str] = {
        "better": "Got better",
        "worse": "Got worse",
        "same": "Stayed the same",
        "unclear": "Cannot be told",
    }
    return {head: [(row, _sentence(row)) for row in rows if row.call == call] for call, head in heads.items()}


def _sentence(row: Difference) -> str:
    if row.difference.value is None:
        return ", ".join(row.flags) or "not measured in both runs"
    change = both_of(row.difference, signed=True)
    ends = f"from {number(row.baseline.value)} to {number(row.other.value)}"
    pairs = f"{row.difference.clusters}{HARD_SPACE}worlds"
    why = f"; {difference_call(row)}" if row.call == "unclear" else ""
    return f"{change}, {ends} over {pairs}{why}"


def read_pairs(comparison: Comparison, sides: Sides) -> dict[str, list[ScenarioPair]]:
    """The scenarios that both runs have read, by probe; none where there is no run folder to read."""
    try:
        left, right = load_side(sides.baseline_folder), load_side(sides.other_folder)
    except WsimError:
        return {}  # a summary without a run folder has numbers and no clips
    found = {row.name: scenario_pairs(left, right, row.name) for row in comparison.probes}
    return {name: pairs for name, pairs in found.items() if pairs}


def pair_views(
    comparison: Comparison,
    pairs: Mapping[str, Sequence[ScenarioPair]],
    sides: Sides,
    output: Path,
    prefix: str,
) -> list[PairView]:
    """Every probe with a scatter of its clips; writes the clips that changed most under `output`."""
    return [
        _view(row, pairs[row.name], sides, output, f"{prefix}-{i:02d}")
        for i, row in enumerate(comparison.probes)
        if row.name in pairs
    ]


def _view(row: Difference, pairs: Sequence[ScenarioPair], sides: Sides, output: Path, slug: str) -> PairView:
    chosen = most_changed(pairs)
    problem = ""
    try:
        version = pairs[0].baseline.probe_version
        cards = _cards(
            row.name, version, [p for group in chosen.values() for p in group], sides, output, slug
        )
    except MissingEvidence as missing:
        cards, problem = {}, str(missing)
    shown = {title: [cards[p.baseline.scenario] for p in group if p.baseline.scenario in cards]
             for title, group in chosen.items()}  # fmt: skip
    dots = [_dot(pair, cards.get(pair.baseline.scenario)) for pair in pairs]
    return PairView(
        name=row.name,
        anchor=f"{slug}-probe",
        row=row,
        figure=scatter(dots, baseline=sides.baseline, other=sides.other, what=row.name),
        changes=changed_readings(pairs),
        galleries=tuple(PairGallery(title, tuple(found)) for title, found in shown.items() if found),
        problem=problem,
    )


def most_changed(pairs: Sequence[ScenarioPair]) -> dict[str, list[ScenarioPair]]:
    """The clips to show: those that gained and lost most, from different worlds if it can be."""
    by_change = sorted(pairs, key=lambda pair: (-pair.change, pair.baseline.scenario))
    gained = [pair for pair in by_change if pair.change > LEAST_CHANGE]
    lost = [pair for pair in reversed(by_change) if pair.change < -LEAST_CHANGE]
    return {"Gained most": _one_a_world(gained), "Lost most": _one_a_world(lost)}


def _one_a_world(pairs: Sequence[ScenarioPair]) -> list[ScenarioPair]:
    worlds: Counter[str] = Counter()
    turns = []
    for place, pair in enumerate(pairs):
        turns.append((worlds[pair.baseline.cluster], place))
        worlds[pair.baseline.cluster] += 1
    return [pairs[place] for _, place in sorted(turns)[:SHOWN]]


def changed_readings(pairs: Sequence[ScenarioPair]) -> str:
    """How clips were read by the one run and by the other, `“vanished” became “kept” in 5 of 20 clips`."""
    counts = Counter((_reading(pair.baseline), _reading(pair.other)) for pair in pairs)
    moved = {f"“{a}” became “{b}”": n for (a, b), n in counts.items() if a != b}
    if not moved:
        return f"All {len(pairs)} clips were read as before."
    named = most_common(moved)[:NAMED]
    said = "; ".join(f"{text} in {count}" for text, count in named)
    rest = sum(moved.values()) - sum(count for _, count in named)
    more = f"; another reading in {rest} more" if rest else ""
    return f"{said}{more}, of {len(pairs)} clips."


def _reading(record: Record) -> str:
    return in_words(record.verdict or record.reason or record.status)


def _dot(pair: ScenarioPair, card: Card | None) -> Dot:
    scores = f"{number(pair.baseline_score)} and {number(pair.other_score)}"
    readings = f"{_reading(pair.baseline)}, then {_reading(pair.other)}"
    said = f"{pair.baseline.scenario}: {scores}; {readings}"
    return Dot(pair.baseline_score, pair.other_score, said, f"#{card.anchor}" if card else "")


def _cards(
    name: str, version: int, pairs: Sequence[ScenarioPair], sides: Sides, output: Path, slug: str
) -> dict[str, Card]:
    """The clips of both runs beside the truth, by scenario."""
    probe = installed_probe(name, version)
    before = exhibits(sides.baseline_folder, probe, [pair.baseline for pair in pairs])
    after = exhibits(sides.other_folder, probe, [pair.other for pair in pairs])
    varied = varied_parameters([pair.other for pair in pairs])
    return {
        pair.other.scenario: _card(pair, (one, two), sides, varied, output, f"{slug}-{i}")
        for i, (pair, one, two) in enumerate(zip(pairs, before, after, strict=True))
    }


def _card(
    pair: ScenarioPair,
    answers: tuple[Exhibit, Exhibit],
    sides: Sides,
    varied: set[str],
    output: Path,
    slug: str,
) -> Card:
    """Truth, baseline and other, side by side; what both made of it in the heading."""
    gained = pair.change > 0
    scores = ((pair.baseline, pair.baseline_score), (pair.other, pair.other_score))
    card = Card(
        anchor=slug,
        heading=heading_of(pair.other, varied),
        scenario=pair.other.scenario,
        kind="lawful" if gained else "unlawful",
        mark="▲" if gained else "▼",
        verdict=" → ".join(f"{_reading(record)} {number(score)}" for record, score in scores),
        problem=" ".join(dict.fromkeys(answer.problem for answer in answers if answer.problem)),
    )
    scenario = answers[1].scenario or answers[0].scenario
    if scenario is None:
        return card
    frame = telling_frame(pair.other, scenario.request.num_frames)
    players = [
        write_clip(output, f"{slug}-truth", "what should happen", scenario.truth.video, poster_frame=frame)
    ]
    named = ((sides.baseline, "baseline", answers[0]), (sides.other, "other", answers[1]))
    for name, file, answer in named:
        if answer.generated is not None:
            overlays = answer.reading.overlays if isinstance(answer.reading, Reading) else ()
            players.append(
                write_clip(
                    output, f"{slug}-{file}", name, answer.generated, poster_frame=frame, overlays=overlays
                )
            )
    return with_clip(card, pair.other, scenario, players)
