"""Brings back what stands behind a record: the scenario, its truth, the generated video, the reading.

Nothing of this is kept in the summary. Scenarios are pure functions of the seed and readings of the video,
so both are made again from the run folder; whatever is missing is said on the page instead.
"""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
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


def records_by_probe(folder: Path) -> dict[str, list[Record]]:
    """The records of a run that stand for a clip, by probe, in the order of their scenarios."""
    found: dict[str, list[Record]] = {}
    for record in sorted(RunFolder(folder).records.latest().values(), key=lambda r: r.scenario):
        if record.scenario:
            found.setdefault(record.probe, []).append(record)
    return found


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
    """Bring back the clips of some records and read them again, in the order of the records.

    Raises:
        MissingEvidence: the manifest of the run cannot be read.
    """
    wanted = {record.scenario for record in records}
    found = {e.record.scenario: e for e in bring(folder, probe, records, read=wanted)}
    return [found[record.scenario] for record in records]


def bring(
    folder: Path, probe: Probe, records: Sequence[Record], *, read: AbstractSet[str]
) -> Iterator[Exhibit]:
    """Bring back clips one by one, as the probe asks for them, so that few films are held at a time.

    Args:
        folder: the run.
        probe: as installed.
        records: of that probe, one a scenario.
        read: the scenarios that are read again, for what was seen in them; the others are only shown.

    Raises:
        MissingEvidence: the manifest of the run cannot be read.
    """
    run = RunFolder(folder)
    try:
        manifest = run.manifest
    except WsimError as error:
        raise MissingEvidence(f"No clips: {error.problem}.") from error
    asker = manifest.asker
    store = run.store(shared=asker.shared)
    waiting = {record.scenario: record for record in records}
    for scenario in asked(probe, manifest) if waiting else ():
        if record := waiting.pop(scenario.id, None):
            video = store.get(asker.key(scenario))
            yield _exhibit(probe, record, scenario, video, read=scenario.id in read)
        if not waiting:
            return
    for record in waiting.values():
        yield Exhibit(record, None, None, None, "The installed probe does not ask this scenario any more.")


def asked(probe: Probe, manifest: Manifest) -> Iterator[Scenario]:
    """The scenarios of a probe as the run asked them."""
    clusters = manifest.probe(probe.name).clusters
    return probe.scenarios(manifest.clip, track=manifest.track, seed=manifest.seed, limit=clusters)


def _exhibit(probe: Probe, record: Record, scenario: Scenario, video: Video | None, *, read: bool) -> Exhibit:
    if video is None:
        return Exhibit(record, scenario, None, None, "The generated video is no longer in the run folder.")
    if record.video is not None and video.digest != record.video:
        return Exhibit(record, scenario, None, None, "The stored video is not the one that was measured.")
    return _read_again(probe, record, scenario, video) if read else Exhibit(record, scenario, video, None)


def _read_again(probe: Probe, record: Record, scenario: Scenario, video: Video) -> Exhibit:
    try:
        reading = probe.measure(scenario, video)
    except Exception as error:  # a probe is a plugin: whatever it raises must not cost the report
        problem = f"The probe failed on this clip: {type(error).__name__}: {error}"
        return Exhibit(record, scenario, video, None, problem)
    verdict = reading.verdict if isinstance(reading, Reading) else None
    changed = record.status != "error" and verdict != record.verdict
    problem = f"The installed probe reads this clip as “{verdict or 'unmeasurable'}”." if changed else ""
    return Exhibit(record, scenario, video, reading, problem)
