"""Which landmarks belong to a report, and what of them still holds: as numbers, for pages and tables alike.

A landmark fits only where benchmark, track, clip and seed are those of every run of the report, and a probe
of it only where version and source are. What is left out is said with the reason.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wsim.errors import WsimError
from wsim.models.controls import NULLS
from wsim.runs.manifest import Manifest
from wsim.runs.results import Calibration, Estimate, RunSummary
from wsim_reports.landmark import Landmark, LandmarkProbe, landmark_of, lasting_settings, shipped
from wsim_reports.views import NOTHING_MEASURED, Lane, probe_of
from wsim_reports.words import clip_in_words, flags_in_words

NAMED = 3  # probes that are listed; more are counted
Answered = tuple[RunSummary, Manifest | None]  # a run, with its manifest where there is one


@dataclass(frozen=True)
class Fitting:
    """A landmark with what still holds of it, suites and probes by name; `source` says where it is from."""

    landmark: Landmark
    source: str
    headline: Lane
    suites: dict[str, Lane]
    probes: dict[str, Lane]

    @property
    def name(self) -> str:
        """Of the model."""
        return self.landmark.name

    @property
    def held(self) -> Landmark:
        """The landmark without the numbers that hold no more."""
        replace, found = dataclasses.replace, self.landmark
        return replace(
            found,
            headline=self.headline.estimate,
            suites={k: replace(v, strict=self.suites[k].estimate) for k, v in found.suites.items()},
            probes={k: replace(v, strict=self.probes[k].estimate) for k, v in found.probes.items()},
        )


def fitting(runs: Sequence[Answered], given: Sequence[Path] = ()) -> tuple[list[Fitting], list[str]]:
    """The landmarks that fit the runs of a report, and what was left out and why.

    Args:
        runs: of the report.
        given: run folders that somebody wants shown, before the landmarks that come with wsim.

    Raises:
        WsimError: a given run answered other questions than those of the report, or cannot be read.
    """
    found, left_out = [], []
    for landmark, source in [
        *((landmark_of(path), str(path)) for path in given),
        *((landmark, "") for landmark in shipped()),
    ]:
        problem = _mismatch(landmark, runs)
        if problem and source:
            raise WsimError(
                f"{landmark.name} is no landmark here: {problem}",
                where=f"--landmark {source}",
                remedy="score it with the same benchmark, track, seed and clip",
            )
        if problem:
            left_out.append(f"{landmark.name}, which comes with wsim, is not drawn: {problem}.")
        elif _is_one_of(landmark, runs):
            left_out += [f"{landmark.name}, run {source}, is in this report already."] if source else []
        else:
            found.append(fit(landmark, source, runs))
            left_out += _changed(landmark, runs)
    return found, left_out


def fit(landmark: Landmark, source: str, runs: Sequence[Answered]) -> Fitting:
    """A landmark with what of it holds for these runs; `source` is its folder, empty if it was shipped."""
    holds = {name: _holds(probe, name, runs) for name, probe in landmark.probes.items()}
    suites = {}
    for name, suite in landmark.suites.items():
        members = [holds[probe] for probe, found in landmark.probes.items() if found.suite == name]
        suites[name] = _lane(suite.strict, all(members), "" if suite.complete else "incomplete")
    probes = {
        name: _lane(probe.strict, holds[name], _flags(probe)) for name, probe in landmark.probes.items()
    }
    headline = _lane(landmark.headline, all(holds.values()), "")
    return Fitting(landmark, _source(landmark, source), headline, suites, probes)


def scaled(runs: Sequence[RunSummary]) -> list[Calibration]:
    """The scales that were measured; the free half of a probe has its metric's own range for one."""
    found = [probe.calibration for run in runs for probe in run.probes]
    return [scale for scale in found if scale is not None and scale.clusters]


def ends_in_words(runs: Sequence[RunSummary]) -> str:
    """What 0 and 1 are in a report of these runs."""
    scales = scaled(runs)
    if not scales:
        return "0 and 1 are the ends of what each probe can say."
    coded = {bool(scale.codec) for scale in scales}
    through = ", through the model's own codec" + " where it has one" * (len(coded) > 1) if any(coded) else ""
    return (
        f"1 is what the oracle scores, the lawful render{through}; 0 the best of "
        f"{', '.join(NULLS[:-1])} and {NULLS[-1]}, which simulate nothing."
    )


def _mismatch(landmark: Landmark, runs: Sequence[Answered]) -> str:
    """What keeps a landmark out of a report; nothing where it answered what every run did."""
    for run, _ in runs:
        facts = [
            *(
                (f"benchmark {key}", landmark.benchmark[key], run.benchmark[key])
                for key in ("name", "version")
            ),
            ("track", landmark.track, run.track),
            ("clip", clip_in_words(landmark.format), clip_in_words(run.format)),
            ("seed", landmark.seed, run.seed),
        ]
        for what, theirs, ours in facts:
            if theirs != ours:
                return f"its {what} is {theirs}, here it is {ours}"
        if landmark.benchmark["digest"] != run.benchmark["digest"]:
            return "the benchmark differs, under the same name and version"
    return ""


def _is_one_of(landmark: Landmark, runs: Sequence[Answered]) -> bool:
    """Whether a run of the report is of the same weights with the same settings: no landmark for itself.

    A name makes no two models the same: where weights have no digest, only the run itself is.
    """
    if landmark.model["digest"] is None:
        return any(run.run == landmark.run for run, _ in runs)
    mine = (landmark.name, landmark.model["digest"], landmark.model["settings"])
    return any(
        mine == (str(run.model["name"]), run.model.get("digest"), lasting_settings(run.model))
        for run, _ in runs
    )


def _holds(landmark: LandmarkProbe, name: str, runs: Sequence[Answered]) -> bool:
    """Whether the runs that asked this probe read it with the same version and source."""
    for run, manifest in runs:
        ours = probe_of(run, name)
        if ours is None:
            continue
        if manifest is None or ours.version != landmark.version:
            return False
        if manifest.probe(name).instrument != landmark.instrument:
            return False
    return True


def _changed(landmark: Landmark, runs: Sequence[Answered]) -> list[str]:
    """What is not drawn of a landmark, and why, in a sentence."""
    names = [name for name, probe in landmark.probes.items() if not _holds(probe, name, runs)]
    if not names:
        return []
    listed = ", ".join(names) if len(names) <= NAMED else f"{len(names)} of {len(landmark.probes)} probes"
    return [
        f"{landmark.name} is not drawn at what has changed since it was scored ({listed}), "
        "nor where a mean would hold it."
    ]


def _lane(estimate: Estimate, holds: bool, why: str) -> Lane:
    if not holds:
        return Lane(NOTHING_MEASURED, False, "probe has changed")
    return Lane(estimate, not why, why if estimate.value is not None or why else "no headline")


def _flags(probe: LandmarkProbe) -> str:
    return flags_in_words(probe.flags) if probe.status == "ok" else probe.status.replace("_", " ")


def _source(landmark: Landmark, folder: str) -> str:
    digest = landmark.model["digest"]
    said = [f"run {folder}" if folder else "comes with wsim", f"weights {digest[:8]}" if digest else ""]
    return ", ".join([text for text in said if text] + ["limited run"] * landmark.limited)
