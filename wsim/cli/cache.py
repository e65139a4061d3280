"""`wsim cache`: what runs share on this machine, whether it is whole, and making room."""

import re
from typing import TYPE_CHECKING, Annotated

import typer

from wsim.errors import ExitCode, WsimError

if TYPE_CHECKING:
    from wsim.runs.cache import Entry

cache = typer.Typer(
    no_args_is_help=True, help="What runs share: videos, calibrations, features, observations."
)

SIZES = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
AGES_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


@cache.command("list")
def list_() -> None:
    """List what lies in the cache, by kind, with its size and age."""
    from wsim.runs.cache import KINDS, entries
    from wsim.runs.store import cache_folder, shared_cache

    folder, far = cache_folder(), shared_cache()
    found = entries(folder)
    typer.echo(f"{folder}{f', before {far.url}' if far else ''}")
    for kind in KINDS:
        typer.echo(f"  {kind:<14}{_told([entry for entry in found if entry.kind == kind])}")
    typer.echo(f"  {'in all':<14}{_told(found)}")


def _told(found: "list[Entry]") -> str:
    if not found:
        return "nothing"
    import time

    size, freed = (sum(getattr(entry, name) for entry in found) for name in ("size_bytes", "freed_bytes"))
    days = (time.time() - found[0].used_s) / AGES_S["d"]
    shared = f", {size_of(size - freed)} of it also in run folders" if size > freed else ""
    return f"{len(found)} of {size_of(size)}{shared}; the oldest {days:.0f} days old"


@cache.command("prune")
def prune(
    older_than: Annotated[
        str | None, typer.Option(metavar="AGE", help="What was written longer ago than this, as 30d or 12h.")
    ] = None,
    keep: Annotated[
        str | None, typer.Option(metavar="SIZE", help="The oldest, until this much is left, as 5GB.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, and stop.")] = False,
) -> None:
    """Remove old things from the cache. Run folders keep their own; weights stay."""
    from wsim.runs.cache import entries, remove, to_prune
    from wsim.runs.store import cache_folder

    if older_than is None and keep is None:
        raise WsimError(
            "nothing says what may go", where="the command line", remedy="give --older-than 30d or --keep 5GB"
        )
    age = None if older_than is None else _amount(older_than, AGES_S, "--older-than", "30d, 12h")
    size = None if keep is None else round(_amount(keep, SIZES, "--keep", "5GB, 500MB"))
    gone = to_prune(entries(cache_folder()), older_than_s=age, keep_bytes=size)
    if not dry_run:
        remove(cache_folder(), gone)
    freed = size_of(sum(entry.freed_bytes for entry in gone))
    typer.echo(f"{'would remove' if dry_run else 'removed'} {len(gone)}, which frees {freed}")


@cache.command("verify")
def verify() -> None:
    """Read everything in the cache. Exit code 4: something is damaged, and named."""
    from wsim.runs.cache import entries, problem_of
    from wsim.runs.store import cache_folder

    found = entries(cache_folder())
    wrong = 0
    for entry in found:
        if problem := problem_of(entry):
            wrong += 1
            typer.echo(f"{entry.files[0]}: {problem}")
    typer.echo(f"{len(found) - wrong} of {len(found)} whole")
    if wrong:
        raise typer.Exit(ExitCode.GATE_FAILED)


def _amount(text: str, units: dict[str, int], option: str, examples: str) -> float:
    """A number with its unit.

    Raises:
        WsimError: it is none.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)", text.strip())
    if found is None or found[2] not in units:
        raise WsimError(f"what is {text!r}?", where=option, remedy=f"write a number and a unit: {examples}")
    return float(found[1]) * units[found[2]]


def size_of(count_bytes: int) -> str:
    """Bytes for people.

    >>> size_of(512), size_of(2_340_000)
    ('512 B', '2.3 MB')
    """
    unit = next((unit for unit in ("TB", "GB", "MB", "KB") if count_bytes >= SIZES[unit]), "")
    return f"{count_bytes / SIZES[unit]:.1f} {unit}" if unit else f"{count_bytes} B"
