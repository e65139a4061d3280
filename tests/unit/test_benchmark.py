"""Benchmarks as data, and the plan that fits one to a model."""

import sys
from pathlib import Path

import pytest

from wsim.contracts import Capability, ClipFormat, Track, formats_of
from wsim.errors import WsimError
from wsim.registry import plugins
from wsim.runs.benchmark import load_benchmark, single
from wsim.runs.folder import RunFolder
from wsim.runs.plan import load_probe, make_plan

sys.path.insert(0, str(Path(__file__).parent.parent / "fixtures"))
import wsim_toy as toy

SUITES = {"geometry", "permanence", "interaction", "physics", "digital", "conditioning"}
GOOD = """
name = "mine"
version = 2
seed = 5
[clip]
num_frames = 9
height = 16
width = 24
fps = 8
[[probe]]
name = "toy/rise"
clusters = 3
"""


FROZEN = {  # a benchmark is never changed, it gets another version: add a line, and leave the others
    ("quick", 2): "0d0847c494eefaf4",
    ("core", 2): "905311b248859e2a",
    ("full", 2): "52236603f89c198b",
    ("core", 3): "9c04986838ec693c",
    ("full", 3): "9fa0c7257cf16839",
    ("core", 4): "85c7837b7e8e4f38",
    ("full", 4): "fb2c57d9e1a6e8be",
    ("prompts", 1): "827970d56d4a511e",
    ("prompts", 2): "14678af3893f7a2b",
    ("prompts", 3): "f31a7c3634d7517f",
}


@pytest.mark.parametrize("name", ["quick", "core", "full", "prompts"])
def test_the_benchmarks_are_frozen(name: str) -> None:
    benchmark = load_benchmark(name)
    assert FROZEN[name, benchmark.version] == benchmark.digest[:16], "raise the version and add its digest"


@pytest.mark.parametrize("name", ["quick", "core", "full"])
def test_every_suite_is_in_every_benchmark(name: str) -> None:
    uses = load_benchmark(name).uses
    assert {use.probe.partition("/")[0] for use in uses} == SUITES
    assert min(use.clusters for use in uses) >= (24 if name == "core" else 10)


@pytest.mark.parametrize("name", ["core", "full"])
def test_every_probe_that_comes_with_wsim_is_in_it(name: str) -> None:
    ours = {key for key, plugin in plugins("probes").items() if plugin.entry.value.startswith("wsim_probes.")}
    assert ours and ours == {use.probe for use in load_benchmark(name).uses}


@pytest.mark.parametrize("name", ["quick", "core", "full"])
def test_what_not_every_model_of_a_track_can_be_asked_is_beside_its_suite(name: str) -> None:
    """Or else a model that takes a beginning alone would never have a headline."""
    enough: dict[Track, frozenset[Capability]] = {
        "text": frozenset({"text"}),
        "image": frozenset({"text", "first_frame"}),
        "video": frozenset({"text", "context"}),
        "action": frozenset({"text", "context", "actions"}),
    }
    benchmark = load_benchmark(name)
    beside = set()
    for use in benchmark.uses:
        probe = load_probe(use.probe)
        more = any(not needs <= enough[track] for track, needs in probe.needs.items())
        longer = probe.min_duration_s > benchmark.clip.duration_s
        if more or longer or formats_of(probe, benchmark.clip) != (benchmark.clip,):
            beside.add(use.probe)
    assert beside == {use.probe for use in benchmark.uses if use.beside}


def test_a_model_of_beginnings_is_told_what_it_is_not_asked_and_can_have_a_headline() -> None:
    painter = toy.Painter(accepts=frozenset({"text", "context"}), formats=(ClipFormat(33, 64, 64, 16.0),))
    plan = make_plan(painter.info, load_benchmark("core"))
    reasons = {planned.probe.name: planned.reason for planned in plan.probes if planned.offered}
    assert {name for name, reason in reasons.items() if reason} == {
        "conditioning/backward_seam",
        "conditioning/interpolation",
        "conditioning/loop_seam",
        "conditioning/size_aspect",
    }
    assert "keyframes" in (reasons["conditioning/loop_seam"] or "")
    assert "does not make" in (reasons["conditioning/size_aspect"] or "")
    assert all(planned.beside for planned in plan.probes if planned.offered and planned.reason)


def test_what_is_beside_a_suite_is_part_of_the_digest(tmp_path: Path) -> None:
    path = tmp_path / "b.toml"
    digests = set()
    for text in (GOOD, GOOD + "beside = false", GOOD + "beside = true"):
        path.write_text(text)
        digests.add(load_benchmark(path).digest)
    assert len(digests) == 2 and load_benchmark(path).uses[0].beside


