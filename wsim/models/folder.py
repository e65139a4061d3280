"""A folder of finished videos as a model: `videos:DIR`, one file a scenario.

A file is called after the scenario, `/` written as `__` (`physics__fall__video__world=3.mp4`), or lies in
nested folders that follow the id; an answer to a prompt that several probes read may be called after the
prompt alone (`prompt=permanence.cup-over-coin.mp4`). Nothing is resampled: a video of another size, length
or rate is an error.
A run keeps what it has read: after exchanging files that were read already, start a fresh one.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal

from wsim.contracts import Capability, ClipFormat, ModelInfo, Request, Scenario
from wsim.errors import ExitCode, WsimError
from wsim.video import Video, read_video

VERSION = 1
SUFFIXES = (".mkv", ".mp4", ".webm", ".mov", ".gif")  # an exact file is preferred to a preview of it
FORMAT_SAMPLE = 5
FPS_TOLERANCE = 0.01  # containers round: GIF counts hundredths of a second, 23.976 is 24000/1001

_TOLD: Mapping[str, frozenset[Capability]] = {
    "text": frozenset({"text", "camera"}),
    "image": frozenset({"text", "camera", "first_frame"}),
    "video": frozenset({"text", "camera", "first_frame", "context", "keyframes"}),
}


class MissingVideo(WsimError):
    """The folder has no file for a scenario."""


class FolderOfVideos:
    """Answers each scenario with the file called after it; reads its id and request, never its truth.

    Args:
        directory: the folder.
        track: what the videos were made from; a file does not tell.
    """

    def __init__(self, directory: Path, track: Literal["video", "image", "text"] = "video") -> None:
        if not directory.is_dir():
            raise WsimError(
                "no such folder",
                where=str(directory),
                remedy="give the folder that holds the videos: videos:DIR",
            )
        self.directory = directory
        self.track = track

    @cached_property
    def files(self) -> Mapping[str, Path]:
        """Every video of the folder, by the id of the scenario that it answers."""
        found: dict[str, Path] = {}
        for suffix in reversed(SUFFIXES):
            for path in sorted(self.directory.rglob(f"*{suffix}")):
                name = path.relative_to(self.directory).with_name(path.name.removesuffix(suffix))
                found[name.as_posix().replace("__", "/")] = path
        return dict(sorted(found.items()))

    @cached_property
    def _format(self) -> ClipFormat:
        """The commonest format among a few files: scenarios are then posed at it."""
        paths = list(self.files.values())
        formats: Counter[ClipFormat] = Counter()
        problem: WsimError | None = None
        for path in paths[:: max(1, len(paths) // FORMAT_SAMPLE)]:
            try:
                video = read_video(path)
            except WsimError as error:
                problem = error
                continue
            formats[ClipFormat(len(video), *video.size, round(video.fps, 3))] += 1
        if not formats:
            raise problem or WsimError(
                "the folder holds no videos",
                where=str(self.directory),
                remedy=f"name each file after its scenario; suffixes are {', '.join(SUFFIXES)}",
            )
        return formats.most_common(1)[0][0]

    @property
    def info(self) -> ModelInfo:
        """No digest: a folder may be completed while a run goes on, and a cache would only copy its files."""
        return ModelInfo(
            name=f"videos:{self.directory.resolve().name}",
            adapter=f"wsim.models.folder/{VERSION}",
            digest=None,
            accepts=_TOLD[self.track],
            formats=(self._format,),
            settings={"track": self.track, "folder": str(self.directory.resolve())},
        )

    def answer(self, scenarios: Sequence[Scenario]) -> Iterator[Video]:
        """The video of each scenario, in order.

        Raises:
            MissingVideo: there is no file for a scenario.
            WsimError: the file cannot be read whole, or its size, length or rate is not what was asked for.
        """
        for scenario in scenarios:
            yield self._read(scenario)

    def generate(self, requests: Sequence[Request]) -> Iterator[Video]:
        """Refuse: finished videos answer scenarios, not requests.

        Raises:
            WsimError: always, unless there is nothing to answer.
        """
        if requests:
            raise WsimError(
                "a folder of videos cannot answer a new request",
                where=str(self.directory),
                remedy="score it with `wsim score videos:DIR`",
            )
        return iter(())

    def _read(self, scenario: Scenario) -> Video:
        path = self.files.get(scenario.id) or self.files.get(scenario.cluster)
        if path is None:
            name = scenario.id.replace("/", "__")
            raise MissingVideo(
                f"no video called {name}.mp4",
                where=str(self.directory),
                remedy="generate it and give the same command again",
                exit_code=ExitCode.INCOMPLETE,
            )
        video = read_video(path)
        _compare(path, video, scenario.request)
        return Video(video.frames, scenario.request.fps)


def _compare(path: Path, video: Video, request: Request) -> None:
    """Hold a video to what was asked for."""
    (height, width), (want_height, want_width) = video.size, request.size
    checks = (
        ("size", f"{width}x{height}", f"{want_width}x{want_height}", video.size == request.size),
        ("length", f"{len(video)} frames", f"{request.num_frames}", len(video) == request.num_frames),
        ("rate", f"{video.fps:g} fps", f"{request.fps:g}", _same_rate(video.fps, request.fps)),
    )
    for quantity, got, wanted, fits in checks:
        if not fits:
            raise WsimError(
                f"wrong {quantity}: {path.name} has {got}, {wanted} was asked for",
                where=str(path),
                remedy="make the video again as asked; nothing is resampled in this version",
            )


def _same_rate(got: float, wanted: float) -> bool:
    return abs(got - wanted) <= FPS_TOLERANCE * wanted
