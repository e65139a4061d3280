"""Where the camera is and what it sees: poses, intrinsics, projection.

OpenCV convention: x right, y down, z forward, and pixel coordinates in which integers are the centres of
pixels, so the picture spans -0.5 to width - 0.5.
"""

import itertools
import math

import numpy as np
from jaxtyping import Float64

from wsim.contracts import Camera
from wsim.errors import WsimError
from wsim.worlds.physics import rotations
from wsim.worlds.physics.trajectory import Trajectory
from wsim.worlds.rendering.tremor import tremor
from wsim.worlds.scene import CameraPath, Scene, Vec2

_UP = np.array([0.0, 0.0, 1.0])
_UP_FROM_ABOVE = np.array([0.0, 1.0, 0.0])  # what is up in the picture when the camera looks straight down
_DECIMALS = 12  # poses are rounded to a picometre, which hides how this machine's sin and cos round


def cameras_of(scene: Scene, trajectory: Trajectory, height: int, width: int) -> Camera:
    """The camera of every time of a trajectory: the scene's own, and after each of its cuts the next one.

    The progress of every camera runs from time 0, also of one that is cut to later. A camera that follows a
    body takes the body's pose from the trajectory.

    Raises:
        WsimError: a camera that cannot be, or that follows a body which does not exist.
    """
    shots = [(-math.inf, scene.camera)]
    shots += sorted(((cut.time_s, cut.camera) for cut in scene.cuts), key=lambda shot: shot[0])
    shot_of_frame = np.searchsorted([start_s for start_s, _ in shots], trajectory.times_s, side="right") - 1
    times_s = trajectory.times_s
    poses, intrinsics = np.empty((len(times_s), 4, 4)), np.empty((len(times_s), 3, 3))
    for index, (_, path) in enumerate(shots):
        frames = np.flatnonzero(shot_of_frame == index)
        camera = camera_at(path, scene.duration_s, times_s[frames], height, width, seed=(scene.seed, index))
        pose = camera.world_from_camera
        if path.follow:
            pose = np.round(_mount(scene, trajectory, path.follow)[frames] @ pose, _DECIMALS)
        poses[frames], intrinsics[frames] = pose, camera.intrinsics
    return Camera(poses, intrinsics)


def camera_at(
    path: CameraPath,
    duration_s: float,
    times_s: Float64[np.ndarray, " time"],
    height: int,
    width: int,
    *,
    seed: tuple[int, int] = (0, 0),
) -> Camera:
    """The camera of every time on a single path; one that follows a body is given in that body's frame.

    Before 0 and after `duration_s` a path without key points of progress goes on at the same rate. Pixels
    are square and `fov_deg` spans the shorter side, so whatever a square picture shows stays in view when
    the picture is made longer in either direction. `seed` chooses the tremor: of the scene, and which shot.

    Raises:
        WsimError: the eye lies on the target, the field of view is not between 0 and 180 degrees, or key
            points of progress do not increase in time.
    """
    _check(path)
    u = _progress(path.progress, duration_s, times_s)
    target = np.array(path.target_m) + u[:, None] * np.array(path.dolly_m)
    eye = target + _turned(np.array(path.eye_m) - np.array(path.target_m), np.radians(path.arc_deg) * u)
    focal_px = 0.5 * min(height, width) / math.tan(math.radians(path.fov_deg) / 2)
    intrinsics = np.array(
        [[focal_px, 0.0, (width - 1) / 2], [0.0, focal_px, (height - 1) / 2], [0.0, 0.0, 1.0]]
    )
    pose = np.zeros((len(times_s), 4, 4))
    pose[:, :3, :3] = _looking_along(target - eye)
    pose[:, :3, 3] = eye
    pose[:, 3, 3] = 1.0
    if path.turn_deg:
        _pan(pose, np.radians(path.turn_deg) * u)
    if path.jitter_m or path.jitter_deg:
        _shake(pose, path, times_s, seed)
    if path.mirrored:
        pose[:, :3, 0] *= -1.0  # what was right is left; the axes are then left-handed
    return Camera(
        world_from_camera=np.round(pose, _DECIMALS),
        intrinsics=np.tile(np.round(intrinsics, _DECIMALS), (len(times_s), 1, 1)),
    )


def _progress(
    keys: tuple[Vec2, ...], duration_s: float, times_s: Float64[np.ndarray, " time"]
) -> Float64[np.ndarray, " time"]:
    """How far along the path, eased by 3 s^2 - 2 s^3 between key points: at rest at every one of them."""
    if not keys:
        return times_s / duration_s
    at_s, values = np.array(keys, dtype=np.float64).T
    before = np.clip(np.searchsorted(at_s, times_s, side="right") - 1, 0, max(len(keys) - 2, 0))
    after = np.minimum(before + 1, len(keys) - 1)
    span_s = np.where(after > before, at_s[after] - at_s[before], 1.0)
    share = np.clip((times_s - at_s[before]) / span_s, 0.0, 1.0)
    return np.asarray(values[before] + (values[after] - values[before]) * share**2 * (3.0 - 2.0 * share))


