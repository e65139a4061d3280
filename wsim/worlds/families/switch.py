"""A finger presses a button, and a lamp elsewhere lights up; or the finger does not reach the button."""

from wsim.worlds.captions import captioned
from wsim.worlds.families import stage
from wsim.worlds.families.family import Twins
from wsim.worlds.palette import NEUTRALS, PALETTE, darker
from wsim.worlds.scene import (
    Body,
    Cause,
    Effect,
    Happening,
    Material,
    Part,
    Rail,
    Relation,
    Scene,
    Story,
    Thing,
    Vec3,
    Violation,
)

FAMILY_ID = 72
SHOWS = "A finger presses a button and a lamp lights up; it stays lit when the finger has gone."

_FOV_DEG = 36.0
_PX_PER_M = 44.0
_LAMP_M, _POST_M = 0.17, 0.34  # radius of a lamp, height of its post
_BOX_HALF: Vec3 = (0.16, 0.14, 0.10)  # of what the button sits on
_BUTTON_M, _TRAVEL_M = 0.08, 0.05  # radius, and how far it goes down
_FINGER_M, _FINGER_HALF_M = 0.055, 0.9
_ABOVE_M = 4.2  # from where the finger comes and to where it goes, its shadow on the wall too
# As fractions of the clip: the finger touches, has pressed, is gone.
_TOUCH, _PRESSED, _GONE = 0.20, 0.26, 0.66


def switch(seed: int, touches: bool = True, duration_s: float = stage.DEFAULT_DURATION_S) -> Scene:
    """Two lamps on posts and a button between them; it lights one of them.

    Args:
        seed: one world for every seed.
        touches: False makes the same motion, but so that the finger stops above the button.
        duration_s: of the clip; pressing and leaving take the same fractions of it.
    """
    rng = stage.streams(FAMILY_ID, seed, "layout", "material", "gap")
    pressed_s = _PRESSED * duration_s
    side = stage.either(rng["layout"])
    lit_x, dark_x = (s * stage.between(rng["layout"], 0.42, 0.48) for s in (side, -side))
    back_y = stage.between(rng["layout"], 0.10, 0.25)
    button_x = stage.between(rng["layout"], -0.05, 0.05)
    colour = stage.pick(rng["material"], list(PALETTE))
    wood, skin = stage.pick(rng["material"], [("black", "beige"), ("brown", "white"), ("black", "brown")])
    floor, wall = stage.backdrop(rng["material"], 1.4)
    gap_m = 0.0 if touches else stage.between(rng["gap"], 0.15, 0.19)
    bodies = (
        _lamp("lamp", (lit_x, back_y), colour), _lamp("other", (dark_x, back_y), colour),
        _box(button_x, wood), _button(button_x, duration_s if touches else 0.0),
        _finger(button_x, gap_m, skin, duration_s), floor, wall,
    )  # fmt: skip
    cause = Cause("time", pressed_s, ("finger", "button"), "switch on")
    effects = (Effect(cause, "recolour", "lamp", vector=PALETTE[colour]),) if touches else ()
    camera = stage.camera_at_height(
        _PX_PER_M, (0.0, 0.0, 0.36), stage.between(rng["layout"], 16.0, 24.0), _FOV_DEG
    )
    story = _story(skin, "right" if side > 0.0 else "left", touches)
    return captioned(Scene("switch", seed, duration_s, bodies, camera, effects=effects, story=story))


def twins(scene: Scene) -> Twins:
    """The lamp stays dark, lights late or before the press or goes out again; or the other one lights."""
    pressed_s, duration_s = _PRESSED * scene.duration_s, scene.duration_s
    (effect,) = scene.effects
    broken = {
        "effect_missing": Violation("effect_missing", pressed_s, "lamp"),
        "effect_delayed": Violation("effect_delayed", pressed_s, "lamp", amount=0.4 * duration_s),
        "effect_elsewhere": Violation("effect_elsewhere", pressed_s, "lamp", other="other"),
        "effect_undone": Violation("effect_undone", 0.75 * duration_s, "lamp"),
        "uncaused": Violation("recolour", 0.1 * duration_s, "lamp", vector=effect.vector),
    }
    return Twins(
        {name: scene.violated(violation) for name, violation in broken.items()},
        shams={"wall": stage.repainted(scene, "wall")},
        controls={"near_miss": switch(scene.seed, touches=False, duration_s=duration_s)},
    )


