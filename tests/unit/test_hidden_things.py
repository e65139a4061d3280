"""Cups, tunnels and screens hide what they should, when they should, and twins differ unseen."""

import itertools
import math

import numpy as np
import pytest

from wsim.errors import WsimError
from wsim.worlds.families import FAMILIES, crossing, cups, hidden_process
from wsim.worlds.families.hidden_process import hidden_between_s
from wsim.worlds.film import Film, film
from wsim.worlds.physics.simulate import simulate
from wsim.worlds.scene import Scene

PROCESSES = ("clock", "pendulum", "ball")
TURNING = {"clock": "hand", "pendulum": "bob", "ball": "ball"}


def shot(scene: Scene, *times_s: float) -> Film:
    return film(scene, np.array(times_s), 64, 64)


def index(scene: Scene, name: str) -> int:
    return [body.name for body in scene.bodies].index(name)


def seen_px(picture: Film, name: str) -> np.ndarray:
    return np.count_nonzero(picture.render.ids == index(picture.scene, name), axis=(1, 2))


def check_legible(picture: Film, name: str) -> None:
    """Wholly in sight, inside the picture, and at least 6 px in radius."""
    silhouettes = (picture.render.amodal >> np.uint64(index(picture.scene, name))) & np.uint64(1)
    assert not silhouettes[:, [0, -1]].any() and not silhouettes[:, :, [0, -1]].any()
    assert np.sqrt(silhouettes.sum(axis=(1, 2)).min() / np.pi) >= 6.0
    assert seen_px(picture, name).min() >= 0.8 * silhouettes.sum(axis=(1, 2)).min()


def tracks(scene: Scene, names: list[str], times_s: np.ndarray) -> list[np.ndarray]:
    trajectory = simulate(scene, times_s)
    return [trajectory.position_m[:, index(scene, name)] for name in names]


# cups


@pytest.mark.parametrize("seed", range(4))
def test_the_ball_is_seen_covered_and_seen_again(seed: int) -> None:
    scene = cups.cups(seed)
    picture = shot(scene, 0.0, 0.15, 0.5, 0.75, 1.0, 1.1, 1.45)
    check_legible(shot(scene, 0.0, 1.45), "ball")
    assert not seen_px(picture, "ball")[2:6].any()
    for cup in range(3):
        silhouettes = (picture.render.amodal >> np.uint64(index(scene, f"cup {cup}"))) & np.uint64(1)
        assert not silhouettes[:, [0, -1]].any() and not silhouettes[:, :, [0, -1]].any()


@pytest.mark.parametrize(("swaps", "duration_s"), [(1, 1.5), (2, 1.5), (6, 4.5)])
def test_cups_never_touch_and_the_ball_stays_under_its_cup(swaps: int, duration_s: float) -> None:
    times_s = np.linspace(0.3 * duration_s, 0.75 * duration_s, 40)
    for seed in range(5):
        scene = cups.cups(seed, swaps=swaps, duration_s=duration_s)
        *places, ball = tracks(scene, ["cup 0", "cup 1", "cup 2", "ball"], times_s)
        for a, b in itertools.combinations(places, 2):
            assert np.linalg.norm(a[:, :2] - b[:, :2], axis=1).min() > 0.39  # twice the radius of a corner
        places, ball = [place[:, :2] for place in places], ball[:, :2]
        assert min(np.linalg.norm(ball - place, axis=1).max() for place in places) < 1e-9
        assert abs(ball[0] - ball[-1]).max() > 0.4 or swaps > 1


@pytest.mark.parametrize("lift", ["ball", "empty", "none"])
def test_the_cup_that_is_lifted_shows_what_it_should(lift: str) -> None:
    for seed in range(3):
        scene = cups.cups(seed, lift=lift)
        end = shot(scene, 1.48)
        places = tracks(scene, ["cup 0", "cup 1", "cup 2"], np.array([1.48]))
        assert sum(place[0, 2] > 0.6 for place in places) == (lift != "none")
        assert (seen_px(end, "ball")[0] > 100) == (lift == "ball")
        wrong = cups.twins(scene).violated["wrong_cup"]
        assert (seen_px(shot(wrong, 1.48), "ball")[0] > 100) == (lift == "empty")


# crossing


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_all_balls_are_seen_before_and_after_the_tunnel_and_none_inside(count: int) -> None:
    for seed in range(2):
        scene = crossing.crossing(seed, count=count)
        ends, inside = shot(scene, 0.0, scene.duration_s), shot(scene, 0.6, 0.75, 0.9)
        for ball in range(count):
            check_legible(ends, f"ball {ball}")
            assert not seen_px(inside, f"ball {ball}").any()


def test_balls_in_the_tunnel_never_touch() -> None:
    times_s = np.linspace(0.0, 1.5, 80)
    for seed in range(4):
        scene = crossing.crossing(seed, count=5)
        for a, b in itertools.combinations(tracks(scene, [f"ball {ball}" for ball in range(5)], times_s), 2):
            assert np.linalg.norm(a - b, axis=1).min() > 2 * scene.body("ball 0").size_m[0]


@pytest.mark.parametrize("count", [1, 3])
def test_what_comes_out_tells_what_happened_in_the_tunnel(count: int) -> None:
    scene = crossing.crossing(1, count=count)
    found = crossing.twins(scene)
    assert ("swap" in found.violated) == (count > 1)
    lawful = shot(scene, 0.2, 1.5)
    for name, twin in found.violated.items():
        onset_s = twin.violations[0].time_s
        assert 0.7 < onset_s < 1.2
        picture = shot(twin, 0.2, onset_s + 1e-3, 1.5)
        shown = shot(scene, onset_s + 1e-3)
        np.testing.assert_array_equal(picture.rgb[0], lawful.rgb[0])
        np.testing.assert_array_equal(picture.rgb[1], shown.rgb[0])  # the tunnel hides it
        changed = np.abs(picture.rgb[2].astype(int) - lawful.rgb[1]).max(axis=-1) > 40
        assert changed.sum() > 30, name
    assert not any(body.noun == "ball" for body in found.controls["empty"].bodies)
    assert "ball" not in " ".join(found.controls["empty"].captions)


