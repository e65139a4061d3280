"""Draws what a probe saw over the clip it saw it in: boxes, trails, outlines, each with its label.

Axis letters: `time` frames, `height` and `width` pixels of the clip before enlargement.
"""

import zlib
from collections.abc import Mapping, Sequence

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
    """A copy of enlarged frames with the overlays drawn in; a label has one colour, in every clip."""
    colour_of = _colours({overlay.label for overlay in overlays})
    drawn = np.ascontiguousarray(frames).copy()
    for index, picture in enumerate(drawn):
        names: dict[str, tuple[int, int]] = {}  # each label is written once a frame, however many bear it
        for overlay in overlays:
            place = _draw_one(picture, index, overlay, colour_of[overlay.label], factor)
            if place is not None:
                names.setdefault(overlay.label, place)
        _write_names(picture, names, colour_of)
    return drawn


def _colours(labels: set[str]) -> dict[str, Colour]:
    """By checksum, so that clips agree; the next free one where two labels of a clip collide."""
    taken: dict[str, int] = {}
    for label in sorted(labels):
        place = zlib.crc32(label.encode())
        free = [i for i in range(len(COLOURS)) if (place + i) % len(COLOURS) not in taken.values()]
        taken[label] = (place + (free[0] if free else 0)) % len(COLOURS)
    return {label: COLOURS[place] for label, place in taken.items()}


def _draw_one(
    picture: Picture, index: int, overlay: Overlay, colour: Colour, factor: int
) -> tuple[int, int] | None:
    """Draw what an overlay shows in this frame; returns where its label goes, None if nothing is shown."""
    match overlay:
        case Box() if overlay.frame == index:
            corners = _corners(overlay, factor)
            _lines(picture, [corners], colour, closed=True)
        case Region() if overlay.first_frame <= index <= overlay.last_frame and overlay.outline:
            corners = np.array([_place(point, factor) for point in overlay.outline], dtype=np.int32)
            _lines(picture, [corners], colour, closed=True)
        case Trail():
            return _trail(picture, index, overlay, colour, factor)
        case _:
            return None
    return int(corners[:, 0].min()), int(corners[:, 1].min()) - 4


def _trail(picture: Picture, index: int, trail: Trail, colour: Colour, factor: int) -> tuple[int, int] | None:
    """The path until now, left open where frames are missing, and a ring where it is now."""
    seen = [(f, _place(p, factor)) for f, p in zip(trail.frames, trail.points, strict=True) if f <= index]
    paths: list[list[tuple[int, int]]] = []
    for place, (frame, point) in enumerate(seen):
        if place == 0 or frame != seen[place - 1][0] + 1:
            paths.append([])
        paths[-1].append(point)
    long = [np.array(path, dtype=np.int32) for path in paths if len(path) > 1]
    _lines(picture, long, colour, closed=False)
    if not seen or seen[-1][0] != index:
        return None
    x, y = seen[-1][1]
    cv2.circle(picture, (x, y), 5, OUTLINE, 4, cv2.LINE_AA)
    cv2.circle(picture, (x, y), 5, colour, 2, cv2.LINE_AA)
    return x + 8, y - 8


def _lines(picture: Picture, paths: Sequence[np.ndarray], colour: Colour, *, closed: bool) -> None:
    """Dark under light, so that a line shows on any background."""
    cv2.polylines(picture, paths, closed, OUTLINE, 4, cv2.LINE_AA)
    cv2.polylines(picture, paths, closed, colour, 2, cv2.LINE_AA)


def _write_names(
    picture: Picture, names: Mapping[str, tuple[int, int]], colour_of: Mapping[str, Colour]
) -> None:
    """Each label at its place, or as near above or below as nothing else is written."""
    lines: list[tuple[int, int, int]] = []  # left, right and foot of those that are written
    for label, (x, y) in names.items():
        if not label:
            continue
        (width, height), _ = cv2.getTextSize(label, cv2.FONT_HERSHEY_SIMPLEX, 0.4, 1)
        left = int(np.clip(x, 2, max(picture.shape[1] - width - 2, 2)))
        pitch, highest, lowest = height + 6, height + 2, picture.shape[0] - 3
        near = [row for row in lines if row[0] <= left + width + 4 and left - 4 <= row[1]]
        feet = [int(np.clip(y + step * pitch, highest, lowest)) for step in (0, 1, -1, 2, -2)]
        foot = next((f for f in feet if all(abs(f - row[2]) >= pitch for row in near)), feet[0])
        lines.append((left, left + width, foot))
        cv2.rectangle(picture, (left - 2, foot - height - 2), (left + width + 2, foot + 3), OUTLINE, -1)
        place = (left, foot)
        cv2.putText(picture, label, place, cv2.FONT_HERSHEY_SIMPLEX, 0.4, colour_of[label], 1, cv2.LINE_AA)


def _corners(box: Box, factor: int) -> np.ndarray:
    (x0, y0), (x1, y1) = _place((box.x0, box.y0), factor), _place((box.x1, box.y1), factor)
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], dtype=np.int32)


def _place(point: Point, factor: int) -> tuple[int, int]:
    """Pixel centres of the clip to pixels of the enlarged picture; far outside is cut, not wrapped."""
    x, y = np.clip([(value + 0.5) * factor - 0.5 for value in point], -32000, 32000)
    return round(float(x)), round(float(y))
