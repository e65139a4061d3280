"""Colours between two colours, evenly spaced as people see them (CIE 1976 L*a*b*, D65).

Axis letters: `channel`.
"""

import numpy as np
from jaxtyping import Float64

from wsim.worlds.scene import Vec3

# Linear sRGB (IEC 61966-2-1) to XYZ divided by the white point.
_XYZ_OVER_WHITE = (
    np.array([[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]])
    / np.array([[0.950456], [1.0], [1.088754]])
)  # fmt: skip
_BEND = 6.0 / 29.0  # below its cube, CIE 1976 replaces the cube root by its tangent
_DECIMALS = 9  # hides how this machine's powers round


def distance(one: Vec3, other: Vec3) -> float:
    """How far apart two sRGB colours are seen to be: 2 is just noticeable, 50 is another colour (CIE76)."""
    return float(np.linalg.norm(_lab(one) - _lab(other)))


def mixed(own: Vec3, target: Vec3, share: float) -> Vec3:
    """The sRGB colour that lies a share of the way from one to the other in LAB, cut to what can be shown.

    A share of 0 and of 1 give the two colours themselves.
    """
    if share in (0.0, 1.0):
        return target if share else own
    r, g, b = np.round(_srgb((1.0 - share) * _lab(own) + share * _lab(target)), _DECIMALS).tolist()
    return r, g, b


def _lab(colour: Vec3) -> Float64[np.ndarray, " channel"]:
    srgb = np.array(colour)
    light = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    xyz = _XYZ_OVER_WHITE @ light
    x, y, z = np.where(xyz > _BEND**3, np.cbrt(xyz), xyz / (3.0 * _BEND**2) + 4.0 / 29.0)
    return np.array([116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)])


def _srgb(lab: Float64[np.ndarray, " channel"]) -> Float64[np.ndarray, " channel"]:
    y = (lab[0] + 16.0) / 116.0
    f = np.array([y + lab[1] / 500.0, y, y - lab[2] / 200.0])
    xyz = np.where(f > _BEND, f**3, 3.0 * _BEND**2 * (f - 4.0 / 29.0))
    light = np.clip(np.linalg.solve(_XYZ_OVER_WHITE, xyz), 0.0, 1.0)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1.0 / 2.4) - 0.055)
