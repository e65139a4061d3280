"""Where the camera is and what it sees: poses, intrinsics, projection.

OpenCV convention: x right, y down, z forward, and pixel coordinates in which integers are the centres of
pixels, so the picture spans -0.5 to width - 0.5.
"""

import math

import numpy as np
from jaxtyping import Float64

from wsim.contracts import Camera
from wsim.errors import WsimError
from wsim.worlds.scene import CameraPath

_UP = np.array([0.0, 0.0, 1.0])
_UP_FROM_ABOVE = np.array([0.0, 1.0, 0.0])  # what is up in the picture when the camera looks straight down
_DECIMALS = 12  # poses are rounded to a picometre, which hides how this machine's sin and cos round


def camera_at(
    path: CameraPath, duration_s: float, times_s: Float64[np.ndarray, " time"], height: int, width: int
) -> Camera:
    """The camera of every time; before 0 and after `duration_s` the path goes on at the same rate.

    Pixels are square and `fov_deg` spans the shorter side, so whatever a square picture shows stays in view
    when the picture is made longer in either direction.

    Raises:
        WsimError: the eye lies on the target, or the field of view is not between 0 and 180 degrees.
    """
    _check(path)
    u = times_s / duration_s
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
    return Camera(
        world_from_camera=np.round(pose, _DECIMALS),
        intrinsics=np.tile(np.round(intrinsics, _DECIMALS), (len(times_s), 1, 1)),
    )


def _check(path: CameraPath) -> None:
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
