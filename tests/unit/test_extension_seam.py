"""conditioning/extension_seam on development worlds: what goes on, and what jumps."""

from itertools import islice

import numpy as np
import pytest

from wsim.certify.crosstalk import unrelated
from wsim.certify.nuisances import NUISANCES
from wsim.certify.relations import other_hue
from wsim.contracts import ClipFormat, Probe, Reading, Scenario, Unmeasurable
from wsim.models import controls
from wsim.video import Video
from wsim.worlds.derived.histories import pictures
from wsim.worlds.take import Take
from wsim_probes.conditioning.extension_seam import extension_seam
from wsim_probes.posing import take_of

CLIP = ClipFormat(25, 64, 64, 16.0)
PROBE = extension_seam()


@pytest.fixture(scope="module")
def asked() -> Scenario:
    return next(PROBE.scenarios(CLIP, track="video", seed=502, limit=1))


def lawful(scenario: Scenario, video: Video) -> bool:
    said = PROBE.measure(scenario, video)
    return isinstance(said, Reading) and said.lawful


@pytest.mark.parametrize("spoil", ["h264 crf 23", "h264 crf 35", "half rate", "noise"])
def test_what_goes_on_is_right(asked: Scenario, spoil: str) -> None:
    assert lawful(asked, asked.truth.video)
    assert lawful(asked, NUISANCES[spoil](asked.truth.video))


def test_a_turned_hue_changes_nothing() -> None:
    (scenario,) = islice(PROBE.scenarios(CLIP, track="video", seed=551, limit=4), 3, 4)
    weak = PROBE.dosed(scenario, "recolour", 0.25)
    assert lawful(scenario, other_hue(scenario.truth.video))
    assert weak is not None and not lawful(scenario, other_hue(weak))


def test_a_codec_makes_no_weak_violation_and_hides_no_full_one() -> None:
    (scenario,) = islice(PROBE.scenarios(CLIP, track="video", seed=561, limit=9), 8, 9)
    coded = NUISANCES["h264 crf 23"]
    assert PROBE.measure(scenario, coded(scenario.truth.video)) == Unmeasurable("too coarse to tell")
    for name, other in scenario.alternatives.items():
        said = PROBE.measure(scenario, coded(other.video))
        assert isinstance(said, Reading) and not said.lawful, name


def test_what_befalls_a_bystander_is_not_asked() -> None:
    scenario = next(PROBE.scenarios(CLIP, track="video", seed=543, limit=1))
    probe: Probe = PROBE  # type: ignore[assignment]
    shown = {name: (question, take) for name, question, take in unrelated(probe, scenario)}
    for name in ("vanish of a bystander", "teleport of a bystander"):
        question, take = shown[name]
        assert lawful(question, take.video), name


def test_what_happens_later_is_not_asked(asked: Scenario) -> None:
    frames = asked.truth.video.frames.copy()
    frames[14:] = frames[14]
    assert lawful(asked, Video(frames, CLIP.fps))


@pytest.mark.parametrize("num_frames", [33, 81])
def test_the_same_is_asked_of_longer_clips(num_frames: int) -> None:
    """The ball is gone right after the seam, or bounces higher or freezes later."""
    (scenario,) = PROBE.scenarios(ClipFormat(num_frames, 64, 64, 16.0), track="video", seed=503, limit=1)
    take, known = take_of(scenario), 7
    assert PROBE.read_frames(scenario) == (7, 8, 9, 10, 11)
    absent, frozen = (take.video.frames.copy() for _ in range(2))
    absent[known : known + 5] = pictures(take.scene.without_body("ball"), take.clip, [0])
    frozen[known + 7 :] = frozen[known + 6]
    higher = Take(take.scene.with_body("ball", restitution=0.95), take.clip)
    assert lawful(scenario, take.video) and lawful(scenario, higher.video)
    assert lawful(scenario, Video(frozen, CLIP.fps))
    assert not lawful(scenario, Video(absent, CLIP.fps))
    assert not any(lawful(scenario, other.video) for other in scenario.alternatives.values())


def test_jumps_are_seen_and_half_jumps_too(asked: Scenario) -> None:
    for name, other in asked.alternatives.items():
        assert not lawful(asked, other.video), name
    for dose in PROBE.doses:
        half = PROBE.dosed(asked, dose.name, 0.5)
        assert half is not None and not lawful(asked, half), dose.name


def test_a_seam_that_skips_a_quarter_of_a_second_jumps(asked: Scenario) -> None:
    frames = asked.truth.video.frames
    skipped = np.concatenate([frames[:7], frames[11:], np.repeat(frames[-1:], 4, axis=0)])
    assert not lawful(asked, Video(skipped, CLIP.fps))


def test_nothing_that_simulates_nothing_goes_on(asked: Scenario) -> None:
    for name in controls.ADVERSARIES:
        (video,) = getattr(controls, name)().generate([asked.request])
        said = PROBE.measure(asked, video)
        assert isinstance(said, Unmeasurable) or not said.lawful, name


def test_who_flies_straight_on_does_not_go_on() -> None:
    """A world in which a fifth of a second of it would pass."""
    (scenario,) = islice(PROBE.scenarios(CLIP, track="video", seed=540, limit=3), 2, 3)
    (carried,) = controls.carry().generate([scenario.request])
    assert not lawful(scenario, carried)
    said = PROBE.measure(scenario, scenario.alternatives["straight_on"].video)
    assert isinstance(said, Reading) and said.verdict == "straight_on"


def test_a_cut_in_what_goes_on_makes_it_unmeasurable(asked: Scenario) -> None:
    frames = asked.truth.video.frames.copy()
    frames[18:] = 255 - frames[18:]
    assert PROBE.measure(asked, Video(frames, CLIP.fps)) == Unmeasurable("cut")
