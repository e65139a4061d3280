"""`wsim weights`: which weights metrics want, whether they are here, and whether they are the right ones."""

from pathlib import Path
from typing import Annotated

import typer

from wsim.errors import ExitCode, WsimError

weights = typer.Typer(no_args_is_help=True, help="Weights of networks that metrics look through.")


@weights.command("list")
def list_() -> None:
    """List the weights that metrics want, and where they are."""
    from wsim.metrics.fetching import SOURCES
    from wsim.metrics.weights import find_i3d, weights_folder

    typer.echo(f"looked for in {weights_folder()}")
    for name, source in SOURCES.items():
        try:
            state = str(find_i3d())
        except WsimError:
            state = f"not here; `wsim weights fetch {name}` brings them"
        typer.echo(f"  {name:<6}{source.about}\n        {state}")
    typer.echo("  clip  CLIP of any size, by a folder or REPOSITORY@REVISION that you name; needs wsim[clip]")
    typer.echo(
        f"  wsim  the in-domain encoder of fvd[wsim], kvd[wsim] and clip[wsim]\n        {_in_domain()}"
    )


def _in_domain() -> str:
    """What became of the weights that come with wsim."""
    from wsim.metrics.encoder.shipped import read_weights

    try:
        return f"comes with wsim, digest {read_weights()[2][:8]}"
    except WsimError as error:
        return f"{error.problem}; `python -m wsim.metrics.encoder.train --help` trains it"


@weights.command("fetch")
def fetch(name: Annotated[str, typer.Argument(help="One of `wsim weights list`.")]) -> None:
    """Bring weights from where they were published, and prove them right."""
    from wsim.metrics.fetching import fetch as bring

    typer.echo(f"{bring(name)}: whole, and the right ones")


@weights.command("verify")
def verify(
    path: Annotated[
        Path | None,
        typer.Argument(
            help="NAME.index of TensorFlow, .safetensors or TorchScript; else those that are found.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Say whose weights of I3D these are. Exit code 4: not those of FVD."""
    from wsim.metrics.i3d_features import identity_of
    from wsim.metrics.weights import find_i3d

    found = find_i3d(path)
    identity = identity_of(found)
    typer.echo(f"{found}\n  {identity}\n  digest {identity.digest}")
    if not identity.right:
        raise typer.Exit(ExitCode.GATE_FAILED)
