"""What holds of every picture, whatever is in it."""

import math
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from wsim.worlds.physics.trajectory import at_rest
from wsim.worlds.rendering.camera import unproject
from wsim.worlds.rendering.render import Render, render
from wsim.worlds.scene import Body, CameraPath, Material, Scene

SIZE = 24


def numbers(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high).map(lambda x: round(x, 4))


def directions() -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(-4, 4), min_size=4, max_size=4).filter(any)


# Plain numbers: scenes are built from them inside the tests.
BODIES = st.fixed_dictionaries(
    {
        "shape": st.sampled_from(["sphere", "box", "cylinder", "plane"]),
        "size": st.tuples(*[numbers(0.1, 0.8)] * 3),
        "position": st.tuples(*[numbers(-1.2, 1.2)] * 3),
        "rotation": directions(),
        "kind": st.sampled_from(["solid", "checker", "noise"]),
    }
)
SCENES = st.fixed_dictionaries(
    {
        "bodies": st.lists(BODIES, min_size=1, max_size=5),
        "angle": numbers(0.0, 2 * math.pi),
        "height": numbers(-1.5, 3.0),
        "fov_deg": numbers(20.0, 90.0),
    }
)


def body_of(spec: dict[str, Any]) -> Body:
    a, b, c = spec["size"]
    sizes = {"sphere": (a, 0.0, 0.0), "box": (a, b, c), "cylinder": (a, 0.0, c), "plane": (a, b, 0.0)}
    rotation = np.array(spec["rotation"]) / np.linalg.norm(spec["rotation"])
    material = Material(spec["kind"], (0.8, 0.2, 0.1), (0.2, 0.2, 0.2), 6.0, 0.2)
    size, position = sizes[spec["shape"]], spec["position"]
    return Body("body", spec["shape"], size, position, material, tuple(rotation.tolist()))


def scene_of(spec: dict[str, Any]) -> Scene:
    eye = (3.5 * math.cos(spec["angle"]), 3.5 * math.sin(spec["angle"]), spec["height"])
    cast = tuple(body_of(body) for body in spec["bodies"])
    return Scene("any", 0, 1.0, cast, CameraPath(eye, (0.0, 0.0, 0.0), spec["fov_deg"]))


def shot(scene: Scene) -> Render:
    return render(scene, at_rest(scene, np.zeros(1)), SIZE, SIZE)


def off_surface_m(body: Body, points: np.ndarray) -> np.ndarray:
    """How far world points lie from the surface of a body (a bound from above)."""
    w, *imaginary = body.rotation
    axis = np.array(imaginary)
    local = points - np.array(body.position_m)
    turn = 2 * np.cross(axis, local)  # the inverse rotation: v - w t + axis x t, t = 2 axis x v
    local = local - w * turn + np.cross(axis, turn)
    a, b, c = body.size_m
    if body.shape == "sphere":
        return np.abs(np.linalg.norm(local, axis=-1) - a)
    if body.shape == "box":
        return np.abs((np.abs(local) - np.array([a, b, c])).max(-1))
    if body.shape == "cylinder":
        return np.abs(np.maximum(np.hypot(local[:, 0], local[:, 1]) - a, np.abs(local[:, 2]) - c))
    return np.maximum(np.abs(local[:, 2]), (np.abs(local[:, :2]) - np.array([a, b])).max(-1))


@settings(max_examples=40, deadline=None)
@given(SCENES)
def test_every_pixel_lies_on_the_body_that_it_names(spec: dict[str, Any]) -> None:
    scene = scene_of(spec)
    seen = shot(scene)
    points = unproject(seen.depth_m[0].astype(np.float64), seen.camera, 0)
    for k, body in enumerate(scene.bodies):
        mine = seen.ids[0] == k
        assert (off_surface_m(body, points[mine]) < 2e-5).all()


@settings(max_examples=40, deadline=None)
@given(SCENES)
def test_the_amodal_bits_are_what_each_body_would_show_alone(spec: dict[str, Any]) -> None:
    scene = scene_of(spec)
    together = shot(scene)
    for k in range(len(scene.bodies)):
        alone = shot(scene.replace(bodies=scene.bodies[k : k + 1]))
        bit = (together.amodal >> np.uint64(k)) & np.uint64(1)
        assert np.array_equal(bit == 1, alone.ids == 0)
        assert (bit[together.ids == k] == 1).all()


@settings(max_examples=40, deadline=None)
@given(SCENES)
def test_the_nearest_body_is_the_one_that_is_seen(spec: dict[str, Any]) -> None:
    scene = scene_of(spec)
    together = shot(scene)
    alone = [shot(scene.replace(bodies=(body,))).depth_m for body in scene.bodies]
    assert np.array_equal(together.depth_m, np.min(alone, axis=0))


@settings(max_examples=60, deadline=None)
@given(numbers(-3, 3), numbers(-3.9, 4), numbers(-3, 3), numbers(0.05, 2.0), numbers(20, 120))
def test_a_ball_shows_exactly_where_rays_pass_within_its_radius(
    x: float, y: float, z: float, radius: float, fov_deg: float
) -> None:
    ball = Body("ball", "sphere", (radius, 0.0, 0.0), (x, y, z), Material())
    seen = shot(Scene("any", 0, 1.0, (ball,), CameraPath((0.0, -4.0, 0.0), (0.0, 0.0, 0.0), fov_deg)))
    eye = np.array([0.0, -4.0, 0.0])
    rays = unproject(np.ones((SIZE, SIZE)), seen.camera, 0) - eye
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    centre = np.array(ball.position_m) - eye
    along = rays @ centre
    clearance = centre @ centre - along**2 - radius**2
    outside = centre @ centre > radius**2
    expected = (clearance <= 0) & (along > 0) & outside
    clear = np.abs(clearance) > 1e-9
    assert np.array_equal((seen.amodal[0] & 1 == 1)[clear], expected[clear])
