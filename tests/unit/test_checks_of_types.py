"""The checks that tests run with refuse what those of jaxtyping refuse, in the modules of wsim as well."""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from beartype import beartype
from jaxtyping import Float64, TypeCheckError, UInt8
from wsim_checks import checked, jaxtypings_own

from wsim.contracts import Camera
from wsim.metrics.encoder.spoiling import is_visible
from wsim.video import Video

Row = Float64[np.ndarray, " n"]
ROW, BYTES = np.zeros(3), np.zeros(3, np.uint8)


def sums(a: Row, b: Row, *, times: int = 1) -> Row:
    return (np.resize(a, len(b) + times - 1) + 1) if times < 9 else a.astype(np.float32)


def pair(rows: tuple[Row, Row] | None) -> int:
    return 0 if rows is None else len(rows)


def text(count: int) -> str:
    return "a" * count if count else 0  # type: ignore[return-value]


def inside(a: Row) -> Row:
    return CHECKED[sums](np.zeros(2), np.zeros(2)) if len(a) == 3 else a  # of another length than `a`


def rows(count: int) -> Iterator[Row]:
    yield from (np.zeros(i) for i in range(count))


def named(a: "Row", b: "Row") -> "Row":
    return a


# A name that is nowhere, as those under TYPE_CHECKING are.
def unknown(a: Row, other: "list[Unknown] | None" = None, more: list["Unknown"] | None = None) -> None:
    pass


class Table:
    def __init__(self, width: int) -> None:
        self.width = width

    def row(self) -> Float64[np.ndarray, " {self.width}"]:
        return ROW


@dataclasses.dataclass(frozen=True, slots=True)
class Clip:
    frames: UInt8[np.ndarray, "time width"]
    marks: UInt8[np.ndarray, " time"]


def of(check: Callable[..., Any], function: Any) -> Any:
    return check(typechecker=beartype)(function)


CHECKED = {function: of(checked, function) for function in (sums, pair, text, inside, rows, named, unknown)}


@pytest.mark.parametrize("check", [checked, jaxtypings_own])
def test_what_is_wrong_is_refused(check: Callable[..., Any]) -> None:
    wrong = [
        (sums, (ROW, np.zeros(4)), {}),  # one letter, two lengths
        (sums, (ROW, BYTES), {}),
        (sums, (ROW, [0.0]), {}),
        (sums, (ROW, ROW[None]), {}),
        (sums, (ROW, ROW), {"times": "2"}),
        (sums, (ROW, ROW), {"times": 2}),  # an answer that is longer
        (sums, (ROW, ROW), {"times": 9}),  # or of another kind
        (pair, ((ROW, np.zeros(4)),), {}),
        (pair, ((ROW,),), {}),
        (text, (0,), {}),
        (text, (1.5,), {}),
        (inside, (ROW,), {}),
        (rows, (1.5,), {}),
        (named, (ROW, np.zeros(4)), {}),
        (unknown, (BYTES,), {}),
    ]
    for function, given, told in wrong:
        with pytest.raises(TypeCheckError):
            of(check, function)(*given, **told)
    with pytest.raises(TypeCheckError):
        of(check, Table.row)(Table(4))
    clip = of(check, dataclasses.make_dataclass("Clip", [(f.name, f.type) for f in dataclasses.fields(Clip)]))
    with pytest.raises(TypeCheckError):
        clip(np.zeros((3, 2), np.uint8), np.zeros(2, np.uint8))
    with pytest.raises(TypeError, match="missing"):
        of(check, sums)(ROW)


@pytest.mark.parametrize("check", [checked, jaxtypings_own])
def test_what_is_right_is_not(check: Callable[..., Any]) -> None:
    assert of(check, sums)(ROW, b=ROW).tolist() == [1, 1, 1]
    assert of(check, pair)((ROW, ROW)) == 2 and of(check, pair)(None) == 0
    assert len(of(check, inside)(np.zeros(4))) == 4 and of(check, text)(2) == "aa"
    assert [len(row) for row in of(check, rows)(3)] == [0, 1, 2]  # as many lengths as are yielded
    assert of(check, Table.row)(Table(3)) is ROW and of(check, named)(ROW, ROW) is ROW
    assert of(check, unknown)(ROW, [], [1]) is None
    assert of(check, Clip)(np.zeros((3, 2), np.uint8), BYTES).marks is BYTES
    assert of(check, sums).__name__ == "sums" and of(check, sums).__doc__ == sums.__doc__


def test_modules_are_checked() -> None:
    still = Video(np.zeros((2, 4, 4, 3), np.uint8), 8.0)
    with pytest.raises(TypeCheckError):
        Video(still.frames.astype(float), 8.0)
    with pytest.raises(TypeCheckError):
        Camera(np.zeros((2, 4, 4)), np.zeros((3, 3, 3)))
    with pytest.raises(TypeCheckError):
        is_visible(still.frames, still.frames[:1])
