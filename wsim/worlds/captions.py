"""Captions from templates over the scene: exact, lower case, a small vocabulary, three lengths.

Everything is read off the scene itself, so a caption is true of any change that `captioned` is called on.
"""

import math
from collections.abc import Callable, Sequence

from wsim.worlds.scene import Body, CameraPath, Scene, Vec3

Captions = tuple[str, str, str]  # full, medium, short

_DROP_M_S = 0.05  # slower than this, a ball is dropped and not thrown


def captioned(scene: Scene) -> Scene:
    """The same scene with captions that are true of it, its violations aside."""
    return scene.replace(captions=_OF_FAMILY[scene.family](scene))


def _ball_behind_screen(scene: Scene) -> Captions:
    screen, floor = _a(scene.body("screen")), _a(scene.body("floor"))
    others = [_a(body) for body in scene.bodies if body.name.startswith("bystander")]
    beside = f" {_listing(others)} {_stand(others)} at the wall." if others else ""
    balls = [body for body in scene.bodies if body.name == "ball"]
    if not balls:
        stands = f"{screen} stands on {floor}."
        return f"{stands} nothing moves.{beside}", stands, f"{screen} stands still."
    ball, way = _a(balls[0]), _sideways(_displacement(balls[0]), scene.camera)
    return (
        f"{ball} rolls to the {way} on {floor}. it passes behind {screen} and comes out again.{beside}",
        f"{ball} rolls to the {way} behind {screen} and comes out again.",
        f"{ball} rolls behind {screen}.",
    )


def _brush_stroke(scene: Scene) -> Captions:
    board, brush = _a(scene.body("board")), scene.body("brush")
    assert brush.rail is not None
    on_board = brush.rail.points_m[1:-2]  # before and after, the brush comes and goes
    way = _across((on_board[-1][0] - on_board[0][0], on_board[-1][2] - on_board[0][2]))
    if not scene.strokes:
        passes = f"a brush passes {way} in front of {board} without touching it"
        return (
            f"{passes}. then it leaves. the board stays clean.",
            f"{passes}.",
            "a brush passes in front of a board.",
        )
    colour = scene.strokes[0].colour_name
    shape = "bent" if len(scene.strokes[0].points_m) > 2 else "straight"
    return (
        f"a brush paints a {shape} {colour} stroke {way} across {board}. then it leaves. the stroke stays.",
        f"a brush paints {_article(colour)} stroke {way} across {board}.",
        f"a brush paints {_article(colour)} stroke.",
    )


def _fall(scene: Scene) -> Captions:
    body = scene.body("ball")
    ball, floor = _a(body), _a(scene.body("floor"))
    sideways, up = body.velocity_m_s[0], body.velocity_m_s[2]
    if math.hypot(sideways, up) < _DROP_M_S:
        done, shortly = "is dropped", "is dropped"
    else:
        shortly = f"is thrown to the {_sideways(body.velocity_m_s, scene.camera)}"
        done = shortly.replace("thrown", "thrown up and") if up > _DROP_M_S else shortly
    return (
        f"{ball} {done} above {floor}. it falls, hits the floor and bounces.",
        f"{ball} {shortly} and bounces on {floor}.",
        f"{ball} {shortly} and bounces.",
    )


def _room(scene: Scene) -> Captions:
    floor, wall = scene.body("floor"), scene.body("back wall")
    things = [_a(body) for body in scene.bodies if body.name.startswith("thing")]
    camera = f"the camera arcs to the {'right' if scene.camera.arc_deg > 0 else 'left'}"
    camera = camera if scene.camera.arc_deg else "nothing moves"
    room = f"a room with {_a(floor)} and {wall.colour_name} walls"
    return (
        f"{room}. {_listing(things)} {_stand(things)} in it. {camera}.",
        f"a room with {_listing(things[:3])}. {camera}.",
        f"a room. {camera}.",
    )


_OF_FAMILY: dict[str, Callable[[Scene], Captions]] = {
    "ball_behind_screen": _ball_behind_screen,
    "brush_stroke": _brush_stroke,
    "fall": _fall,
    "room": _room,
}


def _article(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def _a(body: Body) -> str:
    """A body with its article and colour."""
    return _article(f"{body.colour_name} {body.noun}")


def _listing(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def _stand(items: Sequence[str]) -> str:
    return "stands" if len(items) == 1 else "stand"


def _displacement(body: Body) -> Vec3:
    assert body.rail is not None
    first, last = body.rail.points_m[0], body.rail.points_m[-1]
    return (last[0] - first[0], last[1] - first[1], last[2] - first[2])


def _sideways(vector: Vec3, camera: CameraPath) -> str:
    """`left` or `right` in the picture."""
    ahead_x, ahead_y = camera.target_m[0] - camera.eye_m[0], camera.target_m[1] - camera.eye_m[1]
    return "right" if vector[0] * ahead_y - vector[1] * ahead_x > 0 else "left"


def _across(direction: tuple[float, float]) -> str:
    """The way of a stroke over a board that faces the camera."""
    right, up = direction
    if abs(right) >= abs(up):
        return "from left to right" if right > 0 else "from right to left"
    return "from bottom to top" if up > 0 else "from top to bottom"
