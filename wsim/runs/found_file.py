"""Videos that answer no scenario, and how one is read: stretch by stretch, by the free halves of probes.

Reading can happen in another process: what goes there and what comes back is small, the pictures stay.
"""

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wsim.contracts import ClipFormat, Json, Probe, Request, Scenario, Unmeasurable, digest_of
from wsim.errors import WsimError
from wsim.runs.answers import Answer
from wsim.runs.crew import Lost
from wsim.runs.hints import PLACES, Hints
from wsim.runs.measure import Outcome, instrument_lost, measure_one
from wsim.runs.recording import record_of
from wsim.runs.results import Record
from wsim.runs.unsimulated import Unsimulated, not_asked
from wsim.runs.windows import SUFFIXES, Stretch, Survey, Unreadable, starts, stretches, survey

UNKNOWN = ClipFormat(1, 1, 1, 1.0)


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class Read:
    """What a probe said of one stretch: the line to keep, and what to log if the probe failed."""

    record: Record
    details: str = ""


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


def surveyed(directory: Path, hints: Mapping[str, Hints], most: int) -> list[Found]:
    """All videos of a folder, and where each is read.

    Raises:
        WsimError: there is no video, or there are hints for a file that is not there.
    """
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
    for kind in PLACES:  # another file under the old name is another question
        if isinstance(place := hints.get(kind), str) and Path(place).is_file():
            told[kind] = _file_digest(Path(place))
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


def read_file(found: Found, left: Mapping[int, Sequence[Probe]], most: int) -> Iterator[Read]:
    """Read one file.

    Args:
        found: the file.
        left: which probes are to read the stretch that begins at a frame.
        most: frames of one stretch.
    """
    todo = [begin for begin in found.begins if left.get(begin)]
    try:
        if found.survey is None:
            raise Unreadable(found.reason)
        for stretch in stretches(found.path, found.survey, todo, most=most):
            for probe in left[stretch.first]:
                outcome = None
                if not_asked(probe, found.hints) is None:
                    outcome = measure_one(probe, _scenario(found, stretch.first, stretch), stretch.video)
                yield _read(probe, found, stretch.first, stretch, outcome)
            todo.remove(stretch.first)
    except Unreadable as error:
        for begin in todo:
            for probe in left[begin]:
                yield _read(probe, found, begin, None, Outcome(Unmeasurable(str(error)), 0.0))


def whole_file(found: Found, left: Mapping[int, Sequence[Probe]], most: int) -> list[Read]:
    """As `read_file`, all at once: what a worker is asked for."""
    return list(read_file(found, left, most))


def given_up(found: Found, left: Mapping[int, Sequence[Probe]], lost: Lost) -> list[Read]:
    """What is kept of a file that took down whoever read it: errors, for every probe that was to read it."""
    outcome = Outcome(instrument_lost(lost), 0.0)
    return [_read(probe, found, begin, None, outcome) for begin, probes in left.items() for probe in probes]


def _read(probe: Probe, found: Found, begin: int, stretch: Stretch | None, outcome: Outcome | None) -> Read:
    video = stretch.video if stretch else None
    answer = Answer(_scenario(found, begin, stretch), video, None, False, None)
    record, failure = record_of((probe.name, probe.version), answer, outcome)
    if (reason := not_asked(probe, found.hints)) is not None:
        record, failure = dataclasses.replace(record, status="not_applicable", reason=reason), None
    details = failure.details if failure is not None else ""
    return Read(dataclasses.replace(record, request=found.request), details or "")


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
            hints["region"] = [
                float(part) * stretch.scale for part in region if isinstance(part, int | float)
            ]
        hints["part"] = [begin, stretch.total, stretch.scale]  # of the file, for tracks that are of all of it
    prompt = found.hints.get("prompt")
    text = prompt if isinstance(prompt, str) else None
    return Scenario(
        id=found.scenario_of(begin),
        cluster=found.name,
        request=Request(clip.num_frames, (clip.height, clip.width), clip.fps, 0, text=text),
        truth=Unsimulated(hints),
    )
