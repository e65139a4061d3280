"""Two frames whose bytes never change: a new digest means that every rendered scenario changes.

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
from wsim.worlds.rendering.render import Render, render
from wsim.worlds.scene import Bite, Body, CameraPath, Material, Part, Scene, Stroke

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

# Everything else that can be drawn: the other shapes, parts, bites, mirrors, stripes, paint round a corner.
CORNERS = tuple((x, y, z, 0.25) for x in (0.6, -0.6) for y in (0.64, -0.64) for z in (0.48, -0.48))
STRIPES, GREEN = Material("stripe", cells_per_m=8.0), Material("solid", (0.1, 0.6, 0.2))
RICH_BODIES = (
    *BODIES[:1],
    Body(
        "mirror", "box", (1.0, 0.03125, 0.5), (0.0, 1.5, 0.625), Material("solid", mirror=0.875),
        parts=(Part("box", (1.0, 0.0625, 0.0625), (0.0, 0.0, 0.5625), STRIPES),),
    ),
    Body("pill", "capsule", (0.125, 0.0, 0.25), (-0.875, 0.0, 0.25), STRIPES, (0.8, 0.0, 0.6, 0.0)),
    Body("egg", "ellipsoid", (0.25, 0.1875, 0.375), (-0.25, -0.25, 0.375), Material("noise")),
    Body("gem", "convex", (0.5, 0.5, 0.5), (0.375, 0.125, 0.3), GREEN, faces=CORNERS),
    Body("can", "cylinder", (0.1875, 0.0, 0.25), (0.875, -0.25, 0.25), Material("checker")),
)  # fmt: skip
RICH_STROKES = (
    Stroke("can", (0.0, 0.5), ((-0.5, 0.0), (0.0, 0.125)), 0.0625, (0.8, 0.1, 0.1), face="side"),
    Stroke("can", (0.0,), ((0.0, 0.0),), 0.0625, (0.1, 0.1, 0.8), face="top"),
)
RICH_BITES = (Bite("egg", 0.5, (0.125, -0.125, 0.125), 0.1875), Bite("gem", 0.25, (0.0, -0.25, 0.25), 0.125))
RICH_DIGESTS = {
    "rgb": "bc9e304c291a7f37",
    "depth_m": "b1be19dfabe1e322",
    "ids": "13051a3f8485ae49",
    "amodal": "4521c3a7862c0cb2",
}


def digests_of(seen: Render) -> dict[str, str]:
    return {
        name: hashlib.sha256(getattr(seen, name).tobytes()).hexdigest()[:16]
        for name in ("rgb", "depth_m", "ids", "amodal")
    }


def test_the_bytes_of_a_frame() -> None:
    scene = Scene("golden", 0, 1.0, BODIES, CameraPath((0.25, -3.0, 1.25), (0.0, 0.25, 0.25)), STROKES)
    seen = render(scene, at_rest(scene, np.array([0.75])), 48, 64)
    assert digests_of(seen) == DIGESTS


def test_the_bytes_of_a_rich_frame() -> None:
    camera = CameraPath((0.25, -3.0, 1.25), (0.0, 0.25, 0.25))
    scene = Scene("golden", 1, 1.0, RICH_BODIES, camera, RICH_STROKES, bites=RICH_BITES)
    trajectory = at_rest(scene, np.array([0.75]))
    trajectory.looks.scale[0, 3] = (1.0, 1.25, 0.75)
    trajectory.looks.worn[0, 2] = 4
    trajectory.looks.shadow_shift_m[0, 5] = (-0.25, -0.25, 0.0)
    trajectory.looks.mirror_shift_m[0, 4] = (0.25, 0.0, 0.125)
    assert digests_of(render(scene, trajectory, 48, 64)) == RICH_DIGESTS


@pytest.mark.slow
def test_the_bytes_do_not_depend_on_the_instruction_set(tmp_path: Path) -> None:
    plain = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "NUMBA_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "pytest", "-q", __file__, "-m", "not slow"]
    done = subprocess.run(
        command,
        env={**os.environ, **plain},
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]
