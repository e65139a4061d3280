"""Preparing what comes next in a thread, while the thread that owns the model is busy with it."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Ahead(Generic[T]):
    """Iterates over `items` in another thread, some items ahead of its consumer.

    Models are used in one thread only: drivers and gradient modes belong to threads. What an item needs of
    the model is therefore done by the consumer, which serves such errands whenever it waits or is asked to.

    Args:
        items: made in the other thread, one after another.
        most: how much may wait for the consumer; with 0 there is no thread, and everything happens in turn.
        weight: of an item.
    """

    def __init__(self, items: Iterator[T], most: int, weight: Callable[[T], int] = lambda item: 1) -> None:
        self._items, self._most, self._weight = items, most, weight
        self._changed = threading.Condition()
        self._ready: deque[T] = deque()
        self._errands: deque[tuple[Callable[[], Any], Future[Any]]] = deque()
        self._over = self._stopped = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True) if most else None

    def __enter__(self) -> "Ahead[T]":
        if self._thread:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop behind the item that is being made."""
        with self._changed:
            self._stopped = True
            for _, future in self._errands:
                future.cancel()
            self._changed.notify_all()
        if self._thread:
            self._thread.join()

    def __iter__(self) -> Iterator[T]:
        """The items in order; raises what making them raised."""
        if not self._thread:
            yield from self._items
            return
        while True:
            self.serve()
            with self._changed:
                self._changed.wait_for(lambda: self._ready or self._errands or self._over)
                if self._errands:
                    continue
                if not self._ready:
                    break
                item = self._ready.popleft()
                self._changed.notify_all()
            yield item
        if self._error:
            raise self._error

    def here(self, errand: Callable[[], Any]) -> Any:
        """Called while an item is made: have something done by the consumer, and wait for it."""
        if not self._thread:
            return errand()
        future: Future[Any] = Future()
        with self._changed:
            if self._stopped:
                future.cancel()
            self._errands.append((errand, future))
            self._changed.notify_all()
        return future.result()

    def serve(self) -> None:
        """Called by the consumer: do the errands that wait."""
        while self._errands:
            errand, future = self._errands.popleft()
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(errand())
                except Exception as error:  # it belongs to whoever makes the item
                    future.set_exception(error)

    @property
    def _held(self) -> int:
        return sum(self._weight(item) for item in self._ready)

    def _run(self) -> None:
        try:
            for item in self._items:
                with self._changed:
                    self._ready.append(item)
                    self._changed.notify_all()
                    self._changed.wait_for(lambda: self._stopped or self._held < self._most)
                    if self._stopped:
                        return
        except BaseException as error:
            self._error = error
        finally:
            with self._changed:
                self._over = True
                self._changed.notify_all()
