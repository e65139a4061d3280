"""Scenes as JSON, and back."""

import dataclasses
import types
import typing
from typing import Any

from wsim.worlds.scene.whole import Scene


def scene_to_json(scene: Scene) -> dict[str, Any]:
    """Plain lists, numbers and strings."""
    return dataclasses.asdict(scene)


def scene_from_json(data: dict[str, Any]) -> Scene:
    """The inverse of `scene_to_json`; unknown or missing fields raise TypeError."""
    scene: Scene = _build(Scene, data)
    return scene


def _build(kind: Any, value: Any) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = typing.get_type_hints(kind)
        unknown = set(value) - set(hints)
        if unknown:
            raise TypeError(f"{kind.__name__} has no field {sorted(unknown)[0]!r}")
        return kind(**{name: _build(hints[name], item) for name, item in value.items()})
    if origin is tuple and arguments and arguments[-1] is Ellipsis:
        return tuple(_build(arguments[0], item) for item in value)
    if origin is tuple:
        return tuple(_build(inner, item) for inner, item in zip(arguments, value, strict=True))
    if origin in (typing.Union, types.UnionType):
        return None if value is None else _build(arguments[0], value)
    if kind is float:
        return float(value)
    return value
