"""What is kept under a description is found again by another process, and not by something else."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from wsim.described import described


@dataclass(frozen=True)
class Settings:
    law: Any
    names: frozenset[str] = frozenset({"a", "b", "c"})


class Plain:
    def __init__(self, amount: float) -> None:
        self.amount = amount


class Bare: ...


def test_functions_have_their_names() -> None:
    said = described(Settings(partial(max, key=len)))
    assert said == "Settings(law=partial((builtins.max, (), {'key': builtins.len})), names={'a', 'b', 'c'})"


@pytest.mark.parametrize("value", [Bare(), Plain(1.0), [Plain(2.0)], {"a": object()}, Settings(None)])
def test_nothing_tells_an_address(value: object) -> None:
    assert "0x" not in described(value)


def test_what_plain_objects_hold_counts() -> None:
    assert described(Bare()) == "Bare" and described(Plain(1.0)) != described(Plain(2.0))
    assert described(range(3)) == "range(0, 3)"
