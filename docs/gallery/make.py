"""Draw the gallery anew: `python docs/gallery/make.py`, or with names of families only these pictures.

One sheet a family: two lawful worlds, and the first again with a law broken in the middle of it. The page
`README.md` is always written whole.
"""

import io
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from wsim.cli.pictures import contact_sheet
from wsim.contracts import ClipFormat
from wsim.runs.durable import write_whole
from wsim.video import Frames
from wsim.worlds.families import FAMILIES, make
from wsim.worlds.scene import Scene
from wsim.worlds.take import Take

HERE = Path(__file__).resolve().parent
SIZE_PX, FRAMES = 128, 8
COLOURS, LARGEST_BYTES = (256, 192, 160, 128, 96, 64), 150_000
INTRODUCTION = """# The worlds

Every family of worlds that wsim renders: two worlds by seed, then the first again with a law broken. Time
goes from left to right. The caption is that of the first world. Each picture is drawn by
`python docs/gallery/make.py FAMILY`, and `wsim render FAMILY --twins --sheet --out DIR` shows more of them.
"""


def main(names: list[str]) -> None:
    """Draw the sheets that were asked for, by default all, and write the page."""
    for family in names or FAMILIES:
        path = HERE / f"{family}.png"
        path.write_bytes(small_png(sheet(family)))
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB", flush=True)
    write_whole(HERE / "README.md", page())


def sheet(family: str) -> np.ndarray:
    """Two lawful rows and one in which the first law of the family's twins is broken."""
    scene = make(family, 0)
    broken = next(iter(FAMILIES[family].twins(scene).violated.values()))
    return contact_sheet([pictures(scene), pictures(make(family, 1)), pictures(broken)])


def pictures(scene: Scene) -> Frames:
    """The scene from its first to its last moment."""
    clip = ClipFormat(FRAMES, SIZE_PX, SIZE_PX, (FRAMES - 1) / scene.duration_s)
    return Take(scene, clip).video.frames


def small_png(picture: np.ndarray) -> bytes:
    """With a palette, as large as the size of the file allows."""
    for colours in COLOURS:
        sink = io.BytesIO()
        palette = Image.fromarray(picture).quantize(
            colours, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE
        )
        palette.save(sink, "PNG", optimize=True)
        if sink.tell() <= LARGEST_BYTES:
            break
    return sink.getvalue()


def page() -> str:
    """The page with all sheets."""
    sections = []
    for name, family in FAMILIES.items():
        scene = make(name, 0)
        twins = family.twins(scene)
        first, *others = (text.replace("_", " ") for text in twins.violated)
        lines = [
            f"## {name}",
            family.shows,
            f"> {scene.captions[0]}",
            f"![{family.shows}]({name}.png)",
            f"Third row: {first}. Other broken laws: {', '.join(others) or 'none'}.",
        ]
        if twins.controls:
            lines[-1] += f" Controls: {', '.join(twins.controls).replace('_', ' ')}."
        sections.append("\n\n".join(lines))
    return "\n\n".join([INTRODUCTION.rstrip(), *sections]) + "\n"


if __name__ == "__main__":
    main(sys.argv[1:])
