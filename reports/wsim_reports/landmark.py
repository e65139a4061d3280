"""Landmarks: what others scored on the same worlds, small enough to be shipped and drawn into every report.

    python -m wsim_reports.landmark RUN... [-o DIR]

writes one file for each finished run of a whole benchmark, by default among those that come with wsim. It
holds digests of the model, the benchmark and the probes: `landmark_fit` shows it only where they still
hold.
"""

import argparse
import dataclasses
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from wsim.contracts import Track
from wsim.errors import WsimError
from wsim.runs.durable import make_folder, write_whole
from wsim.runs.folder import RunFolder
from wsim.runs.manifest import Manifest
from wsim.runs.results import Estimate, RunSummary
from wsim.runs.stored import stored_summary

SCHEMA = "wsim.landmark/1"
CHANGING = ("device",)  # settings of a model that are about the machine


@dataclass(frozen=True, slots=True)
class LandmarkSuite:
    """Strict skill of a suite; it stands for the suite only if every probe of it ran."""

    strict: Estimate
    complete: bool


@dataclass(frozen=True, slots=True)
class LandmarkProbe:
    """Strict skill of a probe, and the digest of the source that read it."""

    suite: str
    version: int
    instrument: str
    strict: Estimate
    flags: tuple[str, ...]
    status: str


@dataclass(frozen=True)
class Landmark:
    """One model's scores, with all that says for which runs they are a landmark.

    Attributes:
        run: of which they are. made: when it began, UTC.
        model: name, adapter, digest, settings.
        benchmark: name, version, digest.
        limited: only some of the benchmark's worlds were asked.
    """

    run: str
    made: str
    model: Mapping[str, Any]
    benchmark: Mapping[str, Any]
    track: Track
    format: str
    seed: int
    limited: bool
    headline: Estimate
    suites: Mapping[str, LandmarkSuite]
    probes: Mapping[str, LandmarkProbe]

    @property
    def name(self) -> str:
        """Of the model."""
        return str(self.model["name"])

    def to_json(self) -> dict[str, Any]:
        """The landmark with its schema."""
        return {"schema": SCHEMA, **dataclasses.asdict(self)}


def landmark_of(folder: Path) -> Landmark:
    """The landmark that a run makes.

    Raises:
        WsimError: there is no run, it is damaged, or a newer wsim made it.
    """
    run, manifest = stored_summary(folder), RunFolder(folder).manifest
    return Landmark(
        run=run.run,
        made=manifest.started,
        model={key: run.model.get(key) for key in ("name", "adapter", "digest")}
        | {"settings": lasting_settings(run.model)},
        benchmark=dict(run.benchmark),
        track=run.track,
        format=run.format,
        seed=run.seed,
        limited=run.partial,
        headline=run.headline,
        suites={suite.name: LandmarkSuite(suite.strict, suite.complete) for suite in run.suites},
        probes=_probes(run, manifest),
    )


def lasting_settings(model: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a model that say what it makes, and not on which machine."""
    return {k: v for k, v in dict(model.get("settings") or {}).items() if k not in CHANGING}


def _probes(run: RunSummary, manifest: Manifest) -> dict[str, LandmarkProbe]:
    return {
        probe.name: LandmarkProbe(
            suite=probe.suite,
            version=probe.version,
            instrument=manifest.probe(probe.name).instrument,
            strict=probe.strict,
            flags=probe.flags,
            status=probe.status,
        )
        for probe in run.probes
    }


def shipped_folder() -> Path:
    """Where the landmarks lie that come with wsim."""
    return Path(str(files("wsim_reports"))) / "landmarks"


def shipped() -> list[Landmark]:
    """The landmarks that come with wsim, by file name.

    Raises:
        WsimError: one of them is damaged.
    """
    return [read_landmark(path) for path in sorted(shipped_folder().glob("*.json"))]


def read_landmark(path: Path) -> Landmark:
    """A landmark from its file.

    Raises:
        WsimError: it is damaged, or of another schema.
    """
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if content.pop("schema") != SCHEMA:
            raise ValueError(f"it is no {SCHEMA}")
        return _adapter().validate_python(content)  # type: ignore[no-any-return]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise WsimError(
            f"the landmark cannot be read: {error}",
            where=str(path),
            remedy="make it again: python -m wsim_reports.landmark RUN",
        ) from error


@cache
def _adapter() -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(Landmark)


def ship(runs: Sequence[Path], output: Path) -> list[Path]:
    """Write the landmark of each run.

    Raises:
        WsimError: a run is not finished, limited, of weights that have no digest, or has no headline.
    """
    landmarks = [_finished(run) for run in runs]
    make_folder(output)
    written = []
    for landmark in landmarks:
        path = output / f"{_file_name(landmark)}.json"
        write_whole(path, json.dumps(landmark.to_json(), indent=1, sort_keys=True, allow_nan=False) + "\n")
        written.append(path)
    return written


def _finished(folder: Path) -> Landmark:
    landmark, run = landmark_of(folder), stored_summary(folder)
    unknown = landmark.model["digest"] is None and not run.model.get("privileged")
    short = {
        f"the run is {run.status}": run.status != "complete",
        "the run was limited to some of the benchmark's worlds": landmark.limited,
        "the run has no headline": landmark.headline.value is None,
        "the weights of its model have no digest": unknown,
    }
    problem = next((words for words, true in short.items() if true), None)
    if problem:
        raise WsimError(
            f"no landmark for others: {problem}",
            where=str(folder),
            remedy="score a whole benchmark: wsim score reference --benchmark quick",
        )
    return landmark


def _file_name(landmark: Landmark) -> str:
    benchmark = landmark.benchmark
    said = f"{benchmark['name']}-{benchmark['version']}-{landmark.track}-{landmark.name}-{landmark.format}"
    return re.sub(r"[^a-z0-9@.]+", "-", said.lower()).strip("-.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    parser.add_argument("-o", "--output", type=Path, default=shipped_folder())
    asked = parser.parse_args()
    try:
        print(*ship(asked.runs, asked.output), sep="\n")
    except WsimError as error:
        parser.exit(error.exit_code, f"{error}\n")
