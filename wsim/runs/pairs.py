"""Two runs laid beside each other: what each said of the same scenario, and by how much that differs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wsim.runs.folder import RunFolder
from wsim.runs.manifest import Manifest
from wsim.runs.results import Calibration, Record, RunSummary
from wsim.runs.scoring import strict_scores
from wsim.runs.summary import current, summary_of
from wsim.stats import means_by_cluster, paired_differences


@dataclass(frozen=True)
class Side:
    """One of the runs, read whole: `records` by probe, those that count."""

    path: Path
    manifest: Manifest
    records: Mapping[str, Sequence[Record]]
    calibrations: Mapping[str, Calibration]
    summary: RunSummary


@dataclass(frozen=True, slots=True)
class ScenarioPair:
    """One scenario as both runs answered it; scores are strict, in units of skill, each on its own scale."""

    baseline: Record
    other: Record
    baseline_score: float
    other_score: float

    @property
    def change(self) -> float:
        """`other` minus `baseline`."""
        return self.other_score - self.baseline_score


def load_side(folder: RunFolder | Path | str) -> Side:
    """Read a run.

    Raises:
        WsimError: there is none, it is damaged, or a newer wsim made it.
    """
    run = folder if isinstance(folder, RunFolder) else RunFolder(folder)
    manifest, records = run.manifest, run.records.read()
    calibrations = {name: kept for name, (_, kept) in run.calibrations().items()}
    summary = summary_of(run, manifest, records, calibrations)
    return Side(run.path, manifest, current(manifest, records), calibrations, summary)


def scenario_pairs(left: Side, right: Side, probe: str) -> list[ScenarioPair]:
    """The scenarios of a probe that both runs have read, by id; none unless both have a scale for it."""
    sides = (left, right)
    if any(probe not in side.calibrations or not side.calibrations[probe].valid for side in sides):
        return []
    read = [
        {r.scenario: r for r in side.records.get(probe, ()) if r.status in ("ok", "unmeasurable")}
        for side in sides
    ]
    shared = sorted(read[0].keys() & read[1].keys())
    scores = []
    for side, records in zip(sides, read, strict=True):
        metric = side.manifest.probe(probe).metrics[0].name
        found, _ = strict_scores([records[name] for name in shared], metric, side.calibrations[probe])
        scores.append(found)
    return [
        ScenarioPair(read[0][name], read[1][name], one, two)
        for name, one, two in zip(shared, *scores, strict=True)
    ]


def cluster_differences(pairs: Sequence[ScenarioPair]) -> dict[str, float]:
    """`other` minus `baseline` for every cluster, by name; a cluster is the mean of its scenarios."""
    clusters = [pair.baseline.cluster for pair in pairs]
    baseline = means_by_cluster([pair.baseline_score for pair in pairs], clusters)
    other = means_by_cluster([pair.other_score for pair in pairs], clusters)
    return paired_differences(baseline, other)
