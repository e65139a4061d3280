"""What is drawn over the picture: a block of the kind in the hand, and how many there are.

In the lower left corner, on a dark plate: the tile of the block, then the number in digits of 3 x 5 dots.
A dot is a square of whole pixels, so digits are crisp at any size and can be read back without error.

Axis letters: `height`, `width`, `row`, `column`, `digit`.
"""

from functools import lru_cache

import numpy as np
from jaxtyping import Bool, UInt8

from wsim.worlds.blocks.textures import TEXELS, tile_of
from wsim.worlds.rendering.shade import TONE, TONE_STEPS

HUD_ID = -2
PLACES = 2  # digits; there is room for both, and a leading zero is left out
MOST = 10**PLACES - 1  # more is shown as this
PLATE, INK = (26, 27, 30), (250, 250, 246)
_DIGITS = (
    "###|#.#|#.#|#.#|###", ".#.|##.|.#.|.#.|###", "###|..#|###|#..|###", "###|..#|###|..#|###",
    "#.#|#.#|###|..#|..#", "###|#..|###|..#|###", "###|#..|###|#.#|###", "###|..#|.#.|.#.|.#.",
    "###|#.#|###|#.#|###", "###|#.#|###|..#|###",
)  # fmt: skip
FONT: Bool[np.ndarray, "digit row column"] = np.array(
    [[[dot == "#" for dot in row] for row in digit.split("|")] for digit in _DIGITS]
)
_DOTS_HIGH, _DOTS_WIDE = 5, 3
_DARK = 60.0  # the border of the plate is darker than this, blurred or not
_ICON, _GAP = 5, 1  # dots: the side of the block, and what lies between it, the digits and the border


def dot_px(height: int, width: int) -> int:
    """The side of a dot, pixels; a digit is about one fifteenth of the picture high."""
    return max(1, round(min(height, width) / 75))


@lru_cache(maxsize=64)
def drawn(
    kind: str, count: int, height: int, width: int
) -> tuple[UInt8[np.ndarray, "row column 3"], tuple[slice, slice]]:
    """The plate, and where it goes in a picture of that size; cut where the picture is too small."""
    dot, text = dot_px(height, width), str(min(count, MOST)).rjust(PLACES)
    columns = _digit_column(PLACES)
    plate = np.empty(((_DOTS_HIGH + 2 * _GAP) * dot, columns * dot, 3), np.uint8)
    plate[:] = PLATE
    rows = slice(_GAP * dot, (_GAP + _DOTS_HIGH) * dot)
    plate[rows, _GAP * dot : (_GAP + _ICON) * dot] = _icon(kind, _ICON * dot)
    for place, digit in enumerate(text):
        if digit == " ":
            continue
        left = _digit_column(place) * dot
        dots = FONT[int(digit)].repeat(dot, axis=0).repeat(dot, axis=1)
        plate[rows, left : left + _DOTS_WIDE * dot][dots] = INK
    bottom = height - dot
    place_rows, place_columns = slice(max(0, bottom - len(plate)), bottom), slice(dot, dot + plate.shape[1])
    fits = len(range(*place_rows.indices(height))), len(range(*place_columns.indices(width)))
    return plate[: fits[0], : fits[1]], (place_rows, place_columns)


def _digit_column(place: int) -> int:
    """Where a digit begins on the plate, dots."""
    return _GAP + _ICON + _GAP + place * (_DOTS_WIDE + _GAP)


def read_count(rgb: UInt8[np.ndarray, "height width 3"]) -> int | None:
    """The number that a picture shows, or None where there is no plate or a digit is none.

    A dot is ink when its mean is nearer to the ink than to the plate, and one dot of fifteen may be wrong, so
    a blurred or compressed picture is read as well.
    """
    height, width = rgb.shape[:2]
    dot = dot_px(height, width)
    rows, columns = _DOTS_HIGH + 2 * _GAP, _digit_column(PLACES)
    top = height - dot - rows * dot
    plate = rgb[max(0, top) : height - dot, dot : dot + columns * dot].astype(np.float64)
    if plate.shape[:2] != (rows * dot, columns * dot):
        return None
    dots = plate.mean(axis=2).reshape(rows, dot, columns, dot).mean(axis=(1, 3))
    if max(dots[0].mean(), dots[-1].mean()) > _DARK:
        return None
    ink, number = dots > (sum(PLATE) + sum(INK)) / 6, ""
    for place in range(PLACES):
        field = ink[_GAP:-_GAP, _digit_column(place) :][:, :_DOTS_WIDE]
        wrong = (field != FONT).sum(axis=(1, 2))
        if field.sum() > 1 or number or place == PLACES - 1:
            if wrong.min() > 1:
                return None
            number += str(int(wrong.argmin()))
    return int(number)


def _icon(kind: str, side_px: int) -> UInt8[np.ndarray, "row column 3"]:
    """The side of a block, averaged onto so many pixels."""
    edges = np.linspace(0.0, TEXELS, side_px + 1)
    cover = np.clip(
        np.minimum(edges[1:, None], np.arange(1, TEXELS + 1))
        - np.maximum(edges[:-1, None], np.arange(TEXELS)),
        0.0,
        None,
    )
    cover /= cover.sum(axis=1, keepdims=True)
    mean = np.einsum("rt,cu,tuk->rck", cover, cover, tile_of(kind))
    return np.asarray(TONE[np.floor(np.clip(mean, 0.0, 1.0) * (TONE_STEPS - 1) + 0.5).astype(int)])
