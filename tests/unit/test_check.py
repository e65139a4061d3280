"""Scenes that cannot be are refused before anything is simulated, in words that name the mistake."""

import dataclasses
import math
import time
from typing import Any

import pytest

from wsim.errors import WsimError
from wsim.worlds.check import check_scene
from wsim.worlds.families import make
from wsim.worlds.film import film
from wsim.worlds.scene import (
    NEVER_S,
    Action,
    Agent,
    Bite,
    Blocks,
    Body,
    CameraPath,
    Cause,
    Cut,
    Effect,
    Fill,
    Hinge,
    Material,
    Part,
    Pour,
    Rail,
    Scene,
    Shape,
    Stroke,
    Trail,
    Vec3,
    Violation,
)

CAMERA = CameraPath((0.0, -4.0, 1.0), (0.0, 0.0, 0.5))
CUBE_FACES = (
    (1.0, 0.0, 0.0, 0.2), (-1.0, 0.0, 0.0, 0.2), (0.0, 1.0, 0.0, 0.2), (0.0, -1.0, 0.0, 0.2),
    (0.0, 0.0, 1.0, 0.2), (0.0, 0.0, -1.0, 0.2),
)  # fmt: skip


def body(
    name: str, shape: Shape = "box", size: Vec3 = (0.2, 0.2, 0.2), at: Vec3 = (0.0, 0.0, 0.2), **more: Any
) -> Body:
    return Body(name, shape, size, at, Material(), **more)


FLOOR = body("floor", "plane", (0.0, 0.0, 0.0), (0.0, 0.0, 0.0))


def scene(*bodies: Body, **more: Any) -> Scene:
    return Scene("test", 7, 1.5, bodies, **({"camera": CAMERA} | more))


def refused(bad: Scene, problem: str, field: str) -> None:
    with pytest.raises(WsimError, match=problem) as caught:
        check_scene(bad)
    assert caught.value.where.startswith(field)
    assert caught.value.where.endswith("of the scene test 7")
    assert "\n" not in caught.value.problem
    assert caught.value.remedy


def test_a_sound_scene_passes() -> None:
    check_scene(scene(FLOOR, body("block", motion="dynamic"), body("post", at=(1.0, 0.0, 0.2))), 64, 64)


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
def test_impossible_durations(value: float) -> None:
    refused(dataclasses.replace(scene(FLOOR), duration_s=value), "cannot last", "duration_s")


@pytest.mark.parametrize("size", [(0, 64), (64, -1)])
def test_empty_pictures(size: tuple[int, int]) -> None:
    with pytest.raises(WsimError, match="is empty"):
        check_scene(scene(FLOOR), *size)


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ("sphere", (0.0, 0.0, 0.0)),
        ("sphere", (-0.1, 0.0, 0.0)),
        ("box", (0.2, 0.0, 0.2)),
        ("box", (0.2, math.nan, 0.2)),
        ("cylinder", (0.2, 0.0, -0.2)),
        ("capsule", (0.2, 0.0, 0.0)),
        ("ellipsoid", (0.2, 0.2, 2e5)),
        ("plane", (0.0, 1.0, 0.0)),
        ("convex", (0.0, 0.2, 0.2)),
    ],
)
def test_impossible_sizes(shape: Shape, size: Vec3) -> None:
    refused(scene(body("thing", shape, size, faces=CUBE_FACES)), "cannot have the size", "bodies[0].size_m")
    part = Part(shape, size, (0.0, 0.0, 0.0), Material(), faces=CUBE_FACES)
    refused(scene(body("thing", parts=(part,))), "part 0 of 'thing'", "bodies[0].parts[0].size_m")


@pytest.mark.parametrize(
    ("faces", "problem"),
    [
        ((), "not closed by its 0 faces"),
        (CUBE_FACES[:5], "not closed by its 5 faces"),
        (((2.0, 0.0, 0.0, 0.2), *CUBE_FACES[1:]), "no unit vector"),
        (((1.0, 0.0, 0.0, 0.3), *CUBE_FACES[1:]), "beyond its half extents"),
        (((1.0, 0.0, 0.0, -0.3), *CUBE_FACES[1:]), "no inside"),
    ],
)
def test_solids_of_faces_that_are_none(faces: tuple[Any, ...], problem: str) -> None:
    check_scene(scene(body("gem", "convex", faces=CUBE_FACES)))
    refused(scene(body("gem", "convex", faces=faces)), problem, "bodies[0].faces")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"position_m": (0.0, math.nan, 0.0)}, "at a place"),
        ({"position_m": (0.0, 2e5, 0.0)}, "at a place"),
        ({"velocity_m_s": (math.inf, 0.0, 0.0)}, "at a place"),
        ({"rotation": (0.0, 0.0, 0.0, 0.0)}, "a rotation of length 0"),
        ({"density_kg_m3": 0.0}, "a density of 0"),
        ({"friction": -1.0}, "friction -1"),
        ({"restitution": 1.2}, "restitution 1.2"),
        ({"from_s": 1.0, "until_s": 0.5}, "ends before it begins"),
        ({"motion": "rail"}, "moves by a rail but has none"),
        ({"motion": "pendulum"}, "moves by a pendulum but has none"),
    ],
)
def test_bodies_that_cannot_be(changes: dict[str, Any], problem: str) -> None:
    refused(scene(dataclasses.replace(body("thing"), **changes)), problem, "bodies[0]")


