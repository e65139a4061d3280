"""How far a run is: one live line on a terminal, otherwise one plain line a minute."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from wsim.runs.session import OnEvent
from wsim.runs.session import Progress as Step

PLAIN_EVERY_S = 60.0


@contextmanager
def progress(console: Console) -> Iterator[OnEvent]:
    """A function that is told of every step, for as long as the block lasts."""
    if not console.is_terminal:
        yield _Plain(console)
        return
    columns = (
        TextColumn("{task.fields[what]:<34.34}"),
        BarColumn(bar_width=16),
        MofNCompleteColumn(),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None, what="starting")
        yield lambda step: bar.update(task, completed=step.done, total=step.total, what=_what(step))


class _Plain:
    """Log files keep every line, so there are few of them."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.last_s = time.monotonic()

    def __call__(self, step: Step) -> None:
        now_s = time.monotonic()
        if now_s - self.last_s >= PLAIN_EVERY_S:
            self.last_s = now_s
            self.console.print(f"{step.done} of {step.total} clips, at {_what(step)}", highlight=False)


def _what(step: Step) -> str:
    return f"{step.probe} (finding its scale)" if step.status == "calibrating" else step.probe
