"""The screen at the end of a run. Fixed columns: it is read at 80 characters and pasted into messages."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import wrap

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from wsim.cli.numbers import count_of, duration, percent, value_only, with_interval
from wsim.runs.records import RecordLog
from wsim.runs.results import ProbeSummary, Record, RunSummary, SuiteSummary

NAMES = 20  # wide
COUNTS = f"{'cover':>7}{'clips':>7}{'worlds':>7}{'n/m':>6}{'err':>5}"
HEAD = f"{'':<{NAMES}}{'strict skill':<20}{'skill':>6}{COUNTS}"
WIDTH = 80
LISTED = 20
NO_VIDEO = "no video called "


def print_run(console: Console, summary: RunSummary, folder: Path) -> None:
    """Everything that a number must not be without: interval, coverage, sample size, signature."""
    model = summary.model["name"]
    benchmark = f"{summary.benchmark['name']}/{summary.benchmark['version']}"
    line = Text.assemble(
        (str(model), "bold"), f" on {benchmark}, track {summary.track}, {summary.format}, seed {summary.seed}"
    )
    console.print(line)
    if summary.partial:
        console.print(Text("limited run: only the first worlds of each probe were asked", "yellow"))
    console.print()
    console.print(Text(HEAD, "dim"))
    versions = {probe.name: probe.version for probe in summary.probes}
    records: dict[str, list[Record]] = {name: [] for name in versions}
    for record in RecordLog(folder / "records.jsonl").latest().values():
        if versions.get(record.probe) == record.probe_version:
            records[record.probe].append(record)
    for suite in summary.suites:
        _print_suite(console, suite, records)
    _print_headline(console, summary)
    _print_errors(console, [r for found in records.values() for r in found if r.status == "error"], folder)
    _print_foot(console, summary)


def _print_suite(console: Console, suite: SuiteSummary, records: Mapping[str, Sequence[Record]]) -> None:
    name = Text(f"{suite.name:<{NAMES}}", "bold")
    score = with_interval(suite.strict) if suite.strict.value is not None else ""
    note = "" if suite.complete else "  incomplete"
    console.print(name + Text(f"{score}", "bold") + Text(note, "yellow"))
    for probe in suite.probes:
        _print_probe(console, probe, records[probe.name])


def _print_probe(console: Console, probe: ProbeSummary, records: Sequence[Record]) -> None:
    name = f"  {probe.name.partition('/')[2]:<{NAMES - 2}}"
    if probe.status != "ok":
        for line in wrap(_why_not(probe), WIDTH, initial_indent=name, subsequent_indent=" " * NAMES):
            console.print(Text(line, "yellow"))
        return
    scores = (
        f"{with_interval(probe.strict):<20}{value_only(probe.skill):>6}{percent(probe.coverage):>7}"
        f"{probe.strict.n:>7}{probe.strict.clusters:>7}{probe.counts.get('unmeasurable', 0):>6}"
    )
    errors = probe.counts.get("error", 0)
    console.print(Text(name + scores) + Text(f"{errors:>5}", "red" if errors else ""))
    if probe.verdicts:
        _print_indented(console, Text("read as ", "dim") + _verdicts(probe))
    if reasons := [record.reason or "" for record in records if record.status == "unmeasurable"]:
        counted = ", ".join(f"{reason} {count}" for reason, count in Counter(reasons).most_common())
        _print_indented(console, Text(f"not measurable: {counted}", "dim"))
    if probe.note:
        _print_indented(console, Text(probe.note, "dim"))
    if probe.flags:
        _print_indented(console, Text(f"unranked: {', '.join(probe.flags)}", "yellow"))


def _print_indented(console: Console, text: Text) -> None:
    """Under a probe; what does not fit goes on beneath itself."""
    console.print(Padding(text, (0, 0, 0, 4), expand=False))


def _why_not(probe: ProbeSummary) -> str:
    heading = {
        "not_applicable": "not asked",
        "no_instrument": "no instrument here",
        "empty": "nothing could be measured",
    }[probe.status]
    return f"{heading}: {probe.note}" if probe.note else heading


def _verdicts(probe: ProbeSummary) -> Text:
    """What the clips were read as, commonest first; green is what should have happened."""
    ordered = sorted(probe.verdicts.items(), key=lambda item: (-item[1], item[0]))
    parts = [
        Text(f"{verdict.replace('_', ' ')} {count}", "green" if verdict in probe.lawful_verdicts else "")
        for verdict, count in ordered
    ]
    return Text(", ").join(parts)


def _print_headline(console: Console, summary: RunSummary) -> None:
    if len(summary.suites) < 2:  # one suite speaks for itself
        return
    console.print()
    if summary.headline.value is None:
        left_out = [suite.name for suite in summary.suites if not suite.complete]
        why = f"not whole: {', '.join(left_out)}" if left_out else "nothing was measured"
        console.print(Text(f"{'headline':<{NAMES}}", "bold") + Text(f"withheld ({why})", "yellow"))
        return
    text = f"{'headline':<{NAMES}}{with_interval(summary.headline)}"
    console.print(Text(text, "bold") + Text(f"  mean of {len(summary.suites)} suites", "dim"))


def _print_errors(console: Console, errors: Sequence[Record], folder: Path) -> None:
    """What could not be scored: missing videos by name, other errors by kind."""
    missing = [r.reason.partition(NO_VIDEO)[2] for r in errors if r.reason and NO_VIDEO in r.reason]
    if missing:
        console.print()
        console.print(Text(f"missing: {count_of(len(missing), 'video')}", "red"))
        for name in missing[:LISTED]:
            console.print(Text(f"  {name}"), soft_wrap=True)
        if len(missing) > LISTED:
            console.print(f"  and {len(missing) - LISTED} more, in {folder / 'records.jsonl'}")
    others = [r.reason or "no reason given" for r in errors if NO_VIDEO not in (r.reason or "")]
    if others:
        console.print()
        console.print(Text(f"could not be scored: {count_of(len(others), 'clip')}", "red"))
        for reason, count in Counter(others).most_common(5):
            console.print(Text(f"  {count} x {reason}"), soft_wrap=True)
        console.print(f"  details in {folder / 'errors.log'}; the same command tries them again")


def _print_foot(console: Console, summary: RunSummary) -> None:
    timing = summary.timing
    spent = f"generated in {duration(timing['generate'])}, measured in {duration(timing['measure'])}"
    console.print()
    console.print(Text(f"{count_of(round(timing['clips']), 'clip')}, {spent}", "dim"))
    console.print(Text("signature  ", "dim") + Text(summary.signature), soft_wrap=True)
