"""Frames per second of the ray caster on one core, beside its targets.

    python benchmarks/performance/render_speed.py

Eight bodies and a stroke of paint; noise, checkers, shadows; depth, ids and amodal bits always included.
CPU time of one thread, the best of several rounds, so that a busy machine changes little.
"""

import time

import numpy as np

TARGETS = {64: 350.0, 128: 250.0, 256: 110.0}  # frames/s on one core with antialiased edges
ROUNDS = 7


def busy_scene():
    from wsim.worlds.scene import Body, CameraPath, Material, Scene, Stroke

    sand = Material("noise", (0.72, 0.68, 0.62), (0.45, 0.40, 0.36), 7.0)
    slate = Material("noise", (0.66, 0.68, 0.72), (0.46, 0.50, 0.58), 6.0)
    blue = Material("checker", (0.12, 0.28, 0.78), (0.85, 0.87, 0.90), 9.0, 0.3)
    green = Material("checker", (0.12, 0.55, 0.20), (0.05, 0.25, 0.09), 8.0)
    yellow = Material("noise", (0.90, 0.75, 0.12), (0.50, 0.41, 0.07), 9.0)
    purple = Material("noise", (0.50, 0.20, 0.65), (0.25, 0.10, 0.33), 10.0, 0.2)
    red, chalk = Material("solid", (0.80, 0.12, 0.12), specular=0.35), Material("solid", (0.90, 0.89, 0.86))
    upright = (0.7071067811865476, 0.7071067811865476, 0.0, 0.0)
    bodies = (
        Body("floor", "plane", (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), sand),
        Body("wall", "box", (3.0, 0.05, 1.2), (0.0, 2.2, 1.2), slate),
        Body("ball", "sphere", (0.35, 0.0, 0.0), (-0.95, 0.1, 0.35), red),
        Body("marble", "sphere", (0.22, 0.0, 0.0), (0.2, -0.6, 0.22), blue),
        Body("box", "box", (0.35, 0.25, 0.35), (0.95, 0.6, 0.35), yellow, (0.9689, 0.0, 0.0, 0.2474)),
        Body("crate", "box", (0.3, 0.2, 0.25), (-0.25, 1.0, 0.25), green),
        Body("can", "cylinder", (0.2, 0.0, 0.3), (0.8, -0.35, 0.3), purple),
        Body("board", "box", (0.5, 0.35, 0.03), (-1.5, 1.3, 0.6), chalk, upright),
    )
    stroke = Stroke(
        "board", (0.1, 0.4, 0.8), ((-0.35, -0.15), (0.0, 0.18), (0.35, -0.12)), 0.05, (0.1, 0.3, 0.8)
    )
    camera = CameraPath((0.0, -3.6, 1.5), (0.0, 0.3, 0.35), 45.0, 60.0)
    return Scene("speed", 0, 1.5, bodies, camera, strokes=(stroke,))


def frames_per_s(scene, size, antialias):
    from wsim.worlds.physics.trajectory import at_rest
    from wsim.worlds.rendering.render import render

    frames = max(4, 200_000 // size**2)
    trajectory = at_rest(scene, np.linspace(0.0, scene.duration_s, frames))
    best = np.inf
    for _ in range(ROUNDS):
        start = time.thread_time()
        render(scene, trajectory, size, size, antialias=antialias)
        best = min(best, time.thread_time() - start)
    return frames / best


def main():
    start = time.perf_counter()
    from wsim.worlds.rendering.render import render

    imported = time.perf_counter()
    scene = busy_scene()
    render(scene, at_rest(scene, np.zeros(1)), 64, 64)
    print(f"import {imported - start:.2f} s, first render {time.perf_counter() - imported:.2f} s\n")
    print("size      antialiased   target   ratio   plain   antialiasing costs")
    for size, target in TARGETS.items():
        smooth, plain = (frames_per_s(scene, size, antialias) for antialias in (True, False))
        speeds = f"{smooth:10.0f}  {target:8.0f}  {smooth / target:5.2f}x  {plain:6.0f}"
        print(f"{size:3d}x{size:<3d}  {speeds}   {plain / smooth:.2f}x")


if __name__ == "__main__":
    main()
