"""Is it still the same scene, and did the camera stay? For scenes filmed by a camera that stands still.

The parts that should not change are compared with the given picture itself and with displacements of it
(shifts and zooms). Whichever fits best says how far the picture as a whole has moved; a choice between
pictures is more robust to blur, noise and codecs than an estimate of motion.

Axis letters: `height` and `width` pixels, `rows` and `columns` of the reduced picture.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product

import cv2
import numpy as np
from jaxtyping import Bool, Float32, UInt8

from wsim.perception.colour import difference, lab, match_exposure
from wsim.perception.pixelwise import displaced
from wsim.perception.soft import soften

_ROWS = 64  # larger pictures are reduced: displacement of a whole picture needs no fine detail
_FURTHEST = 20  # reduced pixels
_DIAGONAL = (-16, -8, -4, -2, -1, 1, 2, 4, 8, 16)
_SHIFTS = np.array(
    [
        *((0, d) for d in range(-_FURTHEST, _FURTHEST + 1) if d),
        *((d, 0) for d in range(-_FURTHEST, _FURTHEST + 1) if d),
        *product(_DIAGONAL, _DIAGONAL),
    ]
)  # (down, right)
_SOFT_PX = 1.5
_ZOOMS = (0.8, 0.9, 0.95, 0.98, 1.02, 1.05, 1.1, 1.2, 1.35)
_BETTER = 0.8  # a displacement must beat standing still by this factor: noise alone never does
_OF_FLAT = 0.5  # and explain as much as a frame of the same scene does, against a picture of one colour
_ROUNDING_LAB = 0.1  # misfit of pictures that differ by rounding and a little shade
_LEAST_SHOWN = 0.5  # of its part of what misfits in place: what hides it must better all the rest
_WORSE = 1.2  # misfit of the rest: what follows a small thing spoils it (1.3 and more), a camera does not
_LEAST_LEFT = 0.25  # of the unchanging parts: where a displacement leaves fewer, it fits by chance
_PASSING = 0.05  # of the unchanging parts
_SAME_PLACE = 0.0225  # of the width: one reduced pixel

_Weights = Float32[np.ndarray, "rows columns"]
_Picture = Float32[np.ndarray, "rows columns 3"]
_Planes = Float32[np.ndarray, "rows columns 6"]  # a picture, and the planes that go with it
_ALL, _LASTING, _WRONG = _PLANES = 3, 4, 5


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
    soft_here, soft_there = (soften(picture, _SOFT_PX) for picture in (here, there))
    misfit = difference(soft_here, soft_there)
    parts = (weights, _but_passing(misfit, weights))
    return Stillness(
        moved=_displacement(here, there, (weights, parts[1]), difference(here, there)),
        explained=max(_explained(misfit, soft_there, part) for part in parts),
        residual_lab=_mean(misfit, weights),
    )


def _explained(misfit: _Weights, there: _Picture, weights: _Weights) -> float:
    """How much nearer a frame is to the given picture than the best picture of one colour; at most 1."""
    return 1.0 - _mean(misfit, weights) / max(_mean(_flat_gap(there, weights), weights), 1e-6)


def _flat_gap(there: _Picture, weights: _Weights) -> _Weights:
    """How far every pixel is from the best picture of one colour."""
    flat = np.average(there.reshape(-1, 3), axis=0, weights=weights.ravel() + 1e-9).astype(np.float32)
    return difference(there, flat)


def _but_passing(misfit: _Weights, weights: _Weights) -> _Weights:
    """Without what fits worst: a small thing that comes, goes or changes leaves the scene what it is."""
    worst = np.quantile(misfit[weights > 0], 1.0 - _PASSING) if weights.any() else 0.0
    return np.asarray(weights * (misfit <= worst), dtype=np.float32)


def _displacement(here: _Picture, there: _Picture, parts: tuple[_Weights, _Weights], gap: _Weights) -> float:
    """Of the displacement that fits much better than none, as a fraction of the width; else 0.

    It must also fit far better than one colour does, and be one of the picture as a whole: on plain ground
    any displacement "fits" that puts a small thing which is gone out of the picture, or follows one that has
    moved. One colour is judged without such things (the second part).
    """
    weights, lasting = parts
    planes = np.concatenate([there, np.stack([weights, lasting, weights * gap], axis=-1)], axis=-1)
    whole, most = float(weights.sum()), _OF_FLAT * _mean(_flat_gap(there, lasting), lasting)
    best, found = _BETTER, 0.0
    for by, (inside, misfit, before), displace in _displacements(here, planes, gap):
        ratio = _ratio(misfit, before, inside)
        fits = ratio < best and inside >= _LEAST_LEFT * whole and misfit <= most * inside
        if fits and _of_the_whole(here, planes, displace(), gap, inside / whole):
            best, found = ratio, by
    return float(found)


def _displacements(
    here: _Picture, planes: _Planes, gap: _Weights
) -> Iterator[tuple[float, tuple[float, float, float], Callable[[], _Planes]]]:
    """Of every shift and zoom: its size, the weight of what it leaves, the misfit there with it and without.

    Last, what displaces the other picture, its weights (all, lasting) and what misfits.
    """
    there, weights = np.ascontiguousarray(planes[..., :3]), np.ascontiguousarray(planes[..., 3])
    width = weights.shape[1]
    for (dy, dx), left in zip(_SHIFTS, displaced(here, there, weights, gap, _SHIFTS), strict=True):
        yield max(abs(dy), abs(dx)) / width, left, partial(_shifted, planes, int(dy), int(dx))
    for zoom in _ZOOMS:
        enlarged = _zoomed(planes, zoom)
        enlarged[..., _WRONG] /= zoom**2  # as much of it as before
        within = weights * enlarged[..., 3]
        misfit = float((difference(here, enlarged[..., :3]) * within).sum())
        left = float(within.sum()), misfit, float((gap * within).sum())
        yield abs(zoom - 1.0) / 2, left, partial(np.asarray, enlarged)


def _of_the_whole(here: _Picture, planes: _Planes, moved: _Planes, gap: _Weights, share: float) -> bool:
    """Whether a displacement does not spoil what fits in place; it betters that if it hides what misfits."""
    weights, lasting, wrong = (planes[..., plane] for plane in _PLANES)
    shown = min(float((wrong * moved[..., _ALL]).sum()), float((weights * moved[..., _WRONG]).sum()))
    rest = lasting * moved[..., _LASTING]
    misfit, before = difference(here, moved[..., :3]) * rest, gap * rest
    worse = _ratio(float(misfit.sum()), float(before.sum()), float(rest.sum()))
    return worse <= (_WORSE if shown >= _LEAST_SHOWN * share * float(wrong.sum()) else _BETTER)


def _shifted(planes: _Planes, dy: int, dx: int) -> _Planes:
    """Moved down and right; what comes in from outside is 0."""
    rows, columns = planes.shape[:2]
    out = np.zeros_like(planes)
    out[max(dy, 0) : rows + min(dy, 0), max(dx, 0) : columns + min(dx, 0)] = planes[
        max(-dy, 0) : rows + min(-dy, 0), max(-dx, 0) : columns + min(-dx, 0)
    ]
    return out


def _ratio(displaced_misfit: float, still_misfit: float, inside: float) -> float:
    """Misfit after over misfit before, on the same pixels, so that no displacement gains by hiding some."""
    inside = max(inside, 1e-6)
    return (displaced_misfit / inside + _ROUNDING_LAB) / (still_misfit / inside + _ROUNDING_LAB)


def _reduced(frame: UInt8[np.ndarray, "height width 3"], stride: int) -> _Picture:
    soft = soften(lab(frame), 0.6 * stride)
    return np.ascontiguousarray(soft[::stride, ::stride])


def _zoomed(
    picture: Float32[np.ndarray, "rows columns channel"], zoom: float
) -> Float32[np.ndarray, "rows columns channel"]:
    """Enlarged by `zoom` about the centre; what comes in from outside is 0."""
    rows, columns = picture.shape[:2]
    place = cv2.getRotationMatrix2D(((columns - 1) / 2, (rows - 1) / 2), 0.0, zoom)
    return np.asarray(cv2.warpAffine(picture, place, (columns, rows), flags=cv2.INTER_LINEAR))


def _mean(gap: _Weights, weights: _Weights) -> float:
    return float((gap * weights).sum() / max(float(weights.sum()), 1e-6))
