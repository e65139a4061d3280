"""Paint on every face of boxes and cylinders, sponges, and marks that move or grow, in closed form."""

import dataclasses

import numpy as np
import pytest

from wsim.errors import WsimError
from wsim.worlds.physics.trajectory import at_rest
from wsim.worlds.rendering.paint import paint_layers, painted_area_m2
from wsim.worlds.rendering.render import render
from wsim.worlds.scene import Body, CameraPath, Face, Material, Scene, Stroke, Vec2, Vec3, Violation

RADIUS_M = 0.05
RED = (0.8, 0.1, 0.1)
WHITE = Material(colour=(0.9, 0.9, 0.9))
HALF: Vec3 = (0.5, 0.4, 0.3)
BOX = Body("box", "box", HALF, (0.0, 0.0, 0.0), WHITE)
CAN = Body("can", "cylinder", (0.4, 0.0, 0.3), (0.0, 0.0, 0.0), WHITE)


def scene(body: Body, *strokes: Stroke, eye: Vec3 = (0.0, -3.0, 0.0)) -> Scene:
    return Scene("test", 0, 1.5, (body,), CameraPath(eye, (0.0, 0.0, 0.0), 30.0), strokes=strokes)


def line(body: Body, face: Face, start: Vec2, end: Vec2, **changes: object) -> Stroke:
    stroke = Stroke(body.name, (0.0, 1.0), (start, end), RADIUS_M, RED, face=face)
    return dataclasses.replace(stroke, **changes)  # type: ignore[arg-type]


def area(world: Scene, face: Face, *times_s: float) -> np.ndarray:
    return painted_area_m2(world, world.bodies[0].name, np.array(times_s), face)


def swept(length_m: float, radius_m: float = RADIUS_M) -> float:
    return 2.0 * radius_m * length_m + np.pi * radius_m**2


def looked_at(world: Scene, *times_s: float) -> list[np.ndarray]:
    """Where the picture is red: masks of 100x100 pixels."""
    rgb = render(world, at_rest(world, np.array(times_s)), 100, 100, antialias=False).rgb.astype(int)
    return list(rgb[..., 0] > rgb[..., 1:].max(axis=-1) + 40)


def test_an_area_is_exact_within_two_per_cent_at_any_place_and_slant() -> None:
    rng = np.random.default_rng(0)
    for _ in range(8):
        start, end = rng.uniform(-0.3, 0.3, (2, 2)).tolist()
        radius_m = float(rng.uniform(0.02, 0.08))
        stroke = line(BOX, "top", tuple(start), tuple(end), radius_m=radius_m)
        length_m = float(np.hypot(end[0] - start[0], end[1] - start[1]))
        assert area(scene(BOX, stroke), "top", 1.0)[0] == pytest.approx(swept(length_m, radius_m), rel=0.02)


