"""How the ray caster's kernels are compiled, and the little vector arithmetic they share.

The kernels use only + - * / sqrt floor and integers on float64, with no fast-math: IEEE 754 fixes every one
of these to the last bit, so a picture is the same on every machine, thread and run.
"""

import hashlib
import inspect
import math
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, ParamSpec, TypeAlias, TypeVar, cast

import numpy as np
from numba import njit, types
from numba.core.registry import cpu_target

Vector: TypeAlias = tuple[float, float, float]
Table: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]
P = ParamSpec("P")
R = TypeVar("R")


def _supported(options: dict[str, bool | str]) -> dict[str, bool | str]:
    """Leave out what this version of numba does not know; the kernels are then slower but the same."""
    return {name: value for name, value in options.items() if hasattr(cpu_target.options, name)}


# `_nrt=False` (undocumented) drops the atomic reference counts that numba otherwise inserts around every
# array that is handed to another function: three times as fast, and safe because kernels allocate nothing.
_OPTIONS = _supported({"nogil": True, "error_model": "numpy", "_nrt": False})
# Only kernels call kernels: without wrappers for C and Python they compile faster. Python's call crashes.
_INTERNAL = _supported({"no_cfunc_wrapper": True, "no_cpython_wrapper": True})
_INLINED = _supported({"forceinline": True})


def _compile(function: Callable[P, R], **options: Any) -> Callable[P, R]:
    # A type checker installed as an import hook wraps functions; numba needs the function itself.
    return cast(Callable[P, R], _for_any_constant(njit(**options)(inspect.unwrap(function))))


def _for_any_constant(dispatcher: Any) -> Any:
    """One version for all integers: numba would compile a function anew for every constant given.

    Saves a fifth of the time that compiling takes. It changes how numba looks up a version (undocumented);
    should that no longer be there, it goes on as before.
    """
    look_up = getattr(dispatcher, "get_call_template", None)
    if look_up is not None:
        dispatcher.get_call_template = lambda args, kws: look_up(
            tuple(types.unliteral(arg) for arg in args),
            {name: types.unliteral(arg) for name, arg in kws.items()},
        )
    return dispatcher


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile as a function of its own, which only compiled code may call."""
    return _compile(function, **_OPTIONS, **_INTERNAL)


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """Compile into whoever calls it."""
    return _compile(function, **_OPTIONS, **_INTERNAL, **_INLINED)


def entry(function: Callable[P, R]) -> Callable[P, R]:
    """Compile and keep the machine code on disk, beside the source or in `NUMBA_CACHE_DIR`."""
    return _compile(function, **_OPTIONS, cache=True)


def source_digest(*modules: ModuleType) -> str:
    """SHA-256 of kernel sources. numba's cache looks only at the file of the entry point itself."""
    files = [Path(inspect.getsourcefile(module) or "") for module in modules]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


@inlined
def dot(a: Vector, b: Vector) -> float:
    """Inner product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@inlined
def add_scaled(a: Vector, scale: float, b: Vector) -> Vector:
    """The vector a + scale b."""
    return a[0] + scale * b[0], a[1] + scale * b[1], a[2] + scale * b[2]


@inlined
def scaled(scale: float, a: Vector) -> Vector:
    """The vector scale a."""
    return scale * a[0], scale * a[1], scale * a[2]


@inlined
def mixed(a: Vector, b: Vector, weight: float) -> Vector:
    """From a (weight 0) to b (weight 1)."""
    return a[0] + weight * (b[0] - a[0]), a[1] + weight * (b[1] - a[1]), a[2] + weight * (b[2] - a[2])


@inlined
def normalised(a: Vector) -> Vector:
    """The vector at unit length."""
    return scaled(1.0 / math.sqrt(dot(a, a)), a)


@inlined
def clamped(value: float) -> float:
    """The value, held between 0 and 1."""
    return min(1.0, max(0.0, value))


@inlined
def vector_at(row: Table, index: int, column: int) -> Vector:
    """Three neighbouring columns of a table as a vector."""
    return row[index, column], row[index, column + 1], row[index, column + 2]
