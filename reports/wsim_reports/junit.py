"""JUnit XML, so that a build server shows probes as tests: a suite a suite, a case a probe.

A probe fails when the instrument failed (errors), or when it was measured and the interval of its strict
skill begins at 0, as it is printed: no part of the skill is certain. What could not be measured or does not
apply is skipped, with the reason. Attributes: https://github.com/testmoapp/junitxml.
"""

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from wsim.runs.results import ProbeSummary, RunSummary
from wsim_reports.rounding import EXACT_DECIMALS, both_of
from wsim_reports.words import count_of, in_words, most_common, names_of, status_in_words
from wsim_reports.writing import write_text

_FORBIDDEN = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])  # no XML 1.0 characters


def write_junit(runs: Sequence[RunSummary], folders: Sequence[Path], output: Path) -> Path:
    """Test results for a build server: errors and probes without skill fail, others pass or are skipped.

    Args:
        runs: each becomes the prefix of its suites' names.
        folders: their run folders, in the same order; not read.
        output: the file, or a folder to put `report.xml` into.
    """
    root = ET.Element("testsuites", name="wsim")
    for name, run in zip(names_of(runs), runs, strict=True):
        for suite in run.suites:
            _add_suite(root, f"{name}.{suite.name}", suite.probes)
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode", xml_declaration=False)
    return write_text(output, "report.xml", f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n')


def _add_suite(root: ET.Element, name: str, probes: Sequence[ProbeSummary]) -> None:
    suite = ET.SubElement(root, "testsuite", name=_text(name), tests=str(len(probes)))
    counts = {"failure": 0, "error": 0, "skipped": 0}
    for probe in probes:
        case = ET.SubElement(suite, "testcase", classname=_text(name), name=_text(probe.name))
        outcome, message = _outcome(probe)
        if outcome:
            counts[outcome] += 1
            ET.SubElement(case, outcome, message=_text(message))
    suite.set("failures", str(counts["failure"]))
    suite.set("errors", str(counts["error"]))
    suite.set("skipped", str(counts["skipped"]))


def _outcome(probe: ProbeSummary) -> tuple[str, str]:
    """What is not a pass, and why."""
    failed = probe.counts.get("error", 0)
    if failed:
        return "error", f"{count_of(failed)} could not be generated or read"
    if probe.status != "ok":
        return "skipped", status_in_words(probe)
    if probe.strict.low is not None and round(probe.strict.low, EXACT_DECIMALS) > 0.0:
        return "", ""
    seen = most_common(probe.verdicts) or most_common(probe.reasons)
    said = ", ".join(f"{in_words(verdict)} {count}" for verdict, count in seen[:3])
    return "failure", f"strict skill {both_of(probe.strict)}; {said}"


def _text(text: str) -> str:
    return text.translate(_FORBIDDEN)
