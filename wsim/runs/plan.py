"""What a run will ask: the track, the clip and every scenario, known before anything is made."""

import secrets
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from wsim.contracts import (
    TRACKS,
    ClipFormat,
    Model,
    ModelInfo,
    Privileged,
    Probe,
    Remarks,
    RoundTrips,
    Scenario,
    Track,
    formats_of,
)
from wsim.errors import WsimError
from wsim.registry import find
from wsim.runs import provenance
from wsim.runs.asker import Asker
from wsim.runs.benchmark import Benchmark, ProbeUse
from wsim.runs.folder import RunFolder, now
from wsim.runs.manifest import Manifest, ProbeEntry, describe_model
from wsim.runs.plan_report import PlanReport, PlanRow, estimated_s
from wsim.runs.prompts import Prompt
from wsim.runs.unsimulated import free_half

UNSHARED = "the model has no digest: its videos are kept in this run only, not in the cache of all runs"


@dataclass(frozen=True)
class PlannedProbe:
    """A probe of the plan.

    Attributes:
        offered: whether it has the track.
        reason: why it is not applicable.
        beside: whether the mean of its suite leaves it out.
    """

    probe: Probe
    clusters: int
    offered: bool
    reason: str | None
    beside: bool = False

    @property
    def asked(self) -> bool:
        """Whether its scenarios are part of the run."""
        return self.reason is None


@dataclass(frozen=True)
class Plan:
    """A benchmark fitted to a model. Scenarios are made when iterated over."""

    benchmark: Benchmark
    track: Track
    clip: ClipFormat
    probes: tuple[PlannedProbe, ...]
    partial: bool

    @property
    def seed(self) -> int:
        """Of every scenario."""
        return self.benchmark.seed

    def scenarios(self, planned: PlannedProbe, *, limit: int | None = None) -> Iterator[Scenario]:
        """The scenarios of one probe, in the order in which they are asked; none if it is not applicable."""
        if not planned.asked:
            return iter(())
        clusters = planned.clusters if limit is None else min(limit, planned.clusters)
        return planned.probe.scenarios(self.clip, track=self.track, seed=self.seed, limit=clusters)

    def expected(self, planned: PlannedProbe) -> int:
        """How many scenarios a probe should have, judged by its first world."""
        return planned.clusters * sum(1 for _ in self.scenarios(planned, limit=1))

    def manifest(self, model: Model, *, argv: Sequence[str] | None = None) -> Manifest:
        """The manifest of a run that is about to begin, with a new run id."""
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        info, privileged = model.info, isinstance(model, Privileged)
        return Manifest(
            run=f"{stamp}-{secrets.token_hex(2)}",
            status="running",
            partial=self.partial,
            benchmark={
                "name": self.benchmark.name,
                "version": self.benchmark.version,
                "digest": self.benchmark.digest,
                **({"unsimulated": True} if self.benchmark.prompts else {}),
            },
            track=self.track,
            clip=self.clip,
            seed=self.seed,
            model=describe_model(info, privileged=privileged, round_trips=isinstance(model, RoundTrips)),
            probes=tuple(_entry(planned) for planned in self.probes),
            wsim=provenance.wsim_version(),
            packages=provenance.packages(),
            machine=provenance.machine(),
            argv=tuple(sys.argv if argv is None else argv),
            started=now(),
            notes=(
                *(() if info.digest and not privileged else (UNSHARED,)),
                *(model.remarks() if isinstance(model, Remarks) else ()),
            ),
        )

    def describe(self, model: Model, folder: RunFolder | None = None) -> PlanReport:
        """What the run would do. Reads the folder and the cache if they are there, and writes nothing."""
        there = folder if folder is not None and folder.exists else None
        run = there.manifest.run if there else ""
        asker = Asker(model.info, isinstance(model, Privileged), run)
        store = (there or RunFolder("")).store(shared=asker.shared)
        rows = []
        for planned in self.probes:
            keys = [asker.key(scenario) for scenario in self.scenarios(planned)]
            stored = sum(store.could_have(key) for key in keys) if there or asker.shared else 0
            rows.append(PlanRow(planned.probe.name, planned.clusters, len(keys), stored, planned.reason))
        seconds = estimated_s(rows, list(there.records.latest().values()) if there else [])
        return PlanReport(self.benchmark, self.track, self.clip, self.partial, tuple(rows), seconds)


