"""A folder of finished videos as a model: `videos:DIR`, one file a scenario.

A file is called after the scenario, `/` written as `__` (`physics__fall__video__world=3.mp4`), or lies in
nested folders that follow the id; an answer to a prompt that several probes read may be called after the
prompt alone (`prompt=permanence.cup-over-coin.mp4`). Where words are all that was given, VBench's
`{prompt}-{index}.mp4` is found too. A table (`wsim.models.listed`) or a pattern (`wsim.models.naming`) says
it of any other folder. A video of another size, length or rate is an error, unless `fit=resample`.
A run keeps what it has read: after exchanging files that were read already, start a fresh one.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from wsim.contracts import Capability, ClipFormat, Json, ModelInfo, Request, Scenario, Track
from wsim.credentials import remarks_on
from wsim.errors import ExitCode, WsimError
from wsim.models.fitting import Fit, fitted
from wsim.models.listed import Row, Table, find_table, read_table
from wsim.models.lookup import SUFFIXES, Lookup, by_names, by_pattern, by_table, videos_of
from wsim.video import Video, read_video

VERSION = 2
FORMAT_SAMPLE = 5

TOLD: Mapping[Track, frozenset[Capability]] = {
    "text": frozenset({"text", "camera"}),
    "image": frozenset({"text", "camera", "first_frame"}),
    "video": frozenset({"text", "camera", "first_frame", "context", "keyframes"}),
    "action": frozenset({"text", "camera", "first_frame", "context", "keyframes", "actions"}),
}


class MissingVideo(WsimError):
    """The folder has no file for a scenario."""


class FolderOfVideos:
    """Answers each scenario with its file; reads the scenario's id and request, never its truth.

    Args:
        directory: the folder.
        track: what the videos were made from; a file does not tell. By default what the table says, or video.
        manifest: a table of videos; by default `manifest.csv` or `manifest.json` in the folder.
        names: a glob with named groups, for paths relative to the folder.
        index: which sample of a prompt counts.
        fit: what becomes of videos at another size, length or rate.
    """

    def __init__(
        self,
        directory: Path,
        track: Track | None = None,
        manifest: Path | None = None,
        names: str = "",
        index: int = 0,
        fit: Fit = "refuse",
    ) -> None:
        if not directory.is_dir():
            raise WsimError(
                "no such folder",
                where=str(directory),
                remedy="give the folder that holds the videos: videos:DIR",
            )
        if manifest and names:
            raise WsimError(
                "both a table and a pattern are given",
                where="-m manifest, -m names",
                remedy="give one of them",
            )
        place = manifest or (None if names else find_table(directory))
        self.directory, self.names, self.index, self.fit = directory, names, index, fit
        self.table: Table | None = read_table(place) if place else None
        self.track: Track = track or (self.table.track if self.table else None) or "video"

    @cached_property
    def lookup(self) -> Lookup:
        """The videos of the folder by what they answer."""
        if self.table:
            return Lookup(by_table(self.directory, self.table), self.index)
        named = by_pattern(self.directory, self.names) if self.names else by_names(self.directory)
        return Lookup(named, self.index)

    @property
    def info(self) -> ModelInfo:
        """No digest: a folder may be completed while a run goes on, and a cache would only copy its files."""
        settings: dict[str, Json] = {"track": self.track, "folder": str(self.directory.resolve())}
        chosen: dict[str, Json] = {"fit": self.fit, "names": self.names, "index": self.index}
        usual: dict[str, Json] = {"fit": "refuse", "names": "", "index": 0}
        return ModelInfo(
            name=f"videos:{self.directory.resolve().name}",
            adapter=f"wsim.models.folder/{VERSION}",
            digest=None,
            accepts=TOLD[self.track],
            formats=(self._format,),
            settings=settings | {name: value for name, value in chosen.items() if value != usual[name]},
        )

    @cached_property
    def _format(self) -> ClipFormat:
        """What was asked for if a table says so, else the commonest format among a few files."""
        return (self.table.clip if self.table else None) or _commonest(self.directory)

    def answer(self, scenarios: Sequence[Scenario]) -> Iterator[Video]:
        """The video of each scenario, in order.

        Raises:
            MissingVideo: there is no file for a scenario.
            WsimError: the file cannot be read whole, answers another question, or its size, length or rate
                is not what was asked for.
        """
        for scenario in scenarios:
            yield self._read(scenario)

    def remarks(self) -> tuple[str, ...]:
        """How many of the videos are signed, by whom, and whether they are what was signed."""
        return remarks_on(videos_of(self.directory).values())

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
        found = self.lookup.find(scenario)
        if found is None:
            name = scenario.id.replace("/", "__")
            raise MissingVideo(
                f"no video called {name}.mp4",
                where=str(self.directory),
                remedy="generate it and give the same command again",
                exit_code=ExitCode.INCOMPLETE,
            )
        if found.row:
            _hold_to_question(found.row, scenario.request, where=str(self.table.source if self.table else ""))
        name, where = found.path.name, str(found.path)
        return fitted(read_video(found.path), scenario.request.format, name=name, where=where, fit=self.fit)


def _hold_to_question(row: Row, request: Request, *, where: str) -> None:
    """A question may have changed since it was written down: another version, seed, size or length."""
    if row.request and row.request != request.digest:
        raise WsimError(
            f"{row.path} answers another question than the one that is asked now",
            where=where,
            remedy="ask with the benchmark, seed and wsim version that wrote the table, or ask anew",
        )


def _commonest(directory: Path) -> ClipFormat:
    paths = list(videos_of(directory).values())
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
            where=str(directory),
            remedy=f"name each file after its scenario; suffixes are {', '.join(SUFFIXES)}",
        )
    return formats.most_common(1)[0][0]
