"""Arguments and options that several verbs share."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from wsim.contracts import ClipFormat
from wsim.errors import WsimError

Model: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="MODEL",
        help="A name (`wsim list models`), a checkpoint folder, videos:DIR, http://host:port, "
        "file.py:factory or package.module:factory.",
        show_default=False,
    ),
]
ModelOptions: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "-m", metavar="KEY=VALUE", help="An option of the model; may be repeated.", show_default=False
    ),
]
Jobs: TypeAlias = Annotated[int, typer.Option(min=1, metavar="N", help="Measuring processes.")]
Executor: TypeAlias = Annotated[
    str,
    typer.Option(metavar="NAME", help="Where to measure: serial, processes (if --jobs > 1) or ray."),
]
TimeLimit: TypeAlias = Annotated[
    float | None,
    typer.Option(
        metavar="S",
        min=1.0,
        help="Break off measurements that take longer (900); not with serial.",
        show_default=False,
    ),
]
Copies: TypeAlias = Annotated[
    int,
    typer.Option(
        min=0, metavar="N", help="Copies of the model on a Ray cluster; 0: one, here.", show_default=False
    ),
]
Gpus: TypeAlias = Annotated[
    float | None, typer.Option(min=0.0, metavar="X", help="GPUs of each copy.", show_default=False)
]
Address: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="HOST:PORT", help="Of the Ray cluster, or `auto`.", show_default=False),
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
Size: TypeAlias = Annotated[str, typer.Option(metavar="WxH", help="Width and height in pixels.")]


def one_of(value: str, choices: Sequence[str], *, option: str) -> str:
    """The value, if it is one of the choices.

    Raises:
        WsimError: it is not.
    """
    if value in choices:
        return value
    raise WsimError(
        f"{value!r} is no {option.lstrip('-')}", where=option, remedy=f"give one of: {', '.join(choices)}"
    )


def parse_size(text: str) -> tuple[int, int]:
    """`64x48` (width x height) as (height, width).

    Raises:
        WsimError: it is not of that form.
    """
    width, cross, height = text.lower().partition("x")
    if cross and width.isdigit() and height.isdigit() and int(width) > 0 and int(height) > 0:
        return int(height), int(width)
    raise WsimError(f"{text!r} is no size", where="--size", remedy="write width x height: --size 64x64")


def parse_clip(frames: int, size: str, fps: float) -> ClipFormat:
    """The clip of `--frames`, `--size` and `--fps`.

    Raises:
        WsimError: one of them is impossible.
    """
    height, width = parse_size(size)
    if not fps > 0:
        raise WsimError(f"{fps} frames per second?", where="--fps", remedy="give a positive number")
    return ClipFormat(frames, height, width, fps)


def free_folder(folder: Path) -> Path:
    """The folder, or the first of `folder-2`, `folder-3`, ... that is not there."""
    tries = (folder.with_name(f"{folder.name}-{number}") for number in range(2, 10_000))
    return next(path for path in (folder, *tries) if not path.exists())
