"""Lawful renders of 128 rows are read, are right, and score what other lawful ones do, for every probe."""

import pytest

from wsim.contracts import TRACKS, ClipFormat, Probe, Reading, Track
from wsim.registry import plugins
from wsim.runs.plan import load_probe

pytestmark = pytest.mark.slow
CLIP = ClipFormat(25, 128, 128, 16.0)
WORLDS, LEAST_SKILL = 3, 0.95


def scores(probe: Probe, track: Track, seed: int) -> list[float]:
    """Of the first metric, from the bad end of its range."""
    spec, found = probe.metrics[0], []
    for scenario in probe.scenarios(CLIP, track=track, seed=seed, limit=WORLDS):
        said = probe.measure(scenario, scenario.truth.video)
        assert isinstance(said, Reading) and said.lawful, f"{scenario.id}: {said}"
        found.append(abs(said.metrics[spec.name] - (spec.low if spec.better == "higher" else spec.high)))
    return found


@pytest.mark.parametrize("name", plugins("probes"))
def test_the_oracle_is_right_at_128_pixels(name: str) -> None:
    probe = load_probe(name)
    track = next(track for track in reversed(TRACKS) if track in probe.needs)
    here, ceiling = (scores(probe, track, seed) for seed in (500, 505))
    skill = (sum(here) / len(here)) / (sum(ceiling) / len(ceiling))
    assert skill >= LEAST_SKILL
