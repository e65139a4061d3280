"""A run folder: manifest, records, calibrations and videos, whole enough to be carried to another machine.

```
manifest.json      what the run is (replaced atomically)
records.jsonl      one line a reading (appended)
calibration.json   both ends of every probe's scale
metrics.json       numbers of all videos together, once they were asked for
videos/3f/3fa9...  what was generated, exact
summary.json       derived; may be deleted
errors.log         tracebacks, for whoever mends the model or the probe
```
"""

import dataclasses
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from wsim.errors import WsimError
from wsim.runs.durable import TEMPORARY, make_folder, telling, write_whole
from wsim.runs.lock import locked
from wsim.runs.manifest import Manifest, read_manifest
from wsim.runs.records import RecordLog, made_by_newer, newer_schema
from wsim.runs.results import Calibration
from wsim.runs.store import VideoStore, cache_folder, shared_cache

CALIBRATION_SCHEMA = "wsim.calibration/1"


def now() -> str:
    """UTC, ISO 8601, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class RunFolder:
    """The files of one run. Making the object touches nothing on disk."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self.records = RecordLog(self.path / "records.jsonl")

    @property
    def exists(self) -> bool:
        """Whether there is a run in it."""
        return (self.path / "manifest.json").exists()

    @property
    def manifest(self) -> Manifest:
        """What the run is, read anew.

        Raises:
            WsimError: there is none, or a newer wsim wrote it.
        """
        return read_manifest(self.path / "manifest.json")

    def store(self, *, shared: bool) -> VideoStore:
        """The run's videos; `shared` also looks into, and adds to, the cache of all runs."""
        if not shared:
            return VideoStore(self.path / "videos")
        return VideoStore(self.path / "videos", shared=cache_folder() / "videos", far=shared_cache())

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the folder as its only writer; makes it if need be.

        Raises:
            WsimError: another process holds it, or it cannot be written to.
        """
        make_folder(self.path)
        with locked(self.path / "lock"):
            self.records.repair()
            self._sweep()
            yield

    def begin(self, planned: Manifest) -> Manifest:
        """Start the planned run, or go on with the one that is there; returns what was written.

        Raises:
            WsimError: the folder holds a run of another model, benchmark, track, clip or seed.
        """
        manifest = planned
        if self.exists:
            there = self.manifest
            self._refuse_another(there, planned)
            manifest = self._resumed(there, planned)
        self.write_manifest(manifest)
        return manifest

    def write_manifest(self, manifest: Manifest) -> None:
        """Replace the manifest, atomically."""
        text = json.dumps(manifest.to_json(), indent=1, allow_nan=False)
        write_whole(self.path / "manifest.json", text + "\n")

    def calibrations(self) -> dict[str, tuple[str, Calibration]]:
        """By probe: the key that says what it was measured with, and the calibration."""
        path = self.path / "calibration.json"
        return read_calibrations(path) if path.exists() else {}

    def keep_calibration(self, key: str, calibration: Calibration) -> None:
        """Add or replace the calibration of one probe."""
        kept = {**self.calibrations(), calibration.probe: (key, calibration)}
        write_calibrations(self.path / "calibration.json", kept)

    def log_error(self, heading: str, text: str) -> None:
        """Add a traceback to `errors.log`."""
        path = self.path / "errors.log"
        with telling(path), path.open("a", encoding="utf-8") as file:
            file.write(f"--- {now()} {heading}\n{text.rstrip()}\n")

    def _sweep(self) -> None:
        """Remove the half-written files of a process that was killed; nobody else writes here now."""
        for path in [*self.path.glob(f".*{TEMPORARY}*"), *self.path.glob(f"videos/??/.*{TEMPORARY}*")]:
            with suppress(OSError):
                path.unlink()

    def _refuse_another(self, there: Manifest, planned: Manifest) -> None:
        mine, yours = _identity(there), _identity(planned)
        for what, value in mine.items():
            if value != yours[what]:
                raise WsimError(
                    f"the folder holds a run of another {what}: {value}, not {yours[what]}",
                    where=str(self.path),
                    remedy="give another folder with --out",
                )

    def _resumed(self, there: Manifest, planned: Manifest) -> Manifest:
        """The plan of today under the run id of old. A probe whose source changed meanwhile says so."""
        measured = {(record.probe, record.probe_version) for record in self.records if record.scenario}
        entries = []
        for entry in planned.probes:
            old = next((e for e in there.probes if e.name == entry.name and e.version == entry.version), None)
            changed = old is not None and (old.mixed or old.instrument != entry.instrument)
            entries.append(
                dataclasses.replace(entry, mixed=changed and (entry.name, entry.version) in measured)
            )
        return dataclasses.replace(
            planned,
            run=there.run,
            started=there.started,
            timing=there.timing,
            notes=tuple(dict.fromkeys([*there.notes, *planned.notes])),
            probes=tuple(entries),
        )


def _identity(manifest: Manifest) -> dict[str, str]:
    """What makes a run this run, in words; a limit does not (more worlds can be asked for later)."""
    model, benchmark = manifest.model, manifest.benchmark
    weights = (model["digest"] or "unknown")[:12]
    settings = json.dumps(model["settings"], sort_keys=True)
    return {
        "model": f"{model['name']} ({model['adapter']}, weights {weights}, settings {settings})",
        "benchmark": f"{benchmark['name']}/{benchmark['version']} ({str(benchmark['digest'])[:12]})",
        "track": manifest.track,
        "clip": str(manifest.clip),
        "seed": str(manifest.seed),
    }


def read_calibrations(path: Path) -> dict[str, tuple[str, Calibration]]:
    """Read a calibration file.

    Raises:
        WsimError: it is damaged or newer than this version.
    """
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if newer_schema(content["schema"], CALIBRATION_SCHEMA):
            raise made_by_newer(content["schema"], path)
        return {
            name: (entry["key"], Calibration(**entry["calibration"]))
            for name, entry in content["probes"].items()
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WsimError(
            f"the calibrations cannot be read: {type(error).__name__}: {error}",
            where=str(path),
            remedy="delete the file; they will be measured again",
        ) from error


def write_calibrations(path: Path, kept: dict[str, tuple[str, Calibration]]) -> None:
    """Write a calibration file, atomically."""
    probes = {
        name: {"key": key, "calibration": dataclasses.asdict(calibration)}
        for name, (key, calibration) in sorted(kept.items())
    }
    content = {"schema": CALIBRATION_SCHEMA, "probes": probes}
    write_whole(path, json.dumps(content, indent=1, allow_nan=False) + "\n")
