"""`wsim weights`: which weights metrics want, whether they are here, and whether they are the right ones."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wsim.errors import ExitCode, WsimError

if TYPE_CHECKING:
    from wsim.metrics.lpips_weights import Published

weights = typer.Typer(no_args_is_help=True, help="Weights of networks that metrics look through.")


@weights.command("list")
def list_() -> None:
    """List the weights that metrics want, and where they are."""
    from wsim.metrics.fetching import SOURCES
    from wsim.metrics.weights import weights_folder

    typer.echo(f"looked for in {weights_folder()}")
    for name, source in SOURCES.items():
        try:
            state = str(source.find())
        except WsimError:
            state = f"not here; `wsim weights fetch {name}` brings them"
        typer.echo(f"  {name:<8}{source.about}\n          {state}")
    for name, network in (("clip", "CLIP of any size"), ("vjepa2", "V-JEPA 2")):
        typer.echo(
            f"  {name:<8}{network}, by a folder or REPOSITORY@REVISION that you name; needs wsim[clip]"
        )
    typer.echo(
        f"  wsim    the in-domain encoder of fvd[wsim], kvd[wsim] and clip[wsim]\n          {_in_domain()}"
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
    which: Annotated[
        str,
        typer.Argument(
            metavar="[NAME|PATH]",
            help="One of `wsim weights list`, or a file: NAME.index of TensorFlow, .safetensors, "
            "TorchScript, or a .pth of LPIPS.",
        ),
    ] = "i3d",
) -> None:
    """Say whose weights these are. Exit code 4: not those that a metric is defined by."""
    from wsim.metrics.lpips_weights import HEADS, TRUNK

    published = {"lpips": (TRUNK, HEADS), TRUNK.name: (TRUNK,), HEADS.name: (HEADS,)}
    if Path(which).name in published:
        for one in published[Path(which).name]:
            _verify_published(None if which == "lpips" else Path(which), one)
    else:
        _verify_i3d(None if which == "i3d" else Path(which))


def _verify_published(path: Path | None, published: "Published") -> None:
    """A file that is known by its own digest."""
    from wsim.metrics.lpips_weights import TRUNK, digest_of_file, find_heads, find_trunk

    found = path or (find_trunk() if published is TRUNK else find_heads())
    digest = digest_of_file(found)
    right = digest == published.sha256
    typer.echo(f"{found}\n  {'' if right else 'NOT '}{published.about}\n  digest {digest}")
    if not right:
        raise typer.Exit(ExitCode.GATE_FAILED)


def _verify_i3d(path: Path | None) -> None:
    from wsim.metrics.i3d_features import identity_of
    from wsim.metrics.weights import find_i3d

    found = find_i3d(path)
    identity = identity_of(found)
    typer.echo(f"{found}\n  {identity}\n  digest {identity.digest}")
    if not identity.right:
        raise typer.Exit(ExitCode.GATE_FAILED)