def _pan(pose: Float64[np.ndarray, "time 4 4"], angle_rad: Float64[np.ndarray, " time"]) -> None:
    """Turn the view about the vertical through the eye, to the left for a positive angle; in place."""
    cos, sin = np.cos(angle_rad)[:, None], np.sin(angle_rad)[:, None]
    x, y = pose[:, 0, :3].copy(), pose[:, 1, :3].copy()
    pose[:, 0, :3], pose[:, 1, :3] = cos * x - sin * y, sin * x + cos * y


def _shake(
    pose: Float64[np.ndarray, "time 4 4"],
    path: CameraPath,
    times_s: Float64[np.ndarray, " time"],
    seed: tuple[int, int],
) -> None:
    """Displace and turn by a tremor along and about the camera's own axes; in place."""
    shake = tremor(times_s, seed)
    turn = _matrices(rotations.from_rotation_vector(math.radians(path.jitter_deg) * shake[:, 3:]))
    pose[:, :3, 3] += path.jitter_m * np.einsum("tij,tj->ti", pose[:, :3, :3], shake[:, :3])
    pose[:, :3, :3] = pose[:, :3, :3] @ turn


def _mount(scene: Scene, trajectory: Trajectory, name: str) -> Float64[np.ndarray, "time 4 4"]:
    """World from body."""
    names = [body.name for body in scene.bodies]
    if name not in names:
        raise WsimError(
            f"the camera follows a body {name!r} that does not exist",
            where=f"CameraPath(follow=...) of {scene.family} {scene.seed}",
            remedy=f"name one of {', '.join(sorted(names))}",
        )
    index = names.index(name)
    mount = np.tile(np.eye(4), (len(trajectory.times_s), 1, 1))
    mount[:, :3, :3] = _matrices(trajectory.rotation[:, index])
    mount[:, :3, 3] = trajectory.position_m[:, index]
    return mount


def _matrices(rotation: Float64[np.ndarray, "time 4"]) -> Float64[np.ndarray, "time 3 3"]:
    """Rotation matrices: their columns are the turned axes."""
    return np.asarray(rotations.rotate(rotation[:, None], np.eye(3)).swapaxes(-1, -2))


def _check(path: CameraPath) -> None:
    keys_s = [time_s for time_s, _ in path.progress]
    if any(later <= earlier for earlier, later in itertools.pairwise(keys_s)):
        raise WsimError(
            "the key points of the camera's progress do not increase in time",
            where="CameraPath(progress=...)",
            remedy="give (time_s, u) pairs in order, each later than the one before",
        )
    if not 0.0 < path.fov_deg < 180.0:
        raise WsimError(
            f"a field of view of {path.fov_deg:g} degrees cannot be drawn",
            where="CameraPath(fov_deg=...)",
            remedy="give an angle between 0 and 180 degrees, 45 for instance",
        )
    if math.dist(path.eye_m, path.target_m) < 1e-9:
        raise WsimError(
            "the camera stands on the point that it looks at",
            where="CameraPath(eye_m=..., target_m=...)",
            remedy="move the eye away from the target",
        )


def _turned(
    arm: Float64[np.ndarray, " 3"], angle_rad: Float64[np.ndarray, " time"]
) -> Float64[np.ndarray, "time 3"]:
    """The arm, turned about the vertical axis."""
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    x, y, z = arm
    return np.stack([cos * x - sin * y, sin * x + cos * y, np.full_like(cos, z)], axis=-1)


def _looking_along(gaze: Float64[np.ndarray, "time 3"]) -> Float64[np.ndarray, "time 3 3"]:
    """Rotation, world from camera, with a level horizon; columns are right, down, forward."""
    forward = gaze / np.linalg.norm(gaze, axis=-1, keepdims=True)
    vertical = np.linalg.norm(forward[:, :2], axis=-1, keepdims=True) < 1e-9
    right = np.cross(forward, np.where(vertical, _UP_FROM_ABOVE, _UP))
    right /= np.linalg.norm(right, axis=-1, keepdims=True)
    return np.stack([right, np.cross(forward, right), forward], axis=-1)


def project(
    points_m: Float64[np.ndarray, "point 3"], camera: Camera, frame: int
) -> tuple[Float64[np.ndarray, "point 2"], Float64[np.ndarray, " point"]]:
    """Pixels (x, y) and depths (metres along the camera axis) of world points.

    A point that is not in front of the camera has a depth of 0 or less; its pixel means nothing.
    """
    pose, intrinsics = camera.world_from_camera[frame], camera.intrinsics[frame]
    local = (points_m - pose[:3, 3]) @ pose[:3, :3]
    depth_m = local[:, 2]
    divisor = np.where(depth_m > 0.0, depth_m, 1.0)
    return (local @ intrinsics.T)[:, :2] / divisor[:, None], depth_m


def unproject(
    depth_m: Float64[np.ndarray, "height width"], camera: Camera, frame: int
) -> Float64[np.ndarray, "height width 3"]:
    """The world point seen at the centre of every pixel; not finite where the depth is not."""
    pose, intrinsics = camera.world_from_camera[frame], camera.intrinsics[frame]
    rows, columns = np.indices(depth_m.shape)
    x = (columns - intrinsics[0, 2]) / intrinsics[0, 0]
    y = (rows - intrinsics[1, 2]) / intrinsics[1, 1]
    rays = np.stack([x, y, np.ones_like(x)], axis=-1) @ pose[:3, :3].T
    with np.errstate(invalid="ignore"):
        return np.asarray(pose[:3, 3] + depth_m[..., None] * rays)
