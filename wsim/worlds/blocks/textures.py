"""What blocks look like: small painted tiles, stored as running sums so that any box has an exact mean.

A tile has 16 x 16 texels of linear light and belongs to one kind and one or more of its faces. Over a pixel
its mean is read from a summed-area table (Crow, "Summed-area tables for texture mapping", SIGGRAPH 1984),
separately wide in u and v: crisp texels near by, no shimmer far off or at a slant.

Axis letters: `row` and `column` of texels, `tile`, `face`, `kind`.
"""

import zlib
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from jaxtyping import Float64, Int64

from wsim.worlds.blocks.kinds import COLOURS, GLOWING, KINDS
from wsim.worlds.rendering.dressing import linear
from wsim.worlds.rendering.layout import BOTTOM, TOP

TEXELS = 16  # along each side of a tile
MARGIN = TEXELS // 2  # a box as wide as a block, anywhere on a face, reaches so far beyond the face
SUMS = TEXELS + 2 * MARGIN + 1

Share: TypeAlias = Float64[np.ndarray, "row column"]  # of the second colour, 0..1
Tile: TypeAlias = Float64[np.ndarray, "row column 3"]

_ROWS, _COLUMNS = np.indices((TEXELS, TEXELS))  # row 0 is the top of a side face


def _soft(rng: np.random.Generator, cells: int) -> Share:
    """Random values on a coarse grid that wraps round, joined bilinearly."""
    coarse = rng.random((cells, cells))
    place = (np.arange(TEXELS) + 0.5) * cells / TEXELS - 0.5
    low = np.floor(place).astype(int)
    weight = place - low
    rows = (1 - weight)[:, None] * coarse[low % cells] + weight[:, None] * coarse[(low + 1) % cells]
    return np.asarray(
        (1 - weight) * rows[:, low % cells] + weight * rows[:, (low + 1) % cells], dtype=np.float64
    )


def _speckled(rng: np.random.Generator, soft: float, fine: float) -> Share:
    """Soft patches and single texels, around one half."""
    patches, grains = _soft(rng, 4) - 0.5, rng.random((TEXELS, TEXELS)) - 0.5
    return np.clip(0.5 + soft * patches + fine * grains, 0.0, 1.0)


def _ground(rng: np.random.Generator) -> Share:
    return _speckled(rng, 1.0, 0.7)


def _smooth(rng: np.random.Generator) -> Share:
    return _speckled(rng, 0.8, 0.25)


def _stone(rng: np.random.Generator) -> Share:
    cracks = (np.abs(_soft(rng, 4) - 0.5) < 0.05).astype(np.float64)
    return np.clip(0.7 * _speckled(rng, 1.3, 0.3) + 0.6 * cracks, 0.0, 1.0)


