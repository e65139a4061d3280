"""Families in which the camera, or what leaves its view, is the question."""

import numpy as np
import pytest

from wsim.errors import WsimError
from wsim.worlds.families import FAMILIES, make
from wsim.worlds.families.accept import shown
from wsim.worlds.film import Film, film
from wsim.worlds.scene import Scene

SEEDS = range(8)
OWN = ("look_away", "shots", "out_and_back", "approach")


def at(scene: Scene, *times_s: float, size: tuple[int, int] = (64, 64)) -> Film:
    return film(scene, np.array(times_s), *size)


def indices(scene: Scene, *starts: str) -> list[int]:
    return [i for i, body in enumerate(scene.bodies) if body.name.startswith(starts)]


@pytest.mark.parametrize("way", ["arc", "orbit", "dolly", "truck", "pan", "loop", "jitter", "still"])
def test_every_camera_of_the_room_sees_things_and_walls_all_the_time(way: str) -> None:
    for seed in range(3):
        scene = make("room", seed, camera=way)
        shot = at(scene, *np.linspace(0.0, scene.duration_s, 5).tolist())
        assert (shot.render.ids >= 0).all(), seed  # no sky
        things = np.isin(shot.render.ids, indices(scene, "thing"))
        assert things.mean(axis=(1, 2)).min() > 0.01, seed
        moves = not (shot.rgb == shot.rgb[0]).all()
        assert moves == (way != "still")


def test_an_orbit_takes_three_seconds_and_ends_where_it_began() -> None:
    scene = make("room", 1, camera="orbit")
    assert scene.duration_s == 3.0
    poses = at(scene, 0.0, 1.5, 3.0, size=(8, 8)).render.camera.world_from_camera
    np.testing.assert_allclose(poses[0], poses[2], atol=1e-9)
    assert np.linalg.norm(poses[0, :3, 3] - poses[1, :3, 3]) > 6.0


def test_a_loop_comes_back_to_the_same_picture() -> None:
    scene = make("room", 2, camera="loop", angle_deg=50.0)
    shot = at(scene, 0.0, 0.75, 1.5)
    assert (shot.rgb[0] == shot.rgb[2]).all()
    gaze = shot.render.camera.world_from_camera[:2, :2, 2]
    gaze /= np.linalg.norm(gaze, axis=1, keepdims=True)
    assert np.degrees(np.arccos(gaze[0] @ gaze[1])) == pytest.approx(50.0)


def test_rooms_that_cannot_be_filmed_so_are_refused() -> None:
    with pytest.raises(WsimError, match="no camera 'fly'"):
        make("room", 0, camera="fly")
    with pytest.raises(WsimError, match="cannot go by an angle of 30"):
        make("room", 0, camera="dolly", angle_deg=30.0)
    with pytest.raises(WsimError, match="cannot go by an angle of 0"):
        make("room", 0, angle_deg=0.0)


@pytest.mark.parametrize("size", [(64, 64), (48, 84), (84, 48)])
def test_nobody_sees_the_things_while_the_camera_looks_away(size: tuple[int, int]) -> None:
    for seed in SEEDS:
        scene = make("look_away", seed)
        shot = at(scene, 0.0, 0.7, scene.duration_s, size=size)
        things = indices(scene, "thing")
        assert shot.in_frame[[0, 2]][:, things].min() == 1.0
        assert shot.visible[[0, 2]][:, things].min() > 0.9
        assert not shot.in_view[1, things].any(), seed
        assert (shot.rgb[0] == shot.rgb[2]).all()
        assert shot.rgb[1].std() > 10.0  # and there is something to see there


@pytest.mark.parametrize(("angle_deg", "wait_s"), [(30.0, 0.0), (90.0, 0.5), (180.0, 0.2)])
def test_looking_away_takes_as_long_as_it_takes(angle_deg: float, wait_s: float) -> None:
    scene = make("look_away", 3, angle_deg=angle_deg, wait_s=wait_s)
    assert scene.duration_s == pytest.approx(0.5 + wait_s + angle_deg / 75.0)
    gaze = at(scene, 0.1, 0.2 + angle_deg / 150.0 + wait_s / 2, size=(8, 8)).render.camera.world_from_camera
    flat = gaze[:, :2, 2] / np.linalg.norm(gaze[:, :2, 2], axis=1, keepdims=True)
    assert np.degrees(np.arccos(np.clip(flat[0] @ flat[1], -1.0, 1.0))) == pytest.approx(angle_deg)


def test_looking_away_cannot_be_hurried() -> None:
    assert make("look_away", 0, angle_deg=90.0, duration_s=1.5).duration_s == 1.5
    with pytest.raises(WsimError, match="no time to look away by 180 degrees"):
        make("look_away", 0, angle_deg=180.0, duration_s=1.0)
    with pytest.raises(WsimError, match="cannot look away by 20 degrees"):
        make("look_away", 0, angle_deg=20.0)


