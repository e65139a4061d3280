"""Frames per second of worlds of blocks on one core, beside their targets.

    python benchmarks/performance/blocks_speed.py

A walk through a landscape of 56 x 56 x 24 cells: textures, shadows, depth and ids always included. CPU time
of one thread, the best of several rounds, so that a busy machine changes little.
"""

import time

import numpy as np

TARGETS = {64: 350.0, 128: 250.0, 256: 110.0}  # frames/s on one core with antialiased edges
ROUNDS = 7


def frames_per_s(scene, size, antialias):
    from wsim.worlds.blocks.film import play, render_blocks

    frames = max(4, 200_000 // size**2)
    trajectory = play(scene, np.linspace(0.0, scene.duration_s, frames))
    best = np.inf
    for _ in range(ROUNDS):
        start = time.thread_time()
        render_blocks(scene, trajectory, size, size, antialias=antialias)
        best = min(best, time.thread_time() - start)
    return frames / best


def play_s(scene):
    """CPU seconds that the history of a scene takes, without pictures."""
    from wsim.worlds.blocks.play import _history

    best = np.inf
    for _ in range(ROUNDS):
        _history.cache_clear()
        start = time.thread_time()
        _history(scene, round(240 * scene.duration_s))
        best = min(best, time.thread_time() - start)
    return best


def main():
    start = time.perf_counter()
    from wsim.worlds.families import make
    from wsim.worlds.film import film

    imported = time.perf_counter()
    scene = make("walk", 3)
    film(scene, np.zeros(1), 64, 64)
    print(f"import {imported - start:.2f} s, first render {time.perf_counter() - imported:.2f} s")
    print(f"history of {scene.duration_s:g} s: {1e3 * play_s(scene):.1f} ms\n")
    print("size      antialiased   target   ratio   plain")
    for size, target in TARGETS.items():
        smooth, plain = (frames_per_s(scene, size, antialias) for antialias in (True, False))
        print(f"{size:4d}^2  {smooth:12.0f}  {target:7.0f}  {smooth / target:5.2f}x  {plain:6.0f}")


if __name__ == "__main__":
    main()
