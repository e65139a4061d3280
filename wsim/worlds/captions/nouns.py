"""What things are called: nouns with their plurals, colours, sizes and numbers.

To add a noun, add it to `NOUNS` with its plural, `""` for a mass noun such as water.
"""

from collections.abc import Mapping

from wsim.worlds.palette import NEUTRALS, PALETTE


def _regular(*nouns: str) -> dict[str, str]:
    return {noun: noun + ("es" if noun.endswith(("s", "x", "sh", "ch")) else "s") for noun in nouns}


NOUNS: Mapping[str, str] = {
    **_regular(
        "apple", "arm", "ball", "bar", "barrel", "barrier", "beam", "bench", "block", "board", "bob",
        "bottle", "bowl", "box", "bridge", "brush", "bucket", "button", "can", "capsule", "car", "cart",
        "chair", "clock", "cone", "crate", "cube", "cup", "curtain", "cushion", "cylinder", "dial", "disc",
        "door", "dot", "drop", "ellipsoid", "fence", "finger", "flap", "floor", "flower", "footprint",
        "frame", "gap", "gate", "glass", "gripper", "ground", "hammer", "hand", "hatch", "hill", "hole",
        "hook", "house", "ice", "jar", "jug", "lamp", "landscape", "lantern", "lever", "light", "line",
        "mark", "mirror", "mouth", "paddle", "panel", "path", "pedestal", "pendulum", "piece", "pillar",
        "pipe", "plank", "plate", "platform", "player", "pole", "post", "puck", "racket", "rail", "ramp",
        "ring", "road", "robot", "rod", "roof", "room", "rope", "row", "scoop", "screen", "seesaw",
        "shadow", "shutter", "slab", "slope", "sponge", "spoon", "spot", "square", "stack", "step", "stick",
        "stone", "string", "stroke", "switch", "table", "tank", "target", "tile", "top", "torch", "tower",
        "track", "trail", "tray", "tree", "trunk", "tube", "tunnel", "vase", "vessel", "wagon", "wall",
        "wedge", "wheel", "window", "world",
    ),
    "domino": "dominoes", "loaf": "loaves", "shelf": "shelves", "knife": "knives", "leaf": "leaves",
    "water": "", "paint": "", "sand": "", "milk": "", "juice": "", "oil": "", "grass": "", "bread": "",
}  # fmt: skip

PLACES = ("room", "landscape", "world")  # what else there is lies in it: `a room with a red ball`

COLOURS = (*PALETTE, *NEUTRALS, "dark", "clear")
SIZES = ("small", "large")
NUMBERS = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