# Where a camera stands that sees a face, and the direction in space of its u and v.
SEEN: dict[Face, tuple[Vec3, Vec3, Vec3]] = {
    "right": ((3.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "left": ((-3.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "back": ((0.0, 3.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)),
    "front": ((0.0, -3.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)),
    "top": ((0.0, -1e-3, 3.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
    "bottom": ((0.0, -1e-3, -3.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
}


@pytest.mark.parametrize("face", SEEN)
def test_a_dot_is_seen_on_its_face_and_at_its_place(face: Face) -> None:
    eye, along_u, along_v = SEEN[face]
    place = (0.2, 0.1)
    world = scene(BOX, line(BOX, face, place, place, times_s=(0.0,), points_m=(place,)), eye=eye)
    (mask,) = looked_at(world, 0.5)
    point = np.array(along_u) * place[0] + np.array(along_v) * place[1]
    outward = np.array(eye) / np.linalg.norm(eye)
    point = point + outward * np.abs(outward @ np.array(HALF))
    camera = render(world, at_rest(world, np.zeros(1)), 100, 100).camera
    local = camera.world_from_camera[0, :3, :3].T @ (point - camera.world_from_camera[0, :3, 3])
    x, y = (camera.intrinsics[0] @ local)[:2] / local[2]
    rows, columns = np.nonzero(mask)
    assert (columns.mean(), rows.mean()) == (pytest.approx(x, abs=0.7), pytest.approx(y, abs=0.7))
    for other in set(SEEN) - {face}:
        from_there = world.replace(camera=CameraPath(SEEN[other][0], (0.0, 0.0, 0.0), 20.0))
        assert not looked_at(from_there, 0.5)[0].any()


def test_the_side_of_a_cylinder_is_unrolled_from_local_x_to_y() -> None:
    quarter_m = 0.4 * np.pi / 2
    dot = line(
        CAN, "side", (0.0, 0.0), (0.0, 0.0), times_s=(0.0,), points_m=((-quarter_m, 0.1),)
    )  # towards -y
    (mask,) = looked_at(scene(CAN, dot), 0.5)
    rows, columns = np.nonzero(mask)
    assert columns.mean() == pytest.approx(49.5, abs=0.5)
    assert rows.mean() < 49.5 - 3.0  # v is up


def test_a_stroke_all_round_a_cylinder_closes_on_itself() -> None:
    around_m = 2.0 * np.pi * 0.4
    band = line(CAN, "side", (0.0, 0.0), (1.5 * around_m, 0.0))
    painted = area(scene(CAN, band), "side", 0.25, 1.0)
    assert painted[0] == pytest.approx(swept(0.25 * 1.5 * around_m), rel=0.02)
    assert painted[1] == pytest.approx(around_m * 2 * RADIUS_M, rel=0.02)
    # -x is where the unrolled side begins and ends: no gap is seen there.
    seam = scene(CAN, band, eye=(-3.0, 0.0, 0.0))
    (mask,) = looked_at(seam, 1.0)
    assert mask[47:52, 40:60].all()


def test_the_round_end_of_a_cylinder_has_a_round_border() -> None:
    over = line(CAN, "top", (0.0, 0.0), (1.0, 0.0), radius_m=0.6, times_s=(0.0, 0.1))
    assert area(scene(CAN, over), "top", 1.0)[0] == pytest.approx(np.pi * 0.4**2, rel=0.02)


def test_a_sponge_takes_away_what_was_painted_before_and_nothing_else() -> None:
    stroke = line(BOX, "top", (-0.3, 0.0), (0.3, 0.0))
    sponge = line(BOX, "top", (0.3, 0.0), (0.0, 0.0), erases=True, radius_m=0.1, times_s=(1.1, 1.3))
    world = scene(BOX, stroke, sponge)
    before, wiped = area(world, "top", 1.05, 1.5)
    assert before == pytest.approx(swept(0.6), rel=0.02)
    left = swept(0.6) / 2 - 0.5 * np.pi * RADIUS_M**2 - 2 * RADIUS_M * (0.1 - 0.5 * 0.1 * (1 - np.sqrt(0.75)))
    assert wiped == pytest.approx(left + 0.5 * np.pi * RADIUS_M**2, rel=0.05)
    again = line(BOX, "top", (0.1, 0.0), (0.2, 0.0), times_s=(1.4, 1.45))
    assert area(scene(BOX, stroke, sponge, again), "top", 1.5)[0] == pytest.approx(
        wiped + swept(0.1), rel=0.02
    )
    early = dataclasses.replace(sponge, times_s=(-0.2, -0.1))
    np.testing.assert_array_equal(area(scene(BOX, stroke, early), "top", 1.5), before)


def test_paint_put_under_a_resting_sponge_does_not_stay() -> None:
    stroke = line(BOX, "top", (-0.3, 0.0), (0.3, 0.0))
    rests = line(BOX, "top", (0.0, 0.0), (0.0, 0.0), erases=True, radius_m=0.1, times_s=(-1.0, 2.0))
    assert area(scene(BOX, stroke, rests), "top", 1.5)[0] == pytest.approx(swept(0.6) - 0.0196, rel=0.03)


MARKED = scene(BOX, line(BOX, "top", (-0.3, 0.0), (0.0, 0.0)), eye=(0.0, -1e-3, 3.0))


def test_marks_that_move_lie_elsewhere_and_are_cut_at_the_border() -> None:
    moved = MARKED.violated(Violation("mark_moves", 1.2, "box", vector=(0.25, 0.2, 0.0)))
    before, after = looked_at(moved, 1.19, 1.2)
    lawful = looked_at(MARKED, 1.2)[0]
    np.testing.assert_array_equal(before, lawful)
    (y0, x0), (y1, x1) = np.argwhere(before).mean(axis=0), np.argwhere(after).mean(axis=0)
    px_per_m = 50 / np.tan(np.radians(15.0)) / 2.7
    np.testing.assert_allclose([x1 - x0, y0 - y1], np.array([0.25, 0.2]) * px_per_m, atol=0.6)
    np.testing.assert_allclose(area(moved, "top", 1.19, 1.2), swept(0.3), rtol=0.02)
    away = MARKED.violated(Violation("mark_moves", 1.2, "box", vector=(0.65, 0.0, 0.0)))
    assert area(away, "top", 1.3)[0] == pytest.approx(swept(0.3) / 2 + 0.0, rel=0.03)


def test_what_is_painted_after_marks_have_moved_stays_where_it_is_put() -> None:
    moved = MARKED.violated(Violation("mark_moves", 0.5, "box", vector=(0.0, 0.2, 0.0)))
    at, end = area(moved, "top", 0.5, 1.0)
    assert at == pytest.approx(swept(0.15), rel=0.02)
    # A new front end begins where the old one was taken from.
    assert end == pytest.approx(at + 2 * RADIUS_M * 0.15, rel=0.03)


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_marks_grow_or_shrink_in_width(factor: float) -> None:
    grown = MARKED.violated(Violation("mark_grows", 1.2, "box", amount=factor))
    before, after = area(grown, "top", 1.19, 1.2)
    assert before == area(MARKED, "top", 1.2)[0]
    assert after == pytest.approx(swept(0.3, factor * RADIUS_M), rel=0.02)


@pytest.mark.parametrize(
    "nothing",
    [
        Violation("mark_fades", 0.5, "box", amount=0.0),
        Violation("mark_moves", 0.5, "box"),
        Violation("mark_grows", 0.5, "box", amount=1.0),
        Violation("mark_fades", 0.5, "another"),
    ],
)
def test_a_change_of_marks_by_nothing_changes_no_texel(nothing: Violation) -> None:
    (lawful,), (same,) = paint_layers(MARKED), paint_layers(MARKED.violated(nothing))
    np.testing.assert_array_equal(lawful.stamp_s, same.stamp_s)
    np.testing.assert_array_equal(lawful.erase_s, same.erase_s)


def test_a_face_that_a_shape_does_not_have_is_refused() -> None:
    with pytest.raises(WsimError, match="a box has no face 'side'"):
        paint_layers(scene(BOX, line(BOX, "side", (0.0, 0.0), (0.1, 0.0))))
    ball = Body("ball", "sphere", (0.5, 0.0, 0.0), (0.0, 0.0, 0.0), WHITE)
    with pytest.raises(WsimError, match="cannot be painted"):
        paint_layers(scene(ball, line(ball, "top", (0.0, 0.0), (0.1, 0.0))))
