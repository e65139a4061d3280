"""The scoring law against cases worked out by hand."""

import dataclasses
import math
import random
from collections.abc import Sequence

import pytest
from scipy.stats import t

from wsim.contracts import ClipFormat, MetricSpec
from wsim.runs.manifest import Manifest, ProbeEntry
from wsim.runs.results import Calibration, Record
from wsim.runs.summary import summarise

CLIP = ClipFormat(25, 64, 64, 16.0)


def entry(name: str = "toy/a", planned: int | None = 4, **changes: object) -> ProbeEntry:
    metric = MetricSpec("m", "1", "higher", 0.0, 1.0, "")
    return dataclasses.replace(
        ProbeEntry(name, 1, "?", "00", (metric,), 2, planned=planned),
        **changes,  # type: ignore[arg-type]
    )


def manifest(*probes: ProbeEntry, **changes: object) -> Manifest:
    model = {"name": "m", "adapter": "a", "digest": "3fa9c1d2" * 8, "accepts": ["context"], "settings": {}}
    benchmark = {"name": "quick", "version": 1, "digest": ""}
    made = Manifest(
        "r", "complete", False, benchmark, "video", CLIP, 7, model, probes, wsim={"version": "0.1.0"}
    )
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def calibration(name: str = "toy/a", ceiling: float = 0.9, null: float = 0.1) -> Calibration:
    return Calibration(name, 1, "video", str(CLIP), ceiling, null, "freeze", {"freeze": null}, "", 8, True)


def records(name: str, clusters: dict[str, Sequence[float | None]]) -> list[Record]:
    """Readings by cluster; None is an unmeasurable clip."""
    found = []
    for cluster, values in clusters.items():
        for index, value in enumerate(values):
            made = Record(name, 1, f"{name}/{cluster}/{index}", cluster, "unmeasurable", reason="dark")
            if value is not None:
                lawful = value > 0.5
                made = dataclasses.replace(
                    made, status="ok", reason=None, metrics={"m": value},
                    verdict="kept" if lawful else "lost", lawful=lawful, parameters={"d": float(index)},
                )  # fmt: skip
            found.append(made)
    return found


def test_skill_by_hand() -> None:
    # Scores (m - 0.1) / 0.8: a 1.0 and 0.5, b 0.0 and 0.5. Cluster means 0.75 and 0.25.
    made = records("toy/a", {"a": [0.9, 0.5], "b": [0.1, 0.5]})
    probe = summarise(manifest(entry()), made, {"toy/a": calibration()}).probes[0]
    half = t.ppf(0.975, 1) * math.sqrt(0.125 / 2)
    assert probe.skill.value == pytest.approx(0.5) and half > 0.5
    assert (probe.skill.low, probe.skill.high) == (0.0, 1.0)  # +- 3.2, clipped
    assert probe.skill.n == 4 and probe.skill.clusters == 2
    assert probe.strict == probe.skill and probe.coverage == 1.0
    assert probe.verdicts == {"kept": 1, "lost": 3} and probe.lawful_verdicts == ("kept",)
    assert probe.curves["d"] == ((0.0, 0.5, 2), (1.0, 0.0, 2))
    assert probe.metrics["m"].value == pytest.approx(0.5)
    assert probe.flags == ("few clusters",) and not probe.ranked


def test_unmeasurable_clips_lower_strict_and_not_skill() -> None:
    clusters = {f"w{i:02d}": [0.9, None] if i % 2 else [0.9, 0.9] for i in range(12)}
    probe = summarise(
        manifest(entry(planned=24)), records("toy/a", clusters), {"toy/a": calibration()}
    ).probes[0]
    assert probe.coverage == 0.75 and probe.skill.value == pytest.approx(1.0)
    assert probe.strict.value == pytest.approx(0.75)
    # Per-cluster strict scores are 1.0 and 0.5, six each: sd 0.2611, half width 2.201 * 0.2611 / sqrt(12).
    half = t.ppf(0.975, 11) * math.sqrt(0.75 / 11 / 12)
    assert probe.strict.low == pytest.approx(0.75 - half) and probe.strict.high == pytest.approx(0.75 + half)
    assert probe.reasons == {"dark": 6} and probe.ranked


