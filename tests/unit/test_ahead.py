"""What is made ahead comes in order, not too far ahead, and borrows the consumer's thread for its errands."""

import threading
import time
from collections.abc import Iterator
from typing import NoReturn

import pytest

from wsim.runs.ahead import Ahead


def counting(made: list[int], count: int = 6) -> Iterator[int]:
    for number in range(count):
        made.append(number)
        yield number


def until(condition: object, limit_s: float = 10.0) -> None:
    end = time.monotonic() + limit_s
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.001)


def test_items_come_in_order_and_at_most_so_many_ahead() -> None:
    made: list[int] = []
    with Ahead(counting(made), 2) as ahead:
        items = iter(ahead)
        assert next(items) == 0
        until(lambda: made == [0, 1, 2])
        time.sleep(0.02)
        assert made == [0, 1, 2]
        assert list(items) == [1, 2, 3, 4, 5]


def test_without_a_thread_everything_happens_in_turn() -> None:
    made: list[int] = []
    with Ahead(counting(made), 0) as ahead:
        for number in ahead:
            assert made[-1] == number
        assert ahead.here(threading.get_ident) == threading.get_ident()


@pytest.mark.parametrize("most", [0, 2])
def test_an_error_comes_after_the_items_before_it(most: int) -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("no more")

    seen = []
    with pytest.raises(ValueError, match="no more"), Ahead(items(), most) as ahead:
        seen.extend(ahead)
    with Ahead(items(), most) as ahead, pytest.raises(ValueError, match="no more"):
        for number in ahead:
            seen.append(number)
    assert seen[-1] == 1


def test_errands_are_done_in_the_thread_of_the_consumer() -> None:
    def items() -> Iterator[int]:
        yield ahead.here(threading.get_ident)
        with pytest.raises(ZeroDivisionError):
            ahead.here(lambda: 1 // 0)
        yield ahead.here(threading.get_ident)

    ahead = Ahead(items(), 1)
    with ahead:
        assert list(ahead) == [threading.get_ident()] * 2


def test_a_consumer_that_stops_early_ends_the_thread_even_one_with_an_errand() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield ahead.here(never)

    def never() -> NoReturn:
        raise AssertionError("nobody asked for it any more")

    before = threading.active_count()
    ahead = Ahead(items(), 2)
    with ahead:
        assert next(iter(ahead)) == 1
    assert threading.active_count() == before
