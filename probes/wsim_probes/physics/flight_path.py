"""From the pictures of a flying ball to its path in metres.

Axis letters: `sample` frames in which the ball was seen in flight.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

from wsim.contracts import Camera
from wsim.perception.objects import Blob
from wsim.worlds.scene import Scene
from wsim.worlds.take import Take


@dataclass(frozen=True)
class Path:
    """The ball in the vertical plane in which it moves, from the last given frame on.

    Attributes:
        frames: where it was seen clear of the border.
        points_px: (x, y) in the picture at those frames.
        x_m: across. y_m: up, 0 where the ball touches the floor.
        px_m: metres a pixel is wide at the ball.
        fresh: how many frames of the flight show something new.
        left: the first frame in which it touches the edge of the picture, None if it stays inside. A true
            flight stays inside.
    """

    frames: tuple[int, ...]
    points_px: tuple[tuple[float, float], ...]
    x_m: Float64[np.ndarray, " sample"]
    y_m: Float64[np.ndarray, " sample"]
    px_m: float
    fresh: int
    left: int | None


def velocity_of_ball(take: Take, frame: int) -> tuple[float, float]:
    """(across, up) of the true ball in the plane of the picture, m/s."""
    across = take.camera.world_from_camera[0, :3, 0]
    velocity = take.trajectory.velocity[frame, _ball(take.scene), :3]
    return float(velocity @ across), float(velocity[2])


def path_of_ball(
    take: Take, blobs: list[Blob | None], known: int, repeated: Bool[np.ndarray, " time"]
) -> Path:
    """Cut at the first contact, true or seen, and where the ball leaves the picture.

    Frames that only repeat the one before are left out: at half the frame rate a flight goes in steps.
    """
    first, last = known - 1, impact_frame(take)
    flying = [blob for blob in blobs[first:last] if blob is not None and not repeated[blob.frame]]
    left = next((blob.frame for blob in flying if blob.at_border), last)
    flying = [blob for blob in flying if blob.frame < left]
    x_m, y_m, px_m = _metres(take, flying)
    end = seen_contact(y_m, 1.15 * px_m)
    fresh = int((~repeated[first:left]).sum())
    return Path(
        frames=tuple(blob.frame for blob in flying[:end]),
        points_px=tuple((blob.x, blob.y) for blob in flying[:end]),
        x_m=x_m[:end],
        y_m=y_m[:end],
        px_m=px_m,
        fresh=fresh,
        left=left if left < last else None,
    )


def _metres(
    take: Take, blobs: list[Blob]
) -> tuple[Float64[np.ndarray, " sample"], Float64[np.ndarray, " sample"], float]:
    """Back-project centroids onto the plane in which the ball moves."""
    camera: Camera = take.camera
    pose_, lens = camera.world_from_camera[0], camera.intrinsics[0]
    ball = take.scene.body("ball")
    centre = np.array(take.trajectory.position_m[0, _ball(take.scene)])
    depth = float((np.linalg.inv(pose_) @ np.append(centre, 1.0))[2])
    pixels = np.array([(blob.x, blob.y) for blob in blobs], dtype=np.float64).reshape(-1, 2)
    rays = (pixels - lens[:2, 2]) / np.array([lens[0, 0], lens[1, 1]]) * depth
    in_camera = np.column_stack([rays, np.full(len(rays), depth)])
    up = in_camera @ pose_[2, :3] + pose_[2, 3]
    floor = take.scene.body("floor").position_m[2] if _has(take.scene, "floor") else 0.0
    return rays[:, 0], up - floor - ball.size_m[0], float(depth / lens[0, 0])


def _has(scene: Scene, name: str) -> bool:
    return any(body.name == name for body in scene.bodies)


def seen_contact(y_m: Float64[np.ndarray, " sample"], near_m: float) -> int:
    """How many samples come before the ball is seen to touch the floor.

    It lies there; or going on as it did (three samples fix a parabola) would have taken it below; or it
    turns upwards so near to the floor that the fall of one frame would have reached it. The sample itself
    may then be from after the bounce. A turn in mid air is no contact.
    """
    for i in range(1, len(y_m)):
        step = y_m[i - 1] - y_m[i]
        turns = i + 1 < len(y_m) and y_m[i + 1] > y_m[i] and 0 < y_m[i] < 1.2 * step
        below = i >= 3 and 3 * (y_m[i - 1] - y_m[i - 2]) + y_m[i - 3] <= 0
        if y_m[i] < near_m or turns or below:
            return i
    return len(y_m)


def impact_frame(take: Take) -> int:
    """The first frame at or after the true ball touches something."""
    touched = [e.time_s for e in take.trajectory.events if e.kind == "contact_begin" and "ball" in e.bodies]
    latest = take.clip.num_frames
    return min(latest, int(np.ceil(min(touched) * take.clip.fps))) if touched else latest


def _ball(scene: Scene) -> int:
    return [body.name for body in scene.bodies].index("ball")
