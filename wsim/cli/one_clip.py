"""`wsim measure RUN --scenario ID`: one clip, stored or made anew, read beside what the run had read."""

import difflib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from wsim.errors import ExitCode, WsimError

if TYPE_CHECKING:
    from wsim.contracts import Scenario
    from wsim.runs.remeasure import Replayed
    from wsim.runs.results import Record
    from wsim.video import Video


def read_one(
    run: Path, scenario: str, model: str | None = None, options: Sequence[str] = (), *, as_json: bool
) -> None:
    """Print both readings of a clip; nothing is written. Exit code 3: they differ, or the video is gone.

    Args:
        run: its folder.
        scenario: which clip.
        model: makes it anew; None reads the stored video.
        options: of the model.
        as_json: for programs.

    Raises:
        WsimError: the run has no such scenario, or no video of it; the model is another one.
    """
    from wsim.runs.remeasure import replay

    record = _record(run, scenario)
    answer = _maker(run, model, list(options)) if model else None
    again = next(replay(run, record.probe, scenarios=[scenario], answer=answer), None)
    if again is None:
        raise WsimError(
            f"there is no stored video of {scenario}",
            where=str(run),
            remedy="give the command of the run again: it makes what is missing",
            exit_code=ExitCode.INCOMPLETE,
        )
    told = {"recorded": _recorded(record), "now": _now(again)}
    if as_json:
        typer.echo(json.dumps({"scenario": scenario, "probe": record.probe, **told}, indent=1))
    else:
        typer.echo(f"{scenario} ({record.probe})")
        for when, said in told.items():
            typer.echo(f"  {when:<9}{_in_words(said)}")
    if told["recorded"] != told["now"]:
        raise typer.Exit(ExitCode.INCOMPLETE)


def _maker(run: Path, model: str, options: list[str]) -> "Callable[[Scenario], Video]":
    """Asks the model of the run once more."""
    from wsim.cli.generate import answered, contestant
    from wsim.runs.folder import RunFolder

    found, made = contestant(model, options), RunFolder(run).manifest.asker.info
    now = {"weights": found.info.digest, **found.info.settings}
    then = {"weights": made.digest, **made.settings}
    other = [name for name in {**then, **now} if now.get(name) != then.get(name)]
    if other:
        raise WsimError(
            f"{model} is not the model of the run: other {', '.join(other)}",
            where=str(run),
            remedy=f"name what made it, {made.name}, with the same -m options",
        )
    return lambda scenario: answered(found, scenario.request, where=model)


def _record(run: Path, scenario: str) -> "Record":
    from wsim.runs.folder import RunFolder

    folder = RunFolder(run)
    _ = folder.manifest  # says so if this is no run
    records = [record for record in folder.records.latest().values() if record.scenario]
    for record in records:
        if record.scenario == scenario:
            return record
    near = difflib.get_close_matches(scenario, [record.scenario for record in records], n=1)
    guess = f'did you mean "{near[0]}"? ' if near else ""
    raise WsimError(
        f"the run has no scenario {scenario!r}",
        where=str(folder.records.path),
        remedy=f"{guess}that file names all of them",
    )


def _recorded(record: "Record") -> dict[str, Any]:
    return {
        "verdict": record.verdict or record.reason or record.status,
        "metrics": dict(record.metrics),
        "request": record.request,
        "video": record.video,
    }


def _now(again: "Replayed") -> dict[str, Any]:
    from wsim.contracts import Reading

    said = again.outcome.said
    return {
        "verdict": said.verdict if isinstance(said, Reading) else said.reason,
        "metrics": dict(said.metrics) if isinstance(said, Reading) else {},
        "request": again.scenario.request.digest,
        "video": again.video.digest,
    }


def _in_words(said: dict[str, Any]) -> str:
    metrics = ", ".join(f"{name} {value:.6g}" for name, value in sorted(said["metrics"].items()))
    return (
        f"{said['verdict']}; {metrics or 'no metrics'}\n"
        f"           request {said['request']}\n           pixels  {said['video']}"
    )
