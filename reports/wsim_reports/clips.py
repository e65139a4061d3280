"""Preview clips for the pages: enlarged, H.264, each with a poster picture to stand for it until it plays."""

from dataclasses import dataclass
from pathlib import Path

import cv2

from wsim.contracts import Overlay
from wsim.video import Frames, Video, write_preview
from wsim_reports.overlays import draw, enlarge, enlargement

PREVIEW_PRESET = "veryfast"  # of x264: a report has hundreds of clips, and they are not larger for it
PREVIEW_CRF = 18  # small flat pictures: artefacts would be taken for the model's


@dataclass(frozen=True, slots=True)
class Player:
    """One video on a page: what it is called, and its two files relative to the page."""

    title: str
    video: str
    poster: str
    alt: str
    width: int
    height: int
    marked: str = ""  # the same video with what was seen drawn in, to be laid over it
    marked_poster: str = ""


def write_clip(
    folder: Path,
    name: str,
    title: str,
    video: Video,
    *,
    poster_frame: int,
    overlays: tuple[Overlay, ...] = (),
) -> Player:
    """Write `clips/NAME.mp4` and `clips/NAME.png` under `folder`.

    Args:
        folder: of the page.
        name: of the files, unique in the report.
        title: what people see under the clip.
        video: at its own size.
        poster_frame: the frame that stands for the clip, clamped to its length.
        overlays: drawn in, in pixels of `video`.
    """
    height, width = video.size
    factor = enlargement(height, width)
    frames = draw(enlarge(video.frames, factor), overlays, factor=factor)
    place = folder / "clips"
    place.mkdir(parents=True, exist_ok=True)
    write_film(place / f"{name}.mp4", Video(frames, video.fps))
    frame = min(max(poster_frame, 0), len(frames) - 1)
    _write_picture(place / f"{name}.png", frames, frame)
    seconds = frame / video.fps
    return Player(
        title=title,
        video=f"clips/{name}.mp4",
        poster=f"clips/{name}.png",
        alt=f"{title}, {seconds:.2f} s into the clip",
        width=width * factor,
        height=height * factor,
    )


def write_film(path: Path, video: Video) -> None:
    """A film for a page; the same bytes whenever the same video is written."""
    write_preview(path, video, quality_crf=PREVIEW_CRF, preset=PREVIEW_PRESET, repeatable=True)


def _write_picture(path: Path, frames: Frames, index: int) -> None:
    _, encoded = cv2.imencode(".png", cv2.cvtColor(frames[index], cv2.COLOR_RGB2BGR))
    path.write_bytes(encoded.tobytes())
