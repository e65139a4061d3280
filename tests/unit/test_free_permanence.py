"""What comes, goes or changes in plain sight, read without a simulator."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from wsim.certify.nuisances import NUISANCES
from wsim.contracts import ClipFormat, Reading, Unmeasurable
from wsim.models import controls
from wsim.perception.watching import shown_first, unwatchable
from wsim.video import Video
from wsim.worlds.families import make
from wsim.worlds.scene import Violation
from wsim.worlds.take import Take
from wsim_probes.permanence.constancy import Constancy
from wsim_probes.permanence.presence import Presence

CLIP = ClipFormat(25, 64, 64, 16.0)
BAD = {
    "one frame": np.zeros((1, 64, 64, 3), np.uint8),
    "eight frames": np.random.default_rng(0).integers(0, 255, (8, 64, 64, 3), dtype=np.uint8),
    "1x1": np.zeros((25, 1, 1, 3), np.uint8),
    "thin": np.zeros((25, 200, 17, 3), np.uint8),
    "black": np.zeros((25, 64, 64, 3), np.uint8),
    "grey": np.full((25, 63, 65, 3), 128, np.uint8),
    "noise": np.random.default_rng(1).integers(0, 255, (25, 64, 64, 3), dtype=np.uint8),
}


@cache
def video(family: str, seed: int, *violations: Violation) -> Video:
    return Take(make(family, seed).violated(*violations), CLIP).video


def read(probe: Presence | Constancy, clip: Video, **hints: object) -> Reading:
    said = probe.measure_free(clip, hints)
    assert isinstance(said, Reading), said
    return said


@pytest.mark.parametrize("family", ["fall", "puck", "ball_behind_screen", "crossing"])
def test_lawful_things_stay(family: str) -> None:
    said = read(Presence(), video(family, 503))
    assert said.lawful and said.metrics["kept"] == 1.0 and said.metrics["rate"] == 0.0


@pytest.mark.parametrize("family", ["fall", "puck"])
def test_what_vanishes_in_full_view_is_seen_at_its_frame(family: str) -> None:
    said = read(Presence(), video(family, 504, Violation("vanish", 0.6, "ball")))
    assert (said.verdict, said.lawful) == ("disappears", False)
    assert abs(said.events[0].frame - 10) <= 1
    assert said.metrics["kept"] == 0.0 and said.metrics["rate"] > 0.5


def test_a_leap_is_no_motion() -> None:
    (scenario,) = Presence().scenarios(CLIP, track="text", seed=500, limit=1)
    assert not read(Presence(), scenario.alternatives["teleport"].video).lawful


def test_more_things_than_there_are() -> None:
    said = read(Presence(), video("crossing", 500), count=1)
    assert said.verdict == "one too many"


@pytest.mark.parametrize("nuisance", ["h264 crf 35", "noise", "half rate"])
def test_the_way_of_a_video_is_no_violation(nuisance: str) -> None:
    spoiled = NUISANCES[nuisance](video("fall", 503))
    assert read(Presence(), spoiled).lawful
    assert read(Constancy(), spoiled).lawful


@pytest.mark.parametrize("probe", [Presence(), Constancy()])
@pytest.mark.parametrize("what", BAD)
def test_where_nothing_can_be_seen_nothing_is_said(probe: Presence | Constancy, what: str) -> None:
    assert isinstance(probe.measure_free(Video(BAD[what], 16.0), {}), Unmeasurable)


@pytest.mark.parametrize("control", ["freeze", "blank", "noise", "loop", "reverse", "pan", "zoom", "fade"])
def test_words_alone_give_an_adversary_nothing(control: str) -> None:
    probe = Constancy()
    (scenario,) = probe.scenarios(CLIP, track="text", seed=500, limit=1)
    (clip,) = getattr(controls, control)().generate([scenario.request])
    for one in (probe, Presence()):
        assert isinstance(one.measure(scenario, clip), Unmeasurable)


def test_constancy_falls_with_the_dose() -> None:
    probe = Constancy()
    (scenario,) = probe.scenarios(CLIP, track="text", seed=501, limit=1)
    lawful = read(probe, scenario.truth.video).metrics["constant"]
    assert lawful > 0.95
    for dose in ("recolour", "resize"):
        half, full = (probe.dosed(scenario, dose, severity) for severity in (0.5, 1.0))
        assert half is not None and full is not None
        values = [lawful, *(read(probe, clip).metrics["constant"] for clip in (half, full))]
        assert values[0] > values[1] + 0.3 and values[1] > values[2]
        assert read(probe, full).verdict == {"recolour": "changes colour", "resize": "changes size"}[dose]


def test_a_quarter_of_a_recolouring_is_seen() -> None:
    probe = Constancy()
    (scenario,) = probe.scenarios(CLIP, track="text", seed=501, limit=1)
    clip = probe.dosed(scenario, "recolour", 0.25)
    assert clip is not None
    said = read(probe, clip)
    assert said.verdict == "changes colour" and said.metrics["constant"] < 1.0


def test_an_unknown_dose_is_none() -> None:
    (scenario,) = Constancy().scenarios(CLIP, track="text", seed=501, limit=1)
    assert Constancy().dosed(scenario, "nothing", 0.5) is None


def test_masks_from_a_file_are_followed(tmp_path: Path) -> None:
    masks = np.zeros((1, 25, 64, 64), dtype=bool)
    for frame in range(15):  # then it is gone in the middle of the picture
        masks[0, frame, 20:30, 5 + 2 * frame : 15 + 2 * frame] = True
    path = tmp_path / "masks.npz"
    np.savez(path, masks=masks)
    clip = video("fall", 503)
    frames = clip.frames.copy()
    frames[masks[0]] = (200, 30, 30)
    said = read(Presence(), Video(frames, 16.0), masks=str(path))
    assert [(event.kind, event.frame) for event in said.events] == [("disappears", 15)]
    np.savez(path, masks=masks[:, :24])
    assert Presence().measure_free(clip, {"masks": str(path)}) == Unmeasurable("masks do not fit the clip")


def test_frames_that_are_shown_twice_are_known() -> None:
    clip = video("fall", 503)
    assert shown_first(clip.frames).sum() >= 20
    assert shown_first(NUISANCES["half rate"](clip).frames)[::2].sum() >= 11
    assert not shown_first(NUISANCES["half rate"](clip).frames)[1::2].any()


@pytest.mark.parametrize("probe", [Presence(), Constancy()])
def test_a_picture_that_freezes_is_not_praised_for_it(probe: Presence | Constancy) -> None:
    clip = video("fall", 503)
    frozen = np.concatenate([clip.frames[:9], clip.frames[8:9].repeat(16, axis=0)])
    assert probe.measure_free(Video(frozen, 16.0), {}) == Unmeasurable("mostly still")


def test_why_a_clip_cannot_be_watched() -> None:
    clip = video("fall", 503)
    two_shots = np.concatenate([clip.frames[:12], video("puck", 500).frames[12:]])
    assert unwatchable(clip) is None
    assert unwatchable(Video(two_shots, 16.0)) == Unmeasurable("cut")
    assert unwatchable(Video(two_shots, 16.0), one_shot=False) is None
    assert unwatchable(Video(clip.frames[:1].repeat(25, axis=0), 16.0)) == Unmeasurable("static")
