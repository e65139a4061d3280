"""The same scene in a frame of another shape: as it is given, and as models that know one shape show it.

Axis letters: `height` and `width` pixels.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
from jaxtyping import Bool, Float32, UInt8
from scipy.ndimage import gaussian_filter

from wsim.contracts import ClipFormat
from wsim.perception.colour import difference, lab, match_exposure
from wsim.perception.tracks import one_thread
from wsim.video import Video
from wsim.worlds.take import Take

Picture = UInt8[np.ndarray, "height width 3"]
_Soft = Float32[np.ndarray, "height width 3"]
_MULTIPLE = 8  # sides are multiples of it: most models cut pictures into squares of that size
_FULL = 1 / 3  # by which a picture is stretched or enlarged in full
_ASIDE = 0.2  # of the width
_SOFT = 0.02  # of the height
_DIFFERENT_LAB = 4.0
SHAPES: Mapping[str, tuple[float, float]] = {"wide": (0.75, 1.25), "tall": (1.25, 0.75), "larger": (1.5, 1.5)}


def shaped(clip: ClipFormat, shape: str) -> ClipFormat:
    """The clip in another shape: height and width by the factors of `SHAPES`, to a multiple of 8."""
    down, across = SHAPES[shape]
    height, width = (
        max(_MULTIPLE, _MULTIPLE * round(factor * side / _MULTIPLE))
        for factor, side in ((down, clip.height), (across, clip.width))
    )
    return replace(clip, height=height, width=width)


def _affine(picture: Picture, down: float, across: float) -> Picture:
    """Enlarged about the middle; what comes in from outside is black."""
    height, width = picture.shape[:2]
    middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
    matrix = np.array([[across, 0.0, middle_x * (1 - across)], [0.0, down, middle_y * (1 - down)]])
    with one_thread():
        shown = cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_LINEAR)
    return np.asarray(shown, dtype=np.uint8)


def _stretched(picture: Picture, severity: float) -> Picture:
    """Along the longer side: what was asked for is longer than what was made."""
    factor = 1.0 + _FULL * severity
    height, width = picture.shape[:2]
    return _affine(picture, factor, 1.0) if height > width else _affine(picture, 1.0, factor)


def _cropped(picture: Picture, severity: float) -> Picture:
    return _affine(picture, 1.0 + _FULL * severity, 1.0 + _FULL * severity)


def _bars(picture: Picture, severity: float) -> Picture:
    return _affine(picture, 1.0 / (1.0 + _FULL * severity), 1.0 / (1.0 + _FULL * severity))


def _shifted(picture: Picture, severity: float) -> Picture:
    """To one side."""
    return np.asarray(np.roll(picture, round(_ASIDE * severity * picture.shape[1]), 1), dtype=np.uint8)


def _tiled(picture: Picture, severity: float) -> Picture:
    """Two of them along the longer side, each squeezed to half; the sides are even."""
    height, width = picture.shape[:2]
    axis = 0 if height > width else 1
    size = (width, height // 2) if axis == 0 else (width // 2, height)
    with one_thread():
        half = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return np.asarray(np.concatenate([half, half], axis) if severity else picture, dtype=np.uint8)


FRAMINGS: Mapping[str, Callable[[Picture, float], Picture]] = {
    "stretched": _stretched,
    "cropped": _cropped,
    "bars": _bars,
    "tiled": _tiled,
    "shifted right": _shifted,
    "shifted left": lambda picture, severity: _shifted(picture, -severity),
}
AS_GIVEN = "as given"
GRADED = ("stretched", "cropped")


@dataclass(frozen=True)
class Reframed:
    """A lawful history whose frames, but for those that were given, are framed otherwise. A `Truth`."""

    take: Take
    known: int
    framing: str
    severity: float = 1.0

    def __getstate__(self) -> dict[str, object]:
        """What travels to another process, without the pictures."""
        return {name: getattr(self, name) for name in ("take", "known", "framing", "severity")}

    @cached_property
    def video(self) -> Video:
        """The pictures."""
        frames = self.take.video.frames.copy()
        for index in range(self.known, len(frames)):
            frames[index] = FRAMINGS[self.framing](frames[index], self.severity)
        return Video(frames, self.take.clip.fps)


@dataclass(frozen=True)
class Framed:
    """How a frame of a clip is framed.

    Attributes:
        kept: 1 as given, 0 half way to the nearest other framing, or no nearer than one colour; the lesser.
        other: the wrong framing that it is nearest to; `AS_GIVEN` where it is another scene.
    """

    kept: float
    other: str


def views(plate: Picture) -> dict[str, _Soft]:
    """A scene without what moves, as given (`AS_GIVEN`) and in every wrong framing; soft, in LAB."""
    wrong = {name: _soft(reframe(plate, 1.0)) for name, reframe in FRAMINGS.items()}
    return {AS_GIVEN: _soft(plate), **wrong}


def framed(shown: Picture, scenes: Mapping[str, _Soft], scene: Bool[np.ndarray, "height width"]) -> Framed:
    """Compare a frame with the scene as it was given and as it must not be shown.

    Of every wrong framing w is asked (d(shown, w) - d(shown, given)) / d(w, given), d being the mean Huber
    distance in LAB where the two differ: 1 as given, 0 half way, -1 as w. The least of them counts, or
    1 - d(shown, given) / d(one colour, given).

    Args:
        shown: a frame of the clip.
        scenes: what `views` gives.
        scene: where nothing moves in either.
    """
    there = scenes[AS_GIVEN]
    here = match_exposure(_soft(shown), there, scene)
    gap = difference(here, there)
    flat = np.broadcast_to(there[scene].mean(axis=0), there.shape).astype(np.float32)
    plain = float(difference(flat, there)[scene].mean())
    marks = {AS_GIVEN: 1.0 - float(gap[scene].mean()) / max(plain, 1e-6)}
    for name in FRAMINGS:
        wrong = scenes[name]
        apart = difference(wrong, there)
        where = scene & (np.linalg.norm(wrong - there, axis=-1) > _DIFFERENT_LAB)
        if where.any():
            further = float((difference(here, wrong) - gap)[where].mean())
            marks[name] = further / float(apart[where].mean())
    worst = min(marks, key=lambda name: marks[name])
    return Framed(float(np.clip(marks[worst], 0.0, 1.0)), worst)


def _soft(picture: Picture) -> _Soft:
    sigma = _SOFT * len(picture)
    return np.asarray(gaussian_filter(lab(picture), (sigma, sigma, 0.0)), dtype=np.float32)
