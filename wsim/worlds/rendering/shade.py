"""Light: one sun, a soft sky, a highlight, and the sky that is seen itself.

All colours are linear; `TONE` turns them into sRGB bytes at the end. Worlds of blocks are lit by the same
functions (`wsim.worlds.blocks.cast`).
"""

import math

import numpy as np

from wsim.worlds.rendering.compiled import (
    Table,
    Vector,
    add_scaled,
    clamped,
    dot,
    inlined,
    kernel,
    mixed,
    normalised,
    vector_at,
)
from wsim.worlds.rendering.lanes import (
    ALBEDO,
    BLOCK,
    BLOCKED,
    COLOUR,
    DIRECTION,
    FACING,
    NORMAL,
    PART,
    RAY,
    SPECULAR,
    SUN,
    TONES,
    Line,
    T,
    lane,
    put,
)
from wsim.worlds.rendering.layout import TOWARDS

SUNLIGHT = (0.80, 0.76, 0.68)
SKY_FILL = (0.34, 0.37, 0.42)  # from above
GROUND_FILL = (0.20, 0.185, 0.17)  # bounced from below
EYE_FILL = 0.07  # a faint light at the camera: shadowed sides keep their form

ZENITH = (0.16, 0.36, 0.72)
HORIZON = (0.70, 0.80, 0.90)
BELOW = (0.46, 0.47, 0.48)
GLOW = (0.30, 0.24, 0.14)  # around the sun
HAZE_M = 70.0  # distance at which a surface is half lost in haze

TONE_STEPS = 4096


def _tone_curve() -> "np.ndarray[tuple[int], np.dtype[np.uint8]]":
    """SRGB bytes of linear values 0..1 in `TONE_STEPS` steps (IEC 61966-2-1)."""
    linear = np.arange(TONE_STEPS) / (TONE_STEPS - 1)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.round(255.0 * encoded).astype(np.uint8)


TONE = _tone_curve()


@inlined
def sky(direction: Vector, light: Vector) -> Vector:
    """Colour of the sky: pale at the horizon, blue above, warm around the sun."""
    height = direction[2]
    below = mixed(HORIZON, BELOW, clamped(-4.0 * height))
    low = 1.0 - height
    colour = mixed(ZENITH, HORIZON, low * low * low)
    glow = max(0.0, dot(direction, light))
    glow *= glow
    glow *= glow
    glow *= glow
    above = add_scaled(colour, glow * glow, GLOW)
    return above if height >= 0.0 else below


@inlined
def _highlight(normal: Vector, direction: Vector, light: Vector) -> float:
    """Blinn-Phong with exponent 32: repeated squaring needs no pow()."""
    power = max(0.0, dot(normal, normalised(add_scaled(light, -1.0, direction))))
    for _ in range(5):
        power *= power
    return power


@inlined
def lit(
    albedo: Vector,
    specular: float,
    normal: Vector,
    direction: Vector,
    light: Vector,
    facing: float,
    sun: float,
) -> Vector:
    """Light that a surface sends back along the ray.

    `facing` is the cosine between the normal and the viewer; `sun` the cosine between the normal and the sun,
    0 in shadow.
    """
    fill = mixed(GROUND_FILL, SKY_FILL, 0.5 + 0.5 * normal[2])
    gloss = specular * _highlight(normal, direction, light) if sun > 0.0 else 0.0
    eye = EYE_FILL * facing
    return (
        albedo[0] * (fill[0] + eye + SUNLIGHT[0] * sun) + gloss,
        albedo[1] * (fill[1] + eye + SUNLIGHT[1] * sun) + gloss,
        albedo[2] * (fill[2] + eye + SUNLIGHT[2] * sun) + gloss,
    )


@inlined
def hazed(colour: Vector, distance_m: float) -> Vector:
    """Far surfaces fade into the horizon."""
    share = distance_m * distance_m
    share /= share + HAZE_M * HAZE_M
    return mixed(colour, HORIZON, share)


@kernel
def shine(light: Table, lanes: Line) -> None:
    """`COLOUR` of every ray of a block, linear: lit surfaces in haze, and sky."""
    towards, misses = vector_at(light, TOWARDS, 0), 0.0
    for i in range(BLOCK):
        ray, direction, normal = lane(lanes, RAY, i), lane(lanes, DIRECTION, i), lane(lanes, NORMAL, i)
        sun = lanes[SUN + i] if lanes[BLOCKED + i] == 0.0 else 0.0
        colour = lit(
            lane(lanes, ALBEDO, i), lanes[SPECULAR + i], normal, direction, towards, lanes[FACING + i], sun
        )
        put(lanes, COLOUR, i, hazed(colour, lanes[T + i] * math.sqrt(dot(ray, ray))))
    for i in range(BLOCK):
        misses = max(misses, -lanes[PART + i])
    if misses > 0.0:
        for i in range(BLOCK):
            above = sky(lane(lanes, DIRECTION, i), towards)
            put(lanes, COLOUR, i, above if lanes[PART + i] < 0.0 else lane(lanes, COLOUR, i))


@inlined
def tones(lanes: Line) -> None:
    """`TONES`: which entries of `TONE` the colours of a block are; black for a colour that is no number."""
    for i in range(3 * BLOCK):
        value = lanes[COLOUR + i]
        lanes[TONES + i] = min(1.0, value) * (TONE_STEPS - 1.0) + 0.5 if value > 0.0 else 0.0
