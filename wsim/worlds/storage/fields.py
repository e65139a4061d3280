"""Frozen dataclasses taken apart into named arrays and plain JSON, and put together again.

Whatever fields they have or will have are kept: the names and types are those of the dataclasses themselves.
The name of an array is the path to it, `trajectory/position_m`.
"""

import dataclasses
import types
import typing
from collections.abc import Mapping
from typing import Any

import numpy as np

from wsim.worlds.scene.as_json import value_from_json
from wsim.worlds.storage.arrays import Array

Arrays = dict[str, Array]


def take_apart(value: Any, arrays: Arrays, without: frozenset[str], path: str = "") -> Any:
    """The JSON of a value; its arrays are added to `arrays`, by path.

    Args:
        value: dataclasses, mappings, sequences, arrays, and plain numbers and strings.
        arrays: where the arrays go.
        without: paths that are left out because they are kept elsewhere.
        path: to `value` itself.
    """
    if isinstance(value, np.ndarray):
        arrays[path] = value
        return None
    if dataclasses.is_dataclass(value):
        items = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    elif isinstance(value, Mapping):
        items = dict(value)
    elif isinstance(value, tuple | list):
        return [take_apart(item, arrays, without, f"{path}/{place}") for place, item in enumerate(value)]
    else:
        return value
    inner = {name: f"{path}/{name}".lstrip("/") for name in items}
    kept = {name: item for name, item in items.items() if inner[name] not in without}
    return {name: take_apart(item, arrays, without, inner[name]) for name, item in kept.items()}


def put_together(kind: Any, data: Any, known: Mapping[str, Any], path: str = "") -> Any:
    """The inverse of `take_apart`.

    Args:
        kind: the type of the value.
        data: the JSON of it.
        known: the arrays, and whatever was kept elsewhere, by path.
        path: to the value itself.

    Raises:
        KeyError, WsimError: something is missing, or of another type.
    """
    if path in known:
        return known[path]
    if typing.get_origin(kind) is Mapping:
        of_items = typing.get_args(kind)[1]
        return {name: put_together(of_items, data[name], known, f"{path}/{name}") for name in data}
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return None if data is None else put_together(typing.get_args(kind)[0], data, known, path)
    if not (isinstance(kind, type) and dataclasses.is_dataclass(kind)):
        return value_from_json(kind, data, path)
    hints = typing.get_type_hints(kind)
    values = {}
    for field in dataclasses.fields(kind):
        inner = f"{path}/{field.name}".lstrip("/")
        item = None if inner in known else data[field.name]
        values[field.name] = put_together(hints[field.name], item, known, inner)
    return kind(**values)
