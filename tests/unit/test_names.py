"""Names that functions use are there: linters cannot tell, since the axes of shapes are no names to them."""

import builtins
import dis
import importlib
from collections.abc import Iterator
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from types import CodeType

import pytest

PACKAGES = ("wsim", "wsim_probes", "wsim_reference", "wsim_reports", "wsim_benchmarks")


def _modules(package: str) -> Iterator[tuple[str, Path]]:
    folder = Path(str(files(package)))
    for path in sorted(folder.rglob("*.py")):
        parts = [package, *path.relative_to(folder).with_suffix("").parts]
        yield ".".join(part for part in parts if part != "__init__"), path


def _globals(code: CodeType) -> Iterator[tuple[str, int]]:
    line = code.co_firstlineno
    for step in dis.get_instructions(code):
        line = step.starts_line or line
        if step.opname == "LOAD_GLOBAL":
            yield str(step.argval), line
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _globals(inner)


def missing(source: str, known: set[str], name: str = "<text>") -> list[str]:
    """Global names that functions of a source use and that are not known, with their lines."""
    found = _globals(compile(source, name, "exec"))
    return [f"{used} in line {line}" for used, line in found if used not in known | set(dir(builtins))]


def test_what_is_missing_is_found() -> None:
    source = "def f():\n    return [g(x) for x in h]\n"
    assert missing(source, {"f", "h"}) == ["g in line 2"]
    assert missing(source, {"f", "g", "h"}) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_name_is_there(package: str) -> None:
    wrong = {}
    for name, path in _modules(package):
        with suppress(ModuleNotFoundError):  # an extra that is not installed
            known = set(vars(importlib.import_module(name)))
            wrong[name] = missing(path.read_text("utf-8"), known, str(path))
    assert not {name: found for name, found in wrong.items() if found}
