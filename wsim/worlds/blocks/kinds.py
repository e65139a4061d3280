"""The kinds of blocks: their names, their numbers in a grid, and the colours they are made of."""

from types import MappingProxyType

from wsim.worlds.palette import NEUTRALS, PALETTE, darker, paler
from wsim.worlds.scene import Vec3

# The number of a kind is its place here. New kinds go to the end: numbers are stored in records.
KINDS: tuple[str, ...] = (
    "air", "grass", "dirt", "stone", "brick", "trunk", "wood", "leaves", "sand", "water", "snow",
    "lamp_off", "lamp_on", "door", "lever_off", "lever_on",
    "red", "green", "blue", "yellow", "purple", "orange",
)  # fmt: skip
NUMBER = MappingProxyType({kind: number for number, kind in enumerate(KINDS)})
AIR = NUMBER["air"]
LEVER_KINDS = ("lever_off", "lever_on")
GLOWING = ("lamp_on",)
# What a landscape is made of; only these take one another's place when a landscape is drawn anew.
NATURAL = ("grass", "dirt", "stone", "sand", "snow")

# Two colours each, sRGB: the surface itself and what its pattern is drawn with.
COLOURS: MappingProxyType[str, tuple[Vec3, Vec3]] = MappingProxyType(
    {
        "grass": ((0.47, 0.62, 0.30), (0.36, 0.52, 0.22)),
        "dirt": ((0.55, 0.42, 0.31), (0.42, 0.31, 0.22)),
        "stone": (NEUTRALS["grey"], darker(NEUTRALS["grey"], 0.72)),
        "brick": ((0.66, 0.36, 0.29), NEUTRALS["beige"]),
        "trunk": ((0.44, 0.33, 0.23), (0.30, 0.22, 0.15)),
        "wood": ((0.73, 0.57, 0.38), (0.50, 0.37, 0.23)),
        "leaves": ((0.29, 0.50, 0.24), (0.16, 0.33, 0.14)),
        "sand": ((0.87, 0.80, 0.61), (0.78, 0.70, 0.50)),
        "water": ((0.28, 0.48, 0.72), (0.44, 0.63, 0.82)),
        "snow": ((0.95, 0.96, 0.98), (0.85, 0.89, 0.95)),
        "lamp_off": ((0.36, 0.32, 0.27), NEUTRALS["black"]),
        "lamp_on": ((1.0, 0.93, 0.62), (0.96, 0.66, 0.20)),
        "door": ((0.60, 0.38, 0.20), (0.36, 0.21, 0.11)),
        "lever_off": (NEUTRALS["beige"], PALETTE["red"]),
        "lever_on": (NEUTRALS["beige"], PALETTE["red"]),
    }
    | {name: (colour, paler(darker(colour, 0.86), 0.06)) for name, colour in PALETTE.items()}
)
