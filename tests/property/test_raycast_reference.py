"""The ray caster against a slow one of another kind: sphere tracing of signed distances (Hart, 1996).

A ray steps ahead by the distance to the nearest surface until it arrives. Distances are those of the
geometry, written down anew here: solids, bodies of parts, bites, growth and borrowed clothes.
"""

import math
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from wsim.worlds.physics.trajectory import Trajectory, at_rest
from wsim.worlds.rendering.render import render, silhouettes
from wsim.worlds.scene import Bite, Body, CameraPath, Material, Part, Scene

SIZE = 14
STEPS, ARRIVED_M, FAR_M = 400, 1e-7, 30.0
NUDGES_PX = ((0.0, 0.0), (0.02, 0.02), (-0.02, 0.02), (0.02, -0.02), (-0.02, -0.02))


def numbers(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high).map(lambda x: round(x, 3))


def rotations() -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(-4, 4), min_size=4, max_size=4).filter(any)


SHAPES = ["sphere", "box", "cylinder", "plane", "capsule", "ellipsoid", "convex"]
PRIMITIVES = {
    "shape": st.sampled_from(SHAPES),
    "size": st.tuples(*[numbers(0.1, 0.7)] * 3),
    "position": st.tuples(*[numbers(-0.9, 0.9)] * 3),
    "rotation": rotations(),
    "cuts": st.lists(st.tuples(rotations(), numbers(0.15, 0.5)), max_size=4),
}
BODIES = st.fixed_dictionaries(
    {
        **PRIMITIVES,
        "parts": st.lists(st.fixed_dictionaries(PRIMITIVES), max_size=2),
        "bites": st.lists(st.tuples(st.tuples(*[numbers(-0.5, 0.5)] * 3), numbers(0.1, 0.5)), max_size=3),
        "scale": numbers(0.5, 1.6),
    }
)
SCENES = st.fixed_dictionaries(
    {
        "bodies": st.lists(BODIES, min_size=1, max_size=4),
        "angle": numbers(0.0, 6.28),
        "height": numbers(-1.5, 3.0),
        "turn": st.integers(0, 3),
    }
)


def unit(values: list[int]) -> Any:
    return tuple((np.array(values) / np.linalg.norm(values)).tolist())


def half_spaces(spec: dict[str, Any]) -> Any:
    """A box, and some planes that cut it."""
    a, b, c = spec["size"]
    box = [(1, 0, 0, a), (-1, 0, 0, a), (0, 1, 0, b), (0, -1, 0, b), (0, 0, 1, c), (0, 0, -1, c)]
    cuts = [(*unit(list(n[:3]) if any(n[:3]) else [1, 1, 1]), d) for n, d in spec["cuts"]]
    return tuple(tuple(float(x) for x in face) for face in (*box, *cuts))


def primitive(spec: dict[str, Any]) -> dict[str, Any]:
    a, b, c = spec["size"]
    flat = {"sphere": (a, 0.0, 0.0), "plane": (a, b, 0.0), "cylinder": (a, 0.0, c), "capsule": (a, 0.0, c)}
    return {
        "shape": spec["shape"],
        "size_m": flat.get(spec["shape"], (a, b, c)),
        "position_m": tuple(spec["position"]),
        "rotation": unit(spec["rotation"]),
        "faces": half_spaces(spec) if spec["shape"] == "convex" else (),
        "material": Material(),
    }


def scene_of(spec: dict[str, Any]) -> tuple[Scene, Trajectory]:
    """Bodies wear the clothes of their neighbours, `turn` places on."""
    bodies, bites = [], []
    for k, one in enumerate(spec["bodies"]):
        parts = tuple(Part(**primitive(part)) for part in one["parts"])
        bodies.append(Body(f"body {k}", **primitive(one), parts=parts))
        bites += [Bite(f"body {k}", 0.0, tuple(centre), radius) for centre, radius in one["bites"]]
    eye = (4.5 * math.cos(spec["angle"]), 4.5 * math.sin(spec["angle"]), spec["height"])
    camera = CameraPath(eye, (0.0, 0.0, 0.0), 30.0)
    scene = Scene("any", 0, 1.0, tuple(bodies), camera, bites=tuple(bites))
    trajectory = at_rest(scene, np.zeros(1))
    trajectory.looks.scale[0] = np.array([one["scale"] for one in spec["bodies"]])[:, None]
    trajectory.looks.worn[0] = np.roll(np.arange(len(bodies)), spec["turn"])
    return scene, trajectory


def matrix(rotation: Any) -> np.ndarray:
    w, x, y, z = rotation
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + 2 * w * cross + 2 * cross @ cross


