"""A world of blocks, played and filmed through the agent's eyes.

Axis letters: `time`, `height`, `width`, and `kind`, `face`, `tile` of looks.
"""

import dataclasses
import math
from bisect import bisect_right
from functools import lru_cache

import numpy as np
from jaxtyping import Float64, Int64

from wsim.contracts import Camera
from wsim.errors import WsimError
from wsim.worlds.blocks import agent, broken_laws, hud
from wsim.worlds.blocks.cast import cast_blocks
from wsim.worlds.blocks.grid import walls_of
from wsim.worlds.blocks.history import History
from wsim.worlds.blocks.keys import blocks_of
from wsim.worlds.blocks.kinds import GLOWING, KINDS
from wsim.worlds.blocks.play import history
from wsim.worlds.blocks.textures import tile_numbers, tile_sums
from wsim.worlds.physics.simulate import simulate
from wsim.worlds.physics.trajectory import Trajectory, WorldEvent
from wsim.worlds.rendering import layout as col
from wsim.worlds.rendering.render import Render, render
from wsim.worlds.rendering.tables import light_axes
from wsim.worlds.scene import Scene

_DECIMALS = 12  # poses are rounded to a picometre, which hides how this machine's sin and cos round


def play(scene: Scene, times_s: Float64[np.ndarray, " time"]) -> Trajectory:
    """The states of the scene's bodies as ever, with events and state variables of blocks and agent.

    Events: `place`, `break` (`amount`: how many are then in the hand), `use`, `switch:<lever>` (1 on, 0
    off), `jump`, `land` (m/s). State: `agent x`, `agent y`, `agent z` (feet, metres), `agent yaw`, `agent
    pitch` (degrees), `in hand`, `counter` (the number that is shown), and `<lever> on`.
    """
    story = _story(scene, times_s)
    broken = broken_laws.of_blocks(scene)
    others = tuple(v for v in scene.violations if v not in broken)
    trajectory = simulate(scene.replace(violations=others), times_s)
    told = [
        WorldEvent(v.time_s, f"violation:{v.kind}", (v.body,) if v.body else (), v.amount) for v in broken
    ]
    events = sorted((*trajectory.events, *story.events, *told), key=lambda event: event.time_s)
    return dataclasses.replace(
        trajectory,
        events=tuple(event for event in events if event.time_s <= times_s.max(initial=0.0)),
        state={**trajectory.state, **_state(scene, story, times_s)},
    )


def _state(
    scene: Scene, story: History, times_s: Float64[np.ndarray, " time"]
) -> dict[str, Float64[np.ndarray, " time"]]:
    feet_m = story.feet_at(times_s) * blocks_of(scene).cell_m
    hands = [story.hand_at(float(time_s)) for time_s in times_s]
    state = {f"agent {name}": feet_m[:, axis] for axis, name in enumerate("xyz")}
    state["agent yaw"] = story.yaw_deg_at(times_s)
    state["agent pitch"] = story.pitch_deg_at(times_s)
    state["in hand"] = np.array([hand.count for hand in hands], dtype=np.float64)
    state["counter"] = np.array([hand.shown for hand in hands], dtype=np.float64)
    for lever in blocks_of(scene).levers:
        on = [story.lever_at(lever.name, float(time_s)) for time_s in times_s]
        state[f"{lever.name} on"] = np.array(on, dtype=np.float64)
    return state


def eyes(scene: Scene, times_s: Float64[np.ndarray, " time"], height: int, width: int) -> Camera:
    """The camera in the agent's head; of the scene's own camera only `fov_deg` matters.

    Raises:
        WsimError: a field of view that cannot be drawn, or as for `history`.
    """
    if not 0.0 < scene.camera.fov_deg < 180.0:
        raise WsimError(
            f"a field of view of {scene.camera.fov_deg:g} degrees cannot be drawn",
            where="CameraPath(fov_deg=...)",
            remedy="give an angle between 0 and 180 degrees, 70 for instance",
        )
    story = _story(scene, times_s)
    yaw, pitch = np.radians(story.yaw_deg_at(times_s)), np.radians(story.pitch_deg_at(times_s))
    level, zero = np.cos(pitch), np.zeros(len(times_s))
    right = np.stack([np.sin(yaw), -np.cos(yaw), zero], axis=-1)
    forward = np.stack([level * np.cos(yaw), level * np.sin(yaw), np.sin(pitch)], axis=-1)
    pose = np.tile(np.eye(4), (len(times_s), 1, 1))
    pose[:, :3, :3] = np.stack([right, np.cross(forward, right), forward], axis=-1)
    pose[:, :3, 3] = story.feet_at(times_s)
    pose[:, 2, 3] += agent.EYE_HEIGHT
    pose[:, :3, 3] *= blocks_of(scene).cell_m
    focal_px = 0.5 * min(height, width) / math.tan(math.radians(scene.camera.fov_deg) / 2)
    matrix = np.array([[focal_px, 0.0, (width - 1) / 2], [0.0, focal_px, (height - 1) / 2], [0.0, 0.0, 1.0]])
    intrinsics = np.tile(np.round(matrix, _DECIMALS), (len(times_s), 1, 1))
    return Camera(np.round(pose, _DECIMALS), intrinsics)


