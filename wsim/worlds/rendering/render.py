"""From a scene and its trajectory to pictures and pixel truth."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int16, UInt8, UInt64

from wsim.contracts import Camera
from wsim.errors import WsimError
from wsim.worlds.physics.trajectory import Trajectory
from wsim.worlds.rendering import raycast
from wsim.worlds.rendering.camera import camera_at
from wsim.worlds.rendering.paint import paint_layers
from wsim.worlds.rendering.tables import body_table, light_axes, reach, stroke_tables
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


def render(
    scene: Scene, trajectory: Trajectory, height: int, width: int, *, antialias: bool = True
) -> Render:
    """Render every state of the trajectory.

    Runs on one thread and releases the GIL while a frame is cast; render several scenes on several threads
    or processes to use more cores.

    Args:
        scene: what there is to see.
        trajectory: where everything is; its axis `body` follows `scene.bodies`.
        height: pixels.
        width: pixels.
        antialias: smooth edges with four more rays a pixel where they are.

    Raises:
        WsimError: more than 64 bodies, an impossible camera or stroke, or a trajectory of another scene.
    """
    _check(scene, trajectory, height, width)
    times_s = trajectory.times_s
    camera = camera_at(scene.camera, scene.duration_s, times_s, height, width)
    layers = paint_layers(scene)
    bodies = body_table(scene, trajectory, layers)
    rows, columns = reach(bodies, trajectory.alive, camera, height, width)
    strokes, stamps, erases = stroke_tables(layers)
    cameras, light = _camera_rows(camera), light_axes(scene)
    shape = (len(times_s), height, width)
    result = Render(
        rgb=np.empty((*shape, 3), np.uint8),
        depth_m=np.empty(shape, np.float32),
        ids=np.empty(shape, np.int16),
        amodal=np.empty(shape, np.uint64),
        camera=camera,
    )
    keys = np.empty((height, width), np.int32)
    for i, time_s in enumerate(times_s):
        raycast.cast_frame(
            cameras[i], light, bodies[i], strokes, stamps, erases, float(time_s), antialias,
            rows[i], columns[i], result.rgb[i], result.depth_m[i], result.ids[i], result.amodal[i], keys,
        )  # fmt: skip
    return result


def _check(scene: Scene, trajectory: Trajectory, height: int, width: int) -> None:
    bodies = len(scene.bodies)
    if bodies > MAX_BODIES:
        raise WsimError(
            f"{bodies} bodies are more than the {MAX_BODIES} that a pixel can keep apart",
            where=f"scene {scene.family} {scene.seed}",
            remedy="use fewer bodies",
        )
    if trajectory.position_m.shape[1] != bodies:
        raise WsimError(
            f"the trajectory has {trajectory.position_m.shape[1]} bodies and the scene {bodies}",
            where=f"scene {scene.family} {scene.seed}",
            remedy="simulate the scene that is rendered",
        )
    if height < 1 or width < 1:
        raise WsimError(
            f"a picture of {height}x{width} pixels is empty",
            where="render(height=, width=)",
            remedy="give at least one pixel each way",
        )


def _camera_rows(camera: Camera) -> Float64[np.ndarray, "time 15"]:
    pose, intrinsics = camera.world_from_camera, camera.intrinsics
    rows = np.empty((len(pose), raycast.CAMERA_COLUMNS))
    rows[:, raycast.EYE : raycast.EYE + 3] = pose[:, :3, 3]
    rows[:, raycast.RIGHT_AXIS : raycast.RIGHT_AXIS + 9] = pose[:, :3, :3].transpose(0, 2, 1).reshape(-1, 9)
    rows[:, raycast.FOCAL] = intrinsics[:, 0, 0]
    rows[:, raycast.CENTRE_X : raycast.CENTRE_X + 2] = intrinsics[:, :2, 2]
    return rows