def distance_m(shape: str, size: Any, faces: Any, p: np.ndarray) -> np.ndarray:
    """To the surface of a primitive, in its own axes, negative inside; never more than the true distance."""
    a, _, c = size
    if shape == "sphere":
        return np.linalg.norm(p, axis=-1) - a
    if shape == "ellipsoid":
        return (np.linalg.norm(p / np.array(size), axis=-1) - 1) * min(size)
    if shape == "capsule":
        return np.linalg.norm(p - np.clip(p[:, 2:], -c, c) * [0, 0, 1], axis=-1) - a
    if shape == "convex":
        planes = np.array(faces)
        return (p @ planes[:, :3].T - planes[:, 3]).max(axis=-1)
    if shape == "cylinder":
        beyond = np.stack([np.hypot(p[:, 0], p[:, 1]) - a, np.abs(p[:, 2]) - c], axis=-1)
    else:
        beyond = np.abs(p) - np.array(size)  # a plane is a box of no height
    return np.linalg.norm(np.maximum(beyond, 0), axis=-1) + np.minimum(beyond.max(axis=-1), 0)


def body_distance_m(scene: Scene, trajectory: Trajectory, k: int, points: np.ndarray) -> np.ndarray:
    """To body k as it looks: the union of its primitives, less its bites."""
    body, scale = scene.bodies[k], float(trajectory.looks.scale[0, k, 0])
    worn = trajectory.looks.wardrobe[trajectory.looks.worn[0, k]]
    local = (points - np.array(body.position_m)) @ matrix(body.rotation) / scale
    best = distance_m(worn.shape, worn.size_m, worn.faces, local)
    for part in worn.parts:
        inner = (local - np.array(part.position_m)) @ matrix(part.rotation)
        best = np.minimum(best, distance_m(part.shape, part.size_m, part.faces, inner))
    for bite in scene.bites:
        if bite.body == body.name:
            best = np.maximum(best, bite.radius_m - np.linalg.norm(local - np.array(bite.centre_m), axis=-1))
    return best * scale


def traced(
    scene: Scene, trajectory: Trajectory, k: int, eye: np.ndarray, rays: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """How far along every ray body k begins (inf: nowhere), and whether that is settled."""
    t, going = np.zeros(len(rays)), np.ones(len(rays), dtype=bool)
    arrived = np.zeros(len(rays), dtype=bool)
    for _ in range(STEPS):
        step = body_distance_m(scene, trajectory, k, eye + t[going, None] * rays[going])
        arrived[going] = step < ARRIVED_M
        t[going] += np.where(step < ARRIVED_M, 0.0, step)
        going &= ~arrived & (t < FAR_M)
        if not going.any():
            break
    return np.where(arrived, t, np.inf), ~going


@settings(max_examples=25, deadline=None)
@given(SCENES)
def test_depth_ids_and_silhouettes_are_those_of_the_geometry(spec: dict[str, Any]) -> None:
    scene, trajectory = scene_of(spec)
    seen = render(scene, trajectory, SIZE, SIZE, antialias=False)
    pose, intrinsics = seen.camera.world_from_camera[0], seen.camera.intrinsics[0]
    rows, columns = np.indices((SIZE, SIZE))
    depths, clear = [], []
    for dx, dy in NUDGES_PX:
        pixels = np.stack([columns + dx, rows + dy, np.ones_like(rows)], axis=-1).reshape(-1, 3)
        rays = pixels @ np.linalg.inv(intrinsics).T @ pose[:3, :3].T
        length = np.linalg.norm(rays, axis=-1, keepdims=True)
        found = [traced(scene, trajectory, k, pose[:3, 3], rays / length) for k in range(len(scene.bodies))]
        depths.append([t / length[:, 0] for t, _ in found])
        clear.append([settled for _, settled in found])
    depth, settled = np.array(depths), np.array(clear).all(axis=0)  # [nudge body pixel], [body pixel]
    hit = np.isfinite(depth)
    settled &= (hit.all(axis=0) | ~hit.any(axis=0)) & (np.ptp(np.where(hit, depth, 0.0), axis=0) < 0.05)

    amodal = seen.amodal[0].ravel()
    for k in range(len(scene.bodies)):
        bit = (amodal >> np.uint64(k)) & np.uint64(1) == 1
        assert np.array_equal(bit[settled[k]], hit[0, k, settled[k]])

    nearest = depth[0].min(axis=0)
    close = np.count_nonzero(depth[0] < nearest + 1e-3, axis=0) > 1
    sure = settled.all(axis=0) & np.isfinite(nearest) & ~close
    assert np.array_equal(seen.ids[0].ravel()[sure], depth[0].argmin(axis=0)[sure])
    np.testing.assert_allclose(seen.depth_m[0].ravel()[sure], nearest[sure], rtol=2e-5)
    nothing = settled.all(axis=0) & ~np.isfinite(nearest)
    assert (seen.ids[0].ravel()[nothing] == -1).all()
    assert np.array_equal(silhouettes(scene, trajectory, seen.camera, SIZE, SIZE), seen.amodal)
