"""Scenes as JSON, and back."""

import dataclasses
import types
import typing
from collections.abc import Iterator
from functools import lru_cache
from reprlib import repr as short
from typing import Any

from wsim.errors import WsimError
from wsim.worlds.scene.whole import Scene


def scene_to_json(scene: Scene) -> dict[str, Any]:
    """Plain lists, numbers and strings."""
    return dataclasses.asdict(scene)


def scene_from_json(data: dict[str, Any]) -> Scene:
    """The inverse of `scene_to_json`.

    Raises:
        WsimError: a field that a scene does not have, one that is missing, or a value of another type;
            `where` is its path in the JSON.
    """
    scene: Scene = value_from_json(Scene, data, "scene")
    return scene


def value_from_json(kind: Any, value: Any, path: str) -> Any:
    """A value of a type that scenes are made of; `path` to it is told when it cannot be.

    Raises:
        WsimError: as for `scene_from_json`.
    """
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return kind(**dict(_fields(kind, value, path)))
    if origin is tuple:
        return tuple(_items(arguments, value, path))
    if origin in (typing.Union, types.UnionType):
        return None if value is None else value_from_json(arguments[0], value, path)
    if origin is typing.Literal:
        _require(
            value in arguments,
            f"{short(value)} is none of the known ones",
            path,
            f"choose {_listed(arguments)}",
        )
        return value
    if kind is float:
        _require(_is_number(value), f"a number is wanted, not {short(value)}", path, "give a number")
        return float(value)
    _require(
        type(value) is kind, f"{kind.__name__} is wanted, not {short(value)}", path, f"give a {kind.__name__}"
    )
    return value


def _fields(kind: type, value: Any, path: str) -> Iterator[tuple[str, Any]]:
    _require(
        isinstance(value, dict),
        f"{kind.__name__} is wanted, not {short(value)}",
        path,
        "give an object {...}",
    )
    hints = _hints(kind)
    for name in value:
        problem = f"{kind.__name__} has no field {name!r}"
        _require(name in hints, problem, f"{path}.{name}", f"its fields are {', '.join(hints)}")
    for field in dataclasses.fields(kind):
        if field.name in value:
            yield field.name, value_from_json(hints[field.name], value[field.name], f"{path}.{field.name}")
        else:
            known = field.default is not dataclasses.MISSING
            _require(known, f"{kind.__name__} needs a field {field.name!r}", path, f"add {field.name!r}")


@lru_cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _items(arguments: tuple[Any, ...], value: Any, path: str) -> Iterator[Any]:
    _require(
        isinstance(value, list | tuple), f"a list is wanted, not {short(value)}", path, "give a list [...]"
    )
    if arguments[-1] is Ellipsis:
        arguments = arguments[:1] * len(value)
    problem = f"{len(arguments)} items are wanted, not {len(value)}"
    _require(len(arguments) == len(value), problem, path, f"give a list of {len(arguments)}")
    for index, (kind, item) in enumerate(zip(arguments, value, strict=True)):
        yield value_from_json(kind, item, f"{path}[{index}]")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _listed(names: tuple[str, ...]) -> str:
    return f"one of {', '.join(names)}"


def _require(holds: bool, problem: str, path: str, remedy: str) -> None:
    if not holds:
        raise WsimError(problem, where=path, remedy=remedy)