def _lamp(name: str, place: tuple[float, float], colour: str) -> Body:
    """A dark globe on a post with a foot."""
    black = Material(colour=NEUTRALS["black"])
    post = Part("cylinder", (0.03, 0.0, _POST_M / 2), (0.0, 0.0, -_LAMP_M - _POST_M / 2 + 0.01), black)
    foot = Part("cylinder", (0.11, 0.0, 0.015), (0.0, 0.0, -_LAMP_M - _POST_M + 0.015), black)
    return Body(
        name, "sphere", (_LAMP_M, 0.0, 0.0), (*place, _LAMP_M + _POST_M),
        Material(colour=darker(PALETTE[colour], 0.22), specular=0.2), parts=(post, foot), noun="lamp",
        colour_name="dark",
    )  # fmt: skip


def _box(x_m: float, wood: str) -> Body:
    half_z = _BOX_HALF[2]
    material = Material(colour=NEUTRALS[wood], specular=0.1)
    return Body("box", "box", _BOX_HALF, (x_m, -0.15, half_z), material, noun="box", colour_name=wood)


def _button(x_m: float, duration_s: float) -> Body:
    """Sticks out of the box by its travel and some more; a `duration_s` of 0 leaves it there."""
    up = (x_m, -0.15, 2 * _BOX_HALF[2] + 0.02)
    down = (x_m, -0.15, up[2] - _TRAVEL_M if duration_s else up[2])
    span_s = duration_s or 1.0
    rail = Rail((_TOUCH * span_s, _PRESSED * span_s), (up, down))
    return Body(
        "button", "cylinder", (_BUTTON_M, 0.0, _TRAVEL_M), up, Material(colour=NEUTRALS["white"]),
        motion="rail", rail=rail, noun="button",
    )  # fmt: skip


def _finger(x_m: float, gap_m: float, skin: str, duration_s: float) -> Body:
    """Comes from above, presses, and goes up again."""
    touch_z = 2 * _BOX_HALF[2] + 0.02 + _TRAVEL_M + gap_m + _FINGER_M + _FINGER_HALF_M

    def at(height_m: float) -> Vec3:
        return (x_m, -0.15, touch_z + height_m)

    rail = Rail(
        (-duration_s, 0.0, _TOUCH * duration_s, _PRESSED * duration_s, 0.32 * duration_s, _GONE * duration_s),
        (at(_ABOVE_M), at(0.32), at(0.0), at(-_TRAVEL_M), at(-_TRAVEL_M), at(_ABOVE_M)),
    )
    return Body(
        "finger", "capsule", (_FINGER_M, 0.0, _FINGER_HALF_M), rail.points_m[0],
        Material(colour=NEUTRALS[skin], specular=0.1), motion="rail", rail=rail, noun="finger",
        colour_name=skin,
    )  # fmt: skip


def _story(skin: str, side: str, touches: bool) -> Story:
    things = (Thing("finger", "finger", skin), Thing("button", "button", "white"), Thing("lamp", "lamp"))
    where = Relation("right of" if side == "right" else "left of", "lamp", "button")
    leaves = Happening("leave", "finger")
    if not touches:
        comes = (Happening("approach", "finger", "button"), Happening("not_touch", "finger", "button"))
        return Story(things, (where,), (*comes, Happening("stay_dark", "lamp"), leaves), salient=3)
    happenings = (Happening("press", "finger", "button"), Happening("light_up", "lamp"), leaves)
    return Story(things, (where,), happenings, salient=2)