def test_a_file_and_its_digest(tmp_path: Path) -> None:
    path = tmp_path / "b.toml"
    path.write_text(GOOD)
    benchmark = load_benchmark(path)
    assert (benchmark.seed, benchmark.clip.width, benchmark.uses[0].clusters) == (5, 24, 3)
    path.write_text("# a comment\n" + GOOD)
    assert load_benchmark(str(path)).digest == benchmark.digest
    path.write_text(GOOD.replace("clusters = 3", "clusters = 4"))
    assert load_benchmark(path).digest != benchmark.digest


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("clusters = 3", "clustres = 3", "probe[0].clus"),
        ("seed = 5", "sed = 5", "se"),
        ("clusters = 3", "clusters = 0", "probe[0].clusters"),
        ("fps = 8", 'fps = "8"', "clip.fps"),
        ("version = 2", "version = ", "not valid TOML"),
        ('"toy/rise"', '"rise"', "probe[0].name"),
        ("clusters = 3", 'clusters = 3\n[[probe]]\nname = "toy/rise"\nclusters = 3', "listed twice"),
    ],
)
def test_a_mistake_is_named_with_its_file_and_field(tmp_path: Path, old: str, new: str, named: str) -> None:
    path = tmp_path / "b.toml"
    path.write_text(GOOD.replace(old, new))
    with pytest.raises(WsimError) as caught:
        load_benchmark(path)
    assert named in caught.value.problem and caught.value.where == str(path)


def test_names_that_do_not_exist() -> None:
    with pytest.raises(WsimError, match='did you mean "quick"'):
        load_benchmark("qick")
    with pytest.raises(WsimError, match="cannot read the benchmark"):
        load_benchmark("absent.toml")


def test_a_benchmark_on_the_spot_says_what_is_in_it() -> None:
    assert single(["toy/rise"]).name == "probe:toy/rise"
    assert single(["toy/rise", "toy/fall"]).name == "probe:toy"
    assert single(["toy/rise"], clusters=3).digest != single(["toy/rise"], clusters=4).digest


def test_the_track_that_most_probes_fit_is_chosen_and_the_richest_of_equals() -> None:
    model = toy.Painter(accepts=frozenset({"text", "context"}))
    assert toy.plan(model).track == "video"
    everything = toy.Painter(accepts=frozenset({"text", "context", "actions"}))
    assert toy.plan(everything).track == "action"  # the toy offers both
    chosen = make_plan(everything.info, toy.benchmark(), track="video", probes={"toy/rise": toy.Rise()})
    assert chosen.track == "video"


def test_a_model_that_takes_actions_too_is_asked_all_suites_by_default() -> None:
    everything = toy.Painter(accepts=frozenset({"text", "first_frame", "context", "actions"}))
    plan = make_plan(everything.info, load_benchmark("quick"))
    assert (
        plan.track == "video" and len({one.probe.name.split("/")[0] for one in plan.probes if one.asked}) == 5
    )
    assert make_plan(everything.info, single(["digital/lever"])).track == "action"


def test_a_model_that_fits_no_track_is_told() -> None:
    with pytest.raises(WsimError, match="cannot enter any track") as caught:
        toy.plan(toy.Painter(accepts=frozenset({"text"})))
    assert "video, action" in caught.value.where and "it accepts text" in caught.value.remedy
    with pytest.raises(WsimError, match="cannot enter the track 'action'"):
        make_plan(toy.Painter().info, toy.benchmark(), track="action", probes={"toy/rise": toy.Rise()})


def test_the_models_own_format_goes_first() -> None:
    own = ClipFormat(4, 12, 20, 8.0)
    assert toy.plan(toy.Painter(formats=(own, toy.CLIP))).clip == own
    assert toy.plan(toy.Painter()).clip == toy.CLIP


def test_what_does_not_fit_is_not_asked() -> None:
    plan = toy.plan(toy.Painter(), toy.Rise(), toy.Rise("toy/long", min_duration_s=60.0))
    assert plan.probes[0].asked and not plan.probes[1].asked
    assert "too short" in (plan.probes[1].reason or "") and plan.probes[1].offered
    assert list(plan.scenarios(plan.probes[1])) == []


def test_a_limit_takes_the_first_worlds() -> None:
    whole, part = toy.plan(toy.Painter()), toy.plan(toy.Painter(), limit=2)
    assert part.partial and not whole.partial
    ids = [[s.id for s in plan.scenarios(plan.probes[0])] for plan in (whole, part)]
    assert ids[1] == ids[0][:4] and len(ids[0]) == 24
    assert part.benchmark.digest == whole.benchmark.digest


def test_a_dry_run_touches_nothing(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "out")
    report = toy.plan(toy.Painter(digest="cd" * 32), clusters=3).describe(toy.Painter(), folder)
    assert [(r.scenarios, r.stored, r.to_make) for r in report.rows] == [(6, 0, 6)]
    assert report.seconds is None and not (tmp_path / "out").exists()
