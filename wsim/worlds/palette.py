"""Colours with names. Objects wear the palette, everything else wears neutrals.

Palette colours lie at least 50 apart in CIE LAB and 30 degrees apart in hue; neutrals have so little
chroma that no shading turns one into a palette colour.
"""

from wsim.worlds.scene import Vec3

PALETTE: dict[str, Vec3] = {
    "red": (0.86, 0.06, 0.19),
    "green": (0.04, 0.70, 0.20),
    "blue": (0.08, 0.38, 0.93),
    "yellow": (0.94, 0.92, 0.12),
    "purple": (0.67, 0.16, 0.63),
    "orange": (1.0, 0.58, 0.05),
}

NEUTRALS: dict[str, Vec3] = {
    "white": (0.90, 0.90, 0.89),
    "grey": (0.56, 0.57, 0.59),
    "black": (0.14, 0.14, 0.15),
    "beige": (0.79, 0.75, 0.69),
    "brown": (0.46, 0.40, 0.35),
}


def darker(colour: Vec3, factor: float) -> Vec3:
    """The same hue with `factor` of its light, 0..1."""
    r, g, b = colour
    return (r * factor, g * factor, b * factor)


def paler(colour: Vec3, fraction: float) -> Vec3:
    """Mixed with white; `fraction` is that of white, 0..1."""
    r, g, b = (channel + (1.0 - channel) * fraction for channel in colour)
    return (r, g, b)
