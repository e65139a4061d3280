"""A run over videos that answer no scenario: every file is read by the free half of every probe.

A file is a cluster, a stretch of it a scenario (`free/NAME/frame=0`). Nothing is generated and nothing
copied. Nothing was simulated either, so no ceiling is measured: the scale of a metric is its own range.
"""

import dataclasses
import hashlib
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from wsim.contracts import ClipFormat, Json, ModelInfo, Probe, Request, Scenario, Unmeasurable, digest_of
from wsim.errors import WsimError
from wsim.runs import provenance
from wsim.runs.answers import Answer
from wsim.runs.benchmark import Benchmark, ProbeUse
from wsim.runs.folder import RunFolder, now
from wsim.runs.hints import Hints
from wsim.runs.manifest import Manifest, RunStatus
from wsim.runs.measure import Outcome, measure_one
from wsim.runs.plan import Plan, PlannedProbe
from wsim.runs.recording import record_of
from wsim.runs.results import RunSummary
from wsim.runs.session import OnEvent, Progress
from wsim.runs.summary import answered, counts_of, write_summary
from wsim.runs.unsimulated import Unsimulated, own_scale
from wsim.runs.windows import MOST_FRAMES, SUFFIXES, Stretch, Survey, Unreadable, starts, stretches, survey
from wsim.video import Video

FREE = "free:"  # begins the names of such benchmarks
UNKNOWN = ClipFormat(1, 1, 1, 1.0)


@dataclasses.dataclass(frozen=True)
class Found:
    """A file, what the container says of it or why it says nothing, and where it is read."""

    name: str
    path: Path
    survey: Survey | None
    reason: str
    begins: tuple[int, ...]
    hints: Hints
    request: str

    def scenario_of(self, begin: int) -> str:
        """The id of one stretch."""
        return f"free/{self.name}/frame={begin}"


