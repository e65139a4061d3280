"""Both ends of the scale, with instruments whose ends are known."""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import pytest

from wsim.contracts import ModelInfo
from wsim.errors import WsimError
from wsim.models.controls import NULLS
from wsim.registry import plugins
from wsim.runs.asker import Asker
from wsim.runs.calibrate import SEED_OFFSET, calibrate, calibrated
from wsim.runs.codec import Codec
from wsim.runs.execute import execute
from wsim.runs.folder import RunFolder
from wsim.runs.remeasure import remeasure
from wsim.runs.results import Calibration
from wsim.runs.store import VideoStore
from wsim.video import Video

sys.path.insert(0, str(Path(__file__).parent.parent / "fixtures"))
import wsim_toy as toy


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WSIM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)  # no power is cut here, and it is slow


def ends(probe: toy.Rise, codec: Codec | None = None) -> Calibration:
    return calibrate(probe, track="video", clip=toy.CLIP, seed=7, codec=codec)


class Halver(toy.Painter):
    """Its codec keeps half of every change: 10 grey levels a frame instead of 20."""

    trips = 0

    def round_trip(self, video: Video) -> Video:
        type(self).trips += 1
        first = video.frames[:1].astype(int)
        return Video((first + (video.frames - first) // 2).astype("uint8"), video.fps)


def test_the_two_ends() -> None:
    found = ends(toy.Rise())
    assert found.ceiling == pytest.approx(1.0) and found.null == pytest.approx(0.0) and found.valid
    assert set(found.controls) == set(NULLS) - {"noise"}  # that is not an even grey, and was not measurable
    assert found.clusters == 8 and found.format == "6x8x8@4" and found.codec == ""


def test_lower_can_be_better() -> None:
    found = ends(toy.Rise(better="lower"))
    assert (found.ceiling, found.null) == (pytest.approx(0.0), pytest.approx(1.0)) and found.valid


@pytest.mark.parametrize(("better", "floor"), [("higher", 0.0), ("lower", 1.0)])
def test_without_a_measurable_control_the_floor_is_the_null(better: str, floor: float) -> None:
    @dataclasses.dataclass(frozen=True)
    class Picky(toy.Rise):
        def measure(self, scenario, video):  # type: ignore[no-untyped-def]
            rises = video.frames[-1].mean() > video.frames[0].mean() + toy.RISE
            return super().measure(scenario, video) if rises else toy.Unmeasurable("nothing moves")

    found = ends(Picky(better=better))
    assert (found.null, found.null_control, found.controls) == (floor, "floor", {}) and found.valid


@pytest.mark.parametrize(("share", "null", "by"), [(0.4, 0.4, "near misses"), (-0.1, 0.0, "freeze")])
def test_near_misses_are_had_for_nothing(share: float, null: float, by: str) -> None:
    @dataclasses.dataclass(frozen=True)
    class Missing(toy.Rise):
        near_misses: float = share

    found = ends(Missing())
    assert (found.null, found.null_control) == (pytest.approx(null), by)
    assert found.valid and found.controls["freeze"] == pytest.approx(0.0)


def test_a_control_that_is_measurable_in_a_few_clips_does_not_count() -> None:
    few = ends(toy.Rise(dark_worlds=(0, 1, 2, 3, 4)))  # three of eight worlds: not half
    assert few.null_control == "floor" and not few.valid
    enough = ends(toy.Rise(dark_worlds=(0, 1, 2, 3)))
    assert enough.null_control == "freeze" and enough.valid


def test_ends_too_close_are_no_instrument(tmp_path: Path) -> None:
    model = Halver()
    found = ends(toy.Rise(), Codec(Asker(model.info, False, "r"), VideoStore(tmp_path), model))
    assert found.ceiling == pytest.approx(0.5) and found.codec == "painter" and found.valid
    flat = dataclasses.replace(toy.Rise(), dark_worlds=tuple(range(8)))
    assert not ends(flat).valid


@pytest.mark.parametrize(("free", "valid"), [(0.6, True), (0.7, False)])
def test_a_null_of_a_half_and_a_little_luck_leaves_a_scale(free: float, valid: bool) -> None:
    """Half of the questions are right for whoever does nothing, and some more by luck."""

    @dataclasses.dataclass(frozen=True)
    class Given(toy.Rise):
        def measure(self, scenario, video):  # type: ignore[no-untyped-def]
            said = super().measure(scenario, video)
            if not isinstance(said, toy.Reading):
                return said
            closeness = {"closeness": max(said.metrics["closeness"], free)}
            return dataclasses.replace(said, metrics={**said.metrics, **closeness})

    found = ends(Given())
    assert found.null == pytest.approx(free) and found.valid is valid


def test_scales_are_found_again_by_another_process() -> None:
    """Functions in the description of a probe have another address in every one."""
    said = (
        "from wsim.registry import plugins; from wsim.runs import plan, provenance;"
        "print(*[provenance.code_digest(plan.load_probe(name)) for name in plugins('probes')])"
    )
    runs = [subprocess.run([sys.executable, "-c", said], capture_output=True, check=True) for _ in range(2)]
    assert runs[0].stdout == runs[1].stdout and len(set(runs[0].stdout.split())) == len(plugins("probes"))


def test_models_with_one_codec_share_a_scale_and_its_round_trips(tmp_path: Path) -> None:
    class Frozen(Halver):
        """Trained further before a codec that stays as it is."""

        trips, weights, codec = 0, "aa" * 32, "cc" * 32

        @property
        def info(self) -> ModelInfo:
            told = super().info
            return dataclasses.replace(told, name=self.weights[:2], digest=self.weights, codec=self.codec)

    class Further(Frozen):
        trips, weights = 0, "bb" * 32

    class Other(Further):
        trips, codec = 0, "dd" * 32

    found = []
    for number, kind in enumerate((Frozen, Further, Other)):
        model = kind(lambda request: 10.0)
        run = RunFolder(tmp_path / str(number))
        run.path.mkdir()
        codec = Codec(Asker(model.info, False, str(number)), VideoStore(tmp_path / "videos"), model)
        found.append(calibrated(toy.Rise(), track="video", clip=toy.CLIP, seed=7, folder=run, codec=codec))
    assert Further.trips == 0 and Frozen.trips == Other.trips > 0
    assert [one.codec for one in found] == ["aa", "bb", "bb"]
    assert found[1] == dataclasses.replace(found[0], codec="bb") and found[0].ceiling == pytest.approx(0.5)


def test_lawful_renders_that_cannot_be_measured_are_said_to_have_no_score(tmp_path: Path) -> None:
    model, blind = toy.Painter(lambda request: 10.0), toy.Rise(dark_worlds=tuple(range(12)))
    [probe] = execute(model, toy.plan(model, blind), tmp_path / "out").probes
    assert probe.status == "no_instrument" and probe.note.startswith("most lawful renders cannot be measured")


def test_a_codec_that_leaves_no_scale_is_held_against_the_renders(tmp_path: Path) -> None:
    class Flattener(Halver):
        def round_trip(self, video: Video) -> Video:
            return Video(video.frames[:1].repeat(len(video), axis=0), video.fps)

    model = Flattener(lambda request: 10.0)
    found = ends(toy.Rise(), Codec(Asker(model.info, False, "r"), VideoStore(tmp_path / "kept"), model))
    assert found == dataclasses.replace(ends(toy.Rise()), unreadable="painter") and found.valid
    summary = execute(model, toy.plan(model), tmp_path / "out")
    (probe,) = summary.probes
    assert probe.status == "ok" and "coarse codec" in probe.flags and "of the renders" in probe.note
    assert summary.headline.value == pytest.approx(0.5)  # of what the renders show; through the codec, all


def test_calibration_seeds_are_never_scored() -> None:
    seeds = []

    class Spied(toy.Rise):
        def scenarios(self, clip, *, track, seed, limit=None):  # type: ignore[no-untyped-def]
            seeds.append(seed)
            return super().scenarios(clip, track=track, seed=seed, limit=limit)

    ends(Spied())
    assert seeds == [7 + SEED_OFFSET]


def test_it_is_kept_in_the_run_and_in_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def of(folder: str) -> Calibration:
        run = RunFolder(tmp_path / folder)
        run.path.mkdir(exist_ok=True)
        return calibrated(toy.Rise(), track="video", clip=toy.CLIP, seed=7, folder=run)

    first = of("a")
    (tmp_path / "d").mkdir()
    calibrated(toy.Rise(twins=1), track="video", clip=toy.CLIP, seed=7, folder=RunFolder(tmp_path / "d"))
    assert len(list((tmp_path / "cache/calibrations").iterdir())) == 2  # another setting, another key

    def never(*arguments: object, **named: object) -> Calibration:
        raise AssertionError("measured again")

    monkeypatch.setattr("wsim.runs.calibrate.calibrate", never)
    assert of("a") == of("b") == first
    for cached in (tmp_path / "cache/calibrations").iterdir():
        cached.write_text("{")
    with pytest.raises(AssertionError, match="measured again"):
        of("c")


def test_the_ceiling_goes_through_the_codec_and_can_be_measured_again_without_it(
    tmp_path: Path,
) -> None:
    model = Halver(lambda request: 10.0)
    summary = execute(model, toy.plan(model), tmp_path / "out")
    assert summary.headline.value == pytest.approx(1.0)  # all that its codec lets through
    trips = Halver.trips
    again = remeasure(tmp_path / "out", probes={"toy/rise": toy.Rise(version=2)})
    assert again.headline.value == pytest.approx(1.0) and Halver.trips == trips


def test_a_codec_that_fails_is_told(tmp_path: Path) -> None:
    class Cropper(toy.Painter):
        def round_trip(self, video: Video) -> Video:
            return Video(video.frames[:, 1:], video.fps)

    model = Cropper()
    with pytest.raises(WsimError, match="the model's codec failed: it made"):
        execute(model, toy.plan(model), tmp_path / "out")
