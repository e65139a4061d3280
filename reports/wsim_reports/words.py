"""Findings in plain words, made from counts and curves alone; nothing here knows any probe by name."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from wsim.runs.results import Difference, ProbeSummary, RunSummary
from wsim_reports.curves import Curve, curves_of
from wsim_reports.forgetting import forgetting_sentence
from wsim_reports.rounding import both_of, percent, quantity

STRONG = 0.75  # strict skill that is called a strength
WEAK = 0.5  # ... and a failure
MARKED_CHANGE = 0.25  # change of the lawful share along a curve that is worth a sentence
FEWEST_CLIPS = 3  # a share of fewer clips is not put into words
NEARLY_ALL = 0.9  # coverage above which nothing needs to be said
FIRST = 5  # failures, and strengths, that are shown before the rest is asked for
COMMON = 0.15  # an unlawful verdict this frequent is named


@dataclass(frozen=True, slots=True)
class Finding:
    """One paragraph about one probe. `tone` orders and colours it."""

    probe: str
    tone: Literal["strength", "mixed", "failure"]
    claim: str
    evidence: str


def findings(run: RunSummary) -> tuple[Finding, ...]:
    """What stands out, the worst failure first, the best strength last. Unranked probes are left out."""
    ranked = [probe for probe in run.probes if probe.ranked and probe.strict.value is not None]
    return tuple(_finding(probe) for probe in sorted(ranked, key=lambda p: p.strict.value or 0.0))


def outstanding(found: Sequence[Finding]) -> tuple[list[Finding], list[Finding]]:
    """What a reader should see first, the worst failures and the best strengths, and the rest."""
    failures = [finding for finding in found if finding.tone == "failure"][:FIRST]
    strengths = [finding for finding in found if finding.tone == "strength"][-FIRST:]
    first = list(found) if len(found) <= 2 * FIRST else failures + strengths
    return first, [finding for finding in found if finding not in first]


def _finding(probe: ProbeSummary) -> Finding:
    value = probe.strict.value or 0.0
    low = value if probe.strict.low is None else probe.strict.low
    tone: Literal["strength", "mixed", "failure"] = "mixed"
    if value >= STRONG and low >= WEAK:
        tone = "strength"
    elif value < WEAK:
        tone = "failure"
    sentences = [
        verdict_sentence(probe),
        curve_sentence(probe),
        forgetting_sentence(probe),
        coverage_sentence(probe),
    ]
    return Finding(
        probe.name, tone, f"strict skill {both_of(probe.strict)}", " ".join(s for s in sentences if s)
    )


def verdict_sentence(probe: ProbeSummary) -> str:
    """How the clips were read: the commonest wrong answers, or that there were hardly any."""
    total = sum(probe.verdicts.values())
    if not total:
        return ""
    wrong = {v: n for v, n in probe.verdicts.items() if v not in probe.lawful_verdicts}
    named = [(v, n) for v, n in most_common(wrong) if n / total >= COMMON][:3]
    if named:
        listed = ", ".join(f"“{in_words(v)}” in {percent(n / total)}" for v, n in named)
        count = sum(n for _, n in named)
        return f"Read as {listed} of the measured clips ({count} of {total})."
    right = total - sum(wrong.values())
    share = f"{percent(right / total)} of the measured clips ({right} of {total})"
    verdicts = " or ".join(f"“{in_words(v)}”" for v, _ in most_common(probe.verdicts) if v not in wrong)
    return f"Read as {verdicts or 'lawful'} in {share}."


def curve_sentence(probe: ProbeSummary) -> str:
    """The curve that changes most between its ends, when it changes markedly."""
    said = [(_change(curve), curve) for curve in curves_of(probe) if curve.numeric]
    marked = [(change, curve) for change, curve in said if abs(change) >= MARKED_CHANGE]
    if not marked:
        return ""
    _, curve = max(marked, key=lambda item: abs(item[0]))
    first, last = curve.points[0], curve.points[-1]
    return (
        f"With {curve.label} {quantity(last.value, curve.unit)} the answer is lawful in "
        f"{percent(last.share)} of clips, with {quantity(first.value, curve.unit)} in {percent(first.share)}."
    )


def _change(curve: Curve) -> float:
    first, last = curve.points[0], curve.points[-1]
    if min(first.clips, last.clips) < FEWEST_CLIPS:
        return 0.0
    return last.share - first.share


def coverage_sentence(probe: ProbeSummary) -> str:
    """What could not be measured, and why; nothing when nearly all could."""
    if probe.coverage > NEARLY_ALL:
        return ""
    why = most_common(probe.reasons)
    reason = f", mostly because: {why[0][0]}" if why else ""
    return f"{percent(1 - probe.coverage)} of the clips could not be measured{reason}."


def headline_withheld(run: RunSummary) -> str:
    """Why there is no headline, naming what is missing."""
    if run.headline.value is not None:
        return ""
    if run.status == "running":
        return "Withheld: the run has not finished. The same command goes on with it."
    lacking = [suite.name for suite in run.suites if not suite.complete]
    within = [probe for suite in run.suites if not suite.complete for probe in suite.probes]
    failed = sum(probe.counts.get("error", 0) for probe in within)
    why = [f"{count_of(failed)} ended in an error ({', '.join(lacking)} incomplete)"] if failed else []
    why += [f"{p.name} is {status_in_words(p)}" for p in within if p.status == "no_instrument"]
    if why:
        return f"Withheld: {'; '.join(why)}."
    if lacking:
        return f"Withheld: not every probe of the track ran ({', '.join(lacking)} incomplete)."
    return "Withheld: only some of the track's suites ran, and a mean over some is not a mean over all."


def limits(run: RunSummary) -> tuple[str, ...]:
    """What a reader should know before quoting a number of this run."""
    said = []
    if run.partial:
        said.append("Limited run: only some of the benchmark's worlds were asked (--limit).")
    if run.status != "complete":
        failed = run.counts.get("error", 0)
        state = "has not finished" if run.status == "running" else f"is {run.status}"
        said.append(f"The run {state}{f': {count_of(failed)} ended in an error' if failed else ''}.")
    said += [f"{probe.name}: {status_in_words(probe)}." for probe in run.probes if probe.status != "ok"]
    said += _unranked(run)
    if run.model.get("digest") is None and not run.model.get("privileged"):
        said.append(
            "The weights of this model have no digest: another run under this name may be another model."
        )
    return tuple(said)


def _unranked(run: RunSummary) -> list[str]:
    """Flagged probes, those with the same flags in one sentence."""
    grouped: dict[str, list[str]] = {}
    for probe in run.probes:
        if probe.status == "ok" and probe.flags:
            grouped.setdefault(flags_in_words(probe.flags), []).append(probe.name)
    return [f"Shown unranked for {why}: {', '.join(names)}." for why, names in grouped.items()]


def flags_in_words(flags: Sequence[str]) -> str:
    """Flags as a reader of the page knows the terms: the clusters of wsim are worlds."""
    return ", ".join("few worlds" if flag == "few clusters" else flag for flag in flags)


def status_in_words(probe: ProbeSummary) -> str:
    """Why a probe has no number."""
    reason = probe.note or (most_common(probe.reasons)[0][0] if probe.reasons else "")
    return {
        "ok": "measured",
        "not_applicable": f"not asked, {reason or 'the model does not take what it needs'}",
        "no_instrument": f"no instrument here{f', {reason}' if reason else ''}",
        "empty": f"nothing measured{f', {reason}' if reason else ''}",
    }[probe.status]


def difference_call(row: Difference) -> str:
    """What a difference means, without the word significant."""
    if row.difference.value is None:
        return "cannot be compared"
    if row.call == "unclear" and "few clusters" in row.flags:
        return "unclear: too few worlds to tell"
    if row.call == "unclear" and row.detectable is not None:
        settled = f"; one as large as this takes {row.settling:,} worlds" if row.settling is not None else ""
        return f"unclear: these worlds show differences from about {row.detectable:.2f} up{settled}"
    return {
        "better": "better than the baseline",
        "worse": "worse than the baseline",
        "same": "the same within the margin",
        "unclear": "unclear",
    }[row.call]


def suites_in(run: RunSummary) -> str:
    """How many suites a run has."""
    return f"{len(run.suites)} {'suite' if len(run.suites) == 1 else 'suites'}"


def most_common(counts: Mapping[str, int]) -> Sequence[tuple[str, int]]:
    """By count, then by name."""
    return sorted(((k, n) for k, n in counts.items() if n), key=lambda item: (-item[1], item[0]))


def clip_in_words(clip: str) -> str:
    """Frames, height, width and rate as people say them, width first; any other text as it is.

    >>> clip_in_words("25x64x96@16")
    '25 frames of 96×64 at 16 fps'
    """
    found = re.fullmatch(r"(\d+)x(\d+)x(\d+)@(\S+)", clip)
    return "{0} frames of {2}×{1} at {3} fps".format(*found.groups()) if found else clip


def in_words(identifier: str) -> str:
    """`left_standing` as people write it."""
    return identifier.replace("_", " ")


def count_of(clips: int) -> str:
    """`1 clip`, `2 clips`."""
    return f"{clips} clip{'' if clips == 1 else 's'}"


def names_of(runs: Sequence[RunSummary]) -> list[str]:
    """What to call each run: its model, and which run it is where several are of that name."""
    models = [str(run.model["name"]) for run in runs]
    return [
        model if models.count(model) == 1 else f"{model} ({run.run})"
        for model, run in zip(models, runs, strict=True)
    ]
