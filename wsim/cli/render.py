"""`wsim render`: worlds as clips to look at, or as a data set."""

from pathlib import Path
from typing import Annotated, cast, get_args

import typer

from wsim.cli.arguments import Size, one_of
from wsim.errors import WsimError

LOOK = "Clips to look at"
BULK = "Data sets"


def render(
    world: Annotated[
        str,
        typer.Argument(
            metavar="FAMILY", help="A family of worlds, several with commas, `all`, or a scene.json."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="PATH", help="The folder to write to.")],
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="The first world.")] = 0,
    size: Size = "64x64",
    fps: Annotated[float, typer.Option(metavar="N", help="Frames per second.")] = 16.0,
    frames: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Frames; by default the whole scene.")
    ] = None,
    m: Annotated[
        list[str] | None, typer.Option("-m", metavar="KEY=VALUE", help="A parameter of the family.")
    ] = None,
    truth: Annotated[
        str, typer.Option(metavar="full|light", help="All that is known, or pictures, captions and events.")
    ] = "full",
    twins: Annotated[bool, typer.Option("--twins", help="Also every violated twin of every world.")] = False,
    count: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="How many worlds.", rich_help_panel=LOOK)
    ] = None,
    violation: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND@S[:BODY][=...][~0.5]",
            help="Break a law, as severely as 0 to 1; may be repeated.",
            rich_help_panel=LOOK,
        ),
    ] = None,
    sheet: Annotated[
        bool,
        typer.Option("--sheet", help="Also sheet.png, eight frames of every clip.", rich_help_panel=LOOK),
    ] = False,
    format: Annotated[
        str, typer.Option(metavar="record|colmap", help="What is written of a clip.", rich_help_panel=LOOK)
    ] = "record",
    clips: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Write N worlds into tar files.", rich_help_panel=BULK),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Processes; by default one a core.", rich_help_panel=BULK),
    ] = None,
) -> None:
    """Render worlds: NAME.mp4 to look at, and in NAME/ all that is known; with --clips a data set.

    The same command goes on with a data set where an earlier one stopped.
    """
    from wsim.cli.asked import Asked
    from wsim.cli.bulk import write_bulk
    from wsim.cli.looks import Looking, write_looks
    from wsim.worlds.truth import Detail

    looks_only = {
        "--count": count is not None, "--violation": bool(violation), "--sheet": sheet,
        "--format": format != "record", "a scene file": world.endswith(".json"),
    }  # fmt: skip
    for option, given in looks_only.items() if clips else [("--jobs", jobs is not None)]:
        if given:
            how = "without" if clips else "with"
            raise WsimError(
                f"{option} only goes {how} --clips", where="wsim render", remedy="leave one of them out"
            )
    detail = cast(Detail, one_of(truth, get_args(Detail), option="--truth"))
    asked = Asked(world, out, seed, size, fps, frames, tuple(m or ()), detail, twins)
    if clips is None:
        write_looks(asked, Looking(count or 1, tuple(violation or ()), sheet, format))
    else:
        write_bulk(asked, clips, jobs)
