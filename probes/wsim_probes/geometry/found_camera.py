"""Where the camera of a clip is, in a still world that is known: from pixels alone, frame by frame.

The room is rendered from where the camera was last found, corners of that picture are looked for in the next
frame, and depth turns them into points of the world, from which the camera is resected. Only points that the
last given frame showed are used. What is compared is always the exact world, so errors do not add up.

Axis letters: `point`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, UInt8

from wsim.contracts import Camera
from wsim.perception.displaced import displaced
from wsim.perception.resection import resect
from wsim.perception.tracks import enlargement, to_clip
from wsim.video import Frames
from wsim.worlds.derived.frames import at_frames
from wsim.worlds.rendering.render import render
from wsim.worlds.take import Take
from wsim_probes.geometry.known_points import places_m, shown_at

_THRESHOLD_PX = 6.0  # at a short side of 512


@dataclass(frozen=True)
class Station:
    """The camera of one frame.

    Attributes:
        frame: of the clip.
        world_from_camera: rigid transform, metres.
        agreement: share of the corners looked for that are where this camera shows them.
    """

    frame: int
    world_from_camera: Float64[np.ndarray, "4 4"]
    agreement: float


def stations(take: Take, frames: Frames, last: int, chosen: Sequence[int]) -> list[Station] | None:
    """The camera of some frames, in order, of which the last given frame is the start.

    Returns:
        None where the room is not to be recognised in one of them.
    """
    pose, found = take.camera.world_from_camera[last], []
    for frame in chosen:
        station = _next(take, frames[frame], last, frame, pose)
        if station is None:
            return None
        found.append(station)
        pose = station.world_from_camera
    return found


def _next(
    take: Take,
    picture: UInt8[np.ndarray, "height width 3"],
    last: int,
    frame: int,
    pose: Float64[np.ndarray, "4 4"],
) -> Station | None:
    height, width = picture.shape[:2]
    intrinsics, scale = take.camera.intrinsics[last], enlargement(height, width)
    camera, still = Camera(pose[None], intrinsics[None]), at_frames(take.trajectory, np.array([last]))
    view = render(take.scene, still, height, width, camera=camera)
    tracks = displaced(view.rgb[0], picture)
    here, there = (to_clip(tracks.points[:, when], scale) for when in (0, 1))
    points_m = places_m(here, view.depth_m[0], camera, 0)
    known = shown_at(take, points_m, last)[1]
    seen = known & tracks.alive[:, 1]
    # In the frame of the camera that rendered them, and not of the world, which may be seen in a mirror.
    local_m = (points_m[seen] - pose[:3, 3]) @ pose[:3, :3]
    found = resect(local_m, there[seen], intrinsics, _THRESHOLD_PX / scale)
    if found is None:
        return None
    now = pose @ np.linalg.inv(found.camera_from_frame)
    return Station(frame, now, float(found.inliers.sum() / known.sum()))
