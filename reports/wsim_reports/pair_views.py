"""What a comparison shows of every probe: a scatter of its clips, their list, and those that changed most."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from markupsafe import Markup

from wsim.contracts import Reading
from wsim.errors import WsimError
from wsim.runs.pairs import ScenarioPair, load_side, scenario_pairs
from wsim.runs.results import Comparison, Difference
from wsim_reports.cards import Card, heading_of, telling_frame, with_clip
from wsim_reports.clips import write_clip
from wsim_reports.evidence import Exhibit, MissingEvidence, exhibits, installed_probe
from wsim_reports.gallery import varied_parameters
from wsim_reports.pair_figures import Dot, scatter
from wsim_reports.pair_words import both_in_words, changed_readings, reading_of
from wsim_reports.rounding import number

SHOWN = 2  # clips of a probe that changed most, to either side
LEAST_CHANGE = 0.05  # of a clip's score, below which it did not change

Places: TypeAlias = tuple[Mapping[str, str], Mapping[str, str]]  # a scenario to its clip, of both runs


@dataclass(frozen=True)
class PairGallery:
    """Clips that changed most to one side."""

    title: str
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class PairClip:
    """One scenario in the list beside the scatter; `links` lead to its clips, each with the name of a run."""

    heading: str
    kind: str
    said: str
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class PairView:
    """One probe as both runs answered it."""

    name: str
    anchor: str
    row: Difference
    figure: Markup
    changes: str
    clips: tuple[PairClip, ...] = ()  # in the order of the dots
    galleries: tuple[PairGallery, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Sides:
    """The names of two runs on the page, and their folders."""

    baseline: str
    other: str
    baseline_folder: Path
    other_folder: Path

    @property
    def names(self) -> tuple[str, str]:
        """Baseline first."""
        return self.baseline, self.other


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
    places: Mapping[str, Places],
) -> list[PairView]:
    """Every probe with a scatter of its clips; writes the clips that changed most under `output`."""
    return [
        _view(row, pairs[row.name], sides, output, f"{prefix}-{i:02d}", places.get(row.name, ({}, {})))
        for i, row in enumerate(comparison.probes)
        if row.name in pairs
    ]


def _view(
    row: Difference, pairs: Sequence[ScenarioPair], sides: Sides, output: Path, slug: str, places: Places
) -> PairView:
    pairs = sorted(pairs, key=lambda pair: (-pair.change, pair.baseline.scenario))
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
    varied = varied_parameters([pair.other for pair in pairs])
    return PairView(
        name=row.name,
        anchor=f"{slug}-probe",
        row=row,
        figure=scatter(dots, baseline=sides.baseline, other=sides.other, what=row.name),
        changes=changed_readings(pairs),
        clips=tuple(_listed(pair, varied, sides, places) for pair in pairs),
        galleries=tuple(PairGallery(title, tuple(found)) for title, found in shown.items() if found),
        problem=problem,
    )


def _listed(pair: ScenarioPair, varied: set[str], sides: Sides, places: Places) -> PairClip:
    kind = "better" if pair.change > 0 else "worse" if pair.change < 0 else "same"
    found = [(name, place.get(pair.other.scenario)) for name, place in zip(sides.names, places, strict=True)]
    links = tuple((name, place) for name, place in found if place)
    return PairClip(
        f"{pair.other.cluster}, {heading_of(pair.other, varied)}", kind, both_in_words(pair), links
    )


def most_changed(pairs: Sequence[ScenarioPair]) -> dict[str, list[ScenarioPair]]:
    """The clips to show of pairs by falling change: one a world that gained and lost most, if it can be."""
    gained = [pair for pair in pairs if pair.change > LEAST_CHANGE]
    lost = [pair for pair in reversed(pairs) if pair.change < -LEAST_CHANGE]
    return {"Gained most": _one_a_world(gained), "Lost most": _one_a_world(lost)}


def _one_a_world(pairs: Sequence[ScenarioPair]) -> list[ScenarioPair]:
    worlds: Counter[str] = Counter()
    turns = []
    for place, pair in enumerate(pairs):
        turns.append((worlds[pair.baseline.cluster], place))
        worlds[pair.baseline.cluster] += 1
    return [pairs[place] for _, place in sorted(turns)[:SHOWN]]


def _dot(pair: ScenarioPair, card: Card | None) -> Dot:
    scores = f"{number(pair.baseline_score)} and {number(pair.other_score)}"
    readings = f"{reading_of(pair.baseline)}, then {reading_of(pair.other)}"
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
    card = Card(
        anchor=slug,
        heading=heading_of(pair.other, varied),
        scenario=pair.other.scenario,
        kind="lawful" if gained else "unlawful",
        mark="▲" if gained else "▼",
        verdict=both_in_words(pair),
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
