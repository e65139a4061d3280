"""Find objects of known colours, to a fraction of a pixel, without a network.

Pixels are unmixed between the background and the colour looked for (their a* b* chroma, which shading
hardly touches); connected pixels make a blob. Palette colours are far apart, so this is near exact for
objects of at least 4 px radius, and honest about what it cannot see.

Axis letters: `time` frames, `height` and `width` pixels, `row` and `column` of one frame.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, UInt8
from scipy.ndimage import label

from wsim.perception.colour import lab, lab_of
from wsim.perception.soft import soften

_LEAST_CHROMA = 18.0  # greys, beiges and browns stay below
_WIDEST_HUE_RAD = np.deg2rad(28.0)


@dataclass(frozen=True, slots=True)
class Blob:
    """One thing of one colour in one frame.

    Attributes:
        frame: index in the clip.
        colour: name in the palette.
        x: centroid, pixels from the centre of the first column; sub-pixel.
        y: the same, down from the first row.
        area_px: sum of the coverage.
        box: x0, y0, x1, y1, pixels; the far sides excluded.
        at_border: whether it touches the edge of the picture (its centroid is then not its centre).
    """

    frame: int
    colour: str
    x: float
    y: float
    area_px: float
    box: tuple[int, int, int, int]
    at_border: bool


def find_objects(
    frames: UInt8[np.ndarray, "time height width 3"],
    palette: Mapping[str, tuple[float, float, float]],
    *,
    least_area_px: float | None = None,
    blur_px: float | None = None,
) -> list[list[Blob]]:
    """All blobs of palette colours, per frame, largest first.

    Args:
        frames: the clip.
        palette: name -> sRGB in 0..1.
        least_area_px: smaller blobs are dropped; by default those below 2.5 px radius at 64 rows.
        blur_px: smoothing against noise; by default 0.008 of the height.
    """
    height = frames.shape[1]
    least = np.pi * (2.5 * height / 64) ** 2 if least_area_px is None else least_area_px
    sigma = 0.008 * height if blur_px is None else blur_px
    chroma = soften(lab(frames)[..., 1:], sigma)
    names = list(palette)
    hues = np.array([np.arctan2(*lab_of(palette[name])[[2, 1]]) for name in names])
    found = []
    for index, picture in enumerate(chroma):
        owner = _nearest_hue(np.asarray(picture, dtype=np.float32), hues)
        blobs = []
        for number, name in enumerate(names):
            blobs += _blobs(picture, owner == number, index, name, least)
        found.append(sorted(blobs, key=lambda blob: -blob.area_px))
    return found


def _nearest_hue(chroma: Float32[np.ndarray, "height width 2"], hues: np.ndarray) -> np.ndarray:
    """Index of the palette colour of every pixel, -1 for a pixel that is hardly coloured."""
    a, b = (np.ascontiguousarray(chroma[..., channel]) for channel in (0, 1))
    along = np.stack([np.float32(np.cos(hue)) * a + np.float32(np.sin(hue)) * b for hue in hues])
    strength = np.hypot(a, b)
    owner = along.argmax(axis=0)
    owner[(along.max(axis=0) < np.cos(_WIDEST_HUE_RAD) * strength) | (strength < _LEAST_CHROMA)] = -1
    return np.asarray(owner)


def _blobs(
    chroma: Float32[np.ndarray, "height width 2"],
    mine: Bool[np.ndarray, "height width"],
    frame: int,
    name: str,
    least_area_px: float,
) -> list[Blob]:
    if mine.sum() < 0.5 * least_area_px:
        return []
    labels, count = label(mine)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    strength = np.hypot(chroma[..., 0], chroma[..., 1])
    blobs = []
    for number in range(1, count + 1):
        if sizes[number] < 0.5 * least_area_px:
            continue
        core = labels == number
        reference = float(np.quantile(strength[core], 0.8))
        blob = _measure(core, strength / reference, frame, name)
        if blob.area_px >= least_area_px:
            blobs.append(blob)
    return blobs


def _measure(
    core: Bool[np.ndarray, "height width"],
    coverage: Float32[np.ndarray, "height width"],
    frame: int,
    name: str,
) -> Blob:
    """Moments of the soft coverage over the blob and one pixel around it."""
    rows, columns = np.nonzero(core)
    height, width = core.shape
    y0, y1 = max(int(rows.min()) - 1, 0), min(int(rows.max()) + 2, height)
    x0, x1 = max(int(columns.min()) - 1, 0), min(int(columns.max()) + 2, width)
    weight = np.clip(coverage[y0:y1, x0:x1], 0.0, 1.0).astype(np.float64)
    grid_y, grid_x = np.mgrid[y0:y1, x0:x1]
    area = float(weight.sum())
    solid = core & (coverage > 0.5)  # codecs smear colour by a pixel or two
    return Blob(
        frame=frame,
        colour=name,
        x=float((weight * grid_x).sum() / area),
        y=float((weight * grid_y).sum() / area),
        area_px=area,
        box=(int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1),
        at_border=bool(solid[0].any() or solid[-1].any() or solid[:, 0].any() or solid[:, -1].any()),
    )


def coverage_of(
    frames: UInt8[np.ndarray, "time height width 3"],
    background: UInt8[np.ndarray, "height width 3"],
    colour: tuple[float, float, float],
) -> Float32[np.ndarray, "time height width"]:
    """How much of every pixel is of that colour, 0..1: linear unmixing of chroma against the background.

    A pixel of another hue counts as little as its chroma points the same way.
    """
    behind = lab(background)[..., 1:]
    axis = lab_of(colour)[1:] - behind
    share = np.einsum("thwc,hwc->thw", lab(frames)[..., 1:] - behind, axis)
    return np.asarray(np.clip(share / np.maximum((axis**2).sum(-1), 1.0), 0.0, 1.0), dtype=np.float32)


def follow(blobs: Sequence[Sequence[Blob]], colour: str) -> list[Blob | None]:
    """The largest blob of that colour in every frame, None where there is none."""
    chosen = []
    for here in blobs:
        mine = [blob for blob in here if blob.colour == colour]
        chosen.append(mine[0] if mine else None)
    return chosen
