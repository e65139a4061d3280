"""Draws what a probe saw over the clip it saw it in: boxes, trails, outlines, each with its label.

Axis letters: `time` frames, `height` and `width` pixels of the clip before enlargement.
"""

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
from jaxtyping import UInt8

from wsim.contracts import Box, Overlay, Point, Region, Trail
from wsim.video import Frames

Picture = UInt8[np.ndarray, "height width 3"]
Enlarged = UInt8[np.ndarray, "time {factor}*height {factor}*width 3"]
Colour = tuple[int, int, int]

COLOURS: tuple[Colour, ...] = (  # Okabe and Ito (2008), told apart by colour-blind people too
    (86, 180, 233),
    (230, 159, 0),
    (0, 158, 115),
    (204, 121, 167),
    (240, 228, 66),
    (213, 94, 0),
)
OUTLINE: Colour = (20, 20, 20)
CRISP_BELOW_PX = 128
TARGET_PX = 256


def enlargement(height: int, width: int) -> int:
    """The whole factor that brings the longer side to about 256 pixels.

    >>> enlargement(64, 64), enlargement(100, 60), enlargement(720, 1280)
    (4, 3, 1)
    """
    return max(1, round(TARGET_PX / max(height, width)))


def enlarge(frames: Frames, factor: int) -> Enlarged:
    """Enlarge by a whole factor: pixels stay crisp squares in small clips, larger ones are interpolated."""
    if factor == 1:
        return frames
    height, width = frames.shape[1:3]
    method = cv2.INTER_NEAREST if max(height, width) < CRISP_BELOW_PX else cv2.INTER_CUBIC
    size = (width * factor, height * factor)
    return np.stack([cv2.resize(frame, size, interpolation=method) for frame in frames])


def draw(frames: Frames, overlays: Sequence[Overlay], *, factor: int) -> Frames:
    """A copy of enlarged frames with the overlays drawn in; an overlay keeps one colour for each label."""
    labels = sorted({overlay.label for overlay in overlays})
    colour_of = {label: COLOURS[i % len(COLOURS)] for i, label in enumerate(labels)}
    drawn = np.ascontiguousarray(frames).copy()
    for overlay in overlays:
        for index, picture in enumerate(drawn):
            _draw_one(picture, index, overlay, colour_of[overlay.label], factor)
    return drawn


def _draw_one(picture: Picture, index: int, overlay: Overlay, colour: Colour, factor: int) -> None:
    match overlay:
        case Box() if overlay.frame == index:
            first = _place((overlay.x0, overlay.y0), factor)
            _lines(picture, [_corners(overlay, factor)], colour, closed=True)
            _label(picture, overlay.label, first, colour)
        case Trail():
            _trail(picture, index, overlay, colour, factor)
        case Region() if overlay.first_frame <= index <= overlay.last_frame and overlay.outline:
            outline = np.array([_place(point, factor) for point in overlay.outline], dtype=np.int32)
            _lines(picture, [outline], colour, closed=True)
            _label(picture, overlay.label, (int(outline[:, 0].min()), int(outline[:, 1].min())), colour)
        case _:
            pass


def _trail(picture: Picture, index: int, trail: Trail, colour: Colour, factor: int) -> None:
    """The path until now, and a ring where it is now; a gap in the frames is left open."""
    seen = [(f, _place(p, factor)) for f, p in zip(trail.frames, trail.points, strict=True) if f <= index]
    for (frame, start), (following, end) in pairwise(seen):
        if following == frame + 1:
            _lines(picture, [np.array([start, end], dtype=np.int32)], colour, closed=False)
    if seen and seen[-1][0] == index:
        cv2.circle(picture, seen[-1][1], 5, OUTLINE, 3, cv2.LINE_AA)
        cv2.circle(picture, seen[-1][1], 5, colour, 2, cv2.LINE_AA)
        _label(picture, trail.label, (seen[-1][1][0] + 8, seen[-1][1][1] - 4), colour)


def _lines(picture: Picture, paths: Sequence[np.ndarray], colour: Colour, *, closed: bool) -> None:
    """Dark under light, so that a line shows on any background."""
    cv2.polylines(picture, paths, closed, OUTLINE, 3, cv2.LINE_AA)
    cv2.polylines(picture, paths, closed, colour, 1, cv2.LINE_AA)


def _label(picture: Picture, text: str, at: tuple[int, int], colour: Colour) -> None:
    if not text:
        return
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.4, 1)
    x = int(np.clip(at[0], 2, max(picture.shape[1] - width - 2, 2)))
    y = int(np.clip(at[1] - 4, height + 2, picture.shape[0] - 3))
    cv2.rectangle(picture, (x - 2, y - height - 2), (x + width + 2, y + 3), OUTLINE, -1)
    cv2.putText(picture, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.4, colour, 1, cv2.LINE_AA)


def _corners(box: Box, factor: int) -> np.ndarray:
    (x0, y0), (x1, y1) = _place((box.x0, box.y0), factor), _place((box.x1, box.y1), factor)
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], dtype=np.int32)


def _place(point: Point, factor: int) -> tuple[int, int]:
    """Pixel centres of the clip to pixels of the enlarged picture; far outside is cut, not wrapped."""
    x, y = np.clip([(value + 0.5) * factor - 0.5 for value in point], -32000, 32000)
    return round(float(x)), round(float(y))
