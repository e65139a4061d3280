"""A worker process of this machine, at the other end of a pipe."""

import signal
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from wsim.errors import ExitCode, WsimError
from wsim.runs.crew import Came, CannotTravel, Gone, attempted
from wsim.runs.parent import end_with_parent

START_S = 300.0  # imports from a slow network disk take minutes


class ProcessWorker:
    """A spawned process that does what it is sent.

    Raises:
        Gone: it was killed before it could take a task.
        WsimError: it ended by itself before that.
    """

    def __init__(self) -> None:
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        # A daemon ends with this process, and sees to it itself should this one be killed.
        self._process = context.Process(target=_work, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        try:
            self._receive(START_S)
        except Gone as gone:
            killed = (self._process.exitcode or 0) < 0
            self.close()
            if killed:
                raise
            raise _never_began(str(gone)) from gone

    def call(self, function: Callable[..., Any], arguments: tuple[Any, ...], limit_s: float) -> Came:
        """What comes of the function in the other process.

        Raises:
            Gone: the process died, or took longer than `limit_s`.
            CannotTravel: the task or its result cannot be sent.
        """
        try:
            self._pipe.send((function, arguments))
        except OSError as error:
            raise Gone(self._end()) from error
        except Exception as error:
            raise CannotTravel(f"{type(error).__name__}: {error}") from error
        came = self._receive(limit_s)
        if isinstance(came, Came):
            return came
        raise CannotTravel(came)

    def close(self) -> None:
        """Kill it: a measurement leaves nothing behind."""
        self._process.kill()
        self._process.join()

    def _receive(self, limit_s: float) -> Any:
        try:
            if not self._pipe.poll(limit_s):
                raise Gone(f"took longer than {limit_s:g} s")
            return self._pipe.recv()
        except (EOFError, OSError) as error:
            raise Gone(self._end()) from error
        except Gone:
            raise
        except Exception as error:  # what was sent cannot be put together again here
            raise CannotTravel(f"{type(error).__name__}: {error}") from error

    def _end(self) -> str:
        """How the process ended, in words."""
        self._process.join(10.0)
        code = self._process.exitcode
        if code is None or code >= 0:
            return f"died with exit code {code}"
        hint = ", perhaps for want of memory" if code == -signal.SIGKILL else ""
        return f"was killed by {signal.Signals(-code).name}{hint}"


def _work(pipe: "Connection[Any, Any]") -> None:
    """The loop of the other process, until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    end_with_parent()
    pipe.send("ready")
    while True:
        try:
            function, arguments = pipe.recv()
        except EOFError:
            return
        except Exception as error:  # it names something that this process cannot import
            pipe.send(f"{type(error).__name__}: {error}")
            continue
        came = attempted(function, arguments)
        try:
            pipe.send(came)
        except OSError:
            return
        except Exception as error:  # nobody could read it at the other end
            pipe.send(f"{type(error).__name__}: {error}")


def _never_began(how: str) -> WsimError:
    return WsimError(
        f"a measuring process cannot start: it {how}",
        where="--executor processes",
        remedy='in a script of your own, start the run under `if __name__ == "__main__":`; '
        "or take --executor serial",
        exit_code=ExitCode.INCOMPLETE,
    )