def test_three_shots_from_two_sides_show_the_same_things() -> None:
    for seed in SEEDS:
        scene = make("shots", seed)
        shot = at(scene, 0.2, 0.7, 1.2)
        eyes = shot.render.camera.world_from_camera[:, :3, 3]
        assert (eyes[0] == eyes[2]).all()
        assert np.linalg.norm(eyes[1] - eyes[0]) > 1.5
        things = [i for name in ("ball", "box", "cylinder") for i in indices(scene, name)]
        assert shot.in_frame[:, things].min() == 1.0, seed
        assert shot.visible[:, things].min() > 0.35, seed
        moved_px = np.abs(shot.trajectory.position_m[2, things[0]] - shot.trajectory.position_m[0, things[0]])
        assert 0.2 < moved_px.max() < 0.6


@pytest.mark.parametrize("size", [(64, 64), (48, 84)])
@pytest.mark.parametrize("by", ["bounce", "pan"])
def test_the_ball_is_outside_at_half_time(by: str, size: tuple[int, int]) -> None:
    for seed in SEEDS:
        scene = make("out_and_back", seed, by=by)
        shot = at(scene, 0.0, 0.15, 0.75, 1.35, 1.5, size=size)
        ball = indices(scene, "ball")[0]
        assert not shot.in_view[2, ball], seed
        assert shot.in_frame[[0, 1, 3, 4], ball].min() == 1.0
        assert shot.visible[[0, 1, 3, 4], ball].min() > 0.9
    with pytest.raises(WsimError, match="by 'flying'"):
        make("out_and_back", 0, by="flying")


def test_the_ball_rolls_without_slipping_there_and_back() -> None:
    scene = make("out_and_back", 4)
    ball = scene.body("ball")
    moving = at(scene, *np.arange(0.0, 1.5, 0.01).tolist(), size=(4, 4)).trajectory
    speed = moving.velocity[:, 0, 0]
    contact = speed - moving.velocity[:, 0, 4] * ball.size_m[0]
    np.testing.assert_allclose(contact, 0.0, atol=1e-6)
    assert speed[0] == pytest.approx(-speed[-1])


def test_what_comes_closer_keeps_the_ratio_of_height_and_depression() -> None:
    """h / (y_base - y_horizon) is the height over the camera's: no pose and no scale is needed."""
    for seed in SEEDS:
        scene = make("approach", seed)
        shot = at(scene, *np.linspace(0.0, 1.5, 6).tolist(), size=(256, 256))
        rows = [np.nonzero((ids == 0).any(axis=1))[0] for ids in shot.render.ids]
        base, height = np.array([r.max() for r in rows]) + 0.5, np.array([len(r) for r in rows])
        if scene.body("mover").shape == "sphere":
            ratio = height / (base - 127.5)
            assert np.std(ratio) / np.mean(ratio) < 0.06
        assert np.ptp(base) > 0.15 * 256
        assert (np.diff(base) > 0).all() or (np.diff(base) < 0).all()
    with pytest.raises(WsimError, match="by going 'up'"):
        make("approach", 0, way="up")


@pytest.mark.parametrize(
    ("family", "names"),
    [
        ("look_away", ("thing 0", "thing 1", "thing 2")),
        ("shots", ("ball", "box", "cylinder")),
        ("out_and_back", ("ball",)),
        ("approach", ("mover",)),
    ],
)
def test_what_the_question_is_about_is_at_least_six_pixels_in_radius(
    family: str, names: tuple[str, ...]
) -> None:
    for seed in range(10):
        scene = make(family, seed)
        times_s = (0.0, scene.duration_s)
        assert shown(scene, dict.fromkeys(names, (0.35, 6.0)), times_s), seed


@pytest.mark.parametrize("family", OWN)
def test_twins_are_lawful_until_they_are_not(family: str) -> None:
    for seed in (0, 1, 2):
        scene = make(family, seed)
        times_s = np.linspace(0.0, scene.duration_s, 13)
        lawful = film(scene, times_s, 48, 48)
        for name, twin in FAMILIES[family].twins(scene).violated.items():
            onset_s = twin.violations[-1].time_s
            assert 0.0 < onset_s < scene.duration_s
            same = (film(twin, times_s, 48, 48).rgb == lawful.rgb).all(axis=(1, 2, 3))
            assert same[times_s < onset_s].all(), name
            assert not same[-1], name


@pytest.mark.parametrize("family", OWN)
def test_shams_and_controls_break_no_law(family: str) -> None:
    scene = make(family, 5)
    twins = FAMILIES[family].twins(scene)
    for sham in twins.shams.values():
        assert not sham.violations
        assert not (at(sham, 0.0).rgb == at(scene, 0.0).rgb).all()
    for control in twins.controls.values():
        assert not control.violations
        assert control.captions != scene.captions
