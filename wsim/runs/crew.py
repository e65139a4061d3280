"""Workers that may die: a task that takes its worker down, or never ends, is tried twice and then given up.

One thread of this process stands behind every worker and hands it one task after another, so that who has
to be ended, and which task it was at, is never in doubt.
"""

import threading
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Protocol, runtime_checkable

from wsim.errors import ExitCode, WsimError

TRIES = 2
STARTS = 5  # in which a worker may die before it has begun; that is no fault of its task


class Gone(Exception):
    """A worker died at its task or was ended because it took too long; the message says which."""


class Lost(Exception):
    """A task took down every worker that it was given to; the message says how the last one ended."""


class CannotTravel(Exception):
    """A task, or what came of it, cannot be handed to or from another process."""


@dataclass(frozen=True)
class Came:
    """What came of a task: its value, or the error that it raised."""

    value: Any = None
    error: Exception | None = None


def attempted(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Came:
    """Do a task where the worker is; where its error was raised travels as a note on the error."""
    try:
        return Came(function(*arguments))
    except Exception as error:
        error.add_note("".join(traceback.format_exception(error)))
        return Came(error=error)


@runtime_checkable
class Worker(Protocol):
    """Another process that does one task at a time."""

    def call(self, function: Callable[..., Any], arguments: tuple[Any, ...], limit_s: float) -> Came:
        """What comes of the function there.

        Raises:
            Gone: the worker died or was too slow; it must be closed.
            CannotTravel: the task, or what came of it, could not be handed over; the worker is well.
        """
        ...

    def close(self) -> None:
        """End it, whatever it is doing. May be called twice, and from another thread."""
        ...


@dataclass(frozen=True)
class _Task:
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    future: "Future[Any]"


class Crew:
    """So many workers, each started with its first task and replaced when it is gone.

    Args:
        start: makes a worker; `Gone` if it died at once, and what else it raises is what its task comes to.
        size: workers.
        limit_s: seconds that one task may take.
    """

    def __init__(self, start: Callable[[], Worker], size: int, limit_s: float) -> None:
        self._start, self.size, self.limit_s = start, size, limit_s
        self._tasks: SimpleQueue[_Task | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._alive: set[Worker] = set()
        self._closed = False
        self._threads = [threading.Thread(target=self._serve, daemon=True) for _ in range(size)]
        for thread in self._threads:
            thread.start()

    def submit(self, function: Callable[..., Any], *arguments: Any) -> "Future[Any]":
        """Start a task. Its future raises what it raises, `Lost` or `CannotTravel`."""
        task = _Task(function, arguments, Future())
        with self._lock:
            if self._closed:
                task.future.cancel()
            else:
                self._tasks.put(task)
        return task.future

    def close(self) -> None:
        """End all workers; tasks that were not done are cancelled or lost."""
        with self._lock:
            self._closed = True
            workers, self._alive = self._alive, set()
        while not self._tasks.empty():
            task = self._tasks.get()
            if task is not None:
                task.future.cancel()
        for _ in self._threads:
            self._tasks.put(None)
        for worker in workers:
            worker.close()
        for thread in self._threads:
            thread.join()

    def _serve(self) -> None:
        """Do one task after another with one worker, until there are no more."""
        worker: Worker | None = None
        while (task := self._tasks.get()) is not None:
            if task.future.set_running_or_notify_cancel():
                worker = self._do(task, worker)
        self._end(worker)

    def _do(self, task: _Task, worker: Worker | None) -> Worker | None:
        """Do a task; returns the worker if it can be given another."""
        problem = ""
        for _ in range(TRIES):
            try:
                worker = worker or self._begin()
                came = worker.call(task.function, task.arguments, self.limit_s)
                if came.error is None:
                    task.future.set_result(came.value)
                else:
                    task.future.set_exception(came.error)
                return worker
            except Gone as gone:
                problem = str(gone)
                self._end(worker)
                worker = None
            except BaseException as error:  # it belongs to whoever waits for this task
                task.future.set_exception(error)
                return worker
        task.future.set_exception(Lost(problem))
        return None

    def _begin(self) -> Worker:
        with self._lock:
            if self._closed:
                raise Lost("the work was broken off")
        worker = self._started()
        with self._lock:
            if not self._closed:
                self._alive.add(worker)
                return worker
        worker.close()
        raise Lost("the work was broken off")

    def _started(self) -> Worker:
        problem = ""
        for _ in range(STARTS):
            try:
                return self._start()
            except Gone as gone:
                problem = str(gone)
        raise WsimError(
            f"a worker cannot start: it {problem}, {STARTS} times",
            where="--executor, --jobs",
            remedy="give the same command again, with fewer --jobs if memory is short",
            exit_code=ExitCode.INCOMPLETE,
        )

    def _end(self, worker: Worker | None) -> None:
        if worker is not None:
            with self._lock:
                self._alive.discard(worker)
            worker.close()
