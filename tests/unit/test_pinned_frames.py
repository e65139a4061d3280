"""What is made between and before pinned frames: lawful, detoured, or edited out of what was given."""

from functools import cache

import numpy as np
import pytest

from wsim.certify.crosstalk import unrelated
from wsim.certify.nuisances import NUISANCES
from wsim.contracts import ClipFormat, Probe, Reading, Scenario, Unmeasurable
from wsim.errors import WsimError
from wsim.models import controls
from wsim.video import Video
from wsim_probes.conditioning.backward_seam import backward_seam
from wsim_probes.conditioning.interpolation import interpolation
from wsim_probes.conditioning.pinned import Edited, beside, edges, gap_s, made
from wsim_probes.conditioning.stretches import ENDS, Stretches
from wsim_probes.posing import take_of

CLIP = ClipFormat(25, 64, 64, 16.0)
PROBES = {"between": interpolation(), "before": backward_seam()}
QUESTIONS = [("between", 0), ("between", 1), ("between", 2), ("before", 0), ("before", 1)]


@cache
def asked(which: str) -> list[Scenario]:
    probe = PROBES[which]
    return list(probe.scenarios(CLIP, track="video", seed=503, limit=len(probe.stagings)))


def read(probe: Stretches, scenario: Scenario, video: Video) -> Reading:
    said = probe.measure(scenario, video)
    assert isinstance(said, Reading)
    return said


def lawful(which: str, scenario: Scenario, video: Video) -> bool:
    said = PROBES[which].measure(scenario, video)
    return isinstance(said, Reading) and said.lawful


def test_pinned_frames_cut_a_clip_into_stretches() -> None:
    indices = (0, 1, 6, 7, 12)
    assert made(indices, 13) == (2, 3, 4, 5, 8, 9, 10, 11)
    assert beside(indices, 3) == (1, 6) and beside((4, 5), 2) == (4, 4)
    assert edges(indices, 13) == (0, 1, 6, 7, 12) and edges(tuple(range(4, 13)), 13) == (4, 12)
    assert gap_s((0, 1, 2, 7, 9), ClipFormat(10, 8, 8, 1.0)) == (2.5, 6.5)


def test_edits_keep_what_was_given_and_make_the_rest_of_it() -> None:
    scenario = asked("between")[0]
    take, context = take_of(scenario), scenario.request.context
    assert context is not None
    for name in ("holds", "cuts", "cross-fades", "rushes"):
        frames = Edited(take, context.indices, name).video.frames
        assert np.array_equal(frames[list(context.indices)], context.frames), name
    middle = Edited(take, context.indices, "cross-fades").video.frames[12].astype(float)
    assert np.abs(middle - (take.video.frames[4] / 2.0 + take.video.frames[20] / 2.0)).max() <= 0.5


@pytest.mark.parametrize(("which", "number"), QUESTIONS)
def test_what_leads_over_is_right_and_nothing_else(which: str, number: int) -> None:
    scenario, probe = asked(which)[number], PROBES[which]
    assert read(probe, scenario, scenario.truth.video).metrics["right"] == 1.0
    for name, other in scenario.alternatives.items():
        assert read(probe, scenario, other.video).verdict == name
    for dose in probe.doses:
        videos = [probe.dosed(scenario, dose.name, severity) for severity in (0.25, 0.5, 1.0)]
        shown = [read(probe, scenario, video) for video in videos if video is not None]
        departures = [said.metrics["departure"] for said in shown]
        assert departures == sorted(departures) and not any(said.lawful for said in shown)


@pytest.mark.parametrize(("which", "number"), QUESTIONS)
@pytest.mark.parametrize("spoil", ["h264 crf 35", "half rate"])
def test_a_spoiled_picture_is_no_jump(which: str, number: int, spoil: str) -> None:
    scenario = asked(which)[number]
    assert lawful(which, scenario, NUISANCES[spoil](scenario.truth.video))


@pytest.mark.parametrize(("which", "number"), QUESTIONS)
def test_nothing_that_simulates_nothing_leads_over(which: str, number: int) -> None:
    scenario = asked(which)[number]
    for name in controls.ADVERSARIES:
        (video,) = getattr(controls, name)().generate([scenario.request])
        # A puck slides on as it slid: who carries motion on may be right for once, and certificates count it.
        slides = name == "carry" and "puck" in scenario.cluster
        assert slides or not lawful(which, scenario, video), name
    grey = Video(np.full((25, 64, 64, 3), 128, np.uint8), CLIP.fps)
    assert not lawful(which, scenario, grey)


def test_an_end_that_is_another_one_is_not_kept() -> None:
    scenario, probe = asked("between")[0], PROBES["between"]
    frames = scenario.truth.video.frames.copy()
    frames[20:] = frames[4]
    said = read(probe, scenario, Video(frames, CLIP.fps))
    assert said.verdict == ENDS and said.metrics["ends"] < 0.5


def test_what_is_far_from_the_given_end_is_not_asked() -> None:
    scenario = asked("before")[0]
    frames = scenario.truth.video.frames.copy()
    frames[:7] = frames[7]
    assert lawful("before", scenario, Video(frames, CLIP.fps))


def test_faults_that_cross_talk_is_about_happen_where_something_is_made() -> None:
    scenario = asked("between")[0]
    probe: Probe = PROBES["between"]  # type: ignore[assignment]
    shown = {name: take.video for name, question, take in unrelated(probe, scenario)}
    trembling, steady = shown["wobble of a centimetre"].frames, scenario.truth.video.frames
    assert np.array_equal(trembling[:5], steady[:5]) and not np.array_equal(trembling[5:20], steady[5:20])
    assert lawful("between", scenario, shown["wobble of a centimetre"])


def test_a_clip_of_one_frame_is_refused() -> None:
    scenario = asked("before")[0]
    with pytest.raises(WsimError, match="1 frames"):
        PROBES["before"].measure(scenario, Video(scenario.truth.video.frames[:1], CLIP.fps))
    assert not isinstance(PROBES["before"].measure(scenario, scenario.truth.video), Unmeasurable)
