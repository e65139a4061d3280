"""Descriptions as text that is the same in every process: what is kept under it is found again."""

import dataclasses
from collections.abc import Mapping
from functools import partial
from typing import Any


def described(value: Any) -> str:
    """A value in words, functions by name and not by address.

    >>> described({"law": max, "amounts": (0.5, 1.0)})
    "{'law': builtins.max, 'amounts': (0.5, 1.0)}"
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = ((f.name, described(getattr(value, f.name))) for f in dataclasses.fields(value))
        return f"{type(value).__qualname__}({', '.join(f'{name}={text}' for name, text in fields)})"
    if isinstance(value, partial):
        return f"partial({described((value.func, value.args, value.keywords))})"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key!r}: {described(item)}' for key, item in value.items())}}}"
    if isinstance(value, tuple | list):
        return f"({', '.join(described(item) for item in value)})"
    if callable(value):
        return f"{value.__module__}.{value.__qualname__}"
    if isinstance(value, set | frozenset):
        return f"{{{', '.join(sorted(described(item) for item in value))}}}"
    kind: Any = type(value)
    if kind.__repr__ is object.__repr__:  # which tells the address
        held = getattr(value, "__dict__", {})
        return str(kind.__qualname__) + (described(held) if held else "")
    return repr(value)