@pytest.mark.parametrize(
    ("rail", "problem"),
    [
        (Rail((0.0, 1.0), ((0.0, 0.0, 0.0),)), "2 times do not fit 1 points"),
        (Rail((), ()), "0 times"),
        (Rail((0.0, 0.0), ((0.0, 0.0, 0.0),) * 2), "do not increase"),
        (Rail((0.0, 1.0), ((0.0, 0.0, 0.0),) * 2, rotations=((1.0, 0.0, 0.0, 0.0),)), "fit 1 rotations"),
    ],
)
def test_rails_that_make_no_sense(rail: Rail, problem: str) -> None:
    refused(scene(body("thing", motion="rail", rail=rail)), problem, "bodies[0].rail.times_s")


def test_two_bodies_of_one_name_and_too_many_bodies() -> None:
    refused(scene(FLOOR, FLOOR), "2 bodies are called 'floor'", "bodies")
    many = tuple(body(f"b{i}", at=(float(i), 0.0, 0.0)) for i in range(65))
    refused(scene(*many), "65 bodies are more than the 64", "bodies")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"strokes": (Stroke("ghost", (0.0,), ((0.0, 0.0),), 0.1, (1.0, 0.0, 0.0)),)}, "strokes[0].body"),
        ({"trails": (Trail("floor", "ghost", 0.1, (1.0, 0.0, 0.0)),)}, "trails[0].by"),
        ({"bites": (Bite("ghost", 0.5, (0.0, 0.0, 0.0), 0.1),)}, "bites[0].body"),
        ({"pours": (Pour("floor", "floor", "ghost", 0.0, 1e-4, 0.2),)}, "pours[0].stream"),
        ({"effects": (Effect(Cause("time"), "move", "ghost"),)}, "effects[0]"),
        ({"effects": (Effect(Cause("contact", bodies=("floor", "ghost")), "move", "floor"),)}, "effects[0]"),
        ({"effects": (Effect(Cause("time"), "shatter", "floor", others=("ghost",)),)}, "effects[0]"),
        ({"violations": (Violation("vanish", 0.5, "ghost"),)}, "violations[0] (vanish)"),
        ({"violations": (Violation("vanish", 0.5),)}, "violations[0] (vanish)"),
        ({"violations": (Violation("swap", 0.5, "floor", other="ghost"),)}, "violations[0] (swap)"),
        ({"camera": dataclasses.replace(CAMERA, follow="ghost")}, "camera.follow"),
        ({"cuts": (Cut(0.5, dataclasses.replace(CAMERA, follow="ghost")),)}, "cuts[0].camera.follow"),
    ],
)  # fmt: skip
def test_whatever_names_a_body_that_is_not_there(more: dict[str, Any], field: str) -> None:
    refused(scene(FLOOR, **more), "there is no body '(ghost)?'", field)


@pytest.mark.parametrize("kind", ["wobble", "texture_boil", "reseeded", "gravity_scale", "block_changes"])
def test_violations_that_need_no_body(kind: Any) -> None:
    check_scene(scene(FLOOR, violations=(Violation(kind, 0.5),)))


@pytest.mark.parametrize("time_s", [-0.1, 1.6, math.nan])
def test_what_is_broken_or_cut_outside_the_scene(time_s: float) -> None:
    refused(
        scene(FLOOR, violations=(Violation("wobble", time_s),)), "outside the scene", "violations[0].time_s"
    )
    refused(scene(FLOOR, cuts=(Cut(time_s, CAMERA),)), "outside the scene", "cuts[0].time_s")


def test_strokes_that_cannot_be_painted() -> None:
    def stroke(**changes: Any) -> Stroke:
        whole = Stroke("floor", (0.0, 1.0), ((0.0, 0.0), (1.0, 0.0)), 0.1, (1.0, 0.0, 0.0))
        return dataclasses.replace(whole, **changes)

    refused(
        scene(FLOOR, strokes=(stroke(times_s=(0.0,)),)), "1 times do not fit 2 points", "strokes[0].times_s"
    )
    refused(scene(FLOOR, strokes=(stroke(times_s=(1.0, 0.0)),)), "do not increase", "strokes[0].times_s")
    refused(scene(FLOOR, strokes=(stroke(radius_m=0.0),)), "radius 0 m", "strokes[0].radius_m")
    ball = body("ball", "sphere", (0.2, 0.0, 0.0))
    refused(scene(ball, strokes=(stroke(body="ball"),)), "a sphere such as 'ball'", "strokes[0].body")


