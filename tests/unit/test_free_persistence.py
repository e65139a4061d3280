"""Whether what an act has changed stays, in any video."""

from functools import cache

import numpy as np
import pytest

from wsim.certify.nuisances import NUISANCES
from wsim.contracts import ClipFormat, Reading, Scenario, Unmeasurable
from wsim.models import controls
from wsim.video import Video
from wsim.worlds.families import FAMILIES, make
from wsim.worlds.take import Take
from wsim_probes.interaction.persistence import Persistence

CLIP = ClipFormat(25, 64, 64, 16.0)


@cache
def asked() -> Scenario:
    return next(Persistence().scenarios(CLIP, track="text", seed=500, limit=1))


def read(clip: Video, **hints: object) -> Reading:
    said = Persistence().measure_free(clip, hints)
    assert isinstance(said, Reading), said
    return said


def test_a_stroke_that_stays_stays() -> None:
    said = read(asked().truth.video)
    assert said.lawful and said.metrics["rho"] > 0.9


def test_the_more_of_it_fades_the_lower() -> None:
    clips = [Persistence().dosed(asked(), "fades", severity) for severity in (0.25, 0.5, 1.0)]
    values = [read(clip).metrics["rho"] for clip in clips if clip is not None]
    assert 0.9 > values[0] > values[1] > values[2]
    assert not read(asked().alternatives["fades"].video).lawful


@pytest.mark.parametrize("nuisance", ["h264 crf 35", "noise", "half rate"])
def test_the_way_of_a_video_is_no_violation(nuisance: str) -> None:
    assert read(NUISANCES[nuisance](asked().truth.video)).lawful


@pytest.mark.parametrize(
    ("family", "broken"), [("switch", "effect_undone"), ("bite", "bite_heals"), ("push", "creeps_back")]
)
def test_other_acts(family: str, broken: str) -> None:
    scene = make(family, 500)
    assert read(Take(scene, CLIP).video).lawful
    assert not read(Take(FAMILIES[family].twins(scene).violated[broken], CLIP).video).lawful


@pytest.mark.parametrize("family", ["puck", "incline"])
def test_what_rolls_by_undoes_nothing(family: str) -> None:
    said = Persistence().measure_free(Take(make(family, 500), CLIP).video, {})
    assert isinstance(said, Unmeasurable) or said.lawful


def test_a_given_region_and_a_given_event() -> None:
    clip = asked().truth.video
    empty = Persistence().measure_free(clip, {"region": [0.0, 56.0, 8.0, 8.0]})
    assert empty == Unmeasurable("no lasting change")
    assert Persistence().measure_free(clip, {"event_s": 1.4}) == Unmeasurable(
        "the event is at the edge of the clip"
    )
    assert read(clip, event_s=0.2).lawful


def test_alpha_blending_back_is_read_in_order() -> None:
    clip = asked().truth.video
    bare, done = clip.frames[0].astype(float), clip.frames[-1].astype(float)
    values = []
    for alpha in (0.0, 0.5, 1.0):
        frames = np.concatenate([clip.frames, np.repeat(clip.frames[-1:], 12, axis=0)])
        late = (1 - alpha) * done + alpha * bare
        frames[-6:] = late.round().astype(np.uint8)
        values.append(read(Video(frames, 16.0)).metrics["rho"])
    assert values[0] > 0.9 and abs(values[1]) < 0.35 and values[2] < -0.7  # the brush stands before frame 0


@pytest.mark.parametrize("control", ["freeze", "blank", "noise", "pan"])
def test_words_alone_give_an_adversary_nothing(control: str) -> None:
    (clip,) = getattr(controls, control)().generate([asked().request])
    assert isinstance(Persistence().measure(asked(), clip), Unmeasurable)
