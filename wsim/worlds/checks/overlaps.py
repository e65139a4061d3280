"""Dynamic bodies that begin inside others: physics would throw them apart.

Exact for anything against a plane, and among balls and boxes; MuJoCo measures the pairs that remain.

Axis letters: `axis`.
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float64

from wsim.worlds.checks.placed import Placed
from wsim.worlds.checks.problem import Problem
from wsim.worlds.physics.solids import reach_along_m
from wsim.worlds.scene import Body, Scene

DEEPEST_M = 1e-3
_NEXT, _AFTER = [1, 2, 0], [2, 0, 1]  # of a cross product


def overlap_problems(scene: Scene, primitives: tuple[Placed, ...]) -> Iterator[Problem]:
    """The first pair of bodies, one of them dynamic, that are more than 1 mm inside one another.

    Pieces that do not exist yet are not looked at, nor doors against the frames that they hang in.
    """
    if not any(body.motion == "dynamic" for body in scene.bodies):
        return
    left: list[tuple[Placed, Placed]] = []
    for a, b in _near_pairs(scene, primitives):
        depth_m = _depth_m(a, b)
        if depth_m is None:
            left.append((a, b))
        elif depth_m > DEEPEST_M:
            yield _problem(scene, a, b, depth_m)
    if left:
        for (a, b), depth_m in zip(left, _measured_m(scene, primitives, left), strict=True):
            if depth_m > DEEPEST_M:
                yield _problem(scene, a, b, depth_m)


def _problem(scene: Scene, a: Placed, b: Placed, depth_m: float) -> Problem:
    one, other = (scene.bodies[placed.body].name for placed in (a, b))
    return Problem(
        f"the bodies {one!r} and {other!r} begin {1000 * depth_m:.3g} mm inside one another",
        f"bodies[{a.body}], bodies[{b.body}]",
        "put them apart, or so that they just touch",
    )


def _near_pairs(scene: Scene, primitives: tuple[Placed, ...]) -> Iterator[tuple[Placed, Placed]]:
    """Pairs that physics would push apart and whose bounding spheres meet."""
    places_m = np.array([placed.position_m for placed in primitives])
    bounds_m = np.array([placed.bound_m for placed in primitives])
    away_m = np.linalg.norm(places_m[:, None] - places_m, axis=2)
    for i, j in np.argwhere(np.triu(away_m < bounds_m[:, None] + bounds_m, 1)).tolist():
        a, b = primitives[i], primitives[j]
        if a.body != b.body and _collide(scene.bodies[a.body], scene.bodies[b.body]):
            yield a, b


def _collide(a: Body, b: Body) -> bool:
    motions = {a.motion, b.motion}
    hangs = any(body.hinge is not None for body in (a, b))
    return "dynamic" in motions and not (hangs and motions != {"dynamic"})


def _depth_m(a: Placed, b: Placed) -> float | None:
    """How far one is inside the other (negative: apart); None where no formula is at hand."""
    shapes = (a.primitive.shape, b.primitive.shape)
    if "plane" in shapes:
        plane, other = (a, b) if shapes[0] == "plane" else (b, a)
        return _depth_in_plane_m(other, plane)
    if shapes == ("sphere", "sphere"):
        gap = float(np.linalg.norm(a.position_m - b.position_m))
        return a.primitive.size_m[0] + b.primitive.size_m[0] - gap
    if shapes == ("box", "box"):
        return _depth_of_boxes_m(a, b)
    if set(shapes) == {"sphere", "box"}:
        return _depth_of_ball_m(a, b) if shapes[0] == "sphere" else _depth_of_ball_m(b, a)
    return None


def _depth_in_plane_m(other: Placed, plane: Placed) -> float:
    """Below an endless plane; across a plane with edges."""
    if other.primitive.shape == "plane":
        return 0.0
    normal = plane.axes[:, 2]
    local = (other.position_m - plane.position_m) @ plane.axes
    down = reach_along_m(other.primitive, other.axes.T @ -normal) - local[2]
    if plane.primitive.size_m[0] == 0.0:
        return float(down)
    half_m = np.array(plane.primitive.size_m[:2])
    if (np.abs(local[:2]) > half_m).any():  # beside it: its edge is nobody's obstacle
        return 0.0
    return float(min(down, reach_along_m(other.primitive, other.axes.T @ normal) + local[2]))


def _depth_of_ball_m(ball: Placed, box: Placed) -> float:
    local = (ball.position_m - box.position_m) @ box.axes
    beyond = np.abs(local) - np.array(box.primitive.size_m)
    gap = float(np.linalg.norm(np.maximum(beyond, 0.0))) + min(float(beyond.max()), 0.0)
    return ball.primitive.size_m[0] - gap


def _depth_of_boxes_m(a: Placed, b: Placed) -> float:
    """The least overlap along the 15 axes that can part two boxes (Gottschalk, Lin & Manocha, 1996)."""
    one, other = a.axes.T[:, None], b.axes.T[None]
    edges = one[..., _NEXT] * other[..., _AFTER] - one[..., _AFTER] * other[..., _NEXT]
    edges = edges.reshape(-1, 3)
    length = np.linalg.norm(edges, axis=1)
    edges = edges[length > 1e-6] / length[length > 1e-6, None]
    axes: Float64[np.ndarray, "axis 3"] = np.concatenate([a.axes.T, b.axes.T, edges])
    reach = sum(np.abs(axes @ box.axes) @ np.array(box.primitive.size_m) for box in (a, b))
    return float((reach - np.abs(axes @ (a.position_m - b.position_m))).min())


def _measured_m(
    scene: Scene, primitives: tuple[Placed, ...], pairs: list[tuple[Placed, Placed]]
) -> list[float]:
    """The same for any solids, by MuJoCo."""
    import mujoco

    from wsim.worlds.physics.model import build

    model = build(scene)
    data = mujoco.MjData(model.mujoco)
    main = {placed.body: placed for placed in primitives if placed.number == 0}
    for slot, index in enumerate(model.prescribed):
        if index in main:
            data.mocap_pos[slot], data.mocap_quat[slot] = main[index].position_m, main[index].rotation
    mujoco.mj_kinematics(model.mujoco, data)
    return [
        -mujoco.mj_geomDistance(
            model.mujoco, data, *(model.geoms[placed.body][placed.number] for placed in pair), 1.0, None
        )
        for pair in pairs
    ]
