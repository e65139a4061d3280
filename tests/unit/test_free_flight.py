"""Flight in any video: constant acceleration, straight down, without units."""

from functools import cache

import numpy as np
import pytest

from wsim.certify.nuisances import NUISANCES
from wsim.contracts import ClipFormat, Reading, Scenario, Unmeasurable
from wsim.models import controls
from wsim.video import Video
from wsim.worlds.families import make
from wsim.worlds.take import Take
from wsim_probes.physics.flight import FreeFlight

CLIP = ClipFormat(25, 64, 64, 16.0)


@cache
def asked() -> tuple[Scenario, ...]:
    return tuple(FreeFlight().scenarios(CLIP, track="text", seed=500, limit=2))


def read(clip: Video) -> Reading:
    said = FreeFlight().measure_free(clip, {})
    assert isinstance(said, Reading), said
    return said


def test_what_falls_falls() -> None:
    for scenario in asked():
        said = read(scenario.truth.video)
        assert said.lawful and said.metrics["lawful"] > 0.95 and said.metrics["direction_error"] < 3.0


@pytest.mark.parametrize("nuisance", ["h264 crf 23", "noise", "half rate"])
def test_the_way_of_a_video_is_no_violation(nuisance: str) -> None:
    assert read(NUISANCES[nuisance](asked()[1].truth.video)).lawful


def test_a_view_from_after_the_bounce_is_no_part_of_the_flight() -> None:
    scenario = list(FreeFlight().scenarios(CLIP, track="text", seed=502, limit=11))[-1]
    assert read(NUISANCES["half rate"](scenario.truth.video)).lawful


def test_a_little_tilt_costs_a_little() -> None:
    probe = FreeFlight()
    clips = [probe.dosed(asked()[0], "tilted", severity) for severity in (0.0, 0.25, 0.5)]
    values = [read(clip).metrics["lawful"] for clip in clips if clip is not None]
    assert values[0] > 0.98 and 0.8 < values[1] < 0.96 and values[2] < 0.7


def test_the_more_gravity_is_tilted_the_worse() -> None:
    probe, scenario = FreeFlight(), asked()[0]
    clips = [probe.dosed(scenario, "tilted", severity) for severity in (0.25, 0.6, 1.0)]
    values = [read(clip).metrics["lawful"] for clip in clips if clip is not None]
    assert values[0] > values[1] > values[2] and values[2] < 0.1
    assert read(scenario.alternatives["tilted"].video).verdict == "wrong direction"


def test_upside_down_it_falls_the_wrong_way() -> None:
    clip = asked()[1].truth.video
    said = FreeFlight().measure_free(Video(clip.frames[:, ::-1].copy(), clip.fps), {})
    assert not (isinstance(said, Reading) and said.lawful)


def test_what_turns_up_in_mid_air_does_not_fall() -> None:
    said = [FreeFlight().measure(s, s.alternatives["rises"].video) for s in asked()]
    assert not any(isinstance(one, Reading) and one.lawful for one in said)


@pytest.mark.parametrize("family", ["puck", "pendulum", "ball_behind_screen"])
def test_what_does_not_fly_is_not_judged(family: str) -> None:
    clip = Take(make(family, 500), CLIP).video
    assert isinstance(FreeFlight().measure_free(clip, {}), Unmeasurable)


@pytest.mark.parametrize("control", ["freeze", "blank", "noise", "pan"])
def test_words_alone_give_an_adversary_nothing(control: str) -> None:
    (clip,) = getattr(controls, control)().generate([asked()[0].request])
    assert isinstance(FreeFlight().measure(asked()[0], clip), Unmeasurable)


def test_bad_videos_say_nothing() -> None:
    for shape in ((1, 64, 64, 3), (25, 1, 1, 3), (25, 64, 64, 3)):
        assert isinstance(FreeFlight().measure_free(Video(np.zeros(shape, np.uint8), 16.0), {}), Unmeasurable)