def test_strict_is_the_clipped_skill_times_coverage() -> None:
    clusters = {f"w{i:02d}": [1.0, None] for i in range(10)}  # every score is 1.125
    probe = summarise(
        manifest(entry(planned=20)), records("toy/a", clusters), {"toy/a": calibration()}
    ).probes[0]
    assert probe.skill.value == 1.0 and probe.strict.value == 0.5
    assert probe.strict.low is not None and probe.strict.low <= 0.5


def test_lower_can_be_better() -> None:
    made = records("toy/a", {"a": [0.2, 0.2], "b": [0.2, 0.2]})
    probe = summarise(manifest(entry()), made, {"toy/a": calibration(ceiling=0.0, null=0.8)}).probes[0]
    assert probe.skill.value == pytest.approx(0.75)


def test_a_coin_flipper_earns_nothing() -> None:
    # m in {0, 1} with null 0.5: clipping every clip would pay 0.5.
    made = records("toy/a", {f"w{i:02d}": [0.0, 1.0] for i in range(10)})
    scale = {"toy/a": calibration(ceiling=1.0, null=0.5)}
    assert summarise(manifest(entry(planned=20)), made, scale).probes[0].skill.value == pytest.approx(0.0)


def test_order_of_records_changes_nothing() -> None:
    clusters: dict[str, Sequence[float | None]] = {f"w{i:02d}": [0.1 * (i % 7), None, 0.3] for i in range(12)}
    made = records("toy/a", clusters)
    first = summarise(manifest(entry(planned=36)), made, {"toy/a": calibration()})
    for seed in range(5):
        random.Random(seed).shuffle(made)
        assert summarise(manifest(entry(planned=36)), made, {"toy/a": calibration()}) == first


def test_headline_is_the_mean_of_suites_not_of_probes() -> None:
    probes = [entry(name, planned=24) for name in ("one/a", "one/b", "two/c")]
    levels = {"one/a": 0.9, "one/b": 0.5, "two/c": 0.1}  # strict 1, 0.5, 0
    made = [r for name, m in levels.items() for r in records(name, {f"w{i:02d}": [m, m] for i in range(12)})]
    summary = summarise(manifest(*probes), made, {name: calibration(name) for name in levels})
    assert [suite.strict.value for suite in summary.suites] == pytest.approx([0.75, 0.0])
    assert summary.headline.value == pytest.approx(0.375) and summary.headline.n == 72
    assert summary.signature == (
        "wsim/0.1.0 quick/1 video 25x64x64@16 | n=72 c=12 | seed 7 | weights 3fa9c1d2 | "
        "probes one/a/1 one/b/1 two/c/1"
    )


@pytest.mark.parametrize(("shared", "probes_worth"), [(False, 2), (True, 1)])
def test_errors_of_means_add_in_quadrature_unless_probes_read_the_same_worlds(
    shared: bool, probes_worth: int
) -> None:
    names = ("one/a", "one/b")
    made = []
    for name in names:
        world = "w{:02d}" if shared else f"{name}/w{{:02d}}"
        made += records(name, {world.format(i): [0.3 if i % 2 else 0.7] for i in range(12)})
    summary = summarise(
        manifest(*[entry(name, planned=12) for name in names]), made, {n: calibration(n) for n in names}
    )
    # Scores are 0.25 and 0.75, six worlds each: variance 0.75 / 11. Of two sets of worlds se / sqrt(2) and
    # df 22; of one set, read twice alike, the error of one.
    half = t.ppf(0.975, 11 * probes_worth) * math.sqrt(0.75 / 11 / 12 / probes_worth)
    assert summary.headline.high == pytest.approx(0.5 + half)
    assert summary.headline == summary.suites[0].strict and summary.headline.clusters == 12 * probes_worth


