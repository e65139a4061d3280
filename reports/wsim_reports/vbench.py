"""A run in the form of VBench's `*_eval_results.json`, for the tools that people have for those.

A dimension is a probe, its result of a video the probe's first metric in its own unit. The form has no place
for intervals, coverage or what could not be measured: those are in every other report.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from wsim.errors import WsimError
from wsim.runs.folder import RunFolder
from wsim.runs.results import Record, RunSummary
from wsim.runs.summary import current
from wsim.runs.vbench import eval_results
from wsim_reports.writing import write_text


def write(runs: Sequence[RunSummary], folders: Sequence[Path], output: Path) -> Path:
    """Results by probe and video; a video that was read in several stretches has their mean.

    Args:
        runs: one.
        folders: its folder.
        output: the file, or a folder to put `wsim_eval_results.json` into.

    Raises:
        WsimError: there are several runs.
    """
    if len(runs) != 1:
        raise WsimError(
            f"{len(runs)} runs do not go into one file of VBench's",
            where="wsim report --format vbench",
            remedy="write one for each run",
        )
    run = RunFolder(folders[0])
    manifest = run.manifest
    scored = {entry.name: entry.metrics[0].name for entry in manifest.probes}
    results = {
        probe: _by_video(records, scored[probe])
        for probe, records in current(manifest, run.records.read()).items()
    }
    text = json.dumps(eval_results(results), indent=1, ensure_ascii=False, allow_nan=False)
    return write_text(output, "wsim_eval_results.json", text + "\n")


def _by_video(records: Sequence[Record], metric: str) -> dict[str, float]:
    values = defaultdict(list)
    for record in records:
        if record.status == "ok":
            values[_video(record)].append(record.metrics[metric])
    return {name: fmean(found) for name, found in values.items()}


def _video(record: Record) -> str:
    """The name of a found video, or the one that `wsim questions` gives to an answer."""
    if record.scenario.startswith("free/"):
        return record.cluster
    return f"{record.scenario.replace('/', '__')}.mp4"
