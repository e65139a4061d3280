"""One frame whose bytes never change: a new digest means that every rendered scenario changes.

The kernels use only operations that IEEE 754 fixes to the last bit, so this holds on every machine.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from wsim.worlds.physics.trajectory import at_rest
from wsim.worlds.rendering.render import render
from wsim.worlds.scene import Body, CameraPath, Material, Scene, Stroke

BODIES = (
    Body(
        "floor",
        "plane",
        (0.0, 0.0, 0.0),
        (0.0, 0.0, 0.0),
        Material("noise", (0.7, 0.7, 0.6), (0.4, 0.4, 0.35), 6.0),
    ),
    Body(
        "ball",
        "sphere",
        (0.375, 0.0, 0.0),
        (-0.625, 0.0, 0.375),
        Material("solid", (0.8, 0.1, 0.1)),
    ),
    Body("can", "cylinder", (0.25, 0.0, 0.25), (0.5, -0.25, 0.25), Material("checker", cells_per_m=8.0)),
    Body("board", "box", (0.5, 0.25, 0.0625), (0.0, 1.0, 0.5), Material("solid"), (0.8, 0.6, 0.0, 0.0)),
)
STROKES = (Stroke("board", (0.0, 1.0), ((-0.375, -0.125), (0.375, 0.125)), 0.0625, (0.1, 0.2, 0.8)),)
DIGESTS = {
    "rgb": "1e2101f8b334e3fd",
    "depth_m": "e15ad2bed0d87cec",
    "ids": "616016710a1ec60d",
    "amodal": "99d5c6dbad5c7d89",
}


def test_the_bytes_of_a_frame() -> None:
    scene = Scene("golden", 0, 1.0, BODIES, CameraPath((0.25, -3.0, 1.25), (0.0, 0.25, 0.25)), STROKES)
    seen = render(scene, at_rest(scene, np.array([0.75])), 48, 64)
    found = {
        name: hashlib.sha256(getattr(seen, name).tobytes()).hexdigest()[:16]
        for name in ("rgb", "depth_m", "ids", "amodal")
    }
    assert found == DIGESTS


@pytest.mark.slow
def test_the_bytes_do_not_depend_on_the_instruction_set(tmp_path: Path) -> None:
    plain = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "NUMBA_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "pytest", "-q", f"{__file__}::test_the_bytes_of_a_frame"]
    done = subprocess.run(
        command,
        env={**os.environ, **plain},
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]
