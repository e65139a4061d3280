"""Is it still the same scene, and did the camera stay? For scenes filmed by a camera that stands still.

The parts that should not change are compared with the given picture itself and with displacements of it
(shifts and zooms). Whichever fits best says how far the picture as a whole has moved; a choice between
pictures is more robust to blur, noise and codecs than an estimate of motion.

Axis letters: `height` and `width` pixels, `rows` and `columns` of the reduced picture.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
from jaxtyping import Bool, Float32, UInt8
from scipy.ndimage import affine_transform, gaussian_filter

from wsim.perception.colour import difference, lab, match_exposure

_ROWS = 64  # larger pictures are reduced: displacement of a whole picture needs no fine detail
_FURTHEST = 20  # reduced pixels
_DIAGONAL = (-16, -8, -4, -2, -1, 1, 2, 4, 8, 16)
_SHIFTS = (
    *((0, d) for d in range(-_FURTHEST, _FURTHEST + 1) if d),
    *((d, 0) for d in range(-_FURTHEST, _FURTHEST + 1) if d),
    *product(_DIAGONAL, _DIAGONAL),
)  # (down, right)
_SOFT_PX = 1.5
_ZOOMS = (0.8, 0.9, 0.95, 0.98, 1.02, 1.05, 1.1, 1.2, 1.35)
_BETTER = 0.8  # a displacement must beat standing still by this factor: noise alone never does
_ROUNDING_LAB = 0.1  # misfit of pictures that differ by rounding and a little shade
_SOFT_SHARE = 0.02  # of the height
_CHANGED_LAB = 5.0
_LEAST_LEFT = 0.25  # of the unchanging parts: where a displacement leaves fewer, it fits by chance
_SAME_PLACE = 0.0225  # of the width: one reduced pixel

_Weights = Float32[np.ndarray, "rows columns"]
_Picture = Float32[np.ndarray, "rows columns 3"]


@dataclass(frozen=True, slots=True)
class Stillness:
    """How a frame relates to the picture that the scene began with.

    Attributes:
        moved: displacement of the picture as a whole, as a fraction of its width (at the border for a
            zoom); 0 when the picture as given fits best.
        explained: 1 where the unchanging parts are as given, 0 where they are no nearer to it than a
            picture of one colour, negative beyond.
        residual_lab: mean difference of the unchanging parts, LAB units.
    """

    moved: float
    explained: float
    residual_lab: float

    @property
    def in_place(self) -> bool:
        """Whether the picture as a whole has not moved."""
        return self.moved <= _SAME_PLACE

    def same_scene(self, least: float = 0.5) -> bool:
        """Whether the unchanging parts are recognisable, and where they were."""
        return self.in_place and self.explained >= least


def stillness(
    frame: UInt8[np.ndarray, "height width 3"],
    given: UInt8[np.ndarray, "height width 3"],
    unchanging: Bool[np.ndarray, "height width"],
) -> Stillness:
    """Compare a frame with the given picture on its unchanging parts.

    A small change of exposure is forgiven. What is explained is judged on soft pictures, because the parts
    of a plain room differ by little more than noise does; displacement on sharp ones.
    """
    stride = max(1, round(frame.shape[0] / _ROWS))
    where = unchanging[::stride, ::stride]
    weights = where.astype(np.float32)
    there = _reduced(given, stride)
    here = match_exposure(_reduced(frame, stride), there, where)
    soft_here, soft_there = (_smooth(picture, _SOFT_PX) for picture in (here, there))
    still = _mean(difference(soft_here, soft_there), weights)
    flat = np.average(soft_there.reshape(-1, 3), axis=0, weights=weights.ravel() + 1e-9).astype(np.float32)
    plain = _mean(difference(soft_there, np.broadcast_to(flat, there.shape)), weights)
    return Stillness(
        moved=_displacement(here, there, weights, difference(here, there)),
        explained=1.0 - still / max(plain, 1e-6),
        residual_lab=still,
    )


def changed_share(
    frame: UInt8[np.ndarray, "height width 3"],
    before: UInt8[np.ndarray, "height width 3"],
    unchanging: Bool[np.ndarray, "height width"],
) -> float:
    """Of the parts that should not change, how much looks different from what the same clip showed before.

    Both frames come from one clip, so a codec spoils them alike. Rooms of the same colours are one scene to
    `Stillness`; here their edges give them away. A small change of exposure is forgiven.
    """
    sigma = _SOFT_SHARE * frame.shape[0]
    here, there = (_smooth(lab(picture), sigma) for picture in (frame, before))
    gap = np.linalg.norm(match_exposure(here, there, unchanging) - there, axis=-1)[unchanging]
    return float((gap > _CHANGED_LAB).mean()) if len(gap) else 0.0


def _displacement(here: _Picture, there: _Picture, weights: _Weights, gap: _Weights) -> float:
    """Of the displacement that fits much better than none, as a fraction of the width; else 0."""
    width, enough = here.shape[1], _LEAST_LEFT * float(weights.sum())
    best, found = _BETTER, 0.0
    for dy, dx in _SHIFTS:
        warped, inside = _shifted(there, dy, dx), weights * _shifted(weights, dy, dx)
        ratio = _ratio(difference(here, warped), gap, inside)
        if ratio < best and inside.sum() >= enough:
            best, found = ratio, max(abs(dy), abs(dx)) / width
    for zoom in _ZOOMS:
        warped, inside = _zoomed(there, zoom), weights * _zoomed(weights[..., None], zoom)[..., 0]
        ratio = _ratio(difference(here, warped), gap, inside)
        if ratio < best and inside.sum() >= enough:
            best, found = ratio, abs(zoom - 1.0) / 2
    return found


def _ratio(displaced: _Weights, still: _Weights, inside: _Weights) -> float:
    """Misfit after over misfit before, on the same pixels, so that no displacement gains by hiding some."""
    return (_mean(displaced, inside) + _ROUNDING_LAB) / (_mean(still, inside) + _ROUNDING_LAB)


def _reduced(frame: UInt8[np.ndarray, "height width 3"], stride: int) -> _Picture:
    soft = _smooth(lab(frame), 0.6 * stride)
    return np.ascontiguousarray(soft[::stride, ::stride])


def _smooth(
    picture: Float32[np.ndarray, "height width 3"], sigma_px: float
) -> Float32[np.ndarray, "height width 3"]:
    return np.asarray(gaussian_filter(picture, (sigma_px, sigma_px, 0.0)), dtype=np.float32)


def _shifted(
    picture: Float32[np.ndarray, "rows columns ..."], dy: int, dx: int
) -> Float32[np.ndarray, "rows columns ..."]:
    """Moved by whole pixels; what comes in from outside is 0."""
    out = np.zeros_like(picture)
    rows, columns = picture.shape[:2]
    to = (slice(max(dy, 0), rows + min(dy, 0)), slice(max(dx, 0), columns + min(dx, 0)))
    source = (slice(max(-dy, 0), rows - max(dy, 0)), slice(max(-dx, 0), columns - max(dx, 0)))
    out[to] = picture[source]
    return out


def _zoomed(
    picture: Float32[np.ndarray, "rows columns channel"], zoom: float
) -> Float32[np.ndarray, "rows columns channel"]:
    """Enlarged by `zoom` about the centre; what comes in from outside is 0."""
    centre = (np.array(picture.shape[:2]) - 1) / 2
    matrix = np.eye(2) / zoom
    offset = centre - matrix @ centre
    channels = [affine_transform(c, matrix, offset, order=1) for c in np.moveaxis(picture, -1, 0)]
    return np.stack(channels, axis=-1).astype(np.float32)


def _mean(gap: _Weights, weights: _Weights) -> float:
    return float((gap * weights).sum() / max(float(weights.sum()), 1e-6))
