"""What a probe's page shows: verdicts, reasons, metrics, scale, curves, clips, and the method in words."""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from markupsafe import Markup

from wsim.contracts import Probe
from wsim.errors import WsimError
from wsim.runs.plan import load_probe
from wsim.runs.results import Calibration, Estimate, ProbeSummary
from wsim_reports.curves import Curve, curves_of
from wsim_reports.distribution import counts_of, distribution_figure
from wsim_reports.every import MOST_SHOWN, EveryClip
from wsim_reports.evidence import MissingEvidence, installed_probe
from wsim_reports.figures import curve_figure, share_bar
from wsim_reports.forgetting import OUT_OF_SIGHT, forgetting_of, forgetting_sentence
from wsim_reports.gallery import Gallery, evidence_of
from wsim_reports.views import RunView
from wsim_reports.words import clip_in_words, in_words, most_common

ClipPlaces: TypeAlias = dict[str, dict[str, str]]  # the name of a run to a scenario to its address
NO_FIGURE = Markup("")
NO_CLIPS = EveryClip((), 0)


@dataclass(frozen=True, slots=True)
class VerdictBar:
    """One verdict: how often, and whether it is what should happen."""

    label: str
    kind: str
    mark: str
    count: int
    share: float
    figure: Markup


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One metric in natural units, with its meaning when the probe is installed."""

    name: str
    estimate: Estimate
    unit: str
    meaning: str
    scored: bool


@dataclass(frozen=True)
class ProbeView:
    """One run's answer to a probe."""

    name: str
    colour: str
    probe: ProbeSummary
    total: int
    verdicts: tuple[VerdictBar, ...]
    reasons: tuple[tuple[str, int], ...]
    metrics: tuple[MetricRow, ...]
    calibration: str
    galleries: tuple[Gallery, ...] = ()
    every: EveryClip = NO_CLIPS
    gallery_problem: str = ""
    distribution: Markup = NO_FIGURE
    forgetting: str = ""


@dataclass(frozen=True, slots=True)
class CurveView:
    """One parameter, all runs."""

    label: str
    binned: bool
    figure: Markup
    fitted: bool  # with a curve of forgetting, dashed


@dataclass(frozen=True)
class Method:
    """How a probe reads, in its own words; empty when it is not installed."""

    paragraphs: tuple[str, ...] = ()
    specs: dict[str, Any] = field(default_factory=dict)
    scored: str = ""


def method_of(name: str) -> Method:
    """The docstring of an installed probe, else of its module, and its metrics."""
    try:
        probe = load_probe(name)
    except WsimError:
        return Method()
    text = inspect.getdoc(type(probe)) or ""
    module = inspect.getmodule(type(probe))
    if module is not None and module.__doc__:
        text = f"{inspect.cleandoc(module.__doc__)}\n\n{text}"
    return Method(
        paragraphs=prose(text),
        specs={spec.name: spec for spec in probe.metrics},
        scored=probe.metrics[0].name,
    )


def prose(docstring: str) -> tuple[str, ...]:
    """The paragraphs of a docstring that are for people; sections of arguments and fields are left out."""
    kept = []
    for paragraph in docstring.split("\n\n"):
        first = paragraph.strip().partition("\n")[0]
        if first in {"Attributes:", "Args:", "Returns:", "Raises:", "Example:", "Examples:"}:
            continue
        if text := " ".join(paragraph.split()).replace("`", ""):
            kept.append(text)
    return tuple(dict.fromkeys(kept))


def probe_view(
    view: RunView, summary: ProbeSummary, method: Method, output: Path, slug: str, every_clip: bool
) -> ProbeView:
    """Everything about one probe of one run; writes its clips under `output`."""
    shown, every, problem = _clips(view, summary, output, slug, every_clip)
    total = sum(summary.verdicts.values())
    return ProbeView(
        name=view.name,
        colour=view.colour,
        probe=summary,
        total=total,
        verdicts=tuple(_bar(v, n, total, summary) for v, n in most_common(summary.verdicts)),
        reasons=tuple(most_common(summary.reasons)),
        metrics=tuple(_metric(name, value, method) for name, value in summary.metrics.items()),
        calibration=scale_in_words(summary.calibration, method) if summary.calibration else "",
        galleries=tuple(shown),
        every=every,
        gallery_problem=problem,
        distribution=_distribution(view, summary),
        forgetting=forgetting_sentence(summary),
    )


