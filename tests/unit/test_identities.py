"""Identities over time: crossings, hiding, changes in plain sight; scored by HOTA and IDF1."""

import numpy as np
import pytest

from wsim.perception.identities import identities, unexplained_ends
from wsim.perception.objects import Blob
from wsim.perception.tracking_scores import Sighting, box_iou, tracking_scores

AREA = 120.0


def blob(
    frame: int, colour: str, x: float, y: float = 30.0, area: float = AREA, border: bool = False
) -> Blob:
    return Blob(frame, colour, x, y, area, (int(x) - 6, int(y) - 6, int(x) + 6, int(y) + 6), border)


def test_two_of_one_colour_that_cross_keep_their_ways() -> None:
    clip = [
        [blob(t, "red", 10.0 + 2.0 * t, 20.0 + 1.0 * t), blob(t, "red", 50.0 - 2.0 * t, 20.0 + 1.0 * t + 3.0)]
        for t in range(20)
    ]
    found = identities(clip)
    assert [len(identity.blobs) for identity in found] == [20, 20]
    assert found[0].blobs[-1].x == 48.0
    assert found[1].blobs[-1].x == 12.0


def test_what_comes_out_again_keeps_its_name_even_late() -> None:
    clip = [[blob(t, "red", 5.0 + 2.0 * t)] if not 8 <= t <= 14 else [] for t in range(24)]
    clip[15] = []  # one frame late
    assert [identity.frames for identity in identities(clip)] == [(*range(8), *range(16, 24))]


def test_what_comes_out_in_another_colour_is_another_thing() -> None:
    clip = [
        [blob(t, "red" if t < 8 else "blue", 5.0 + 2.0 * t)] if not 8 <= t <= 12 else [] for t in range(20)
    ]
    assert [(i.colour, len(i.blobs)) for i in identities(clip)] == [("red", 8), ("blue", 7)]


def test_what_changes_colour_in_plain_sight_is_the_same_thing() -> None:
    clip = [[blob(t, "red" if t < 11 else "blue", 5.0 + 2.0 * t)] for t in range(20)]
    (only,) = identities(clip)
    assert only.colour == "red"
    assert only.blobs[-1].colour == "blue"


def test_a_thing_that_jumps_is_followed_only_if_it_can_be_no_other() -> None:
    one = [[blob(t, "red", 10.0 if t < 5 else 50.0)] for t in range(10)]
    assert len(identities(one)) == 1
    two = [[blob(t, "red", 10.0 if t < 5 else 50.0), blob(t, "red", 30.0, 50.0)] for t in range(10)]
    assert len(identities(two)) == 3


def test_ends_in_full_view_are_unexplained_and_others_are_not() -> None:
    vanishes = [[blob(t, "red", 10.0 + 2.0 * t)] if t < 10 else [] for t in range(20)]
    births, deaths = unexplained_ends(identities(vanishes), 20)
    assert (births, [frame for frame, _ in deaths]) == ([], [10])
    shrink = [1.0] * 8 + [0.6, 0.3]
    hides = [[blob(t, "red", 10.0 + 2.0 * t, area=AREA * shrink[t])] if t < 10 else [] for t in range(20)]
    assert unexplained_ends(identities(hides), 20) == ([], [])
    leaves = [[blob(t, "red", 10.0 + 5.0 * t, border=t == 9)] if t < 10 else [] for t in range(20)]
    assert unexplained_ends(identities(leaves), 20) == ([], [])
    appears = [[blob(t, "red", 30.0)] if t >= 6 else [] for t in range(20)]
    births, deaths = unexplained_ends(identities(appears), 20)
    assert ([frame for frame, _ in births], deaths) == ([6], [])


def sightings(true: np.ndarray, found: np.ndarray, overlap: np.ndarray) -> list[Sighting]:
    """Ids of every frame; `overlap` is the similarity of the i-th true to the i-th found."""
    return [
        Sighting(tuple(map(int, t)), tuple(map(int, f)), np.diag(s))
        for t, f, s in zip(true, found, overlap, strict=True)
    ]


def test_perfect_tracks_score_one() -> None:
    ids = np.tile([0, 1], (10, 1))
    scores = tracking_scores(sightings(ids, ids + 5, np.ones((10, 2))))
    assert (scores.hota, scores.deta, scores.assa, scores.idf1) == (1.0, 1.0, 1.0, 1.0)


def test_a_swap_half_way_costs_association_and_not_detection() -> None:
    true = np.tile([0, 1], (10, 1))
    found = np.concatenate([np.tile([0, 1], (5, 1)), np.tile([1, 0], (5, 1))])
    scores = tracking_scores(sightings(true, found, np.ones((10, 2))))
    assert scores.deta == 1.0
    # Each of 20 matches belongs to a pair that is together 5 times of 10 + 10 - 5.
    assert scores.assa == pytest.approx(5 / 15)
    assert scores.hota == pytest.approx(np.sqrt(5 / 15))
    assert scores.idf1 == pytest.approx(0.5)


def test_loose_boxes_count_up_to_their_overlap() -> None:
    ids = np.zeros((4, 1), dtype=int)
    scores = tracking_scores(sightings(ids, ids, np.full((4, 1), 0.5)))
    assert scores.deta == pytest.approx(10 / 19)  # thresholds 0.05 to 0.5 of 19
    assert scores.idf1 == 1.0


def test_misses_and_false_alarms_lower_detection() -> None:
    half = [Sighting((0,), (0,) if t % 2 else (), np.ones((1, t % 2))) for t in range(10)]
    assert tracking_scores(half).deta == pytest.approx(0.5)
    extra = [Sighting((0,), (0, 1), np.array([[1.0, 0.0]])) for _ in range(10)]
    assert tracking_scores(extra).deta == pytest.approx(0.5)
    assert tracking_scores([Sighting((0,), (), np.zeros((1, 0)))]).hota == 0.0
    with pytest.raises(ValueError, match="no true object"):
        tracking_scores([Sighting((), (1,), np.zeros((0, 1)))])


def test_boxes_apart_do_not_overlap() -> None:
    assert box_iou([(0.0, 0.0, 1.0, 1.0)], [(2.0, 2.0, 3.0, 3.0)])[0, 0] == 0.0
