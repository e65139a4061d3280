"""`wsim show`: all about one probe, suite, model, benchmark or report."""

import difflib
import inspect
from typing import Annotated, Any

import typer

from wsim.errors import WsimError
from wsim.registry import Plugin, plugins

GROUPS = ("probes", "models", "benchmarks", "reports")


def show(name: Annotated[str, typer.Argument(help="A name of `wsim list`, or a suite.")]) -> None:
    """Explain a probe, a suite, a model, a benchmark or a report."""
    found = [plugins(group)[name] for group in GROUPS if name in plugins(group)]
    suite = [plugin for plugin in plugins("probes").values() if plugin.name.startswith(f"{name}/")]
    if not found and not suite:
        raise _unknown(name)
    for plugin in found:
        explain = {"probes": _probe, "benchmarks": _benchmark}.get(plugin.group, _factory)
        explain(plugin)
        _line("provided by", f"{plugin.origin}, {plugin.entry.value}")
    width = max((len(plugin.name) for plugin in suite), default=0) + 2
    for plugin in suite:
        typer.echo(f"{plugin.name:<{width}}{plugin.summary}")


def _unknown(name: str) -> WsimError:
    known = [plugin for group in GROUPS for plugin in plugins(group)]
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    guess = f'did you mean "{near[0]}"? ' if near else ""
    return WsimError(
        f"nothing is called {name!r}",
        where="the NAME argument",
        remedy=f"{guess}`wsim list` shows everything",
    )


def _line(label: str, text: str) -> None:
    typer.echo(f"{label:<13}{text}")


def _title(plugin: Plugin) -> None:
    typer.echo(f"{plugin.name} ({plugin.group[:-1]})\n")


def _probe(plugin: Plugin) -> None:
    from wsim.runs.plan import load_probe

    probe = load_probe(plugin.name)
    _title(plugin)
    _line("asks", probe.question)
    _line("version", str(probe.version))
    for track, needs in probe.needs.items():
        _line(f"track {track}", f"needs {', '.join(sorted(needs))}")
    _line("clips from", f"{probe.min_duration_s:g} s on")
    for index, metric in enumerate(probe.metrics):
        unit = "" if metric.unit in ("", "1") else f" [{metric.unit}]"
        _line(
            "scored" if index == 0 else "also" if index == 1 else "", f"{metric.name}{unit}: {metric.meaning}"
        )
        _line("", f"  {metric.better} is better, {metric.low:g} to {metric.high:g}")
    _docstring(type(probe))


def _benchmark(plugin: Plugin) -> None:
    from importlib.resources import files

    package, _, file = plugin.entry.value.partition(":")
    _title(plugin)
    typer.echo((files(package) / file).read_text(encoding="utf-8"))


def _factory(plugin: Plugin) -> None:
    factory = plugin.load()
    _title(plugin)
    if plugin.group == "models":
        for parameter in inspect.signature(factory).parameters.values():
            default = "" if parameter.default is parameter.empty else f"={parameter.default}"
            _line("option", f"-m {parameter.name}{default}")
    _docstring(factory)


def _docstring(thing: Any) -> None:
    if text := inspect.getdoc(thing):
        typer.echo(f"\n{text}\n")