def load_probe(name: str) -> Probe:
    """The installed probe of that name.

    Raises:
        WsimError: there is none, or it cannot be imported.
    """
    loaded = find("probes", name).load()
    probe: Probe = loaded() if callable(loaded) else loaded
    return probe


def make_plan(
    info: ModelInfo,
    benchmark: Benchmark,
    *,
    track: Track | None = None,
    limit: int | None = None,
    probes: Mapping[str, Probe] | None = None,
) -> Plan:
    """Fit a benchmark to a model.

    Args:
        info: what the model accepts, and the formats it makes, best first.
        benchmark: what is asked.
        track: which track to enter; by default the one that most probes fit, and the richest of equals.
        limit: only the first worlds of each probe; the run is then partial.
        probes: probes by name, for those that are not installed.

    Raises:
        WsimError: the model cannot enter the track, or no probe applies.
    """
    if limit is not None and limit < 1:
        raise WsimError(f"a limit of {limit} asks nothing", where="--limit", remedy="give 1 or more")
    known = probes or {}
    loaded = [(use, known.get(use.probe) or load_probe(use.probe)) for use in benchmark.uses]
    if benchmark.prompts:
        loaded = [_reading_prompts(use, probe, benchmark.prompts) for use, probe in loaded]
    clip = info.formats[0] if info.formats else benchmark.clip
    chosen = _choose_track(info, [probe for _, probe in loaded], benchmark, track)
    planned = tuple(_fit(info, use, probe, chosen, clip, limit) for use, probe in loaded)
    partial = limit is not None and any(limit < use.clusters for use in benchmark.uses)
    return Plan(benchmark, chosen, clip, planned, partial)


def _reading_prompts(use: ProbeUse, probe: Probe, prompts: Sequence[Prompt]) -> tuple[ProbeUse, Probe]:
    """The free half of a probe, asked the prompts whose answers it can read."""
    mine = tuple(prompt for prompt in prompts if probe.name in prompt.probes)
    return ProbeUse(use.probe, min(use.clusters, len(mine)), use.beside), free_half(probe, mine)


def _choose_track(
    info: ModelInfo, probes: Sequence[Probe], benchmark: Benchmark, wanted: Track | None
) -> Track:
    asked = {
        track: sum(track in probe.needs and probe.needs[track] <= info.accepts for probe in probes)
        for track in info.tracks
    }
    open_tracks = [track for track, count in asked.items() if count]
    if wanted is None and open_tracks:
        return max(reversed(open_tracks), key=lambda track: asked[track])
    if wanted is not None and wanted in open_tracks:
        return wanted
    offered = [track for track in TRACKS if any(track in probe.needs for probe in probes)]
    raise WsimError(
        f"model {info.name!r} cannot enter "
        + (f"the track {wanted!r}" if wanted else f"any track of {benchmark.name!r}"),
        where=f"benchmark {benchmark.name}/{benchmark.version}, which offers {', '.join(offered) or 'none'}",
        remedy=f"it accepts {', '.join(sorted(info.accepts)) or 'nothing'}"
        + (f"; tracks open to it: {', '.join(open_tracks)}" if open_tracks else ""),
    )


def _fit(
    info: ModelInfo, use: ProbeUse, probe: Probe, track: Track, clip: ClipFormat, limit: int | None
) -> PlannedProbe:
    """Decide whether a probe can be asked, and of how many worlds."""
    reason = None
    if track not in probe.needs:
        reason = f"the probe does not offer the track {track}"
    elif missing := probe.needs[track] - info.accepts:
        reason = f"the model does not accept {', '.join(sorted(missing))}"
    elif clip.duration_s < probe.min_duration_s - 1e-9:
        reason = (
            f"clips of {clip.duration_s:g} s are too short; the question needs {probe.min_duration_s:g} s"
        )
    elif info.formats and (unmade := [str(f) for f in formats_of(probe, clip) if f not in info.formats]):
        reason = f"the model does not make {', '.join(unmade)}"
    clusters = use.clusters if limit is None else min(limit, use.clusters)
    return PlannedProbe(probe, clusters, track in probe.needs, reason, use.beside)


def _entry(planned: PlannedProbe) -> ProbeEntry:
    probe = planned.probe
    return ProbeEntry(
        name=probe.name,
        version=probe.version,
        question=probe.question,
        instrument=provenance.instrument_digest(probe),
        metrics=tuple(probe.metrics),
        clusters=planned.clusters,
        offered=planned.offered,
        reason=planned.reason,
        planned=None if planned.asked else 0,
        beside=planned.beside,
    )
