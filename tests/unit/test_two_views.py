"""Two frames: epipolar geometry with its guards, alignment, flow, cuts; against what the world knows."""

import numpy as np
import pytest

from wsim.contracts import ClipFormat, Unmeasurable
from wsim.perception.alignment import align
from wsim.perception.cuts import carried_on, cuts
from wsim.perception.dense_flow import dense_flow
from wsim.perception.epipolar import chance, features, fundamental, match, sampson, two_views
from wsim.perception.tracks import enlarge
from wsim.perception.watching import unwatchable
from wsim.video import Video
from wsim.worlds.families import make
from wsim.worlds.scene import Violation
from wsim.worlds.take import Take

CLIP = ClipFormat(25, 128, 128, 16.0)
RNG = np.random.default_rng(0)


def frames(family: str, seed: int, *violations: Violation) -> np.ndarray:
    return Take(make(family, seed).violated(*violations), CLIP).video.frames


@pytest.fixture(scope="module")
def room() -> np.ndarray:
    return frames("room", 504)


@pytest.fixture(scope="module")
def ball() -> np.ndarray:
    return frames("ball_behind_screen", 504)


def views(one: np.ndarray, other: np.ndarray) -> object:
    here, there = enlarge(np.stack([one, other]))
    return two_views(*match(features(here), features(there)))


def consistency(one: np.ndarray, other: np.ndarray) -> float:
    seen = views(one, other)
    return 0.0 if isinstance(seen, str) else seen.consistency  # type: ignore[attr-defined]


def test_a_room_from_two_places_is_one_scene(room: np.ndarray) -> None:
    assert consistency(room[0], room[8]) > 0.85


def test_the_more_a_room_wobbles_the_less_it_is_one() -> None:
    scores = []
    for amount_m in (0.0, 0.02, 0.05):
        film = frames("room", 504, Violation("wobble", 0.0, "", amount_m))
        scores.append(np.mean([consistency(film[i], film[i + 6]) for i in (0, 6, 12)]))
    assert scores[0] > scores[1] + 0.1
    assert scores[1] > scores[2]


def test_what_does_not_move_or_only_turns_is_not_judged(room: np.ndarray) -> None:
    assert views(room[0], room[0]) == "static"
    shifted = np.ascontiguousarray(room[0][:, 8:])
    assert views(shifted, np.ascontiguousarray(room[0][:, :-8])) == "panoramic or planar"
    assert views(room[0], RNG.integers(0, 255, room[0].shape, dtype=np.uint8)) == "few matches"
    flat = np.full_like(room[0], 90)
    assert views(flat, flat) == "few matches"


def test_degenerate_points_give_no_geometry() -> None:
    line = np.linspace(0, 500, 60)
    on_line = np.c_[line, 2 * line]
    assert fundamental(on_line, on_line + 3) is None
    assert fundamental(RNG.uniform(0, 512, (7, 2)), RNG.uniform(0, 512, (7, 2))) is None
    same = np.tile([[100.0, 100.0]], (60, 1))
    assert fundamental(same, same) is None


def test_the_sampson_distance_of_a_sideways_camera_is_the_height_difference() -> None:
    # Pure translation along x: F = [t]x and epipolar lines are rows; a point off by d is d/sqrt(2) away.
    matrix = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
    here = RNG.uniform(0, 512, (5, 2))
    there = here + np.array([30.0, 4.0])
    np.testing.assert_allclose(sampson(matrix, here, there), 4.0 / np.sqrt(2))


def test_fewer_random_matches_agree_more() -> None:
    assert chance(20) > chance(50) > chance(200) > 0.0
    assert 0.3 < chance(20) < 0.55


def test_alignment_recovers_a_shift_and_lays_one_over_the_other(room: np.ndarray) -> None:
    fixed, moving = room[0][8:104, 8:104], room[0][5:101, 10:106]
    found = align(np.ascontiguousarray(fixed), np.ascontiguousarray(moving))
    assert found is not None
    np.testing.assert_allclose(found.homography @ [48.0, 48.0, 1.0], [46.0, 51.0, 1.0], atol=0.2)
    assert found.correlation > 0.99
    inside = found.inside(96, 96)
    gap = np.abs(found.apply(np.ascontiguousarray(moving)).astype(int) - fixed)[inside]
    assert gap.mean() < 3.0


def test_alignment_of_nothing_is_none_or_poor(room: np.ndarray) -> None:
    found = align(room[0], RNG.integers(0, 255, room[0].shape, dtype=np.uint8))
    assert found is None or found.correlation < 0.3


def test_flow_finds_a_shift(room: np.ndarray) -> None:
    before, after = room[0][4:124, 4:124], room[0][3:123, 6:126]
    flow = dense_flow(np.ascontiguousarray(before), np.ascontiguousarray(after))
    np.testing.assert_allclose(np.median(flow.reshape(-1, 2), axis=0), [-2.0, 1.0], atol=0.3)


def test_a_cut_is_found_and_motion_is_none(room: np.ndarray, ball: np.ndarray) -> None:
    assert cuts(room) == cuts(ball) == ()
    assert cuts(np.concatenate([room[:12], ball[12:]])) == (12,)
    assert cuts(np.concatenate([room[:8], ball[8:16], room[16:]])) == (8, 16)
    assert cuts(room[:1]) == ()


@pytest.mark.parametrize("fps", [16.0, 8.0])
def test_a_camera_that_turns_fast_carries_its_picture_on_and_a_cut_does_not(fps: float) -> None:
    """Three things in a hall: the camera turns by 60 degrees in 0.4 s; true cuts, one of them meanwhile."""
    clip = ClipFormat(round(1.5 * fps) + 1, 64, 64, fps)
    turning, other = (Take(make(name, 505), clip).video.frames for name in ("look_away", "room"))
    assert cuts(turning) and all(carried_on(turning, cut) for cut in cuts(turning))
    assert unwatchable(Video(turning, fps)) is None
    half = len(turning) // 4
    spliced = np.concatenate([turning[:half], other[half:]])  # in the middle of the turn
    for film in (Take(make("shots", 505), clip).video.frames, spliced):
        assert cuts(film) and not all(carried_on(film, cut) for cut in cuts(film))
        assert unwatchable(Video(film, fps), may_stop=True) == Unmeasurable("cut")


def test_where_a_piece_is_left_out_there_is_a_cut_though_points_go_on(room: np.ndarray) -> None:
    jump = np.concatenate([room[:8], room[18:]])
    assert cuts(jump) == (8,) and not carried_on(jump, 8)


def test_a_flash_is_no_cut(ball: np.ndarray) -> None:
    flash = ball.copy()
    flash[10] = 255
    assert cuts(flash) == ()
