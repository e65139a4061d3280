"""Distribution and text metrics of a run: what they are made of, kept, flagged, and shown without."""

import atexit
import dataclasses
import json
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from rich.console import Console

from wsim.cli.sets import print_metrics, read_sets
from wsim.errors import WsimError
from wsim.metrics.encoder.features import InDomain, fvd_in_domain, kvd_in_domain, load_in_domain
from wsim.metrics.encoder.shipped import write_weights
from wsim.metrics.encoder.towers import Encoder, Size
from wsim.metrics.encoder.words import Words
from wsim.metrics.features import features_of
from wsim.metrics.networks import KVD
from wsim.runs import features, set_metrics, sets
from wsim.runs.execute import execute
from wsim.runs.folder import RunFolder
from wsim.runs.results import SetMetric
from wsim.runs.set_metrics import measure_sets
from wsim.runs.stored import stored_summary
from wsim.runs.summary import load_summary

sys.path.insert(0, str(Path(__file__).parent.parent / "fixtures"))
import wsim_toy as toy

WORDS = Words(("grey", "rises", "red"))
SMALL = Size(words=WORDS.size, width=32, video_layers=1, text_layers=1, dim=4)


@dataclasses.dataclass(frozen=True)
class ToldRise(toy.Rise):
    """The same question in words too."""

    name: str = "toy/told"

    def scenarios(self, *arguments, **options):
        for scenario in super().scenarios(*arguments, **options):
            request = dataclasses.replace(scenario.request, text="grey rises")
            yield dataclasses.replace(scenario, request=request)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random in-domain encoder and a cache for all tests: the same videos need to be looked at once."""
    folder = tmp_path_factory.mktemp("shared")
    torch.manual_seed(0)
    write_weights(folder / "encoder.safetensors", Encoder(SMALL), WORDS, {"steps": 0})
    return folder


@pytest.fixture
def weights(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for weights that a test may spoil, and the cache of all of them."""
    monkeypatch.setenv("WSIM_CACHE", str(shared / "cache"))
    monkeypatch.setenv("WSIM_WEIGHTS_DIR", str(tmp_path / "weights"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    (tmp_path / "weights").mkdir()
    return Path(shutil.copy(shared / "encoder.safetensors", tmp_path / "weights"))


@pytest.fixture
def new(tmp_path: Path, weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty cache, for tests of what is kept in it."""
    monkeypatch.setenv("WSIM_CACHE", str(tmp_path / "cache"))


SCORED: dict[str, Path] = {}


def scored(folder: Path, step: float = toy.RISE / 2, probe: toy.Rise | None = None, **options) -> RunFolder:
    """A run of its own, made once and copied."""
    probe = probe or toy.Rise()
    key = f"{step} {probe.name} {options}"
    if key not in SCORED:
        model = toy.Painter(lambda request: step, digest=f"{int(step):064x}")
        execute(model, toy.plan(model, probe, **options), folder)
        SCORED[key] = Path(tempfile.mkdtemp(prefix="wsim-scored-"))
        shutil.copytree(folder, SCORED[key], dirs_exist_ok=True)
        atexit.register(shutil.rmtree, SCORED[key], ignore_errors=True)
    else:
        shutil.copytree(SCORED[key], folder)
    return RunFolder(folder)


def measured(run: RunFolder, probe: toy.Rise | None = None, **options) -> dict[str, SetMetric]:
    probe = probe or toy.Rise()
    summary = measure_sets(run, probes={probe.name: probe}, **options)
    return {metric.name: metric for metric in summary.metrics}


def counting(seen: list[int]):
    """The network, which writes down how many clips it looks at."""
    forward = InDomain.forward

    def look(self, clips):
        seen.append(len(clips))
        return forward(self, clips)

    return look


def test_they_are_the_distances_of_the_videos_from_the_lawful_renders(tmp_path: Path, weights: Path) -> None:
    run = scored(tmp_path / "run")
    found = measured(run)
    network = load_in_domain(weights)
    scenarios = list(toy.Rise().scenarios(toy.CLIP, track="video", seed=7, limit=12))
    halves = [toy.grey(s.truth.start + toy.RISE / 2 * np.arange(6)) for s in scenarios]
    with features.one_thread():
        real = features_of(network, [scenario.truth.video for scenario in scenarios])
        fake = features_of(network, halves)
    worlds = np.array([scenario.cluster for scenario in scenarios])
    distance, kernel = fvd_in_domain(real, fake), kvd_in_domain(real, fake).signature
    assert found["fvd[wsim]"].signature == distance.signature
    assert found["kvd[wsim]"].signature == kernel.replace("|fp32", "|between-worlds|fp32")
    for name, value in (
        ("fvd[wsim]", distance.value),
        ("kvd[wsim]", KVD.of((real.values, worlds), (fake.values, worlds))),
    ):
        row = found[name]
        assert row.estimate.value == pytest.approx(value, rel=1e-3)
        assert row.estimate.n == 24 and row.estimate.clusters == 12
        assert row.estimate.low < row.estimate.value < row.estimate.high
    assert found["fvd[wsim]"].estimate.value > 0 and found["fvd[wsim]"].flags == ()
    assert found["clip[wsim]"].unavailable == "no question of this run has words"


def test_one_world_has_no_kernel_distance_rather_than_none(tmp_path: Path, weights: Path) -> None:
    found = measured(scored(tmp_path / "run", clusters=1))
    assert found["kvd[wsim]"].estimate.value is None and "of one world" in found["kvd[wsim]"].unavailable
    assert found["fvd[wsim]"].estimate.value > 0 and "few clusters" in found["fvd[wsim]"].flags


def test_a_model_that_is_right_is_nearer(tmp_path: Path, weights: Path) -> None:
    right = measured(scored(tmp_path / "right", toy.RISE))
    wrong = measured(scored(tmp_path / "wrong", 0.0))
    assert right["fvd[wsim]"].estimate.value == pytest.approx(0.0, abs=1e-9)
    assert wrong["fvd[wsim]"].estimate.low > 0
    assert wrong["kvd[wsim]"].estimate.value > right["kvd[wsim]"].estimate.value


def test_what_is_not_here_is_told_with_what_brings_it(
    tmp_path: Path, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = scored(tmp_path / "run")
    found = measured(run)
    assert "too short" in found["fvd[i3d]"].unavailable and "too short" in found["kvd[i3d]"].unavailable
    longer = dataclasses.replace(run.manifest, clip=dataclasses.replace(toy.CLIP, num_frames=9))
    _, absent = set_metrics._networks(longer, "cpu")
    assert (
        "weights of I3D are not available" in absent["i3d"][0]
        and absent["i3d"][1] == "wsim weights fetch i3d"
    )
    with monkeypatch.context() as old:
        old.setenv("WSIM_VJEPA2", str(tmp_path))
        old.setitem(sys.modules, "transformers", SimpleNamespace(__version__="4.51.3"))
        _, absent = set_metrics._networks(longer, "cpu")
    why, remedy = absent["vjepa2"]
    assert why == "transformers 4.51.3 has no V-JEPA 2: it came with 4.53"
    assert remedy.startswith("pip install 'transformers>=4.53'")  # not: get the weights, which are here
    assert found["clipsim[clip]"].unavailable == "the weights of CLIP are not here"
    assert "WSIM_CLIP" in found["clipsim[clip]"].remedy
    weights.write_bytes(b"nothing")
    found = measured(run)
    assert found["fvd[wsim]"].estimate.value is None and "cannot be read" in found["fvd[wsim]"].unavailable


def test_words_are_compared_with_their_own_clip_and_the_lawful_one(tmp_path: Path, weights: Path) -> None:
    run = scored(tmp_path / "run", probe=ToldRise())
    row = measured(run, ToldRise())["clip[wsim]"]
    network = load_in_domain(weights)
    scenarios = list(ToldRise().scenarios(toy.CLIP, track="video", seed=7, limit=12))
    real = features_of(network, [scenario.truth.video for scenario in scenarios])
    by_hand = float(network.likeness(real.values, ["grey rises"]).mean())
    assert row.lawful == pytest.approx(by_hand, rel=1e-4)
    assert row.better == "higher" and row.estimate.n == 24 and row.signature.startswith("clip[wsim]|wsim=")


def test_nothing_is_looked_at_twice_and_a_second_model_costs_no_look_at_lawful_renders(
    tmp_path: Path, new: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    monkeypatch.setattr(InDomain, "forward", counting(seen))
    first = measured(scored(tmp_path / "a"))
    assert sum(seen) == 48  # 24 videos, 24 lawful renders

    def asked_again(*arguments, **options):
        raise AssertionError("everything is known: nothing has to be posed")

    with monkeypatch.context() as context:
        context.setattr(toy.Rise, "scenarios", asked_again)
        assert measured(RunFolder(tmp_path / "a")) == first and sum(seen) == 48
    measured(scored(tmp_path / "b", 0.0))
    assert sum(seen) == 72


def test_broken_off_it_goes_on_where_it_was(
    tmp_path: Path, new: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = measured(scored(tmp_path / "run"))
    monkeypatch.setenv("WSIM_CACHE", str(tmp_path / "another"))
    seen: list[int] = []
    forward = InDomain.forward

    def tiring(self, clips):
        seen.append(len(clips))
        if sum(seen) > 30:
            raise KeyboardInterrupt
        return forward(self, clips)

    monkeypatch.setattr(InDomain, "forward", tiring)
    with pytest.raises(KeyboardInterrupt):
        measured(RunFolder(tmp_path / "run"))
    assert sum(seen) > 30
    again: list[int] = []
    monkeypatch.setattr(InDomain, "forward", forward)
    monkeypatch.setattr(InDomain, "forward", counting(again))
    assert measured(RunFolder(tmp_path / "run")) == whole
    assert 0 < sum(again) < 48


def test_no_digit_depends_on_the_number_of_workers(
    tmp_path: Path, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = scored(tmp_path / "run")
    one = measured(run)
    monkeypatch.setenv("WSIM_CACHE", str(tmp_path / "another"))
    assert measured(run, jobs=2) == one


def test_other_videos_have_other_numbers(tmp_path: Path, weights: Path) -> None:
    run = scored(tmp_path / "run", clusters=4)
    found = measured(run)
    assert "few clusters" in found["fvd[wsim]"].flags
    assert "few videos" in found["fvd[wsim]"].flags and "few videos" not in found["kvd[wsim]"].flags
    assert stored_summary(run.path).metrics == load_summary(run).metrics != ()
    last = list(run.records.latest().values())[-1]
    run.records.append(dataclasses.replace(last, video="0" * 64))  # made anew, and measured
    assert stored_summary(run.path).metrics == () == load_summary(run).metrics
    tick = (run.path / "records.jsonl").stat().st_mtime_ns
    os.utime(run.path / "summary.json", ns=(tick, tick))  # a clock that has not moved on between the two
    assert stored_summary(run.path).metrics == ()


def test_missing_and_damaged_videos_are_told(tmp_path: Path, new: None) -> None:
    run = scored(tmp_path / "run")
    for path in sorted(run.path.glob("videos/??/*.json"))[:2]:
        path.unlink()
    found = measured(run)["fvd[wsim]"]
    assert "videos missing" in found.flags and found.estimate.n < 24
    assert "real24" in found.signature
    sorted(run.path.glob("videos/??/*.mkv"))[5].write_bytes(b"no video")
    with pytest.warns(RuntimeWarning, match="damaged"), pytest.raises(WsimError, match="damaged"):
        features_cache = Path(sets.cache_folder() / "features")
        for path in features_cache.glob("??/*.f64"):
            path.unlink()
        measured(run)


def test_a_run_without_videos_and_a_damaged_file_are_told(tmp_path: Path, weights: Path) -> None:
    run = scored(tmp_path / "run", clusters=4)
    measured(run)
    (run.path / "metrics.json").write_text("{")
    with pytest.raises(WsimError, match="metrics cannot be read"):
        load_summary(run)
    (run.path / "metrics.json").write_text(json.dumps({"schema": "wsim.metrics/2"}))
    with pytest.raises(WsimError, match="newer wsim"):
        load_summary(run)
    (run.path / "metrics.json").unlink()
    for path in run.path.glob("videos/??/*.json"):
        path.unlink()
    with pytest.raises(WsimError, match="keeps no videos"):
        measured(run)


def test_the_screen_has_80_columns_and_says_everything(
    tmp_path: Path, weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = scored(tmp_path / "run", clusters=4)
    measured(run)
    print_metrics(Console(width=200, highlight=False), load_summary(run).metrics)
    said = capsys.readouterr().out.splitlines()
    assert all(len(line) <= 80 for line in said if "|" not in line)
    assert re.match(r"fvd\[wsim\] ↓ +[\d.]+ \[[\d.]+, [\d.]+\] +8 +4$", said[1])
    assert said[2] == "  few videos, few clusters" and said[3].startswith("  fvd[wsim]|wsim=")
    assert any("clipsim[clip]: not available, the weights of CLIP are not here" in line for line in said)
    with pytest.raises(WsimError, match="of all videos of a run"):
        read_sets(run.path, ["toy/rise"], jobs=1, device="cpu", as_json=False)
