"""The profiles of two runs: in which share of the worlds each scores above any level, and how often one wins.

Profiles do not hide in a mean whether all worlds got a little better or a few much (Agarwal et al., "Deep
reinforcement learning at the edge of the statistical precipice", NeurIPS 2021). Worlds count so that the
probes of a suite weigh alike, and the suites, as in the headline.

Axis letters: `draw` resamplings of the worlds, `world` of one probe, `level` of strict skill.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float64
from markupsafe import Markup

from wsim.runs.pairs import ScenarioPair
from wsim.stats import Wins, means_by_cluster, performance_profile, probability_of_improvement
from wsim_reports.figures import CURVE_SIZE, PLOT, TICKS, axis_label, height_of, shares_grid
from wsim_reports.rounding import number
from wsim_reports.rounding import percent as in_percent
from wsim_reports.svg import drawing, tag

LEVELS = np.linspace(0.0, 1.0, 51)
DRAWS = 1000
BAND = (2.5, 97.5)  # percentiles of the draws, level by level
SAID = 0.5  # the level that is put into words

Pairs: TypeAlias = Mapping[str, Sequence[ScenarioPair]]  # by probe
Scores: TypeAlias = Mapping[str, float]  # by world


@dataclass(frozen=True)
class Profile:
    """Of one run: the share of worlds above every level, with its band."""

    share: Float64[np.ndarray, " level"]
    low: Float64[np.ndarray, " level"]
    high: Float64[np.ndarray, " level"]


@dataclass(frozen=True)
class Profiles:
    """Of the baseline and of the other run, and in how many worlds the other one scores higher."""

    baseline: Profile
    other: Profile
    wins: Wins


def profiles_of(pairs: Pairs, suites: Mapping[str, str]) -> Profiles | None:
    """The profiles of both runs over all worlds that they share; None where they share none.

    Args:
        pairs: the scenarios that both have read, by probe.
        suites: of the probes.
    """
    probes = [name for name in sorted(pairs) if pairs[name]]
    if not probes:
        return None
    sides = [[_worlds(pairs[name], side) for name in probes] for side in (0, 1)]
    number_of = Counter(suites[name] for name in probes)
    weights = [1 / (len(number_of) * number_of[suites[name]]) for name in probes]
    baseline, other = (_profile(scores, weights) for scores in sides)
    changes = [{w: b[w] - a[w] for w in a} for a, b in zip(*sides, strict=True)]
    worlds = sorted({world for change in changes for world in change})
    means = [float(np.mean([change[world] for change in changes if world in change])) for world in worlds]
    return Profiles(baseline, other, probability_of_improvement(np.array(means)))


def _worlds(pairs: Sequence[ScenarioPair], side: int) -> Scores:
    clusters = [pair.baseline.cluster for pair in pairs]
    return means_by_cluster([(pair.baseline_score, pair.other_score)[side] for pair in pairs], clusters)


def _profile(scores: Sequence[Scores], weights: Sequence[float]) -> Profile:
    """One run's; a world that several probes show is drawn for all of them at once."""
    worlds = sorted({world for one in scores for world in one})
    place = {world: i for i, world in enumerate(worlds)}
    generator = np.random.default_rng(0)
    drawn = generator.multinomial(len(worlds), np.full(len(worlds), 1 / len(worlds)), size=DRAWS)
    share, draws, held = np.zeros(len(LEVELS)), np.zeros((DRAWS, len(LEVELS))), np.zeros((DRAWS, 1))
    for one, weight in zip(scores, weights, strict=True):
        values = np.array(list(one.values()))
        share += weight * performance_profile(values, LEVELS)
        counts = drawn[:, [place[world] for world in one]]
        many = counts.sum(axis=1, keepdims=True)
        draws += weight * (counts @ (values[:, None] > LEVELS)) / np.maximum(many, 1)
        held += weight * (many > 0)
    low, high = np.percentile(draws / np.maximum(held, 1e-12), BAND, axis=0)
    return Profile(share, low, high)


def wins_in_words(profiles: Profiles, other: str) -> str:
    """How many worlds went which way, and how likely the next one is to gain."""
    wins = profiles.wins
    every = wins.better + wins.equal + wins.worse
    chance = f"{number(wins.probability)} [{number(wins.low)}, {number(wins.high)}]"
    return (
        f"Of {every} worlds, {wins.better} score higher with {other}, {wins.worse} lower, {wins.equal} the "
        f"same: a world gains with a probability of {chance}, draws counted half."
    )


def profile_figure(profiles: Profiles, names: tuple[str, str], classes: tuple[str, str]) -> Markup:
    """Both profiles with their bands.

    Args:
        profiles: of both.
        names: of the runs, baseline first.
        classes: of the style sheet, which stand for them.
    """
    both = (profiles.baseline, profiles.other)
    groups = [_group(profile, name) for profile, name in zip(both, classes, strict=True)]
    said = [
        f"{name} {in_percent(float(np.interp(SAID, LEVELS, profile.share)))}"
        for name, profile in zip(names, both, strict=True)
    ]
    return drawing(
        *shares_grid(), *_level_ticks(), *groups, axis_label("strict skill"),
        title=f"share of worlds above a strict skill of {SAID:g}: {', '.join(said)}",
        class_="curve profile", viewBox=f"0 0 {CURVE_SIZE[0]} {CURVE_SIZE[1]}",
    )  # fmt: skip


def _level_ticks() -> list[Markup]:
    y = PLOT[3] + 16
    return [tag("text", f"{tick:g}", x=_x(tick), y=y, text_anchor="middle") for tick in TICKS]


def _group(profile: Profile, run: str) -> Markup:
    there = [f"{_x(x):.1f},{height_of(y):.1f}" for x, y in zip(LEVELS, profile.high, strict=True)]
    back = [f"{_x(x):.1f},{height_of(y):.1f}" for x, y in zip(LEVELS[::-1], profile.low[::-1], strict=True)]
    line = [f"{_x(x):.1f},{height_of(y):.1f}" for x, y in zip(LEVELS, profile.share, strict=True)]
    band = tag("polygon", points=" ".join(there + back), class_="band")
    return tag("g", band, tag("polyline", points=" ".join(line), class_="line"), class_=f"mark {run}")


def _x(level: float) -> float:
    return PLOT[0] + level * (PLOT[2] - PLOT[0])