def render_blocks(
    scene: Scene, trajectory: Trajectory, height: int, width: int, *, antialias: bool = True
) -> Render:
    """Pictures of blocks and bodies, each pixel of whichever is nearer; neither throws shadows on the other.

    `ids` are `BLOCK_ID` plus the number of a kind for a block, -2 under the counter, otherwise as ever.
    """
    camera = eyes(scene, trajectory.times_s, height, width)
    picture = _of_blocks(scene, trajectory.times_s, camera, height, width, antialias)
    if scene.bodies:
        bodies = render(scene, trajectory, height, width, camera=camera, antialias=antialias)
        nearer = bodies.depth_m < picture.depth_m
        for name in ("rgb", "depth_m", "ids"):
            getattr(picture, name)[nearer] = getattr(bodies, name)[nearer]
        picture = dataclasses.replace(picture, amodal=bodies.amodal)
    if blocks_of(scene).counters:
        _draw_counters(scene, picture, trajectory.times_s)
    return picture


@lru_cache(maxsize=1)
def _looks() -> tuple[Int64[np.ndarray, "kind face"], Float64[np.ndarray, "tile row column 3"]]:
    return tile_numbers(), tile_sums()


def _of_blocks(
    scene: Scene,
    times_s: Float64[np.ndarray, " time"],
    camera: Camera,
    height: int,
    width: int,
    antialias: bool,
) -> Render:
    """Blocks, ground and sky."""
    blocks, shape = blocks_of(scene), (len(times_s), height, width)
    picture = Render(
        rgb=np.empty((*shape, 3), np.uint8),
        depth_m=np.empty(shape, np.float32),
        ids=np.empty(shape, np.int16),
        amodal=np.zeros(shape, np.uint64),
        camera=camera,
    )
    tiles, sums = _looks()
    glows = np.array([kind in GLOWING for kind in KINDS])
    rows, light = _camera_rows(camera, blocks.cell_m), light_axes(scene)[2].copy()
    keys, story = np.empty((height, width), np.int32), _story(scene, times_s)
    walls, ground, edits = *walls_of(story.grid), 0
    for frame, time_s in enumerate(times_s):
        done = bisect_right(story.edits, float(time_s), key=lambda edit: edit.time_s)
        if done != edits:
            walls, ground, edits = *walls_of(story.grid_at(float(time_s))), done
        size = (walls.shape[0] - 2, walls.shape[1] - 2, walls.shape[2] - 2)
        cast_blocks(
            rows[frame], light, walls.ravel(), size, float(ground), blocks.cell_m, tiles, sums.ravel(), glows,
            antialias, picture.rgb[frame], picture.depth_m[frame], picture.ids[frame], keys,
        )  # fmt: skip
    return picture


def _draw_counters(scene: Scene, picture: Render, times_s: Float64[np.ndarray, " time"]) -> None:
    height, width = picture.ids.shape[1:]
    story = _story(scene, times_s)
    for frame, time_s in enumerate(times_s):
        hand = story.hand_at(float(time_s))
        plate, place = hud.drawn(hand.kind, hand.shown, height, width)
        picture.rgb[frame][place] = plate
        picture.ids[frame][place] = hud.HUD_ID


def _story(scene: Scene, times_s: Float64[np.ndarray, " time"]) -> History:
    """What happens in a scene, up to its end or the last of these times."""
    return history(scene, max(float(times_s.max(initial=0.0)), scene.duration_s))


def _camera_rows(camera: Camera, cell_m: float) -> Float64[np.ndarray, "time 15"]:
    """As the kernels read them, lengths in cells."""
    pose, intrinsics = camera.world_from_camera, camera.intrinsics
    rows = np.empty((len(pose), col.CAMERA_COLUMNS))
    rows[:, col.EYE : col.EYE + 3] = pose[:, :3, 3] / cell_m
    rows[:, col.RIGHT_AXIS : col.RIGHT_AXIS + 9] = pose[:, :3, :3].transpose(0, 2, 1).reshape(-1, 9)
    rows[:, col.FOCAL] = intrinsics[:, 0, 0]
    rows[:, col.CENTRE_X : col.CENTRE_X + 2] = intrinsics[:, :2, 2]
    return rows
