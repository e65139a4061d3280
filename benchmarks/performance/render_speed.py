"""Frames per second on one core, physics and all pixel truth included, beside another renderer.

    python benchmarks/performance/render_speed.py

Three worlds: a ball behind a screen, balls and dominoes on a ramp, and an orbit about everything that can be
drawn. A clip is 25 frames, 1.5 s; it is simulated and rendered with antialiased edges, depth, ids and amodal
bits. The other renderer draws the same bodies at the same poses, without antialiasing and amodal bits:
pybullet's TinyRenderer (colour, depth, ids, shadows) where it is installed, else MuJoCo's `mj_multiRay`
(depth and ids alone). CPU time of one thread, the best of several rounds. Machines differ by more than
a factor of two; the last column, both renderers on the same frames without physics, is what can be compared.
"""

import math
import time

import numpy as np

from wsim.worlds.families import make
from wsim.worlds.physics.simulate import simulate
from wsim.worlds.rendering.render import render
from wsim.worlds.scene import Bite, Body, CameraPath, Material, Part, Scene, Stroke

TARGETS = {64: 350.0, 128: 250.0, 256: 110.0}  # frames/s on one core with antialiased edges
FRAMES, DURATION_S = 25, 1.5
ROUNDS = 5


def occlusion():
    return make("ball_behind_screen", 0)


def ramp():
    """A wedge with two balls that roll down it, and five dominoes that they knock over."""

    def ball(name, y, colour):
        return Body(
            name,
            "sphere",
            (0.12, 0.0, 0.0),
            (-0.95, y, 0.70),
            Material("checker", colour, cells_per_m=9.0, specular=0.3),
            motion="dynamic",
        )

    slope = math.sqrt(0.5)
    faces = (
        (slope, 0.0, slope, 0.0),
        (-1.0, 0.0, 0.0, 0.6),
        (0.0, 0.0, -1.0, 0.3),
        (0.0, 1.0, 0.0, 0.5),
        (0.0, -1.0, 0.0, 0.5),
    )
    sand = Material("noise", (0.72, 0.68, 0.62), (0.45, 0.40, 0.36), 7.0)
    wood = Material("noise", (0.46, 0.40, 0.35), (0.30, 0.26, 0.22), 6.0)
    dominoes = tuple(
        Body(
            f"domino {i}",
            "box",
            (0.03, 0.3, 0.18),
            (0.15 + 0.22 * i, 0.0, 0.18),
            Material("solid", (0.1, 0.4, 0.9)),
            motion="dynamic",
        )
        for i in range(5)
    )
    bodies = (
        Body("floor", "plane", (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), sand),
        Body("wall", "plane", (6.0, 3.0, 0.0), (0.0, 2.2, 3.0), sand, (slope, slope, 0.0, 0.0)),
        Body("wedge", "convex", (0.6, 0.5, 0.6), (-0.65, 0.0, 0.3), wood, faces=faces),
        ball("red", -0.2, (0.86, 0.06, 0.19)),
        ball("green", 0.2, (0.04, 0.7, 0.2)),
        *dominoes,
    )
    return Scene("ramp", 0, DURATION_S, bodies, CameraPath((0.2, -3.4, 1.5), (0.1, 0.0, 0.3), 45.0))


