"""`wsim list`: what is installed. Nothing is imported, so nothing can break it."""

from typing import Annotated

import typer

from wsim.cli.arguments import one_of
from wsim.registry import Plugin, plugins

GROUPS = ("probes", "models", "benchmarks", "reports")
MORE_MODELS = (
    ("videos:DIR", "a folder of finished videos, one a scenario"),
    ("file.py:factory", "whatever your Python function returns; also package.module:factory"),
    ("http://host:port", "a server, such as `python -m wsim.models.serve MODEL`"),
    ("a checkpoint folder", "in the format of the reference model"),
)
FREE = "F"  # marks probes that also read videos which answer no scenario
LEGEND = f"  {FREE}: reads any video as well, `wsim probe SUITE videos:DIR`"


def list_(
    what: Annotated[str | None, typer.Argument(metavar="[probes|models|benchmarks|reports]")] = None,
) -> None:
    """List probes, models, benchmarks and reports."""
    if what is not None:
        what = one_of(what if what.endswith("s") else f"{what}s", GROUPS, option="list")
    for group in GROUPS if what is None else (what,):
        lines = [(plugin.name, _marked(plugin)) for plugin in plugins(group).values()]
        lines += MORE_MODELS if group == "models" else ()
        width = max(len(name) for name, _ in lines) + 2 if lines else 0
        typer.echo(f"{group}" if lines else f"no {group} are installed")
        for name, summary in lines:
            typer.echo(_fit(f"  {name:<{width}}{summary}"))
        if group == "probes" and lines:
            typer.echo(_fit(LEGEND))
        if what is None and group != GROUPS[-1]:
            typer.echo("")


def _marked(plugin: Plugin) -> str:
    """Of a probe, whether it has a free half, in a column of its own."""
    if plugin.group != "probes":
        return _summary(plugin)
    return f"{FREE if plugin.defines('measure_free') else ' '}  {_summary(plugin)}"


def _summary(plugin: Plugin) -> str:
    text = _first_comment(plugin) if plugin.group == "benchmarks" else plugin.summary
    provider = plugin.origin.split()[0]
    return text if provider == "wsim" else f"{text} ({provider})"


def _first_comment(plugin: Plugin) -> str:
    """A benchmark is a TOML file; its first line says what it is for."""
    package, _, file = plugin.entry.value.partition(":")
    from importlib.resources import files

    try:
        line = (files(package) / file).read_text(encoding="utf-8").splitlines()[0]
    except (ImportError, OSError, IndexError) as error:
        return f"broken: {type(error).__name__}: {error}"
    return line.removeprefix("#").strip() if line.startswith("#") else ""


def _fit(line: str) -> str:
    """A terminal gets lines that fit; a file gets them whole."""
    import shutil
    import sys

    width = shutil.get_terminal_size().columns
    return line if not sys.stdout.isatty() or len(line) <= width else line[: width - 3] + "..."
