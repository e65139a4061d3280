"""Paired metrics, flicker and smoothness of a run: of which frames, beside what, and when there are none."""

import dataclasses
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from wsim.contracts import ClipFormat, Context, Scenario
from wsim.errors import WsimError
from wsim.metrics import pairs
from wsim.metrics.clip_numbers import ClipNumbers
from wsim.metrics.flicker import flicker
from wsim.metrics.networks import NETWORKS
from wsim.metrics.paired import psnr, ssim
from wsim.metrics.smoothness import smoothness
from wsim.runs import set_metrics
from wsim.runs.benchmark import single
from wsim.runs.execute import execute
from wsim.runs.folder import RunFolder
from wsim.runs.looking import Seen, look
from wsim.runs.mean_rows import clip_row, paired_rows
from wsim.runs.plan import make_plan
from wsim.runs.results import SetMetric
from wsim.runs.set_metrics import measure_sets
from wsim.stats import cluster_mean

sys.path.insert(0, str(Path(__file__).parent.parent / "fixtures"))
import wsim_toy as toy

CLIP = ClipFormat(6, 16, 24, 4.0)
STEP = 13.0


@dataclasses.dataclass(frozen=True)
class Told(toy.Rise):
    """The same question; in some worlds every frame is given, so none is left to make."""

    name: str = "toy/told"
    whole: tuple[int, ...] = ()

    def scenarios(self, clip, **options) -> Iterator[Scenario]:
        for scenario in super().scenarios(clip, **options):
            if int(scenario.parameters["world"]) in self.whole:
                context = Context(scenario.truth.video.frames, tuple(range(clip.num_frames)))
                request = dataclasses.replace(scenario.request, context=context)
                yield dataclasses.replace(scenario, request=request)
            else:
                yield scenario


