"""`wsim render`: worlds as clips, with their truth."""

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast, get_args

import typer

from wsim.cli.arguments import Size, parse_clip
from wsim.errors import WsimError

if TYPE_CHECKING:
    from wsim.worlds.scene import Scene, Violation

VIOLATION_FORM = "write KIND@SECONDS[:BODY][=AMOUNT or =X,Y,Z], for example vanish@0.7:ball"


def render(
    family: Annotated[str, typer.Argument(help="ball_behind_screen, brush_stroke, fall or room.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="PATH", help="The folder to write to.")],
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="The first world.")] = 0,
    count: Annotated[int, typer.Option(min=1, metavar="N", help="How many worlds.")] = 1,
    size: Size = "64x64",
    fps: Annotated[float, typer.Option(metavar="N", help="Frames per second.")] = 16.0,
    frames: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Frames; by default the whole scene.")
    ] = None,
    violation: Annotated[
        list[str] | None, typer.Option(metavar="KIND@S[:BODY][=...]", help="Break a law; may be repeated.")
    ] = None,
    m: Annotated[
        list[str] | None, typer.Option("-m", metavar="KEY=VALUE", help="A parameter of the family.")
    ] = None,
    sheet: Annotated[
        bool, typer.Option("--sheet", help="Also write sheet.png, eight frames of every clip.")
    ] = False,
) -> None:
    """Render worlds: NAME.mp4 to look at, and in NAME/ the exact pixels and all that is known of them."""
    from wsim.cli.numbers import count_of
    from wsim.cli.pictures import contact_sheet, write_clip, write_png
    from wsim.runs.durable import make_folder, telling
    from wsim.worlds.families import make
    from wsim.worlds.take import Take
    from wsim.worlds.truth import save_take

    broken = [parse_violation(text) for text in violation or []]
    parameters = _parameters(family, m or [])
    make_folder(out)
    pictures = []
    for index in range(seed, seed + count):
        scene = make(family, index, **parameters)
        _know_bodies(scene, broken)
        scene = scene.violated(*broken)
        clip = parse_clip(frames or round(scene.duration_s * fps) + 1, size, fps)
        take = Take(scene, clip)
        name = f"{family}-{index:05d}"
        with telling(out / name):
            write_clip(out / f"{name}.mp4", take.video)
            save_take(take, out / name)
        pictures.append(take.video.frames)
    if sheet:
        with telling(out / "sheet.png"):
            write_png(out / "sheet.png", contact_sheet(pictures))
    typer.echo(f"{count_of(count, 'world')} in {out}")


def _parameters(family: str, pairs: list[str]) -> dict[str, Any]:
    """What `-m` says of the family's parameters."""
    from wsim.models.options import bind, split_options
    from wsim.worlds.families import FAMILIES

    if family not in FAMILIES:
        raise _unknown_family(family, list(FAMILIES))
    parameters = bind(FAMILIES[family].make, {"seed": "0", **split_options(pairs)}, where=f"family {family}")
    del parameters["seed"]
    return parameters


def parse_violation(text: str) -> "Violation":
    """`vanish@0.7:ball`, `gravity_scale@0.4=0.25`, `teleport@0.7:ball=0.5,0,0`.

    Raises:
        WsimError: it is not of that form, or there is no such kind.
    """
    from wsim.worlds.scene import Violation, ViolationKind

    head, _, amount = text.partition("=")
    when, _, body = head.partition(":")
    kind, at, time_s = when.partition("@")
    if kind not in get_args(ViolationKind):
        kinds = ", ".join(get_args(ViolationKind))
        raise WsimError(
            f"unknown violation {kind!r}", where=f"--violation {text}", remedy=f"kinds are {kinds}"
        )
    try:
        numbers = [float(number) for number in amount.split(",")] if amount else []
        if not at or len(numbers) not in (0, 1, 3):
            raise ValueError(text)
        given: dict[str, Any] = {"time_s": float(time_s), "body": body}
    except ValueError as error:
        raise WsimError(
            "this violation cannot be read", where=f"--violation {text}", remedy=VIOLATION_FORM
        ) from error
    if len(numbers) == 1:
        given["amount"] = numbers[0]
    elif numbers:
        given["vector"] = tuple(numbers)
    return Violation(kind=cast(ViolationKind, kind), **given)


def _know_bodies(scene: "Scene", violations: list["Violation"]) -> None:
    names = [body.name for body in scene.bodies]
    for violation in violations:
        if violation.body and violation.body not in names:
            raise WsimError(
                f"no body {violation.body!r} in {scene.family}",
                where=f"--violation {violation.kind}",
                remedy=f"its bodies are {', '.join(names)}",
            )


def _unknown_family(name: str, known: list[str]) -> WsimError:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
    guess = f'did you mean "{near[0]}"? ' if near else ""
    return WsimError(
        f"unknown family of worlds {name!r}",
        where="the FAMILY argument",
        remedy=f"{guess}families are {', '.join(known)}",
    )
