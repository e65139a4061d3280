"""Clips to look at: each as mp4, with a folder of all that is known of it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from wsim.cli.arguments import one_of
from wsim.cli.asked import Asked
from wsim.errors import WsimError

if TYPE_CHECKING:
    from wsim.worlds.scene import Scene

FORMATS = ("record", "colmap")


@dataclass(frozen=True)
class Looking:
    """Which worlds, which broken laws, and what is written of them."""

    count: int
    violations: tuple[str, ...]
    sheet: bool
    format: str


@dataclass(frozen=True)
class Shown:
    """One clip: its name, the name of the twin that it is or "", and the scene."""

    name: str
    twin: str
    scene: "Scene"


def write_looks(asked: Asked, looking: Looking) -> None:
    """Render and write everything.

    Raises:
        WsimError: something that was asked for is not there; the folder cannot be written to.
    """
    from wsim.cli.numbers import count_of
    from wsim.cli.pictures import contact_sheet, write_clip, write_png
    from wsim.runs.durable import make_folder, telling
    from wsim.worlds.datasets.colmap import export_colmap
    from wsim.worlds.take import Take
    from wsim.worlds.truth import save_take

    one_of(looking.format, FORMATS, option="--format")
    pictures = []
    for shown in _shown(asked, looking):
        take, path = Take(shown.scene, asked.clip(shown.scene.duration_s)), asked.out / shown.name
        pictures.append(take.video.frames)
        make_folder(asked.out)
        with telling(path):
            write_clip(path.with_name(f"{shown.name}.mp4"), take.video)
            if looking.format == "colmap":
                export_colmap(take.film, path)
            else:
                save_take(take, path, detail=asked.detail, twin=shown.twin)
    if looking.sheet:
        with telling(asked.out / "sheet.png"):
            write_png(asked.out / "sheet.png", contact_sheet(pictures))
    typer.echo(f"{count_of(len(pictures), 'clip')} in {asked.out}")


def _shown(asked: Asked, looking: Looking) -> Iterator[Shown]:
    from wsim.cli.breaking import parse_violation, violated
    from wsim.worlds.datasets.plan import lasting
    from wsim.worlds.families import FAMILIES

    broken = [parse_violation(text) for text in looking.violations]
    if asked.world.endswith(".json"):
        _a_file_is_one_scene(asked, looking)
        yield Shown(Path(asked.world).stem, "", violated(read_scene(Path(asked.world)), broken))
        return
    parameters = asked.parameters()
    least_s = asked.clip(0.0).duration_s
    for family in asked.families:
        for seed in range(asked.seed, asked.seed + looking.count):
            scene, name = lasting(family, seed, least_s, **parameters), f"{family}-{seed:05d}"
            yield Shown(name, "", violated(scene, broken))
            if asked.twins:
                for twin, unlawful in FAMILIES[family].twins(scene).violated.items():
                    yield Shown(f"{name}-{twin}", twin, violated(unlawful, broken))


def read_scene(path: Path) -> "Scene":
    """A scene of one's own, or that of a truth record.

    Raises:
        WsimError: the file cannot be read, or holds no scene.
    """
    from wsim.worlds.scene import Scene
    from wsim.worlds.scene.as_json import value_from_json

    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WsimError(f"cannot read a scene: {error}", where=str(path), remedy="give JSON") from error
    recorded = isinstance(data, dict) and "scene" in data
    scene: Scene = value_from_json(Scene, data["scene"] if recorded else data, path.name)
    return scene


def _a_file_is_one_scene(asked: Asked, looking: Looking) -> None:
    for option, given in (("--count", looking.count > 1), ("--twins", asked.twins), ("-m", asked.pairs)):
        if given:
            raise WsimError(
                f"{option} is for families of worlds", where=asked.world, remedy="leave it out for a file"
            )
