"""`-m key=value` options of a model, read by the annotations of its factory."""

import inspect
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from wsim.errors import WsimError

_TRUE = {"1": True, "true": True, "yes": True, "on": True}
_FALSE = {"0": False, "false": False, "no": False, "off": False}


def split_options(pairs: Sequence[str]) -> dict[str, str]:
    """`["steps=20"]` as `{"steps": "20"}`.

    Raises:
        WsimError: one has no `=`, or a key comes twice.
    """
    options: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        key = key.replace("-", "_")
        if not equals or not key or key in options:
            raise WsimError(
                f"{'option given twice' if key in options else 'not an option'}: {pair!r}",
                where="-m",
                remedy="write -m key=value, each key once",
            )
        options[key] = value
    return options


def bind(factory: Callable[..., Any], options: Mapping[str, str], *, where: str) -> dict[str, Any]:
    """The keyword arguments for a factory.

    Raises:
        WsimError: an option is unknown, missing, or not of its parameter's type.
    """
    parameters = inspect.signature(factory).parameters
    named = {n: p for n, p in parameters.items() if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)}
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    unknown = [key for key in options if key not in named]
    if unknown and not takes_any:
        accepted = ", ".join(named) or "none"
        raise WsimError(
            f"unknown option {unknown[0]!r}", where=where, remedy=f"the options of this model: {accepted}"
        )
    missing = [n for n, p in named.items() if p.default is p.empty and n not in options]
    if missing:
        raise WsimError(
            f"option {missing[0]!r} is required", where=where, remedy=f"add -m {missing[0]}=VALUE"
        )
    hints = _hints(factory)
    return {
        key: _read(key, text, hints.get(key, _type_of_default(named.get(key))), where=where)
        for key, text in options.items()
    }


def _hints(factory: Callable[..., Any]) -> dict[str, Any]:
    target = factory.__init__ if inspect.isclass(factory) else factory
    try:
        return typing.get_type_hints(target)
    except (NameError, TypeError):  # an annotation that only a type checker can resolve
        return {}


def _type_of_default(parameter: inspect.Parameter | None) -> Any:
    default = None if parameter is None or parameter.default is parameter.empty else parameter.default
    return type(default) if isinstance(default, bool | int | float | str | Path) else str


def _read(key: str, text: str, kind: Any, *, where: str) -> Any:
    """`text` as a `kind`."""
    try:
        return _convert(text, kind)
    except ValueError as error:
        raise WsimError(
            f"option {key!r} cannot be {text!r}", where=where, remedy=f"give {_in_words(kind)}"
        ) from error
    except TypeError as error:
        raise WsimError(
            f"option {key!r} cannot be given as text", where=where, remedy="write a factory that sets it"
        ) from error


def _convert(text: str, kind: Any) -> Any:
    if get_origin(kind) in (Union, types.UnionType):
        return _convert_union(text, get_args(kind))
    if get_origin(kind) is Literal:
        by_text = {str(choice): choice for choice in get_args(kind)}
        if text not in by_text:
            raise ValueError(text)
        return by_text[text]
    if kind is bool:
        return _convert_bool(text)
    if kind in (int, float, str, Path):
        return kind(text)
    if kind in (Any, object):
        return text
    raise TypeError(kind)


def _convert_union(text: str, choices: tuple[Any, ...]) -> Any:
    if type(None) in choices and text.lower() in ("none", "null", ""):
        return None
    narrow_first = sorted(choices, key=lambda kind: kind in (str, Path))  # every text is a str
    for choice in narrow_first:
        try:
            return _convert(text, choice)
        except (ValueError, TypeError):
            continue
    raise ValueError(text)


def _convert_bool(text: str) -> bool:
    known = _TRUE | _FALSE
    if text.lower() not in known:
        raise ValueError(text)
    return known[text.lower()]


def _in_words(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(str(choice) for choice in get_args(kind))
    if get_origin(kind) in (Union, types.UnionType):
        return " or ".join(_in_words(choice) for choice in get_args(kind))
    words = {bool: "true or false", int: "a whole number", float: "a number", type(None): "none"}
    return words.get(kind, getattr(kind, "__name__", str(kind)))
