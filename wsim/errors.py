"""Errors for people: three lines (problem, place, remedy) and an exit code that scripts can rely on."""

from enum import IntEnum
from functools import partial
from typing import Any


class ExitCode(IntEnum):
    """What the `wsim` command returns to the shell."""

    COMPLETE = 0
    INTERNAL = 1
    USAGE = 2
    INCOMPLETE = 3
    GATE_FAILED = 4
    INTERRUPTED = 130


# What code of others may raise. `sys.exit()` in a model or a probe is its failure, never the end of a run.
RAISED_ELSEWHERE = (Exception, SystemExit)


class WsimError(Exception):
    """A mistake that the user can mend.

    Args:
        problem: what is wrong, naming the thing.
        where: the file, folder, request or option it was found in.
        remedy: what would work.
        exit_code: what the command returns; `USAGE` unless said otherwise.
    """

    def __init__(
        self, problem: str, *, where: str, remedy: str, exit_code: ExitCode = ExitCode.USAGE
    ) -> None:
        super().__init__(problem, where, remedy)
        self.problem = problem
        self.where = where
        self.remedy = remedy
        self.exit_code = exit_code

    def __reduce__(self) -> tuple[Any, ...]:
        """An error can travel from one process to another."""
        again = partial(type(self), where=self.where, remedy=self.remedy, exit_code=self.exit_code)
        return again, (self.problem,)

    def __str__(self) -> str:
        return f"error: {self.problem}\n  in {self.where}\n  {self.remedy}"
