"""`wsim probe SUITE videos:DIR` for videos that answer no scenario."""

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from wsim.cli.arguments import free_folder
from wsim.cli.score import Asking, consoles, executor_of, resuming, slug, tell
from wsim.errors import ExitCode, WsimError
from wsim.registry import plugins

if TYPE_CHECKING:
    from wsim.contracts import Probe


def found_videos(model: str, options: Mapping[str, str], *, sure: bool) -> Path | None:
    """The folder of `videos:DIR` if what lies in it answers no scenario, or if somebody is `sure` of that.

    Raises:
        WsimError: there is no such folder, or no video in it.
    """
    if not model.startswith("videos:") or {"manifest", "names"} & set(options):
        return None
    directory = Path(model.removeprefix("videos:"))
    return directory if sure or holds_found_videos(directory) else None


def holds_found_videos(directory: Path) -> bool:
    """Whether no video of a folder is called after a scenario of an installed probe, nor a table names one.

    Raises:
        WsimError: there is no such folder, or no video in it.
    """
    from wsim.models.listed import find_table, read_table
    from wsim.runs.found_file import video_files

    table = find_table(directory)
    if table is not None and any(row.scenario for row in read_table(table).rows):
        return False
    names = [path.relative_to(directory).as_posix().replace("__", "/") for path in video_files(directory)]
    return not any(name.startswith((f"{probe}/", "prompt=")) for name in names for probe in plugins("probes"))


def read_found(directory: Path, what: str, hints: Path | None, asking: Asking) -> None:
    """Read a folder of found videos and print what came of it.

    Raises:
        WsimError: no probe of the suite reads found videos, or the hints or the folder cannot be used.
        typer.Exit: something went wrong inside a probe, or somebody pressed Ctrl-C.
    """
    from wsim.cli.progress import progress
    from wsim.runs.free import read_folder
    from wsim.runs.hints import find_hints, read_hints
    from wsim.runs.measure import LIMIT_S

    output, errors = consoles()
    kind = executor_of(asking)
    place = hints or find_hints(directory)
    known = read_hints(place) if place else {}
    probes = free_probes(what)
    folder = asking.out or Path("runs") / slug(f"videos:{directory.resolve().name}-{what}")
    folder = free_folder(folder) if asking.fresh else folder
    names = ", ".join(probe.name for probe in probes)
    if asking.dry_run:
        from wsim.runs.found_file import video_files

        output.print(f"{len(video_files(directory))} videos would be read by {names}; run folder {folder}")
        return
    errors.print(f"reading {directory} with {names}; run folder {folder}", style="dim", soft_wrap=True)
    try:
        with progress(errors) as on_event:
            summary = read_folder(
                directory, probes, folder, what=what, hints=known, jobs=asking.jobs, executor=kind,
                limit_s=asking.limit_s or LIMIT_S, address=asking.address, on_event=on_event,
            )  # fmt: skip
    except KeyboardInterrupt:
        command = shlex.join(["wsim", *resuming(sys.argv[1:], folder)])
        errors.print(f"interrupted; everything measured is kept. To go on:\n  {command}", soft_wrap=True)
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    tell(summary, folder, asking)


def free_probes(what: str) -> "list[Probe]":
    """The free halves of a suite, or of one probe.

    Raises:
        WsimError: there is none.
    """
    from wsim.cli.probe import probes_of
    from wsim.contracts import FreeProbe
    from wsim.runs.plan import load_probe
    from wsim.runs.unsimulated import free_half

    loaded = [load_probe(name) for name in probes_of(what)]
    free = [free_half(probe) for probe in loaded if isinstance(probe, FreeProbe)]
    if not free:
        raise WsimError(
            f"no probe of {what!r} reads videos that answer no scenario",
            where="the SUITE[/PROBE] argument",
            remedy="name the files after the scenarios of `wsim questions`, or choose another suite",
        )
    return free