def _distribution(view: RunView, summary: ProbeSummary) -> Markup:
    """The scores of all clips; nothing where the run or its scale is not there."""
    if view.manifest is None or summary.status != "ok" or summary.calibration is None:
        return NO_FIGURE
    metric = view.manifest.probe(summary.name).metrics[0].name
    records = [r for r in view.records.get(summary.name, []) if r.probe_version == summary.version]
    return distribution_figure(counts_of(records, metric, summary.calibration))


def _clips(
    view: RunView, summary: ProbeSummary, output: Path, slug: str, every_clip: bool
) -> tuple[list[Gallery], EveryClip, str]:
    if summary.status == "not_applicable":
        return [], NO_CLIPS, ""
    try:
        probe: Probe = installed_probe(summary.name, summary.version)
        records = view.records.get(summary.name, [])
        scale = summary.calibration if summary.status == "ok" else None
        most = MOST_SHOWN if every_clip else 0
        return *evidence_of(view.folder, output, probe, records, slug, scale, most), ""
    except MissingEvidence as missing:
        return [], NO_CLIPS, str(missing)


def curve_views(summaries: Sequence[ProbeSummary | None]) -> list[CurveView]:
    """One figure for each parameter that any run has a curve of."""
    by_run: list[dict[str, Curve]] = [
        {curve.parameter: curve for curve in curves_of(summary)} if summary else {} for summary in summaries
    ]
    parameters = sorted({name for curves in by_run for name in curves})
    views = []
    for parameter in parameters:
        curves = [curves.get(parameter) for curves in by_run]
        some = next(curve for curve in curves if curve is not None)
        fits = [forgetting_of(s) if s else None for s in summaries] if parameter == OUT_OF_SIGHT else []
        views.append(CurveView(some.label, some.binned, curve_figure(curves, fits), any(fits)))
    return views


def clip_places(page: str, views: Sequence[ProbeView]) -> ClipPlaces:
    """Where on the page of a probe the clips of each run are: large, or else among all in small."""
    found: ClipPlaces = {}
    for view in views:
        cards = [tile.card for tile in view.every.tiles]
        cards += [card for gallery in view.galleries for card in gallery.cards]
        found[view.name] = {card.scenario: f"{page}#{card.anchor}" for card in cards}
    return found


_NULLS = {
    "floor": "the worst value the metric has, as no control could be measured",
    "near misses": "the share of near misses, in which whoever never shows an effect is right",
}


def scale_in_words(scale: Calibration, method: Method) -> str:
    """Both ends of the scale, where they come from, and whether they lie far enough apart."""
    metric = in_words(method.scored) or "the scored metric"
    codec = f", through the codec {scale.codec}" if scale.codec else ""
    control = f"the control “{scale.null_control}”, the best of those that simulate nothing"
    null = _NULLS.get(scale.null_control, control)
    text = (
        f"Scale of “{metric}”: a skill of 1 is at {scale.ceiling:.3g}, the lawful render{codec}; "
        f"a skill of 0 at {scale.null:.3g}, {null}. "
        f"Measured on {scale.clusters} worlds, {clip_in_words(scale.format)}."
    )
    if scale.controls:
        text += f" Controls: {', '.join(f'{k} {v:.3g}' for k, v in sorted(scale.controls.items()))}."
    return (
        text if scale.valid else text + " The two ends lie too close together: no instrument at this format."
    )


def _bar(verdict: str, count: int, total: int, summary: ProbeSummary) -> VerdictBar:
    lawful = verdict in summary.lawful_verdicts
    kind = "lawful" if lawful else "unlawful"
    label = in_words(verdict)
    share = count / total
    figure = share_bar(share, what=label, kind=kind)
    return VerdictBar(label, kind, "✓" if lawful else "✗", count, share, figure)


def _metric(name: str, estimate: Estimate, method: Method) -> MetricRow:
    spec = method.specs.get(name)
    return MetricRow(
        name=name,
        estimate=estimate,
        unit="" if spec is None or spec.unit == "1" else spec.unit,
        meaning=f"{spec.meaning} ({spec.better} is better)" if spec else "",
        scored=name == method.scored,
    )