def test_balls_alike_are_counted() -> None:
    scene = crossing.crossing(2, count=5, alike=True)
    assert scene.story is not None
    assert sorted(thing.count for thing in scene.story.things) == [1, 2, 3]
    assert any(number in scene.captions[0] for number in ("three other", "two other"))


# hidden_process


@pytest.mark.parametrize("process", PROCESSES)
def test_the_screen_hides_the_process_for_that_long(process: str) -> None:
    for seed, hidden_s in ((0, 0.4), (1, 0.15), (2, 0.5)):
        scene = hidden_process.hidden_process(seed, process=process, hidden_s=hidden_s)
        from_s, to_s = hidden_between_s(scene)
        assert to_s - from_s == pytest.approx(hidden_s) and from_s + to_s == pytest.approx(1.5)
        covered = shot(scene, from_s, 0.75, to_s)
        assert not seen_px(covered, TURNING[process]).any()
        check_legible(shot(scene, 0.0, 0.15, 1.35, 1.5), TURNING[process])


@pytest.mark.parametrize("process", PROCESSES)
def test_twins_part_unseen_and_tell_themselves_apart(process: str) -> None:
    for seed in range(2):
        scene = hidden_process.hidden_process(seed, process=process)
        found = hidden_process.twins(scene).violated
        assert set(found) == {"frozen", "paused", "reset", "absent"} | (
            {"reverse"} if process != "pendulum" else set()
        )
        from_s, to_s = hidden_between_s(scene)
        pictures = {"lawful": shot(scene, 0.3, from_s, to_s, 1.4)}
        pictures |= {name: shot(twin, 0.3, from_s, to_s, 1.4) for name, twin in found.items()}
        for picture in pictures.values():
            np.testing.assert_array_equal(picture.rgb[:3], pictures["lawful"].rgb[:3])
        for (name, a), (other, b) in itertools.combinations(pictures.items(), 2):
            changed = np.abs(a.rgb[3].astype(int) - b.rgb[3]).max(axis=-1) > 40
            assert changed.sum() > 20, (seed, name, other)


def test_a_reset_process_goes_on_as_it_began() -> None:
    scene = hidden_process.hidden_process(0, process="ball")
    reset = hidden_process.twins(scene).violated["reset"]
    times_s = np.array([1.0, 1.2, 1.4])
    (late,), (first,) = tracks(reset, ["late ball"], times_s), tracks(scene, ["ball"], times_s - 0.75)
    np.testing.assert_allclose(late, first, atol=1e-12)


def test_a_ball_in_a_circle_rolls_without_slipping() -> None:
    scene = hidden_process.hidden_process(3, process="ball")
    trajectory = simulate(scene, np.linspace(0.013, 1.4, 9))
    ball = index(scene, "ball")
    velocity, spin = trajectory.velocity[:, ball, :3], trajectory.velocity[:, ball, 3:]
    contact = velocity + np.cross(spin, np.array([0.0, 0.0, -scene.body("ball").size_m[0]]))
    assert np.linalg.norm(contact, axis=1).max() < 1e-6
    assert np.linalg.norm(velocity, axis=1).min() > 0.5


def test_the_clock_turns_the_way_it_says() -> None:
    for seed in range(4):
        scene = hidden_process.hidden_process(seed, process="clock", hidden_s=0.2)
        picture = shot(hidden_process.twins(scene).controls["in_sight"], 0.0, 0.2)
        angles = []
        for ids in picture.render.ids:
            rows, columns = np.nonzero(ids == index(picture.scene, "hand"))
            angles.append(math.atan2(columns.mean() - 31.5, 31.5 - rows.mean() - 1.7))
        turned = (angles[1] - angles[0] + math.pi) % (2 * math.pi) - math.pi
        assert f"turns {'clockwise' if turned > 0 else 'anticlockwise'}" in scene.captions[0]


@pytest.mark.parametrize(
    ("family", "wrong", "problem"),
    [
        ("cups", {"swaps": 0}, "change places 0 times"),
        ("cups", {"swaps": 3}, "change places 3 times"),
        ("cups", {"lift": "two"}, "no 'two' cup"),
        ("crossing", {"count": 6}, "6 balls cannot"),
        ("hidden_process", {"process": "vessel"}, "no process 'vessel'"),
        ("hidden_process", {"hidden_s": 0.6}, "hidden for 0.6 s"),
    ],
)
def test_what_they_cannot_show_is_refused(family: str, wrong: dict[str, object], problem: str) -> None:
    with pytest.raises(WsimError, match=problem):
        FAMILIES[family].make(0, **wrong)


@pytest.mark.parametrize("family", ["cups", "crossing", "hidden_process"])
def test_the_empty_control_lacks_what_moves_and_shares_the_rest(family: str) -> None:
    module = {
        "cups": cups.cups,
        "crossing": crossing.crossing,
        "hidden_process": hidden_process.hidden_process,
    }
    for seed in range(3):
        scene, empty = module[family](seed), module[family](seed, empty=True)
        assert FAMILIES[family].twins(scene).controls["empty"] == empty
        assert set(empty.bodies) < set(scene.bodies)
        assert not FAMILIES[family].twins(empty).violated
