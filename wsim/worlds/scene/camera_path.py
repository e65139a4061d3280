"""Where the camera is, as data."""

from dataclasses import dataclass

from wsim.worlds.scene.body import Vec2, Vec3


@dataclass(frozen=True, slots=True)
class CameraPath:
    """A camera that looks from `eye_m` at `target_m`, and how that changes.

    Progress u goes from 0 at time zero to 1 at the end of the scene at a constant rate, or, with `progress`,
    along (time_s, u) key points, eased between them and constant outside: out and back is
    ((0, 0), (1, 1), (1.5, 1), (2.5, 0)).

    `arc_deg` turns eye and view about the vertical axis through the target, `dolly_m` moves both along:
    at u, target = target_m + u dolly_m and eye = target + R_z(u arc_deg) (eye_m - target_m).
    `turn_deg` then turns the view about the eye to the left by u turn_deg: a pan.
    `jitter_m` and `jitter_deg` are the standard deviations of a smooth tremor of a hand, seeded by the scene.
    `follow` is a body: eye_m and target_m are then in its frame, a camera mounted on it (first person).
    `mirrored` exchanges left and right in the picture, and in nothing else: not in the world, not in words.
    """

    eye_m: Vec3
    target_m: Vec3
    fov_deg: float = 45.0
    arc_deg: float = 0.0
    dolly_m: Vec3 = (0.0, 0.0, 0.0)
    turn_deg: float = 0.0
    progress: tuple[Vec2, ...] = ()
    jitter_m: float = 0.0
    jitter_deg: float = 0.0
    follow: str = ""
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class Cut:
    """From `time_s` on the picture comes from another camera."""

    time_s: float
    camera: CameraPath
