"""What is installed: probes, models, reports and benchmarks, found by entry point and loaded when asked for.

Listing imports nothing: names, origins and even the one-line summary are read without running a plugin.
"""

import ast
import difflib
import importlib.util
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from wsim.errors import WsimError


@dataclass(frozen=True, slots=True)
class Plugin:
    """One entry point: `group` is `probes`, `models`, `reports` or `benchmarks`."""

    group: str
    name: str
    entry: EntryPoint

    @property
    def origin(self) -> str:
        """Distribution and version that provide it."""
        dist = self.entry.dist
        return f"{dist.name} {dist.version}" if dist else "unknown distribution"

    @property
    def source_file(self) -> Path:
        """The file that holds the object; only its parent packages are imported to find it."""
        spec = importlib.util.find_spec(self.entry.module)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(self.entry.module)
        return Path(spec.origin)

    @property
    def summary(self) -> str:
        """First line of the docstring of the function or class, else of its module."""
        try:
            tree = _parsed(self.source_file)
        except (ImportError, OSError, SyntaxError) as error:
            return f"broken: {type(error).__name__}: {error}"
        nodes = [n for n in tree.body if isinstance(n, ast.ClassDef | ast.FunctionDef)]
        named = [ast.get_docstring(n) for n in nodes if n.name == self.entry.attr]
        text = (named[0] if named else None) or ast.get_docstring(tree) or ""
        return text.splitlines()[0] if text else ""

    def defines(self, method: str) -> bool:
        """Whether the object has a method of that name in the body of its class.

        The object is a class, or a function that says that it returns a class of its own file.
        """
        try:
            tree = _parsed(self.source_file)
        except (ImportError, OSError, SyntaxError):
            return False
        made = {n.name: n.returns for n in tree.body if isinstance(n, ast.FunctionDef)}
        returned = made.get(self.entry.attr)
        name = returned.id if isinstance(returned, ast.Name) else self.entry.attr
        bodies = [n.body for n in tree.body if isinstance(n, ast.ClassDef) and n.name == name]
        return any(isinstance(n, ast.FunctionDef) and n.name == method for body in bodies for n in body)

    def load(self) -> Any:
        """The object itself.

        Raises:
            WsimError: the plugin cannot be imported.
        """
        try:
            return self.entry.load()
        except (ImportError, AttributeError, SyntaxError) as error:
            raise WsimError(
                f"{self.group[:-1]} {self.name!r} cannot be loaded: {type(error).__name__}: {error}",
                where=f"{self.entry.value}, provided by {self.origin}",
                remedy=f"reinstall {self.origin.split()[0]}, or see what is broken with `wsim doctor`",
            ) from error


@cache
def _parsed(source: Path) -> ast.Module:
    return ast.parse(source.read_text(encoding="utf-8"))


@cache
def plugins(group: str) -> dict[str, Plugin]:
    """Everything registered under `wsim.<group>`, by name, in alphabetical order.

    Raises:
        WsimError: two distributions claim the same name.
    """
    found: dict[str, Plugin] = {}
    for entry in entry_points(group=f"wsim.{group}"):
        plugin = Plugin(group, entry.name, entry)
        if (other := found.get(entry.name)) and other.entry.value != entry.value:
            raise WsimError(
                f"two {group} are called {entry.name!r}",
                where=f"{other.origin} and {plugin.origin}",
                remedy="uninstall one of the two",
            )
        found[entry.name] = plugin
    return dict(sorted(found.items()))


def find(group: str, name: str) -> Plugin:
    """The plugin of that name.

    Raises:
        WsimError: there is none; the message suggests the nearest name.
    """
    known = plugins(group)
    if name not in known:
        raise unknown(group[:-1], name, known, where="the installed plugins")
    return known[name]


def unknown(kind: str, name: str, known: Iterable[str], *, where: str) -> WsimError:
    """The error for a name that does not exist, with a suggestion."""
    known = list(known)
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    guess = f'did you mean "{near[0]}"? ' if near else ""
    return WsimError(
        f"unknown {kind} {name!r}",
        where=where,
        remedy=f"{guess}`wsim list {kind}s` shows all {len(known)}",
    )