def orbit():
    """A painted table, a bitten apple, a mirror, a mirror ball and a cut gem, while the camera goes round."""
    sand = Material("noise", (0.72, 0.68, 0.62), (0.45, 0.40, 0.36), 7.0)
    legs = tuple(
        Part("cylinder", (0.03, 0.0, 0.2), (x, y, -0.23), Material("solid", (0.3, 0.2, 0.1)))
        for x in (-0.4, 0.4)
        for y in (-0.25, 0.25)
    )
    corners = tuple((x, y, z, 0.22) for x in (0.6, -0.6) for y in (0.64, -0.64) for z in (0.48, -0.48))
    bodies = (
        Body("floor", "plane", (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), sand),
        Body(
            "mirror",
            "box",
            (0.9, 0.03, 0.6),
            (0.0, 1.6, 0.65),
            Material("solid", (0.8, 0.84, 0.86), mirror=0.9),
        ),
        Body(
            "table",
            "box",
            (0.5, 0.35, 0.03),
            (0.0, 0.2, 0.43),
            Material("solid", (0.9, 0.9, 0.88)),
            parts=legs,
        ),
        Body(
            "apple",
            "sphere",
            (0.16, 0.0, 0.0),
            (-0.2, 0.2, 0.62),
            Material("solid", (0.86, 0.06, 0.19), (0.96, 0.9, 0.72)),
        ),
        Body(
            "mirror ball",
            "sphere",
            (0.25, 0.0, 0.0),
            (1.0, -0.3, 0.25),
            Material("solid", (0.8, 0.8, 0.82), mirror=0.8),
        ),
        Body(
            "gem",
            "convex",
            (0.45, 0.45, 0.45),
            (-0.9, -0.4, 0.3),
            Material("solid", (0.04, 0.7, 0.2), specular=0.4),
            faces=corners,
        ),
        Body(
            "egg",
            "ellipsoid",
            (0.15, 0.15, 0.24),
            (0.3, -0.7, 0.24),
            Material("noise", (0.94, 0.92, 0.12), cells_per_m=9.0),
        ),
        Body(
            "pill",
            "capsule",
            (0.12, 0.0, 0.2),
            (-0.3, -0.8, 0.12),
            Material("stripe", (0.1, 0.4, 0.9), cells_per_m=9.0),
            (0.7071067811865476, 0.0, 0.7071067811865476, 0.0),
        ),
        Body(
            "box",
            "box",
            (0.2, 0.2, 0.2),
            (1.1, 0.8, 0.2),
            Material("checker", (0.67, 0.16, 0.63), cells_per_m=9.0),
        ),
        Body(
            "can",
            "cylinder",
            (0.18, 0.0, 0.25),
            (-1.1, 0.6, 0.25),
            Material("noise", (1.0, 0.58, 0.05), cells_per_m=8.0),
        ),
    )
    stroke = Stroke("table", (0.1, 0.9), ((0.1, -0.2), (0.4, 0.2)), 0.05, (0.1, 0.3, 0.8))
    bites = (Bite("apple", 0.4, (0.0, -0.15, 0.05), 0.1), Bite("apple", 0.9, (0.12, -0.08, 0.0), 0.09))
    camera = CameraPath((0.0, -3.6, 1.5), (0.0, 0.2, 0.4), 45.0, 60.0)
    return Scene("orbit", 0, DURATION_S, bodies, camera, strokes=(stroke,), bites=bites)


def best_s(run, rounds=ROUNDS):
    run()
    times = []
    for _ in range(rounds):
        start = time.thread_time()
        run()
        times.append(time.thread_time() - start)
    return min(times)


def peer():
    """The name of the other renderer, and how it is made for a scene."""
    try:
        import pybullet
    except ImportError:
        return "MuJoCo mj_multiRay: depth and ids", mujoco_rays
    return "pybullet TinyRenderer: colour, depth, ids, shadows", lambda *a: tiny_renderer(pybullet, *a)


def tiny_renderer(pybullet, scene, trajectory, size):
    """A function that draws every frame of a clip, moving the bodies first."""
    client = pybullet.connect(pybullet.DIRECT)
    handles = []
    for body in scene.bodies:
        a, b, c = body.size_m
        kinds = {
            "sphere": (pybullet.GEOM_SPHERE, {"radius": a}),
            "ellipsoid": (pybullet.GEOM_SPHERE, {"radius": a}),
            "cylinder": (pybullet.GEOM_CYLINDER, {"radius": a, "length": 2 * c}),
            "capsule": (pybullet.GEOM_CAPSULE, {"radius": a, "length": 2 * c}),
            "plane": (pybullet.GEOM_BOX, {"halfExtents": (a or 20.0, b or 20.0, 0.01)}),
        }
        shape, size_of = kinds.get(body.shape, (pybullet.GEOM_BOX, {"halfExtents": (a, b, c)}))
        look = pybullet.createVisualShape(shape, rgbaColor=(*body.material.colour, 1.0), **size_of)
        handles.append(pybullet.createMultiBody(0.0, baseVisualShapeIndex=look))
    camera = scene.camera
    view = pybullet.computeViewMatrix(camera.eye_m, camera.target_m, (0.0, 0.0, 1.0))
    lens = pybullet.computeProjectionMatrixFOV(camera.fov_deg, 1.0, 0.1, 50.0)

    def run():
        for frame in range(len(trajectory.times_s)):
            for k, handle in enumerate(handles):
                w, *xyz = trajectory.rotation[frame, k]
                pybullet.resetBasePositionAndOrientation(handle, trajectory.position_m[frame, k], (*xyz, w))
            pybullet.getCameraImage(
                size,
                size,
                view,
                lens,
                lightDirection=scene.light_direction,
                shadow=1,
                renderer=pybullet.ER_TINY_RENDERER,
                physicsClientId=client,
            )

    return run


