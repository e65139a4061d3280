"""A textured room full of still things, while the camera moves through it in one of many ways."""

import math
from typing import Literal, TypeAlias, get_args

import numpy as np

from wsim.errors import WsimError
from wsim.worlds.captions import captioned
from wsim.worlds.families import rooms, stage
from wsim.worlds.families.family import Twins
from wsim.worlds.scene import Body, CameraPath, Scene, Story, Thing, Vec2, Vec3, Violation

FAMILY_ID = 1
SHOWS = "The camera moves through a still room of textured things."

Way: TypeAlias = Literal["arc", "orbit", "dolly", "truck", "pan", "loop", "jitter", "still"]
_WITH_ANGLE = ("arc", "orbit", "pan", "loop")
_WIDEST_ARC_DEG = 70.0  # beyond, a camera on an arc would leave the room through a side wall
_ORBIT_DURATION_S = 3.0
_FOV_DEG = 50.0
_TREMOR_M, _TREMOR_DEG = 0.02, 0.8


def room(
    seed: int, camera: str = "arc", angle_deg: float | None = None, duration_s: float | None = None
) -> Scene:
    """Nothing moves but the camera.

    Args:
        seed: one world for every seed.
        camera: `arc` and `orbit` (once round) go about the middle of the room, `loop` there and back,
            `dolly` forwards, `truck` sideways, `pan` turns on the spot, `jitter` trembles in a hand and
            `still` does nothing.
        angle_deg: of arc, orbit, pan and loop, above 0; 35 to 60 by seed, and 360 for an orbit.
        duration_s: 1.5 s, and 3 s for an orbit.

    Raises:
        WsimError: no such camera, or an angle that it cannot go.
    """
    _check(camera, angle_deg)
    rng = stage.streams(FAMILY_ID, seed, "room", "layout", "material", "camera")
    if duration_s is None:
        duration_s = _ORBIT_DURATION_S if camera == "orbit" else stage.DEFAULT_DURATION_S
    if angle_deg is None and camera == "orbit":
        angle_deg = 360.0
    roomy = camera in ("orbit", "pan") or (angle_deg or 0.0) > _WIDEST_ARC_DEG
    walls = rooms.hall(rng["room"]) if roomy else rooms.stage_room(rng["room"])
    bodies = (*walls, *rooms.things(rng["layout"], rng["material"]))
    path = _camera(rng["camera"], camera, angle_deg, duration_s)
    return captioned(Scene("room", seed, duration_s, bodies, path, story=_story(bodies, camera, path)))


def twins(scene: Scene) -> Twins:
    """Things that do not keep their places or their looks; a sun from elsewhere breaks no law."""
    start_s, thing = 0.3 * scene.duration_s, f"thing {scene.seed % 5}"
    broken = {
        "wobble": Violation("wobble", start_s, amount=0.1),
        "epipolar_slide": Violation("epipolar_slide", start_s, thing, amount=0.6 / scene.duration_s),
        "texture_boil": Violation("texture_boil", start_s, amount=1.0),
    }
    if scene.camera.progress:
        broken["reseeded"] = Violation("reseeded", scene.duration_s / 2, amount=1.0)
    return Twins(
        violated={name: scene.violated(violation) for name, violation in broken.items()},
        shams={"other_sun": stage.lit_from_the_other_side(scene)},
    )


def _story(bodies: tuple[Body, ...], way: str, path: CameraPath) -> Story:
    things = [Thing(body.name, body.noun, body.colour_name) for body in bodies if body.name[:5] == "thing"]
    left = path.turn_deg > 0 or path.arc_deg < 0 or (way == "truck" and path.dolly_m[0] < 0)
    side = "left" if left else "right"
    moves = {
        "arc": f"arc {side}", "orbit": f"orbit {side}", "loop": f"arc {side}, come back",
        "pan": f"pan {side}", "dolly": "dolly in", "truck": f"truck {side}", "jitter": "shake",
    }  # fmt: skip
    return Story((Thing("room", "room"), *things, *rooms.surroundings(bodies)), camera=moves.get(way, ""))


def _check(camera: str, angle_deg: float | None) -> None:
    ways = get_args(Way)
    if camera not in ways:
        raise WsimError(
            f"the room has no camera {camera!r}",
            where="room(camera=...)",
            remedy=f"choose one of {', '.join(ways)}",
        )
    if angle_deg is not None and (camera not in _WITH_ANGLE or not 0.0 < angle_deg <= 720.0):
        raise WsimError(
            f"the camera {camera!r} cannot go by an angle of {angle_deg:g} degrees",
            where="room(angle_deg=...)",
            remedy=f"give an angle between 0 and 720 to one of {', '.join(_WITH_ANGLE)}, or leave it out",
        )


def _camera(rng: np.random.Generator, way: str, angle_deg: float | None, duration_s: float) -> CameraPath:
    """It passes the middle of the open side near half time, and at half time looks at the middle."""
    drawn_deg, side = stage.between(rng, 35.0, 60.0), stage.either(rng)
    turn_deg = (drawn_deg if angle_deg is None else angle_deg) * side
    offset_deg = stage.between(rng, -4.0, 4.0)
    distance_m, height_m = stage.between(rng, 3.4, 3.8), stage.between(rng, 1.5, 2.0)
    target: Vec3 = (0.0, 0.0, stage.between(rng, 0.45, 0.6))
    start_deg = offset_deg - (turn_deg / 2 if way in ("arc", "orbit", "loop") else 0.0)
    start_rad = math.radians(start_deg)
    eye = (distance_m * math.sin(start_rad), -distance_m * math.cos(start_rad), height_m)
    if way in ("arc", "orbit"):
        return CameraPath(eye, target, _FOV_DEG, turn_deg)
    if way == "loop":
        there_and_back: tuple[Vec2, ...] = ((0.0, 0.0), (duration_s / 2, 1.0), (duration_s, 0.0))
        return CameraPath(eye, target, _FOV_DEG, turn_deg, progress=there_and_back)
    if way == "pan":
        return CameraPath(eye, _aside(eye, target, -turn_deg / 2), _FOV_DEG, turn_deg=turn_deg)
    if way in ("dolly", "truck"):
        move_m = _walk(rng, way, side, target, eye)
        start = _moved(eye, move_m, -0.5), _moved(target, move_m, -0.5)
        return CameraPath(*start, _FOV_DEG, dolly_m=move_m)
    if way == "jitter":
        return CameraPath(eye, target, _FOV_DEG, jitter_m=_TREMOR_M, jitter_deg=_TREMOR_DEG)
    return CameraPath(eye, target, _FOV_DEG)


def _walk(rng: np.random.Generator, way: str, side: float, target: Vec3, eye: Vec3) -> Vec3:
    """Level, 1.0 to 1.4 m: towards the target, or sideways."""
    length_m = stage.between(rng, 1.0, 1.4)
    x, y = target[0] - eye[0], target[1] - eye[1]
    step = length_m / math.hypot(x, y)
    return (step * x, step * y, 0.0) if way == "dolly" else (side * step * y, -side * step * x, 0.0)


def _moved(point: Vec3, move: Vec3, share: float) -> Vec3:
    return (point[0] + share * move[0], point[1] + share * move[1], point[2] + share * move[2])


def _aside(eye: Vec3, target: Vec3, angle_deg: float) -> Vec3:
    """The target, turned about the vertical through the eye."""
    x, y = target[0] - eye[0], target[1] - eye[1]
    cos, sin = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    return (eye[0] + cos * x - sin * y, eye[1] + sin * x + cos * y, target[2])
