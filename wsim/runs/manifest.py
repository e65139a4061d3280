"""`manifest.json`: what a run is; enough to summarise it where neither model nor probes are installed."""

import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from wsim.contracts import ClipFormat, MetricSpec, ModelInfo, Track
from wsim.errors import WsimError
from wsim.runs.asker import Asker
from wsim.runs.records import made_by_newer, newer_schema

MANIFEST_SCHEMA = "wsim.manifest/1"

RunStatus = Literal["running", "complete", "incomplete", "interrupted"]


@dataclass(frozen=True)
class ProbeEntry:
    """One probe of a run.

    Attributes:
        instrument: SHA-256 of the probe's source file.
        metrics: what its readings hold; the first one is scored.
        clusters: how many worlds it asks about.
        offered: whether the probe offers this track at all.
        reason: why it is not applicable; None when it is asked.
        planned: how many scenarios that makes; None until they were counted.
        mixed: whether its source changed, at the same version, between the first record and the last.
        beside: whether the mean of its suite leaves it out.
    """

    name: str
    version: int
    question: str
    instrument: str
    metrics: tuple[MetricSpec, ...]
    clusters: int
    offered: bool = True
    reason: str | None = None
    planned: int | None = None
    mixed: bool = False
    beside: bool = False


@dataclass(frozen=True)
class Manifest:
    """A run: who was asked what, with which code, and how it ended.

    Attributes:
        partial: limited to the first worlds of each probe.
        benchmark: name, version, digest.
        model: name, adapter, digest, accepts, settings, privileged, round_trips.
        counts: records by status, and `planned`.
        timing: seconds of wall time, added up over resumptions.
        notes: what a reader must know (videos not cached, ...).
    """

    run: str
    status: RunStatus
    partial: bool
    benchmark: Mapping[str, Any]
    track: Track
    clip: ClipFormat
    seed: int
    model: Mapping[str, Any]
    probes: tuple[ProbeEntry, ...]
    wsim: Mapping[str, Any] = field(default_factory=dict)
    packages: Mapping[str, str] = field(default_factory=dict)
    machine: Mapping[str, str | None] = field(default_factory=dict)
    argv: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    timing: Mapping[str, float] = field(default_factory=dict)
    started: str = ""
    finished: str | None = None
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The manifest as it stands in the file; unbounded metrics have null for a bound."""
        content = dataclasses.asdict(self)
        for entry in content["probes"]:
            for metric in entry["metrics"]:
                metric["low"] = metric["low"] if math.isfinite(metric["low"]) else None
                metric["high"] = metric["high"] if math.isfinite(metric["high"]) else None
        return {"schema": MANIFEST_SCHEMA, **content}

    def probe(self, name: str) -> ProbeEntry:
        """The entry of that probe."""
        return next(entry for entry in self.probes if entry.name == name)

    def counted(self, name: str) -> bool:
        """Whether the mean of its suite holds a probe: none holds those beside it, but of nothing else."""
        suite = name.partition("/")[0]
        mine = [entry for entry in self.probes if entry.offered and entry.name.partition("/")[0] == suite]
        return not self.probe(name).beside or all(entry.beside for entry in mine)

    def with_probe(self, entry: ProbeEntry) -> "Manifest":
        """The manifest with one probe's entry replaced."""
        probes = tuple(entry if old.name == entry.name else old for old in self.probes)
        return dataclasses.replace(self, probes=probes)

    @property
    def asker(self) -> Asker:
        """The model as it described itself, for finding its videos when it is not there."""
        info = ModelInfo(
            name=self.model["name"],
            adapter=self.model["adapter"],
            digest=self.model["digest"],
            accepts=frozenset(self.model["accepts"]),
            settings=self.model["settings"],
            codec=self.model.get("codec"),
        )
        return Asker(info, bool(self.model["privileged"]), self.run)


def describe_model(info: ModelInfo, *, privileged: bool, round_trips: bool) -> dict[str, Any]:
    """What a manifest keeps of a model."""
    return {
        "name": info.name,
        "adapter": info.adapter,
        "digest": info.digest,
        "accepts": sorted(info.accepts),
        "settings": dict(info.settings),
        "privileged": privileged,
        "round_trips": round_trips,
        **({"codec": info.codec} if info.codec else {}),
    }


def read_manifest(path: Path) -> Manifest:
    """Read `manifest.json`.

    Raises:
        WsimError: it is not there, is damaged, or a newer wsim wrote it.
    """
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        schema = content.pop("schema")
        if newer_schema(schema, MANIFEST_SCHEMA):
            raise made_by_newer(schema, path)
        return _from_json(content)
    except FileNotFoundError as error:
        raise WsimError(
            "this is not a run folder: it has no manifest.json",
            where=str(path.parent),
            remedy="give a folder written by `wsim score` or `wsim probe`",
        ) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise WsimError(
            f"the manifest cannot be read: {type(error).__name__}: {error}",
            where=str(path),
            remedy="restore it from a copy, or give another folder with --out",
        ) from error


def _from_json(content: dict[str, Any]) -> Manifest:
    probes = []
    for entry in content["probes"]:
        metrics = tuple(_metric(metric) for metric in entry["metrics"])
        probes.append(ProbeEntry(**{**entry, "metrics": metrics}))
    return Manifest(
        **{
            **content,
            "clip": ClipFormat(**content["clip"]),
            "probes": tuple(probes),
            "argv": tuple(content["argv"]),
            "notes": tuple(content["notes"]),
        }
    )


def _metric(content: dict[str, Any]) -> MetricSpec:
    low, high = content["low"], content["high"]
    return MetricSpec(
        **{**content, "low": -math.inf if low is None else low, "high": math.inf if high is None else high}
    )
