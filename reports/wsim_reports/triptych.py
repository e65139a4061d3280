"""Truth, answer and what differs, side by side in one small film: cheap enough for every clip of a probe."""

from pathlib import Path

import cv2
import numpy as np

from wsim.video import Frames, Video
from wsim_reports.clips import Player, write_film
from wsim_reports.overlays import enlarge, enlargement

GAIN = 2  # of differences, so that a faint one is seen
GAP_PX = 4  # between the panels, after enlargement
THUMBNAIL_QUALITY = 85


def difference(truth: Video, answer: Video) -> Video | None:
    """How far an answer is from the truth, pixel by pixel, twice enlarged; None where sizes differ.

    Black is no difference. It is as long as the shorter of the two.
    """
    if truth.size != answer.size:
        return None
    length = min(len(truth), len(answer))
    apart = np.abs(truth.frames[:length].astype(np.int16) - answer.frames[:length])
    return Video(np.minimum(GAIN * apart, 255).astype(np.uint8), answer.fps)


def write_triptych(
    folder: Path, name: str, truth: Video, answer: Video | None, *, poster_frame: int
) -> Player:
    """Write `clips/NAME.mp4` and `clips/NAME.jpg` under `folder`: truth, answer, difference.

    Args:
        folder: of the page.
        name: of the files, unique in the report.
        truth: what should happen.
        answer: what the model made of it; None where it is gone, and the truth stands alone.
        poster_frame: the frame that stands for the clip, clamped to its length.
    """
    panels = [truth] if answer is None else [truth, answer, difference(truth, answer)]
    frames = _side_by_side([panel for panel in panels if panel is not None])
    place = folder / "clips"
    place.mkdir(parents=True, exist_ok=True)
    film = Video(frames, truth.fps)
    write_film(place / f"{name}.mp4", film)
    frame = min(max(poster_frame, 0), len(frames) - 1)
    picture = cv2.cvtColor(frames[frame], cv2.COLOR_RGB2BGR)
    _, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, THUMBNAIL_QUALITY])
    (place / f"{name}.jpg").write_bytes(encoded.tobytes())
    return Player(
        title="what should happen" if answer is None else "what should happen, the model's clip, difference",
        video=f"clips/{name}.mp4",
        poster=f"clips/{name}.jpg",
        alt=f"truth beside answer, {frame / truth.fps:.2f} s into the clip",
        width=frames.shape[2],
        height=frames.shape[1],
    )


def _side_by_side(panels: list[Video]) -> Frames:
    """Panels half as large as a clip is shown alone; those that end sooner keep their last frame."""
    factor = max(1, enlargement(*panels[0].size) // 2)
    length = max(len(panel) for panel in panels)
    shown = []
    for panel in panels:
        frames = enlarge(panel.frames, factor)
        held = np.repeat(frames[-1:], length - len(frames), axis=0)
        shown.append(np.concatenate([frames, held]))
    height = max(frames.shape[1] for frames in shown)
    gap = np.full((length, height, GAP_PX, 3), 128, dtype=np.uint8)
    row = [part for frames in shown for part in (gap, _padded(frames, height))][1:]
    return np.concatenate(row, axis=2)


def _padded(frames: Frames, height: int) -> Frames:
    """Black below, where an answer is lower than the truth."""
    return np.pad(frames, ((0, 0), (0, height - frames.shape[1]), (0, 0), (0, 0)))