def test_cameras_that_cannot_be_or_stand_inside_something() -> None:
    refused(
        scene(FLOOR, camera=CameraPath((0.0, 0.0, 1.0), (0.0, 0.0, 1.0))), "stands on the point", "camera"
    )
    refused(scene(FLOOR, camera=dataclasses.replace(CAMERA, fov_deg=0.0)), "field of view", "camera")
    block = body("block", at=(0.0, -4.0, 1.0))
    refused(scene(FLOOR, block), "inside the body 'block'", "camera")
    through = CameraPath((0.0, -9.0, 1.0), (0.0, -5.0, 1.0), dolly_m=(0.0, 5.0, 0.0))
    refused(scene(FLOOR, block, camera=through), "inside the body 'block'", "camera")
    away = CameraPath((3.0, 3.0, 1.0), (0.0, 0.0, 0.0))
    refused(
        scene(FLOOR, block, camera=away, cuts=(Cut(0.5, CAMERA),)),
        "inside the body 'block'",
        "cuts[0].camera",
    )
    check_scene(scene(FLOOR, dataclasses.replace(block, shape="plane", size_m=(1.0, 1.0, 0.0))))


@pytest.mark.parametrize(
    ("shape", "size", "touching_m"),
    [
        ("sphere", (0.2, 0.0, 0.0), 0.2),
        ("box", (0.3, 0.1, 0.2), 0.2),
        ("cylinder", (0.2, 0.0, 0.25), 0.25),
        ("capsule", (0.1, 0.0, 0.2), 0.3),
        ("ellipsoid", (0.3, 0.2, 0.1), 0.1),
        ("convex", (0.2, 0.2, 0.2), 0.2),
    ],
)
def test_nothing_dynamic_begins_inside_the_floor_or_a_block(
    shape: Shape, size: Vec3, touching_m: float
) -> None:
    def at(height_m: float, *others: Body) -> Scene:
        return scene(
            *others, body("thing", shape, size, (0.0, 0.0, height_m), motion="dynamic", faces=CUBE_FACES)
        )

    block = body("block", at=(0.0, 0.0, -0.2))
    for ground in (FLOOR, block, dataclasses.replace(FLOOR, size_m=(1.0, 1.0, 0.0))):
        check_scene(at(touching_m - 0.0005, ground))
        refused(at(touching_m - 0.003, ground), "begin 3 mm inside one another", "bodies[0], bodies[1]")


def test_boxes_part_along_an_edge() -> None:
    turn = (math.cos(math.pi / 8), 0.0, 0.0, math.sin(math.pi / 8))
    gap = 0.2 + 0.2 * math.sqrt(2.0)
    turned = body("turned", at=(gap, 0.0, 0.2), rotation=turn, motion="dynamic")
    check_scene(scene(body("block"), turned))
    refused(
        scene(body("block"), dataclasses.replace(turned, position_m=(gap - 0.002, 0.0, 0.2))),
        "2 mm",
        "bodies",
    )


def test_a_ball_beside_the_corner_of_a_box_is_outside() -> None:
    reach = 0.2 + 0.1 / math.sqrt(2.0)
    ball = body("ball", "sphere", (0.1, 0.0, 0.0), (reach, reach, 0.2), motion="dynamic")
    check_scene(scene(body("block"), ball))
    inside = dataclasses.replace(ball, position_m=(reach - 0.002, reach - 0.002, 0.2))
    refused(scene(body("block"), inside), "2.83 mm", "bodies")


def test_what_does_not_exist_yet_or_hangs_in_a_frame_may_overlap() -> None:
    block = body("block")
    check_scene(scene(block, body("shard", motion="dynamic", from_s=NEVER_S)))
    check_scene(scene(block, body("door", motion="dynamic", hinge=Hinge((0.0, 0.0, 0.0), (0.0, 0.0, 1.0)))))
    refused(scene(block, body("other", motion="dynamic")), "inside one another", "bodies")


def test_blocks_out_of_the_grid() -> None:
    agent = Agent((1.0, 1.0, 1.0), 0.0)
    good = Blocks((4, 4, 4), (Fill("stone", (0, 0, 0), (3, 3, 0)),), agent)
    check_scene(scene(blocks=good))
    beyond = dataclasses.replace(good, fills=(Fill("stone", (0, 0, 0), (4, 3, 0)),))
    refused(scene(blocks=beyond), "outside the grid", "blocks.fills[0]")
    empty = dataclasses.replace(good, fills=(Fill("stone", (2, 0, 0), (1, 3, 0)),))
    refused(scene(blocks=empty), "is empty", "blocks.fills[0]")
    held = dataclasses.replace(good, actions=(Action("forward", 0.0, -1.0),))
    refused(scene(blocks=held), "cannot be held", "blocks.actions[0]")


def test_filming_checks_first() -> None:
    with pytest.raises(WsimError, match="cannot have the size"):
        import numpy as np

        film(scene(body("thing", size=(0.0, 1.0, 1.0))), np.zeros(1), 8, 8)


def test_checking_takes_little_time() -> None:
    scenes = [make("room", seed) for seed in range(20)]
    check_scene(scenes[0])
    start_s = time.process_time()
    for one in scenes:
        check_scene(one, 64, 64)
    assert (time.process_time() - start_s) / len(scenes) < 4e-3
