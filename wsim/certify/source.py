"""What a reading depends on, as source: followed from a probe through its imports, never a list by hand."""

import ast
import dataclasses
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from wsim.contracts import Probe
from wsim.described import described
from wsim.worlds import families

# A certificate is stale when one of these changed; renders that come out otherwise are other observations.
READ_OUT = ("wsim.perception", "wsim.certify")
SHOWN = ("wsim.perception", "wsim.certify", "wsim.worlds", "wsim.models", "wsim.video", "wsim.contracts")


def source_digest(probe: Probe) -> str:
    """SHA-256 over the source that a reading depends on.

    The modules of the probe and of the functions in its description, and whatever they import from their own
    packages, from `wsim.perception` and from `wsim.certify`, followed through: a changed reading changes it,
    a changed report does not.
    """
    return _digest(probe, READ_OUT, _modules_of(probe))


def observations_digest(probe: Probe) -> str:
    """SHA-256 over all that an observation depends on: also the worlds, and what is shown of them."""
    # Families are found by name and not imported by one: any of them may be in the clips of any probe.
    found = [f"{families.__name__}.{name}" for _, name, _ in iter_modules(families.__path__)]
    return _digest(probe, SHOWN, (*_modules_of(probe), "wsim.certify.clips", *found))


def _digest(probe: Probe, packages: Sequence[str], roots: Sequence[str]) -> str:
    own = {name.partition(".")[0] for name in _modules_of(probe)} - {"wsim"}
    files = source_files(tuple(sorted(set(roots))), (*sorted(own), *packages))
    parts = [f"{name}:{hashlib.sha256(path.read_bytes()).hexdigest()}" for name, path in files]
    made = f"{described(probe)}/{probe.name}/{probe.version}"
    return hashlib.sha256("|".join([*parts, made]).encode()).hexdigest()


def source_files(roots: tuple[str, ...], packages: tuple[str, ...]) -> list[tuple[str, Path]]:
    """Modules and files that can be reached from some modules by imports within some packages, in order."""
    found: dict[str, Path] = {}
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        path = None if name in found else _file_of(name)
        if path is not None:
            found[name] = path
            imports = _imports(path, path.stat().st_mtime_ns)
            waiting += [m for m in imports if any(m == p or m.startswith(f"{p}.") for p in packages)]
    return sorted(found.items())


@cache
def _file_of(module: str) -> Path | None:
    """The Python file of a module; None for what is a function, or has no source."""
    try:
        spec = find_spec(module)
    except (ImportError, ValueError):
        return None
    if spec is None or not spec.origin or not spec.origin.endswith(".py"):
        return None
    return Path(spec.origin)


@cache
def _imports(path: Path, changed_ns: int) -> tuple[str, ...]:
    """All that a file imports, inside functions too; what it takes from a package may be a module."""
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return tuple(found)


def _modules_of(probe: Probe) -> tuple[str, ...]:
    return tuple(sorted({type(probe).__module__, *_functions(probe)}))


def _functions(value: Any) -> Iterator[str]:
    """The modules of the functions that a description names."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from _functions(getattr(value, field.name))
    elif isinstance(value, partial):
        yield from _functions((value.func, value.args, value.keywords))
    elif isinstance(value, Mapping):
        yield from _functions(tuple(value.values()))
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _functions(item)
    elif callable(value):
        yield value.__module__
