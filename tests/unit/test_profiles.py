"""Performance profiles of two runs: shares by hand, bands by simulation, worlds that several probes show."""

import re

import numpy as np
import pytest

from wsim.runs.pairs import ScenarioPair
from wsim.runs.results import Record
from wsim_reports.profiles import LEVELS, Profiles, profile_figure, profiles_of, wins_in_words


def pair(world: str, before: float, after: float) -> ScenarioPair:
    record = Record("probe", 1, f"{world}/scenario", world, "ok")
    return ScenarioPair(record, record, before, after)


def at(profiles: Profiles, level: float) -> tuple[float, float]:
    place = int(np.argmin(abs(LEVELS - level)))
    return float(profiles.baseline.share[place]), float(profiles.other.share[place])


def found(pairs: dict[str, list[ScenarioPair]]) -> Profiles:
    profiles = profiles_of(pairs, {name: name.partition("/")[0] for name in pairs})
    assert profiles is not None
    return profiles


def test_shares_of_worlds_and_not_of_clips() -> None:
    one = [pair("a", 0.9, 0.9), pair("a", 0.5, 0.9), pair("b", 0.0, 0.3), pair("c", 0.2, 0.1)]
    profiles = found({"s/one": one})
    assert at(profiles, 0.0) == pytest.approx((2 / 3, 1.0))  # a level is not above itself
    assert at(profiles, 0.6) == pytest.approx((1 / 3, 1 / 3)) and at(profiles, 0.8)[0] == 0
    assert (np.diff(profiles.other.share) <= 0).all()
    assert profiles.wins[:3] == (2, 0, 1)
    assert wins_in_words(profiles, "late").startswith("Of 3 worlds, 2 score higher with late, 1 lower, 0 the")


def test_suites_weigh_alike_however_many_probes_and_worlds_they_have() -> None:
    low = {f"many/{i}": [pair(f"m{i}{j}", 0.1, 0.1) for j in range(9)] for i in range(4)}
    profiles = found({**low, "few/one": [pair("f", 0.9, 0.1)]})
    assert at(profiles, 0.5) == pytest.approx((0.5, 0.0))
    assert profiles_of({"s/none": []}, {"s/none": "s"}) is None


def test_the_band_covers_the_true_share() -> None:
    rng, inside = np.random.default_rng(0), 0
    place = int(np.argmin(abs(LEVELS - 0.5)))
    for _ in range(60):
        scores = rng.random(40) ** 0.5  # above one half with a probability of three quarters
        profile = found({"s/one": [pair(f"{i}", float(x), 0.0) for i, x in enumerate(scores)]}).baseline
        inside += bool(profile.low[place] <= 0.75 <= profile.high[place])
    assert inside >= 52


def test_a_world_of_several_probes_is_drawn_for_all_at_once() -> None:
    rng = np.random.default_rng(1)
    scores = rng.random(30)
    same = [pair(f"{i}", float(x), 0.0) for i, x in enumerate(scores)]
    apart = [pair(f"other {i}", float(x), 0.0) for i, x in enumerate(scores)]
    shared = found({"s/one": same, "s/two": same}).baseline
    independent = found({"s/one": same, "s/two": apart}).baseline
    widths = [float((one.high - one.low)[10:40].mean()) for one in (shared, independent)]
    assert widths[0] == pytest.approx(2**0.5 * widths[1], rel=0.15)


def test_the_figure_says_what_it_shows_and_escapes_names() -> None:
    profiles = found({"s/one": [pair(f"{i}", i / 10, 1.0) for i in range(10)]})
    drawn = str(profile_figure(profiles, ("<b>", "late"), ("run0", "run1")))
    assert "above a strict skill of 0.5: &lt;b&gt; 40 %, late 100 %" in drawn.replace("\u202f", " ").replace(
        "\xa0", " "
    )
    lines = re.findall(r'<polyline points="([^"]+)"', drawn)
    assert len(lines) == 2 and all(len(line.split()) == len(LEVELS) for line in lines)