def test_a_probe_that_is_no_instrument_withholds_the_headline() -> None:
    flat = dataclasses.replace(calibration(ceiling=0.3), valid=False)
    summary = summarise(manifest(entry()), [], {"toy/a": flat})
    assert summary.probes[0].status == "no_instrument" and "too close" in summary.probes[0].note
    assert summary.headline.value is None and not summary.suites[0].complete


def test_a_probe_of_another_track_is_left_out_and_one_that_does_not_fit_withholds() -> None:
    made = records("toy/a", {f"w{i:02d}": [0.9] for i in range(12)})
    scale = {"toy/a": calibration()}
    elsewhere = entry("toy/b", planned=0, offered=False, reason="the probe does not offer the track video")
    summary = summarise(manifest(entry(planned=12), elsewhere), made, scale)
    assert summary.suites[0].complete and summary.headline.value == pytest.approx(1.0)
    too_short = entry("toy/b", planned=0, offered=True, reason="clips of 1 s are too short")
    summary = summarise(manifest(entry(planned=12), too_short), made, scale)
    assert not summary.suites[0].complete and summary.headline.value is None
    assert summary.suites[0].strict.value == pytest.approx(1.0)  # the suite shows what there is


def test_a_probe_beside_its_suite_moves_no_mean_and_is_shown() -> None:
    made = records("toy/a", {f"w{i:02d}": [0.9] for i in range(12)})
    bad = records("toy/b", {f"w{i:02d}": [0.1] for i in range(12)})
    scales = {name: calibration(name) for name in ("toy/a", "toy/b")}
    whole = manifest(entry(planned=12), entry("toy/b", planned=12, beside=True))
    summary = summarise(whole, [*made, *bad], scales)
    assert summary.suites[0].complete and summary.headline.value == pytest.approx(1.0)
    shown = summary.suites[0].probes[1]
    assert shown.strict.value == pytest.approx(0.0) and "beside" in shown.note and shown.ranked
    unasked = entry("toy/b", planned=0, beside=True, reason="the model does not accept keyframes")
    summary = summarise(manifest(entry(planned=12), unasked), made, scales)
    assert summary.headline.value == pytest.approx(1.0) and "keyframes" in summary.suites[0].probes[1].note
    alone = summarise(manifest(entry("toy/b", planned=12, beside=True)), bad, scales)
    assert alone.headline.value == pytest.approx(0.0)  # where there is nothing else, it is the suite


def test_a_partial_run_shows_its_number_and_says_so() -> None:
    made = records("toy/a", {"a": [0.9, 0.9], "b": [0.9, 0.9]})
    summary = summarise(manifest(entry(), partial=True), made, {"toy/a": calibration()})
    assert summary.partial and summary.headline.value == pytest.approx(1.0)
    assert "partial" in summary.signature


def test_an_interrupted_run_is_incomplete() -> None:
    made = records("toy/a", {"a": [0.9, 0.9]})
    summary = summarise(manifest(entry(planned=None), status="interrupted"), made, {"toy/a": calibration()})
    assert summary.status == "incomplete" and summary.headline.value is None


def test_continuous_parameters_are_grouped() -> None:
    made = [
        dataclasses.replace(r, parameters={"speed": 0.01 * i})
        for i, r in enumerate(records("toy/a", {f"w{i:02d}": [0.9, 0.3] for i in range(20)}))
    ]
    curve = summarise(manifest(entry(planned=40)), made, {"toy/a": calibration()}).probes[0].curves["speed"]
    assert len(curve) == 8 and sum(n for _, _, n in curve) == 40
    assert [value for value, _, _ in curve] == sorted(value for value, _, _ in curve)


def test_readings_of_an_older_version_do_not_count() -> None:
    old = records("toy/a", {"a": [0.9, 0.9], "b": [0.9, 0.9]})
    summary = summarise(manifest(entry(version=2)), old, {"toy/a": calibration()})
    assert summary.probes[0].status == "empty" and summary.counts["ok"] == 0
