"""Things that come and go, and copies that are left behind, are wrong however well they move."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from wsim.contracts import ClipFormat, Reading, Scenario, Unmeasurable
from wsim.perception.objects import Blob, find_objects, follow
from wsim.video import Video
from wsim.worlds.derived.histories import pictures
from wsim.worlds.palette import PALETTE
from wsim.worlds.take import Take
from wsim_probes.attendance import Attendance, attendance, worst
from wsim_probes.geometry.scale_depth import ScaleDepth
from wsim_probes.physics.collision import Collision
from wsim_probes.physics.constancy import Constancy
from wsim_probes.physics.fall import Fall
from wsim_probes.physics.galileo import Galileo
from wsim_probes.physics.restitution import Restitution
from wsim_probes.physics.solidity import Solidity
from wsim_probes.physics.support import Support
from wsim_probes.posing import known_frames, take_of

CLIP = ClipFormat(25, 64, 64, 16.0)
PROBES: dict[str, Any] = {
    "ball": (Constancy(), Fall(), Restitution(), Solidity(), Collision()),
    "mover": (ScaleDepth(),),
    "large": (Galileo(),),
    "block": (Support(),),
}
CASES = [pytest.param(probe, body, id=probe.name) for body, probes in PROBES.items() for probe in probes]
LEAVE_A_COPY = [case for case in CASES if case.id not in ("geometry/scale_depth", "physics/collision")]


@lru_cache(maxsize=8)
def posed(probe: Any) -> Scenario:
    clip = CLIP.lasting(probe.min_duration_s)
    asked: Scenario = next(probe.scenarios(clip, track="video", seed=505, limit=1))
    return asked


def bare(asked: Scenario, body: str) -> np.ndarray:
    take = take_of(asked)
    return pictures(take.scene.without_body(body), take.clip, list(range(take.clip.num_frames)))


def read(probe: Any, asked: Scenario, frames: np.ndarray) -> tuple[float, str]:
    said = probe.measure(asked, Video(frames, asked.request.fps))
    assert isinstance(said, Reading), said
    assert said.lawful == (not said.events)
    return said.metrics[probe.metrics[0].name], said.verdict


@pytest.mark.parametrize(("probe", "body"), CASES)
def test_what_comes_and_goes_is_worth_little(probe: Any, body: str) -> None:
    asked = posed(probe)
    scores = []
    for every in (3, 2):
        frames = asked.truth.video.frames.copy()
        blank = np.arange(known_frames(asked) + every - 1, len(frames), every)
        frames[blank] = bare(asked, body)[blank]
        score, verdict = read(probe, asked, frames)
        scores.append(score)
    assert scores[0] < 0.65 and scores[1] < 0.15 and verdict in ("flickers", "uncaused", "sticks"), scores
    lawful = probe.measure(asked, asked.truth.video)
    assert lawful.lawful and lawful.metrics["seen"] == 1.0 and lawful.metrics[probe.metrics[0].name] > 0.95


@pytest.mark.parametrize(("probe", "body"), LEAVE_A_COPY)
def test_what_leaves_a_copy_behind_is_wrong(probe: Any, body: str) -> None:
    asked = posed(probe)
    frames, known = asked.truth.video.frames.copy(), known_frames(asked)
    thing = (frames[known - 1] != bare(asked, body)[known - 1]).any(axis=-1)
    frames[known:, thing] = frames[known - 1, thing]
    score, verdict = read(probe, asked, frames)
    assert score < 0.15 and verdict in ("doubled", "short of it")


def test_a_copy_that_stands_aside_is_a_second_thing() -> None:
    probe = ScaleDepth()
    *_, asked = probe.scenarios(CLIP, track="video", seed=505, limit=2)  # a ball that comes nearer
    frames, known = asked.truth.video.frames.copy(), known_frames(asked)
    thing = (np.abs(frames[known - 1].astype(int) - bare(asked, "mover")[known - 1]) > 10).any(axis=-1)
    rows, columns = np.nonzero(thing)
    aside = -columns.min() if columns.min() > 63 - columns.max() else 63 - columns.max()
    frames[known:, rows, columns + aside] = frames[known - 1, rows, columns]
    said = probe.measure(asked, Video(frames, 16.0))
    assert isinstance(said, Reading) and said.verdict == "doubled", said


@pytest.fixture(scope="module")
def seen() -> tuple[Take, list[list[Blob]]]:
    take = take_of(posed(CASES[0].values[0]))
    return take, find_objects(take.video.frames, PALETTE)


def watch(take: Take, found: Sequence[Sequence[Blob]], until: int = 25) -> Attendance:
    shown = follow(found, take.scene.body("ball").colour_name)
    return attendance(take, "ball", shown, found, range(5, until))


def test_gaps_flicker_and_ends_vanish(seen: tuple[Take, list[list[Blob]]]) -> None:
    take, found = seen
    whole = watch(take, found)
    assert (whole.seen, whole.twice, whole.mark, whole.fault) == (1.0, 0.0, 1.0, "")
    gaps = [[] if frame in (6, 8, 10, 12, 14, 16, 18) else blobs for frame, blobs in enumerate(found)]
    holed = watch(take, gaps)
    assert holed.seen == pytest.approx(0.65) and holed.mark == pytest.approx(0.375)
    assert (holed.fault, holed.frame, holed.name) == ("flickers", 6, "ball")
    gone = watch(take, found[:15] + [[]] * 10)
    assert (gone.seen, gone.mark, gone.fault, gone.frame) == (0.5, 0.0, "vanished", 15)
    assert watch(take, found[:15] + [[]] * 10, until=15).fault == "", "nobody asks about later frames"
    assert worst(whole, holed, gone) is gone


def test_beyond_the_border_a_thing_may_be_gone(seen: tuple[Take, list[list[Blob]]]) -> None:
    take, found = seen
    out = [replace(blob, at_border=True) for blob in found[14]]
    left = watch(take, [*found[:14], out, *[[]] * 10])
    assert (left.seen, left.fault) == (1.0, "")
    back = watch(take, [*found[:14], out, *[[]] * 3, *found[18:23], [], []])
    assert back.seen == pytest.approx(15 / 17), "from then on it must be there again"


def test_a_second_thing_has_its_colour_and_size(seen: tuple[Take, list[list[Blob]]]) -> None:
    take, found = seen
    (ball,) = found[10]
    for other, twice in (
        (ball, 1.0),
        (replace(ball, area_px=0.6 * ball.area_px), 1.0),
        (replace(ball, area_px=0.2 * ball.area_px), 0.0),
        (replace(ball, colour="no such"), 0.0),
    ):
        beside = watch(take, [[*blobs, other] for blobs in found])
        assert (beside.twice, beside.fault) == (twice, "doubled" if twice else "")
    late = watch(take, [[*blobs, ball] if frame >= 23 else blobs for frame, blobs in enumerate(found)])
    assert late.twice == pytest.approx(0.1) and late.mark == 1.0


def test_a_broken_law_is_told_before_a_flicker_and_after_a_loss() -> None:
    law = Reading(metrics={"lawful": 0.4}, verdict="floats", lawful=False)
    right = Reading(metrics={"lawful": 1.0}, verdict="falls", lawful=True)
    flickers = Attendance("ball", "red ball", 0.6, 0.0, False, 7)
    gone, double = replace(flickers, ends=True), replace(flickers, seen=1.0, twice=0.8)
    assert flickers.upon(law).verdict == "floats" and flickers.upon(law).metrics["lawful"] == pytest.approx(
        0.1
    )
    told = flickers.upon(right)
    assert (told.verdict, told.lawful, told.events[0].frame, told.metrics["seen"]) == (
        "flickers",
        False,
        7,
        0.6,
    )
    assert "red ball" in told.notes and "60%" in told.notes
    assert flickers.upon(replace(law, verdict="vanished")).verdict == "flickers"
    assert (gone.upon(law).verdict, double.upon(law).verdict) == ("vanished", "doubled")
    whole = replace(flickers, seen=0.95)
    assert whole.upon(right) == replace(right, metrics={"lawful": 1.0, "seen": 0.95})


def test_a_thing_in_motion_that_does_not_move_on_says_nothing_still() -> None:
    probe, asked = Constancy(), posed(CASES[0].values[0])
    frames, known = asked.truth.video.frames.copy(), known_frames(asked)
    frames[known:] = frames[known - 1]
    assert probe.measure(asked, Video(frames, 16.0)) == Unmeasurable("nothing goes on")


def test_a_wall_of_the_colour_of_the_thing_is_no_second_one() -> None:
    probe, clip = Galileo(), ClipFormat(33, 64, 64, 16.0)
    *_, asked = probe.scenarios(clip, track="video", seed=511, limit=2)
    found = find_objects(asked.truth.video.frames, PALETTE)
    assert sum(blob.colour == "blue" for blob in found[-1]) == 2, "a wall that is blue enough to be found"
    assert probe.measure(asked, asked.truth.video).verdict == "alike"


def test_balls_too_small_to_be_found_where_they_are_given_say_nothing() -> None:
    probe, clip = Galileo(), ClipFormat(81, 64, 64, 16.0)
    asked = next(probe.scenarios(clip, track="video", seed=512, limit=1))
    assert probe.measure(asked, asked.truth.video) == Unmeasurable("the given frames are not in the clip")