class VideoFiles:
    """The videos of a folder as somebody's answer to nothing in particular."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @property
    def info(self) -> ModelInfo:
        """No digest: files come and go."""
        return ModelInfo(
            name=f"videos:{self.directory.resolve().name}",
            adapter="wsim.runs.free/1",
            digest=None,
            accepts=frozenset({"text"}),
            settings={"folder": str(self.directory.resolve())},
        )

    def generate(self, requests: Sequence[Request]) -> Iterator[Video]:
        """Finished videos answer no request.

        Raises:
            WsimError: always.
        """
        raise WsimError(
            "a folder of videos cannot answer a request",
            where=str(self.directory),
            remedy="`wsim probe SUITE videos:DIR` reads it as it is",
        )


def video_files(directory: Path) -> list[Path]:
    """All videos of a folder and of the folders in it, by name.

    Raises:
        WsimError: there is no such folder, or no video in it.
    """
    found = sorted(p for p in directory.rglob("*") if p.is_file() and p.suffix.lower() in SUFFIXES)
    if not found:
        raise WsimError(
            "no videos here" if directory.is_dir() else "no such folder",
            where=str(directory),
            remedy=f"give a folder with files ending in {', '.join(SUFFIXES)}",
        )
    return found


def read_folder(
    directory: Path,
    probes: Sequence[Probe],
    folder: RunFolder | Path | str,
    *,
    what: str,
    hints: Mapping[str, Hints] | None = None,
    most: int = MOST_FRAMES,
    on_event: OnEvent | None = None,
) -> RunSummary:
    """Read every video of a folder with every probe, or go on with it.

    Args:
        directory: the videos.
        probes: free halves (`unsimulated.free_half`).
        folder: where the run is kept.
        what: the suite or probe, for the name of the run.
        hints: by file name, relative to `directory`.
        most: frames of one stretch.
        on_event: called after every reading.

    Raises:
        WsimError: no videos, hints for a file that is not there, or the folder of the run cannot be used.
    """
    files = _surveyed(directory, hints or {}, most)
    run = folder if isinstance(folder, RunFolder) else RunFolder(folder)
    with run.writing():
        clip = run.manifest.clip if run.exists else _commonest(files)
        manifest = run.begin(_manifest(directory, probes, files, what, clip))
        session = _Reading(run, manifest, files, probes, most, on_event or (lambda event: None))
        try:
            for found in files:
                session.read(found)
        except BaseException as error:
            with suppress(WsimError):
                session.close("interrupted" if isinstance(error, KeyboardInterrupt) else "incomplete")
            raise
        session.close()
        return write_summary(run)


def _surveyed(directory: Path, hints: Mapping[str, Hints], most: int) -> list[Found]:
    paths = {path.relative_to(directory).as_posix(): path for path in video_files(directory)}
    if strange := sorted(set(hints) - set(paths)):
        raise WsimError(
            f"there are hints for {strange[0]!r}, which is not there",
            where=str(directory),
            remedy="`file` is the name of a video, relative to the folder",
        )
    return [_survey(name, path, hints.get(name, {}), most) for name, path in paths.items()]


def _survey(name: str, path: Path, hints: Hints, most: int) -> Found:
    told: dict[str, Json] = {"hints": dict(hints), "most": most, "pixels": _file_digest(path)}
    request = digest_of({"schema": "wsim.free/1", **told})
    try:
        seen = survey(path)
    except Unreadable as error:
        return Found(name, path, None, str(error), (0,), hints, request)
    event = hints.get("event_s")
    begins = starts(seen, most=most, event_s=event if isinstance(event, int | float) else None)
    return Found(name, path, seen, "", begins, hints, request)


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _commonest(files: Sequence[Found]) -> ClipFormat:
    """The format that most files have; it stands for all of them in tables, and a note says so."""
    seen = Counter(found.survey.format for found in files if found.survey)
    return seen.most_common(1)[0][0] if seen else UNKNOWN


def _manifest(
    directory: Path, probes: Sequence[Probe], files: Sequence[Found], what: str, clip: ClipFormat
) -> Manifest:
    uses = tuple(ProbeUse(probe.name, len(files)) for probe in probes)
    benchmark = Benchmark(f"{FREE}{what}", 1, 0, clip, uses)
    planned = tuple(PlannedProbe(probe, len(files), True, None) for probe in probes)
    manifest = Plan(benchmark, "text", clip, planned, False).manifest(VideoFiles(directory))
    count = sum(len(found.begins) for found in files)
    entries = tuple(dataclasses.replace(entry, planned=count) for entry in manifest.probes)
    digest = digest_of({"schema": "wsim.free/1", "probes": [probe.name for probe in probes]})
    return dataclasses.replace(
        manifest,
        probes=entries,
        benchmark={**manifest.benchmark, "digest": digest, "unsimulated": True},
        notes=("found videos, each at its own size and rate; scores are on the metrics' own scales",),
    )


class _Reading:
    """One call of `read_folder`."""

    def __init__(
        self,
        run: RunFolder,
        manifest: Manifest,
        files: Sequence[Found],
        probes: Sequence[Probe],
        most: int,
        on_event: OnEvent,
    ) -> None:
        self.run, self.manifest, self.probes, self.most = run, manifest, probes, most
        self.on_event, self.records = on_event, run.records.latest()
        self.total = len(probes) * sum(len(found.begins) for found in files)
        self.done, self.started = 0, time.monotonic()
        for probe in probes:
            run.keep_calibration(provenance.instrument_digest(probe), own_scale(probe, manifest.clip))

    def read(self, found: Found) -> None:
        """Read one file, stretch by stretch, unless all of it was read before."""
        left = {
            begin: [p for p in self.probes if not self._is_read(p, found, begin)] for begin in found.begins
        }
        todo = [begin for begin in found.begins if left[begin]]
        try:
            if todo and found.survey is None:
                raise Unreadable(found.reason)
            seen = stretches(found.path, found.survey, todo, most=self.most) if found.survey else iter(())
            for stretch in seen:
                for probe in left[stretch.first]:
                    self._measure(probe, found, stretch)
                todo.remove(stretch.first)
        except Unreadable as error:
            for begin in todo:
                for probe in left[begin]:
                    self._keep(probe, found, begin, None, Outcome(Unmeasurable(str(error)), 0.0))

    def close(self, status: RunStatus | None = None) -> None:
        """Write the last manifest of this call."""
        scales = {name: kept for name, (_, kept) in self.run.calibrations().items()}
        entries, records = self.manifest.probes, list(self.records.values())
        if status is None:
            whole = all(answered(entry, records, scales.get(entry.name)) for entry in entries)
            status = "complete" if whole else "incomplete"
        wall = self.manifest.timing.get("wall", 0.0) + time.monotonic() - self.started
        planned = sum(entry.planned or 0 for entry in entries)
        self.run.write_manifest(
            dataclasses.replace(
                self.manifest,
                status=status,
                finished=now(),
                timing={"wall": round(wall, 3)},
                counts={"planned": planned, **counts_of(self.manifest, records)},
            )
        )

    def _is_read(self, probe: Probe, found: Found, begin: int) -> bool:
        old = self.records.get((probe.name, found.scenario_of(begin)))
        read = (
            old is not None
            and old.status in ("ok", "unmeasurable")
            and old.probe_version == probe.version
            and old.request == found.request
        )
        if read and old is not None:
            self.done += 1
            self.on_event(Progress(self.done, self.total, probe.name, True, old.status))
        return read

    def _measure(self, probe: Probe, found: Found, stretch: Stretch) -> None:
        outcome = measure_one(probe, _scenario(found, stretch.first, stretch), stretch.video)
        self._keep(probe, found, stretch.first, stretch, outcome)

    def _keep(
        self, probe: Probe, found: Found, begin: int, stretch: Stretch | None, outcome: Outcome
    ) -> None:
        video = stretch.video if stretch else None
        answer = Answer(_scenario(found, begin, stretch), video, None, False, None)
        record, failure = record_of((probe.name, probe.version), answer, outcome)
        if failure is not None and failure.details:
            self.run.log_error(f"{probe.name} {record.scenario}", failure.details)
        record = dataclasses.replace(record, request=found.request)
        self.run.records.append(record)
        self.records[(record.probe, record.scenario)] = record
        self.done += 1
        self.on_event(Progress(self.done, self.total, probe.name, False, record.status))


def _scenario(found: Found, begin: int, stretch: Stretch | None) -> Scenario:
    """What is known of a stretch: its own format, and the hints as they are true of it."""
    clip = UNKNOWN
    hints = dict(found.hints)
    if stretch is not None:
        video = stretch.video
        clip = ClipFormat(len(video), *video.size, video.fps)
        event, region = hints.get("event_s"), hints.get("region")
        if isinstance(event, int | float):
            hints["event_s"] = event - begin / video.fps
        if isinstance(region, list):
            hints["region"] = [float(part) * stretch.scale for part in region if isinstance(part, float)]
    prompt = found.hints.get("prompt")
    text = prompt if isinstance(prompt, str) else None
    return Scenario(
        id=found.scenario_of(begin),
        cluster=found.name,
        request=Request(clip.num_frames, (clip.height, clip.width), clip.fps, 0, text=text),
        truth=Unsimulated(hints),
    )
