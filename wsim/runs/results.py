"""What a run leaves behind, as plain data: records, calibrations and the summary made from them.

Every class here has a published JSON form (`to_json`); numbers are finite or None, never NaN.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from wsim.contracts import Track

RECORD_SCHEMA = "wsim.record/1"
SUMMARY_SCHEMA = "wsim.summary/3"
COMPARISON_SCHEMA = "wsim.comparison/1"

Status = Literal["ok", "unmeasurable", "error", "not_applicable"]


@dataclass(frozen=True, slots=True)
class Record:
    """One line of `records.jsonl`: what one probe said of one scenario.

    `metrics`, `verdict`, `lawful` and `events` are set only when the status is `ok`; `reason` for the
    other three. `not_applicable` is written once for a probe, with an empty scenario; in a run
    over found videos, for each without the hint that the probe cannot do without.
    """

    probe: str
    probe_version: int
    scenario: str
    cluster: str
    status: Status
    metrics: Mapping[str, float] = field(default_factory=dict)
    verdict: str | None = None
    lawful: bool | None = None
    events: tuple[Mapping[str, Any], ...] = ()
    notes: str = ""
    reason: str | None = None
    parameters: Mapping[str, float | str] = field(default_factory=dict)
    request: str | None = None  # digest
    video: str | None = None  # digest of the pixels
    cached: bool = False
    generate_s: float | None = None
    measure_s: float | None = None
    at: str = ""  # UTC, ISO 8601

    def to_json(self) -> dict[str, Any]:
        """The record as it stands in the file."""
        return {"schema": RECORD_SCHEMA, **dataclasses.asdict(self)}


@dataclass(frozen=True)
class Calibration:
    """The two ends of a probe's scale at one format, measured on calibration seeds.

    skill = clip((m - null) / (ceiling - null), 0, 1), m being the probe's first metric.

    Attributes:
        ceiling: mean over lawful renders, through the model's codec when it has one that leaves a scale.
        null: mean of the best of the controls that set it (`wsim.models.controls.NULLS`).
        null_control: which one that was; "floor" when none of them could be measured, "near misses" when
            fewer are right than the share of these among the questions.
        controls: the mean of every control that could be measured.
        codec: name of the codec that the ceiling went through, "" for none.
        clusters: how many worlds it was estimated on.
        valid: whether ceiling and null lie at least 0.35 of the metric's range apart.
        unreadable: name of the codec if it leaves no scale, so that the ceiling is of the renders; "" else.
    """

    probe: str
    probe_version: int
    track: Track
    format: str
    ceiling: float
    null: float
    null_control: str
    controls: Mapping[str, float]
    codec: str
    clusters: int
    valid: bool
    unreadable: str = ""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its interval; None where there is nothing to estimate from."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    clusters: int


@dataclass(frozen=True)
class ProbeSummary:
    """One probe of one run.

    Attributes:
        status: `ok`; `not_applicable` (the model cannot be asked); `no_instrument` (ceiling and null too
            close at this format); `empty` (nothing measured yet).
        skill: over measurable clips. strict: skill x coverage, what suites are made of.
        coverage: measurable share of the clips that were asked for.
        counts: records by status. verdicts: `ok` records by verdict. reasons: why others were not measured.
        flags: `few clusters`, `low coverage`, ...; a flagged probe is shown unranked.
        curves: parameter name -> sorted (value, share of lawful verdicts, clips).
    """

    name: str
    suite: str
    version: int
    question: str
    track: Track
    status: Literal["ok", "not_applicable", "no_instrument", "empty"]
    skill: Estimate
    strict: Estimate
    coverage: float
    counts: Mapping[str, int]
    metrics: Mapping[str, Estimate]
    verdicts: Mapping[str, int]
    lawful_verdicts: tuple[str, ...]
    reasons: Mapping[str, int]
    calibration: Calibration | None
    flags: tuple[str, ...]
    curves: Mapping[str, tuple[tuple[float | str, float, int], ...]]
    note: str = ""

    @property
    def ranked(self) -> bool:
        """Whether the number may be compared with others."""
        return self.status == "ok" and not self.flags


@dataclass(frozen=True)
class SuiteSummary:
    """A suite is the mean of its probes' strict skill; `complete` when every probe of the track ran."""

    name: str
    strict: Estimate
    probes: tuple[ProbeSummary, ...]
    complete: bool


@dataclass(frozen=True)
class SetMetric:
    """A number of all videos of a run together: how far they lie from lawful ones, how well they fit words.

    Attributes:
        name: with the network in brackets: `fvd[wsim]`. better: which way is good.
        estimate: `n` generated videos; value None where there is no number.
        lawful: the same number of the lawful renders; None for distances, which are distances from them.
        signature: what made it; numbers of different signatures are not to be compared.
        flags: `few videos`, `few clusters`, `videos missing`, `other lengths left out`.
        unavailable: why there is no number. remedy: what brings what is missing.
    """

    name: str
    better: Literal["higher", "lower"]
    estimate: Estimate
    lawful: float | None = None
    signature: str = ""
    flags: tuple[str, ...] = ()
    unavailable: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class RunSummary:
    """A whole run, as `summary.json` and as reports see it.

    Attributes:
        model: name, adapter, digest, accepts, settings.
        benchmark: name, version, digest.
        headline: mean of the suites; value None unless every suite of the track ran.
        status: `running`, `complete` or `incomplete` (errors, missing videos).
        partial: limited by `--limit`.
        signature: one line to paste beside the number.
        timing: seconds: `generate`, `measure`, `wall`, `clips`.
        metrics: of distribution and text; empty until `wsim measure RUN --metrics` computed them.
    """

    run: str
    status: str
    model: Mapping[str, Any]
    benchmark: Mapping[str, Any]
    track: Track
    format: str
    seed: int
    partial: bool
    headline: Estimate
    suites: tuple[SuiteSummary, ...]
    counts: Mapping[str, int]
    signature: str
    timing: Mapping[str, float]
    metrics: tuple[SetMetric, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The summary with its schema."""
        return {"schema": SUMMARY_SCHEMA, **dataclasses.asdict(self)}

    @property
    def probes(self) -> tuple[ProbeSummary, ...]:
        """Every probe, in the order of the suites."""
        return tuple(probe for suite in self.suites for probe in suite.probes)


@dataclass(frozen=True)
class Difference:
    """One row of a comparison: `other` minus `baseline`, paired by cluster.

    `p_value` is a sign-flip permutation test, `p_holm` adjusted over the probes of the comparison;
    `detectable` is the smallest difference that this many pairs would show with 80 % power; `settling` how
    many worlds would show one as large as was seen, None where nothing can be said.
    """

    name: str
    baseline: Estimate
    other: Estimate
    difference: Estimate
    p_value: float | None
    p_holm: float | None
    detectable: float | None
    call: Literal["better", "worse", "same", "unclear"]
    flags: tuple[str, ...] = ()
    settling: int | None = None


@dataclass(frozen=True)
class Comparison:
    """Two runs side by side; `headline` compares the headline, `warnings` says what else differs."""

    baseline: RunSummary
    other: RunSummary
    headline: Difference
    probes: tuple[Difference, ...]
    warnings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The comparison with its schema."""
        return {"schema": COMPARISON_SCHEMA, **dataclasses.asdict(self)}
