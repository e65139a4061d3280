"""From a scene and its trajectory to pictures and pixel truth.

Axis letters: `time`, `height`, `width`.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int16, UInt8, UInt64

from wsim.contracts import Camera
from wsim.errors import WsimError
from wsim.worlds.physics.trajectory import Trajectory
from wsim.worlds.rendering import layout as col
from wsim.worlds.rendering.bites import bite_radii_m
from wsim.worlds.rendering.camera import cameras_of
from wsim.worlds.rendering.culling import reach, shades
from wsim.worlds.rendering.lanes import BLOCK, LANES_SIZE
from wsim.worlds.rendering.paint import paint_layers
from wsim.worlds.rendering.raycast import cast_frame
from wsim.worlds.rendering.silhouette import cast_silhouettes
from wsim.worlds.rendering.tables import Tables, light_axes, tables_of
from wsim.worlds.scene import Scene

MAX_BODIES = 64  # one bit each in the amodal mask


@dataclass(frozen=True)
class Render:
    """Pictures and what is in every pixel, at its centre.

    Attributes:
        rgb: sRGB, edges antialiased; the same bytes on every run and any number of threads.
        depth_m: along the camera axis; inf where there is only sky.
        ids: index into `scene.bodies` of the body that is seen, -1 for sky.
        amodal: bit k is set where body k would be seen if nothing stood before it.
        camera: pose and intrinsics of every frame.
    """

    rgb: UInt8[np.ndarray, "time height width 3"]
    depth_m: Float32[np.ndarray, "time height width"]
    ids: Int16[np.ndarray, "time height width"]
    amodal: UInt64[np.ndarray, "time height width"]
    camera: Camera


@dataclass(frozen=True)
class LightTruth:
    """What light does in every pixel, at its centre.

    Attributes:
        shadow: where a surface that faces the sun lies in the shadow of a body.
        mirror_ids: index into `scene.bodies` of the body that is seen in a mirror, -1 where there is none.
    """

    shadow: Bool[np.ndarray, "time height width"]
    mirror_ids: Int16[np.ndarray, "time height width"]


def render(
    scene: Scene,
    trajectory: Trajectory,
    height: int,
    width: int,
    *,
    camera: Camera | None = None,
    antialias: bool = True,
) -> Render:
    """Render every state of the trajectory.

    Runs on one thread and releases the GIL while a frame is cast; render several scenes on several threads
    or processes to use more cores.

    Args:
        scene: what there is to see.
        trajectory: where everything is; its axis `body` follows `scene.bodies`.
        height: pixels.
        width: pixels.
        camera: seen from here instead of from the scene's own cameras; one pose for every time.
        antialias: smooth edges with four more rays a pixel where they are.

    Raises:
        WsimError: more than 64 bodies, a trajectory of another scene, or a camera, stroke or bite that
            cannot be.
    """
    return _cast(scene, trajectory, height, width, camera, antialias)[0]


def light_truth(scene: Scene, trajectory: Trajectory, height: int, width: int) -> LightTruth:
    """Shadows and mirror images of every state of the trajectory, as seen by the scene's own cameras.

    Raises:
        WsimError: as for `render`.
    """
    return _cast(scene, trajectory, height, width, None, antialias=False)[1]


def silhouettes(
    scene: Scene, trajectory: Trajectory, camera: Camera, height: int, width: int
) -> UInt64[np.ndarray, "time height width"]:
    """The amodal bits alone, as in `Render.amodal`, in less time.

    Raises:
        WsimError: as for `render`.
    """
    _check(scene, trajectory, camera, height, width)
    tables = tables_of(scene, trajectory, (), bite_radii_m(scene, trajectory.times_s))
    rows, columns = reach(tables.bodies, tables.parts, trajectory.alive, camera, height, width)
    amodal = np.empty((len(tables.bodies), height, width), np.uint64)
    cameras, candidates, bits, lanes = _camera_rows(camera), _masks(), _masks(), np.zeros(LANES_SIZE)
    for i in range(len(amodal)):
        cast_silhouettes(
            cameras[i], tables.bodies[i], tables.parts[i], tables.faces[i], tables.bites[i],
            rows[i], columns[i], amodal[i], candidates, bits, lanes,
        )  # fmt: skip
    return amodal


def _cast(
    scene: Scene, trajectory: Trajectory, height: int, width: int, camera: Camera | None, antialias: bool
) -> tuple[Render, LightTruth]:
    _check(scene, trajectory, camera, height, width)
    camera = camera or cameras_of(scene, trajectory, height, width)
    tables = tables_of(
        scene, trajectory, paint_layers(scene, trajectory.trails), bite_radii_m(scene, trajectory.times_s)
    )
    shape = (len(trajectory.times_s), height, width)
    picture = Render(
        rgb=np.empty((*shape, 3), np.uint8),
        depth_m=np.empty(shape, np.float32),
        ids=np.empty(shape, np.int16),
        amodal=np.empty(shape, np.uint64),
        camera=camera,
    )
    light = LightTruth(shadow=np.empty(shape, np.bool_), mirror_ids=np.empty(shape, np.int16))
    _cast_frames(scene, trajectory, tables, picture, light, antialias)
    return picture, light


def _cast_frames(
    scene: Scene, trajectory: Trajectory, tables: Tables, picture: Render, truth: LightTruth, antialias: bool
) -> None:
    """Fill the arrays of `picture` and `truth`, frame by frame."""
    time, height, width = picture.ids.shape
    rows, columns = reach(tables.bodies, tables.parts, trajectory.alive, picture.camera, height, width)
    shades_u, shades_v, light = shades(tables.bodies, tables.parts, light_axes(scene))
    cameras, keys = _camera_rows(picture.camera), np.empty(height * width)
    images = (
        picture.rgb, picture.depth_m, picture.ids, picture.amodal, truth.shadow, truth.mirror_ids,
    )  # fmt: skip
    scratch = (_masks(), _masks(), _masks(), _masks(), np.zeros(LANES_SIZE), np.zeros(LANES_SIZE))
    for i in range(time):
        cast_frame(
            cameras[i], light[i], shades_u[i], shades_v[i],
            tables.bodies[i], tables.parts[i], tables.faces[i], tables.bites[i],
            tables.strokes, tables.stamps, tables.erases, float(trajectory.times_s[i]), antialias,
            rows[i], columns[i], *(image[i].reshape(-1) for image in images), keys, *scratch,
        )  # fmt: skip


def _check(scene: Scene, trajectory: Trajectory, camera: Camera | None, height: int, width: int) -> None:
    bodies, where = len(scene.bodies), f"scene {scene.family} {scene.seed}"
    if bodies > MAX_BODIES:
        raise WsimError(
            f"{bodies} bodies are more than the {MAX_BODIES} that a pixel can keep apart",
            where=where,
            remedy="use fewer bodies",
        )
    if trajectory.position_m.shape[1] != bodies:
        raise WsimError(
            f"the trajectory has {trajectory.position_m.shape[1]} bodies and the scene {bodies}",
            where=where,
            remedy="simulate the scene that is rendered",
        )
    if camera is not None and len(camera.world_from_camera) != len(trajectory.times_s):
        raise WsimError(
            f"{len(camera.world_from_camera)} camera poses do not fit {len(trajectory.times_s)} times",
            where=where,
            remedy="give one pose for every time",
        )
    if unknown := sorted({bite.body for bite in scene.bites} - {body.name for body in scene.bodies}):
        raise WsimError(
            f"a bite is taken out of {unknown[0]!r}, which does not exist",
            where=where,
            remedy="name a body of the scene",
        )
    if height < 1 or width < 1:
        raise WsimError(
            f"a picture of {height}x{width} pixels is empty",
            where="render(height=, width=)",
            remedy="give at least one pixel each way",
        )


def _masks() -> UInt64[np.ndarray, " ray"]:
    return np.zeros(BLOCK, np.uint64)


def _camera_rows(camera: Camera) -> Float64[np.ndarray, "time 15"]:
    pose, intrinsics = camera.world_from_camera, camera.intrinsics
    rows = np.empty((len(pose), col.CAMERA_COLUMNS))
    rows[:, col.EYE : col.EYE + 3] = pose[:, :3, 3]
    rows[:, col.RIGHT_AXIS : col.RIGHT_AXIS + 9] = pose[:, :3, :3].transpose(0, 2, 1).reshape(-1, 9)
    rows[:, col.FOCAL] = intrinsics[:, 0, 0]
    rows[:, col.CENTRE_X : col.CENTRE_X + 2] = intrinsics[:, :2, 2]
    return rows