def mujoco_rays(scene, trajectory, size):
    """A function that casts a ray for every pixel of every frame of a clip."""
    import mujoco

    kinds = {"capsule": "capsule", "ellipsoid": "ellipsoid", "sphere": "sphere", "cylinder": "cylinder"}
    lines = []
    for body in scene.bodies:
        a, b, c = body.size_m
        sizes = {
            "cylinder": (a, c, 0),
            "capsule": (a, c, 0),
            "sphere": (a, 0, 0),
            "plane": (a or 20, b or 20, 0.01),
        }
        extent = " ".join(map(str, sizes.get(body.shape, (a, b, c))))
        geom = f'<geom type="{kinds.get(body.shape, "box")}" size="{extent}"/>'
        lines.append(f'<body mocap="true">{geom}</body>')
    model = mujoco.MjModel.from_xml_string(f"<mujoco><worldbody>{''.join(lines)}</worldbody></mujoco>")
    data = mujoco.MjData(model)
    from wsim.worlds.rendering.camera import cameras_of

    camera = cameras_of(scene, trajectory, size, size)
    rows, columns = np.indices((size, size))
    pixels = np.stack([columns, rows, np.ones_like(rows)], axis=-1).reshape(-1, 3)
    ids, distances = np.zeros(size * size, np.int32), np.zeros(size * size)

    def run():
        for frame in range(len(trajectory.times_s)):
            data.mocap_pos[:], data.mocap_quat[:] = trajectory.position_m[frame], trajectory.rotation[frame]
            mujoco.mj_forward(model, data)
            pose = camera.world_from_camera[frame]
            rays = pixels @ np.linalg.inv(camera.intrinsics[frame]).T @ pose[:3, :3].T
            rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
            mujoco.mj_multiRay(
                model,
                data,
                pose[:3, 3].copy(),
                rays.ravel(),
                None,
                1,
                -1,
                ids,
                distances,
                None,
                size * size,
                1e3,
            )

    return run


def measure(label, scene, make_peer, size):
    """One line of the table: a scene at a size."""
    times_s = np.arange(FRAMES) / 16.0
    trajectory = simulate(scene, times_s)
    whole_s = best_s(lambda: render(scene, simulate(scene, times_s), size, size))
    drawn_s = best_s(lambda: render(scene, trajectory, size, size))
    plain_s = best_s(lambda: render(scene, trajectory, size, size, antialias=False))
    other_s = best_s(make_peer(scene, trajectory, size), rounds=2)
    ours, drawn, plain, other = (FRAMES / t for t in (whole_s, drawn_s, plain_s, other_s))
    return (
        f"{label:10s} {size:5d} {ours:10.0f} {TARGETS[size]:8.0f} {drawn:17.0f} {plain:17.0f}"
        f" {other:16.0f} {drawn / other:6.2f}x"
    )


def main():
    scenes = {"occlusion": occlusion(), "ramp": ramp(), "orbit": orbit()}
    start = time.thread_time()
    render(scenes["orbit"], simulate(scenes["orbit"], np.zeros(1)), 64, 64)
    print(f"first picture {time.thread_time() - start:.2f} s of processor time")
    name, make_peer = peer()
    print(f"beside {name}\n")
    print("scene       size   frames/s   target   without physics   not antialiased   other renderer   ratio")
    for label, scene in scenes.items():
        for size in TARGETS:
            print(measure(label, scene, make_peer, size), flush=True)


if __name__ == "__main__":
    main()