def _bricks(rng: np.random.Generator) -> Share:
    """Four courses in running bond; the second colour is mortar."""
    course = _ROWS // 4
    along = (_COLUMNS + 4 * (course % 2)) % 8
    mortar = (_ROWS % 4 == 3) | (along == 7)
    tint = rng.random((4, 2))[course, ((_COLUMNS + 4 * (course % 2)) // 8) % 2]
    return np.where(mortar, 0.85, 0.22 * tint + 0.08 * rng.random((TEXELS, TEXELS)))


def _boards(rng: np.random.Generator) -> Share:
    board = _ROWS // 4
    seam = (_ROWS % 4 == 3) | ((5 * board + 3) % TEXELS == _COLUMNS)
    grain = 0.45 * _soft(rng, 8) * rng.random((TEXELS, 1)) + 0.25 * rng.random(4)[board]
    return np.where(seam, 0.95, grain)


def _bark(rng: np.random.Generator) -> Share:
    ridges = rng.random((1, TEXELS))
    return np.clip(0.75 * ridges + 0.4 * (_soft(rng, 4) - 0.3), 0.0, 1.0)


def _rings(rng: np.random.Generator) -> Share:
    from_middle = np.maximum(np.abs(_ROWS - 7.5), np.abs(_COLUMNS - 7.5))
    rings = np.where(from_middle.astype(int) % 2 == 0, 0.22, 0.55)
    return np.asarray(np.where(from_middle > 7, 0.9, rings))


def _foliage(rng: np.random.Generator) -> Share:
    return _speckled(rng, 1.4, 1.1)


def _waves(rng: np.random.Generator) -> Share:
    crests = np.abs((_ROWS + 3.0 * _soft(rng, 4)) % 8 - 4) < 0.8
    return np.where(crests, 0.8, 0.3 * _soft(rng, 4))


def _lamp(rng: np.random.Generator) -> Share:
    """A frame round a panel that is divided in four."""
    frame = (np.minimum(_ROWS, _COLUMNS) < 2) | (np.maximum(_ROWS, _COLUMNS) > 13)
    bars = (np.abs(_ROWS - 7.5) < 1) | (np.abs(_COLUMNS - 7.5) < 1)
    panel = np.where(bars, 0.6, 0.1 * rng.random((TEXELS, TEXELS)))
    return np.where(frame, 1.0, panel)


def _door(rng: np.random.Generator) -> Share:
    """Two panels between dark rails."""
    rails = (_ROWS % 8 == 0) | (_ROWS % 8 == 7) | (_COLUMNS < 1) | (_COLUMNS > 14) | (_COLUMNS == 7)
    return np.where(rails, 0.9, 0.35 * _soft(rng, 8))


def _handle(down: bool) -> Callable[[np.random.Generator], Share]:
    """A thick handle in a plate, hanging down or put up."""

    def draw(rng: np.random.Generator) -> Share:
        handle = (np.abs(_COLUMNS - 7.5) < 3) & ((_ROWS > 6) if down else (_ROWS < 9))
        handle &= (_ROWS > 1) & (_ROWS < 14)
        frame = (np.minimum(_ROWS, _COLUMNS) < 2) | (np.maximum(_ROWS, _COLUMNS) > 13)
        plate = 0.08 * rng.random((TEXELS, TEXELS)) + 0.3 * frame
        return np.where(handle, 1.0, plate)

    return draw


def _woven(rng: np.random.Generator) -> Share:
    """A bevelled cube of cloth."""
    weave = 0.5 * ((_ROWS + _COLUMNS) % 2) + 0.3 * _soft(rng, 4)
    edge = (np.minimum(_ROWS, _COLUMNS) < 1) | (np.maximum(_ROWS, _COLUMNS) > 14)
    return np.where(edge, 1.0, 0.6 * weave)


_DRAWN: dict[str, Callable[[np.random.Generator], Share]] = {
    "grass": _ground, "dirt": _ground, "stone": _stone, "brick": _bricks, "trunk": _bark, "wood": _boards,
    "leaves": _foliage, "sand": _smooth, "water": _waves, "snow": _smooth, "lamp_off": _lamp,
    "lamp_on": _lamp, "door": _door, "lever_off": _handle(down=True), "lever_on": _handle(down=False),
}  # fmt: skip
_CAPS: dict[str, Callable[[np.random.Generator], Share]] = {"trunk": _rings}  # top and bottom
_COVERED = {"grass": "dirt", "snow": "dirt"}  # what is seen below the cover of a side face


def _rng(kind: str, face: str) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(f"{kind}/{face}".encode()))


def _coloured(kind: str, share: Share) -> Tile:
    first, second = (linear(colour) for colour in COLOURS[kind])
    shaded = first + share[..., None] * (second - first)
    border = (np.minimum(_ROWS, _COLUMNS) < 1) | (np.maximum(_ROWS, _COLUMNS) > TEXELS - 2)
    return np.asarray(np.where(border[..., None] & (kind not in GLOWING), 0.86, 1.0) * shaded)


def _side(kind: str) -> Tile:
    tile = _coloured(kind, _DRAWN.get(kind, _woven)(_rng(kind, "side")))
    if kind in _COVERED:
        depth = 3 + (_rng(kind, "fringe").random(TEXELS) * 3).astype(int)
        below = _coloured(_COVERED[kind], _ground(_rng(kind, "below")))
        tile = np.where((depth > _ROWS)[..., None], tile, below)
    return tile


def _cap(kind: str, face: str) -> Tile:
    if face == "bottom" and kind in _COVERED:
        kind = _COVERED[kind]
    return _coloured(kind, _CAPS.get(kind, _DRAWN.get(kind, _woven))(_rng(kind, face)))


def tile_of(kind: str, face: str = "side") -> Tile:
    """The tile of a kind, linear light; `face` is side, top or bottom."""
    return _side(kind) if face == "side" else _cap(kind, face)


def tile_numbers() -> Int64[np.ndarray, "kind face"]:
    """Which tile is on which face of which kind; the faces are numbered as boxes' are."""
    numbers = np.zeros((len(KINDS), 6), np.int64)
    for number in range(1, len(KINDS)):
        numbers[number] = 3 * (number - 1)
        numbers[number, TOP] += 1
        numbers[number, BOTTOM] += 2
    return numbers


def tile_sums() -> Float64[np.ndarray, "tile row column 3"]:
    """Running sums of every tile, from the texel `MARGIN` below and left of the face; rows go up."""
    tables = np.zeros((3 * (len(KINDS) - 1), SUMS, SUMS, 3))
    wrapped = np.arange(-MARGIN, TEXELS + MARGIN) % TEXELS
    for number, kind in enumerate(KINDS[1:]):
        for face, name in enumerate(("side", "top", "bottom")):
            texels = tile_of(kind, name)[::-1][np.ix_(wrapped, wrapped)]
            tables[3 * number + face, 1:, 1:] = texels.cumsum(axis=0).cumsum(axis=1)
    return tables
