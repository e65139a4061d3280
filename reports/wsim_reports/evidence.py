"""Brings back what stands behind a record: the scenario, its truth, the generated video, the reading.

Nothing of this is kept in the summary. Scenarios are pure functions of the seed and readings of the video,
so both are made again from the run folder; whatever is missing is said on the page instead.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from wsim.contracts import Probe, Reading, Scenario, Unmeasurable
from wsim.errors import WsimError
from wsim.runs.folder import RunFolder
from wsim.runs.manifest import Manifest
from wsim.runs.plan import load_probe
from wsim.runs.results import Record
from wsim.video import Video


class MissingEvidence(Exception):
    """Clips cannot be shown; the message is one sentence for the page."""


@dataclass(frozen=True)
class Exhibit:
    """One clip with all that a person needs to judge it; None where it could not be brought back."""

    record: Record
    scenario: Scenario | None
    generated: Video | None
    reading: Reading | Unmeasurable | None
    problem: str = ""


def records_of(folder: Path, probe: str) -> list[Record]:
    """The records of a probe that stand for a clip, in the order of their scenarios."""
    latest = RunFolder(folder).records.latest().values()
    return sorted((r for r in latest if r.probe == probe and r.scenario), key=lambda r: r.scenario)


def installed_probe(name: str, version: int) -> Probe:
    """The probe of that name.

    Raises:
        MissingEvidence: it is not installed, broken, or of another version than the run's.
    """
    try:
        probe = load_probe(name)
    except WsimError as error:
        raise MissingEvidence(f"No clips: {error.problem}.") from error
    if probe.version != version:
        raise MissingEvidence(
            f"No clips: the run used version {version} of this probe, version {probe.version} is installed."
        )
    return probe


def exhibits(folder: Path, probe: Probe, records: Sequence[Record]) -> list[Exhibit]:
    """Bring back the clips of some records, in their order.

    Raises:
        MissingEvidence: the manifest of the run cannot be read.
    """
    run = RunFolder(folder)
    try:
        manifest = run.manifest
    except WsimError as error:
        raise MissingEvidence(f"No clips: {error.problem}.") from error
    found = _scenarios(probe, manifest, {record.scenario for record in records})
    asker = manifest.asker
    store = run.store(shared=asker.shared)
    shown = []
    for record in records:
        scenario = found.get(record.scenario)
        video = store.get(asker.key(scenario)) if scenario else None
        shown.append(_exhibit(probe, record, scenario, video))
    return shown


def _exhibit(probe: Probe, record: Record, scenario: Scenario | None, video: Video | None) -> Exhibit:
    if scenario is None:
        return Exhibit(record, None, None, None, "The installed probe does not ask this scenario any more.")
    if video is None:
        return Exhibit(record, scenario, None, None, "The generated video is no longer in the run folder.")
    if record.video is not None and video.digest != record.video:
        return Exhibit(record, scenario, None, None, "The stored video is not the one that was measured.")
    try:
        reading = probe.measure(scenario, video)
    except Exception as error:  # a probe is a plugin: whatever it raises must not cost the report
        problem = f"The probe failed on this clip: {type(error).__name__}: {error}"
        return Exhibit(record, scenario, video, None, problem)
    verdict = reading.verdict if isinstance(reading, Reading) else None
    changed = record.status != "error" and verdict != record.verdict
    problem = f"The installed probe reads this clip as “{verdict or 'unmeasurable'}”." if changed else ""
    return Exhibit(record, scenario, video, reading, problem)


def _scenarios(probe: Probe, manifest: Manifest, wanted: set[str]) -> dict[str, Scenario]:
    """The wanted scenarios by id; making them stops as soon as all are there."""
    clusters = manifest.probe(probe.name).clusters
    asked = probe.scenarios(manifest.clip, track=manifest.track, seed=manifest.seed, limit=clusters)
    return _collect(asked, wanted)


def _collect(scenarios: Iterable[Scenario], wanted: set[str]) -> dict[str, Scenario]:
    found: dict[str, Scenario] = {}
    for scenario in scenarios:
        if scenario.id in wanted:
            found[scenario.id] = scenario
            if len(found) == len(wanted):
                break
    return found
