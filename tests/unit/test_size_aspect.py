"""A scene in pictures of other shapes: kept as given, or stretched, cropped, with bars, twice or aside."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from wsim.certify.clips import QUICK, certificate_clips
from wsim.certify.nuisances import NUISANCES
from wsim.contracts import ClipFormat, ModelInfo, Probe, Reading, Scenario, Unmeasurable, formats_of
from wsim.models import controls
from wsim.runs.benchmark import Benchmark, ProbeUse
from wsim.runs.plan import make_plan
from wsim.video import Video
from wsim_probes.conditioning.first_frame import FirstFrame
from wsim_probes.conditioning.framings import FRAMINGS, shaped
from wsim_probes.conditioning.size_aspect import SizeAspect

CLIP = ClipFormat(25, 64, 64, 16.0)
PROBE = SizeAspect()
ASKED: Probe = PROBE  # type: ignore[assignment]
SHAPES = ["wide", "tall", "larger"]


@cache
def asked() -> dict[str, Scenario]:
    scenarios = PROBE.scenarios(CLIP, track="video", seed=502, limit=1)
    return {str(scenario.parameters["shape"]): scenario for scenario in scenarios}


def kept(scenario: Scenario, video: Video) -> float:
    said = PROBE.measure(scenario, video)
    assert isinstance(said, Reading)
    return said.metrics["kept"]


def test_one_world_is_asked_for_in_three_shapes() -> None:
    sizes = {shape: scenario.request.size for shape, scenario in asked().items()}
    assert sizes == {"wide": (48, 80), "tall": (80, 48), "larger": (96, 96)}
    assert len({scenario.cluster for scenario in asked().values()}) == 1
    assert shaped(ClipFormat(33, 128, 128, 16.0), "wide") == ClipFormat(33, 96, 160, 16.0)
    assert {scenario.request.format for scenario in asked().values()} == set(formats_of(ASKED, CLIP))
    plain: Probe = FirstFrame()  # type: ignore[assignment]
    assert formats_of(plain, CLIP) == (CLIP,)


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_framed_as_given_is_kept_and_other_framings_are_named(shape: str) -> None:
    scenario = asked()[shape]
    assert kept(scenario, scenario.truth.video) > 0.95
    for name in FRAMINGS:
        said = PROBE.measure(scenario, scenario.alternatives[name].video)
        assert isinstance(said, Unmeasurable) or (not said.lawful and said.metrics["kept"] < 0.05), name


@pytest.mark.parametrize("dose", [dose.name for dose in PROBE.doses])
def test_the_more_a_picture_is_reframed_the_less_is_kept(dose: str) -> None:
    scenario = asked()["wide"]
    videos = [PROBE.dosed(scenario, dose, severity) for severity in (0.125, 0.25, 0.5)]
    marks = [kept(scenario, video) for video in videos if video is not None]
    assert len(marks) == 3 and 0.95 > marks[0] > marks[1] >= marks[2] and marks[2] < 0.2


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("spoil", ["h264 crf 35", "noise"])
def test_a_spoiled_picture_is_framed_as_given(shape: str, spoil: str) -> None:
    scenario = asked()[shape]
    assert kept(scenario, NUISANCES[spoil](scenario.truth.video)) > 0.75


def test_nothing_that_simulates_nothing_is_kept() -> None:
    for scenario in asked().values():
        for name in controls.ADVERSARIES:
            (video,) = getattr(controls, name)().generate([scenario.request])
            said = PROBE.measure(scenario, video)
            assert isinstance(said, Unmeasurable) or said.metrics["kept"] < 0.05, name


def test_how_the_ball_moves_is_not_asked() -> None:
    """It stops before it reaches the screen, in full view; the scene is as it was."""
    scenario = asked()["wide"]
    frames = scenario.truth.video.frames.copy()
    frames[20:] = frames[20]
    assert kept(scenario, Video(frames, CLIP.fps)) > 0.95


def test_a_certificate_continues_a_clip_only_with_one_of_its_size() -> None:
    shown = list(certificate_clips(ASKED, "video", CLIP, replace(QUICK, lawful=4, crosstalk=0, relation=0)))
    assert all(one.make() is None for one in shown if one.condition == "foreign")
    other = [one.make() for one in shown if one.name == "another world"]
    assert len(other) == 3 and all(isinstance(video, Video) for video in other)


@pytest.mark.parametrize(("formats", "asks"), [((), True), ((CLIP,), False)])
def test_only_models_that_make_other_formats_are_asked(formats: tuple[ClipFormat, ...], asks: bool) -> None:
    benchmark = Benchmark("test", 1, 502, CLIP, (ProbeUse(PROBE.name, 2),))
    info = ModelInfo("any", "test/1", None, frozenset({"first_frame", "context"}), formats=formats)
    [planned] = make_plan(info, benchmark, probes={PROBE.name: ASKED}).probes
    assert planned.asked is asks
    assert asks or planned.reason == "the model does not make 25x48x80@16, 25x80x48@16, 25x96x96@16"


def test_a_grey_clip_says_nothing() -> None:
    scenario = asked()["tall"]
    grey = np.full_like(scenario.truth.video.frames, 128)
    assert PROBE.measure(scenario, Video(grey, CLIP.fps)) == Unmeasurable("nothing moves")
