"""In which colours floors and walls are painted, and a clip with them in grey.

Nobody says what the ground is like: wood, grass, sand or a warm wall must not be taken for things. A ground
is told by its hue, from grey to the strongest chroma that it has: a dull one, as things in palette colours
are not, lies along some of the border of the picture or covers much of it, a vivid one lies along much of
the border.

Axis letters: `time` frames, `height` and `width` pixels, `pixel` of any place.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float32, UInt8

from wsim.perception.colour import lab, lab_of
from wsim.perception.soft import soften
from wsim.worlds.palette import PALETTE

_SOFT, _STRIP = 0.008, 1 / 32  # of the height: smoothing, as of the finder; the strip at the border
_DULL_ALONG, _VIVID_ALONG = 1 / 20, 1 / 6  # shares of the border
_DULL_COVERS = 1 / 5  # of the picture
_GREY, _DULL = 12.0, 45.0  # chroma: neutrals have up to 10, wood and grass 24 to 41, the palette over 73
_FAINT = 16.0  # in noise neutrals have up to 15; the finder wants 18
_SECTOR_RAD = np.deg2rad(15.0)  # pixels within it are counted as of one hue
_STRONGEST, _STRONGER = 0.95, 1.2  # quantile of the chroma of a ground at the border; and elsewhere
_ASIDE, _GRAIN = 0.25, 8.0  # of its chroma, in chroma: other hues, noise and texture
_SAME_HUE = np.cos(np.deg2rad(35.0))  # such a thing, in the shade, may be taken for the ground

Chroma = Float32[np.ndarray, "2"]


def grounds(frames: UInt8[np.ndarray, "time height width 3"]) -> list[Chroma]:
    """The chroma (a*, b*) of the coloured grounds of a clip; none where all of them are grey or nearly so."""
    chroma = _chroma(frames)
    edge = max(1, round(_STRIP * frames.shape[1]))
    border = np.ones(frames.shape[1:3], dtype=bool)
    border[edge:-edge, edge:-edge] = False
    along, every = chroma[:, border].reshape(-1, 2), chroma.reshape(-1, 2)
    dull = [*_commonest(along, _DULL_ALONG), *_commonest(every, _DULL_COVERS)]
    vivid = _commonest(along, _VIVID_ALONG)
    return [g for g in dull if _FAINT <= _strength(g) <= _DULL] + [g for g in vivid if _strength(g) > _DULL]


def in_grey(
    frames: UInt8[np.ndarray, "time height width 3"], found: Sequence[Chroma]
) -> UInt8[np.ndarray, "time height width 3"]:
    """The clip with all that looks like one of its grounds in grey, as bright as it was."""
    if not found:
        return frames
    chroma = _chroma(frames)
    covered = np.any([_like(chroma, ground) for ground in found], axis=0)
    grey = frames.mean(axis=-1, keepdims=True).round().astype(np.uint8)
    return np.where(covered[..., None], grey, frames)


def of_their_hue(found: Sequence[Chroma]) -> set[str]:
    """The palette colours that have the hue of a ground: parts of such things are taken for ground."""
    return {
        name
        for name, colour in PALETTE.items()
        for ground in found
        if _cosine(lab_of(colour)[1:], ground) > _SAME_HUE
    }


def _chroma(
    frames: UInt8[np.ndarray, "time height width 3"],
) -> Float32[np.ndarray, "time height width 2"]:
    return soften(lab(frames)[..., 1:], _SOFT * frames.shape[1])


def _commonest(pixels: Float32[np.ndarray, "pixel 2"], share: float) -> list[Chroma]:
    """The hues of at least such a share of the pixels, the most frequent first, each at its strongest."""
    left, found, least = pixels[np.hypot(*pixels.T) >= _GREY], [], share * len(pixels)
    while len(left) >= least:
        sectors = np.round(np.arctan2(*left.T) / _SECTOR_RAD).astype(int)
        sectors -= sectors.min()
        way = left[sectors == np.bincount(sectors).argmax()].mean(axis=0)
        mine = _like(left, way, np.inf)
        if mine.sum() >= least:
            way /= _strength(way)
            found.append(way * np.quantile(left[mine] @ way, _STRONGEST))
        left = left[~mine]
    return found


def _like(
    chroma: Float32[np.ndarray, "... 2"], ground: Chroma, stronger: float = _STRONGER
) -> Bool[np.ndarray, "..."]:
    """On the line from grey to a colour, not much beyond it, nor far aside."""
    strength = _strength(ground)
    aside = np.array([-ground[1], ground[0]], dtype=np.float32)
    along, across = (chroma @ (way / strength) for way in (ground, aside))
    lit = (along >= 0.0) & (along <= stronger * strength + _GRAIN)
    return np.asarray(lit & (np.abs(across) <= _GRAIN + _ASIDE * along))


def _strength(chroma: Chroma) -> float:
    return float(np.hypot(*chroma))


def _cosine(one: Chroma, other: Chroma) -> float:
    return float(one @ other) / (_strength(one) * _strength(other))
