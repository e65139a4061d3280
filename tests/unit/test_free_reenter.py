"""What leaves the picture and comes back, read without a simulator."""

from functools import cache

import numpy as np
import pytest

from wsim.certify.nuisances import NUISANCES
from wsim.contracts import ClipFormat, Reading, Unmeasurable
from wsim.video import Video
from wsim.worlds.families import FAMILIES, make
from wsim.worlds.take import Take
from wsim_probes.permanence.reenter import reenter

CLIP = ClipFormat(33, 64, 64, 16.0)


@cache
def video(seed: int, twin: str = "") -> Video:
    scene = make("out_and_back", seed, duration_s=CLIP.duration_s)
    return Take(FAMILIES["out_and_back"].twins(scene).violated[twin] if twin else scene, CLIP).video


def said(clip: Video, **hints: object) -> Reading | Unmeasurable:
    return reenter().measure_free(clip, hints)


def read(clip: Video, **hints: object) -> Reading:
    answer = said(clip, **hints)
    assert isinstance(answer, Reading), answer
    return answer


def drawn(out: tuple[int, int, int], back: tuple[int, int, int], *, down: int = 0, size: int = 12) -> Video:
    """A square that slides out on the right in one colour, and comes in there in another."""
    frames = np.full((33, 64, 64, 3), 150, np.uint8)
    for index, frame in enumerate(frames):
        leaving = index < 16
        left = 20 + 4 * index if leaving else 20 + 4 * (32 - index)
        top, side = (30, 12) if leaving else (30 + down, size)
        frame[top : top + side, left : left + side] = out if leaving else back
    return Video(frames, 16.0)


RED, BLUE = (200, 30, 30), (30, 60, 210)


@pytest.mark.parametrize("seed", [503, 504])
def test_what_comes_back_as_it_was_is_lawful(seed: int) -> None:
    answer = read(video(seed))
    assert (answer.verdict, answer.lawful, answer.metrics["right"]) == ("came back", True, 1.0)
    assert answer.metrics["margin"] > 0.3 and len(answer.overlays) == 2
    assert {spec.name for spec in reenter().metrics} <= set(answer.metrics)


@pytest.mark.parametrize(("twin", "verdict"), [("recolour", "another colour"), ("resize", "another size")])
def test_what_comes_back_as_something_else_is_seen_when_it_does(twin: str, verdict: str) -> None:
    answer = read(video(503, twin))
    assert (answer.verdict, answer.lawful, answer.metrics["right"]) == (verdict, False, 0.0)
    assert 20 <= answer.events[0].frame <= 26 and answer.metrics["margin"] < 0.0


def test_what_stays_away_and_what_comes_back_twice_cannot_be_told() -> None:
    assert isinstance(said(video(503, "vanish")), Unmeasurable)
    assert said(video(503, "duplicate")) == Unmeasurable("several may have come back")


@pytest.mark.parametrize("nuisance", ["h264 crf 35", "noise", "half rate", "half size"])
def test_the_way_of_a_video_changes_nothing(nuisance: str) -> None:
    name = next(name for name in NUISANCES if name.startswith(nuisance.split(" size")[0]))
    answer = said(NUISANCES[name](video(504)))
    assert isinstance(answer, Unmeasurable) or answer.lawful


def test_another_thing_is_another_thing_unless_it_is_said_to_be_the_same() -> None:
    assert read(drawn(RED, RED)).lawful
    assert read(drawn(RED, BLUE)).verdict == "another colour"  # like it in everything else
    elsewhere = drawn(RED, BLUE, down=18)
    assert said(elsewhere) == Unmeasurable("another thing may have come in")
    assert read(elsewhere, same_objects="yes").verdict == "another colour"


def test_what_comes_back_lower_and_larger_may_be_nearer() -> None:
    assert read(drawn(RED, RED, size=20)).verdict == "another size"
    assert said(drawn(RED, RED, down=10, size=20)) == Unmeasurable("back at another distance")


def test_hints_say_which_return_is_meant() -> None:
    clip = video(503)
    assert read(clip, event_s=0.6).lawful
    assert said(clip, event_s=1.9) == Unmeasurable("nothing leaves and comes back")
    assert said(clip, region=[0.0, 0.0, 64.0, 6.0]) == Unmeasurable("nothing leaves and comes back")


def test_where_nothing_leaves_nothing_is_said() -> None:
    bounce = Take(make("bounce", 503), CLIP).video
    assert said(bounce) == Unmeasurable("nothing leaves and comes back")