@pytest.fixture
def absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No weights of any network, and an empty cache."""
    for variable in ("WSIM_CACHE", "WSIM_WEIGHTS_DIR", "TORCH_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    only = {"pixels": NETWORKS["pixels"]}
    monkeypatch.setattr("wsim.runs.set_metrics.NETWORKS", only)


def scored(folder: Path, probe: Told, model: toy.Painter | None = None) -> RunFolder:
    model = model or toy.Painter(lambda request: STEP)
    benchmark = single((probe.name,), seed=7, clusters=4, clip=CLIP)
    execute(model, make_plan(model.info, benchmark, probes={probe.name: probe}), folder)
    return RunFolder(folder)


def measured(run: RunFolder, probe: Told) -> dict[str, SetMetric]:
    return {metric.name: metric for metric in measure_sets(run, probes={probe.name: probe}).metrics}


def test_frames_that_were_made_are_held_against_the_lawful_ones(tmp_path: Path, absent: None) -> None:
    probe = Told(whole=(1,))
    found = measured(scored(tmp_path / "run", probe), probe)
    values, similar, worlds = [], [], []
    for scenario in probe.scenarios(CLIP, track="video", seed=7, limit=4):
        if scenario.cluster != "world=0001":
            lawful = scenario.truth.video.frames
            made = toy.grey(lawful[0].mean() + STEP * np.arange(6), CLIP).frames
            values.append(psnr(lawful[2:], made[2:]).of_frames_db)  # two frames were given
            similar.append(ssim(lawful[2:], made[2:]))
            worlds.append(scenario.cluster)
    for name, by_hand in (("psnr", values), ("ssim", similar)):
        row, known = found[name], cluster_mean(by_hand, worlds)
        assert row.estimate.value == pytest.approx(known.mean, rel=1e-6)
        assert (row.estimate.low, row.estimate.high) == pytest.approx(known.interval(), rel=1e-6)
        assert (row.estimate.n, row.estimate.clusters) == (6, 3) and row.flags == ("few clusters",)
        assert "|given-left-out|pairs6|" in row.signature and row.better == "higher" and row.lawful is None


def test_what_cannot_be_computed_is_no_number(tmp_path: Path, absent: None) -> None:
    probe = Told()
    found = measured(scored(tmp_path / "run", probe), probe)
    assert found["ms_ssim"].estimate.value is None
    assert found["ms_ssim"].unavailable == "frames of 16 pixels are too small: it needs 161"
    assert found["lpips[alex]"].remedy == "wsim weights fetch lpips"
    assert "the weights of LPIPS are not here" in found["lpips[alex]"].unavailable
    assert found["lpips[alex]"].estimate.value is None


def test_without_a_picture_or_a_simulator_there_are_no_pairs(tmp_path: Path, absent: None) -> None:
    probe = Told()
    run = scored(tmp_path / "run", probe)
    records = {probe.name: tuple(run.records.latest().values())}
    [task] = set_metrics._tasks(run, run.manifest, records, {probe.name: probe})
    look(task, [])
    for given in ((), tuple(range(6))):
        generated = {name: dataclasses.replace(one, given=given) for name, one in task.generated.items()}
        only = [dataclasses.replace(task, generated=generated)]
        rows = paired_rows("pixels", pairs.PixelPairs(), only, run.manifest)
        assert all("words alone settle none" in row.unavailable for row in rows) and len(rows) == 3
    rows = paired_rows("pixels", pairs.PixelPairs(), [dataclasses.replace(task, probe=None)], run.manifest)
    assert all("no simulator stands behind" in row.unavailable for row in rows)


def test_the_same_pair_is_read_once(tmp_path: Path, absent: None, monkeypatch: pytest.MonkeyPatch) -> None:
    probe, seen = Told(), []
    row = pairs.PixelPairs.row

    def counting(self, real, fake):
        seen.append(len(real))
        return row(self, real, fake)

    monkeypatch.setattr(pairs.PixelPairs, "row", counting)
    run = scored(tmp_path / "run", probe)
    first = measured(run, probe)
    assert measured(run, probe) == first and seen == [4] * 8


def test_flicker_stands_beside_that_of_the_lawful_renders(tmp_path: Path, absent: None) -> None:
    probe = Told()

    class Flickering(toy.Painter):
        def answer_one(self, request):
            start = float(request.context.frames[0].mean())
            return toy.grey(start + 40.0 * (np.arange(6) % 2), request.format)

    found = measured(scored(tmp_path / "run", probe, Flickering(name="flickering")), probe)
    row = found["flicker[pixels]"]
    assert row.estimate.value == pytest.approx(40.0, abs=0.5) and row.better == "lower"
    assert row.lawful == pytest.approx(0.0, abs=1e-6) and row.estimate.n == 8


def test_clips_without_a_reading_are_left_out_and_told(tmp_path: Path, absent: None) -> None:
    run = scored(tmp_path / "run", Told())
    records = tuple(run.records.latest().values())[-2:]
    number, network = NETWORKS["pixels"].numbers["flicker"], ClipNumbers()

    def row(*values: float) -> SetMetric:
        rows = np.array([values, values]).T
        return clip_row(
            "flicker[pixels]", number, network, [Seen(rows, records, rows, records)], run.manifest
        )

    one, none = row(np.nan, 3.0), row(np.nan, np.nan)
    assert (one.estimate.value, one.lawful, one.estimate.n) == (3.0, 3.0, 1)
    assert one.flags == ("few clusters", "clips without a reading left out")
    assert none.unavailable == "no clip has a reading: nothing moves or changes" and not none.estimate.n


def texture() -> np.ndarray:
    rng = np.random.default_rng(0)
    values = gaussian_filter(rng.normal(size=(64, 160, 3)), (2, 2, 0))
    return ((values - values.min()) / np.ptp(values) * 255).astype(np.uint8)


def pan(steps: np.ndarray) -> np.ndarray:
    return np.stack([texture()[:, at : at + 64] for at in steps])


def test_even_motion_is_smooth_and_stalling_is_not() -> None:
    even = pan(2 * np.arange(16))
    assert smoothness(even) > 0.95
    assert smoothness(even[::2].repeat(2, axis=0)) < 0.05
    jitter = pan(2 * np.arange(16) + np.random.default_rng(1).integers(0, 5, 16))
    assert smoothness(jitter) < 0.6
    assert smoothness(even[::-1].copy()) == pytest.approx(smoothness(even), abs=0.02)


def test_a_frozen_video_is_not_praised_for_being_smooth() -> None:
    still = pan(np.zeros(9, int))
    assert smoothness(still) is None
    noisy = still + np.random.default_rng(2).normal(0, 2, still.shape)
    assert (smoothness(noisy.clip(0, 255).astype(np.uint8)) or 0.0) < 0.5
    with pytest.raises(WsimError, match="2 frames show no evenness"):
        smoothness(still[:2])


def test_both_come_as_features_with_holes_where_there_is_no_reading() -> None:
    clips = np.stack([pan(2 * np.arange(9)), pan(np.zeros(9, int))])
    found = ClipNumbers().forward(clips)
    assert found[0] == pytest.approx([flicker(clips[0]).everywhere, smoothness(clips[0])], rel=1e-6)
    assert np.isnan(found[1]).all() and found.shape == (2, ClipNumbers.dim)
