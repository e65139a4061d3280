"""Light: one sun, a soft sky, a highlight, and the sky that is seen itself.

All colours are linear; `TONE` turns them into sRGB bytes at the end.
"""

import numpy as np

from wsim.worlds.rendering.compiled import (
    Vector,
    add_scaled,
    clamped,
    dot,
    inlined,
    mixed,
    normalised,
)

SUN = (0.80, 0.76, 0.68)
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
    if height < 0.0:
        return mixed(HORIZON, BELOW, clamped(-4.0 * height))
    low = 1.0 - height
    colour = mixed(ZENITH, HORIZON, low * low * low)
    glow = max(0.0, dot(direction, light))
    glow *= glow
    glow *= glow
    glow *= glow
    return add_scaled(colour, glow * glow, GLOW)


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
    gloss = specular * _highlight(normal, direction, light) if specular > 0.0 and sun > 0.0 else 0.0
    eye = EYE_FILL * facing
    return (
        albedo[0] * (fill[0] + eye + SUN[0] * sun) + gloss,
        albedo[1] * (fill[1] + eye + SUN[1] * sun) + gloss,
        albedo[2] * (fill[2] + eye + SUN[2] * sun) + gloss,
    )


@inlined
def hazed(colour: Vector, distance_m: float) -> Vector:
    """Far surfaces fade into the horizon."""
    share = distance_m * distance_m
    share /= share + HAZE_M * HAZE_M
    return mixed(colour, HORIZON, share)


@inlined
def tone_index(value: float) -> int:
    """Entry of `TONE` for a linear value; black for one that is no number."""
    return int(min(1.0, value) * (TONE_STEPS - 1) + 0.5) if value > 0.0 else 0
