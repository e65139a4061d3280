"""How well the tracker of coloured objects keeps identities, as a table: HOTA and IDF1.

python benchmarks/accuracy/tracking.py            # prints the table
python benchmarks/accuracy/tracking.py --write    # and puts it into docs/perception.md
"""

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path

import cv2
import numpy as np

from wsim.certify.nuisances import Nuisance, blurred, noisy
from wsim.contracts import ClipFormat
from wsim.perception.identities import identities
from wsim.perception.objects import find_objects
from wsim.perception.tracking_scores import Sighting, TrackingScores, box_iou, tracking_scores
from wsim.perception.tracks import one_thread
from wsim.video import Video
from wsim.worlds.families import make
from wsim.worlds.palette import PALETTE
from wsim.worlds.take import Take

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/perception.md"
BEGIN, END = "<!-- tracking table: begin -->", "<!-- tracking table: end -->"
FAMILIES = ("ball_behind_screen", "billiards", "collision", "crossing", "fall")
SEEDS = (500, 501)
SIZES = (64, 128, 256)
FRAMES, FPS = 25, 16.0
LEAST_RADIUS = 2.5 / 64  # of the height: what is smaller, or is hidden but for so little, need not be found
QUALITY = 50
_APART = 1000  # ids of one clip after another


def jpeg(video: Video) -> Video:
    """Every frame through JPEG at quality 50."""
    with one_thread():
        coded = [
            cv2.imdecode(cv2.imencode(".jpg", frame[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1], 1)
            for frame in video.frames
        ]
    return Video(np.ascontiguousarray(np.stack(coded)[..., ::-1]), video.fps)


def as_rendered(video: Video) -> Video:
    """Nothing happens to it."""
    return video


CONDITIONS: Mapping[str, Nuisance] = {
    "as rendered": as_rendered,
    "blur": blurred,
    "noise": noisy,
    "JPEG 50": jpeg,
}


def takes(size: int) -> list[Take]:
    """Lawful worlds in which coloured things move before a camera that stands still."""
    clip = ClipFormat(FRAMES, size, size, FPS)
    return [Take(make(family, seed), clip) for family in FAMILIES for seed in SEEDS]


def scored(shown: list[Take], spoil: Nuisance) -> TrackingScores:
    """All clips, one after the other."""
    sightings: list[Sighting] = []
    for number, take in enumerate(shown):
        sightings += _sightings(take, spoil(take.video), number * _APART)
    return tracking_scores(sightings)


def _sightings(take: Take, video: Video, first_id: int) -> Iterator[Sighting]:
    found = identities(find_objects(video.frames, PALETTE))
    for frame in range(len(video)):
        true = dict(_true_boxes(take, frame))
        seen = {thing.number: blob.box for thing in found if (blob := thing.at(frame)) is not None}
        boxes = [tuple(map(float, box)) for box in seen.values()]
        yield Sighting(
            tuple(first_id + number for number in true),
            tuple(first_id + number for number in seen),
            box_iou(list(true.values()), [(a, b, c, d) for a, b, c, d in boxes]),
        )


def _true_boxes(take: Take, frame: int) -> Iterator[tuple[int, tuple[float, float, float, float]]]:
    """Boxes of what is seen of every coloured thing that can move."""
    ids = take.film.render.ids[frame]
    least_px = np.pi * (LEAST_RADIUS * len(ids)) ** 2
    for number, body in enumerate(take.scene.bodies):
        rows, columns = np.nonzero(ids == number)
        if body.motion != "static" and body.colour_name in PALETTE and len(rows) >= least_px:
            box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
            yield number, (float(box[0]), float(box[1]), float(box[2]), float(box[3]))


def table() -> str:
    """HOTA (DetA, AssA) and IDF1, in Markdown: rows are what happened to the clips, columns sizes."""
    heads = [f"HOTA at {size}" for size in SIZES] + [f"IDF1 at {size}" for size in SIZES]
    lines = [f"| clips | {' | '.join(heads)} |", f"|---|{'---|' * len(heads)}"]
    shown = {size: takes(size) for size in SIZES}
    for name, spoil in CONDITIONS.items():
        scores = [scored(shown[size], spoil) for size in SIZES]
        hota = [f"{one.hota:.3f} ({one.deta:.2f}, {one.assa:.2f})" for one in scores]
        lines.append(f"| {name} | {' | '.join([*hota, *(f'{one.idf1:.3f}' for one in scores)])} |")
    return "\n".join(lines)


def main() -> None:
    """Measure and print, and write if asked to."""
    parser = argparse.ArgumentParser(description="Identities kept by the tracker of coloured objects.")
    parser.add_argument("--write", action="store_true", help=f"put the table into docs/{DOCUMENT.name}")
    write = parser.parse_args().write
    text = table()
    print(text)
    if write:
        before, rest = DOCUMENT.read_text(encoding="utf-8").split(BEGIN)
        after = rest.split(END)[1]
        DOCUMENT.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
