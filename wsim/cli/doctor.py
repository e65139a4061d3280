"""`wsim doctor`: is everything that wsim needs here, and in working order?"""

from typing import TYPE_CHECKING

import typer

from wsim.errors import ExitCode

if TYPE_CHECKING:
    from rich.console import Console

    from wsim.cli.health import Line


def doctor() -> None:
    """Look at the installation and say in words what is not in order."""
    from rich.console import Console

    from wsim.cli import health_machine as machine
    from wsim.cli import health_software as software
    from wsim.cli.health import safely

    console = Console(highlight=False)
    troubles = 0
    for examine in (
        software.python,
        software.packages,
        software.extras,
        software.torch,
        software.torchvision,
        software.codecs,
        software.plugins,
        machine.machine,
        machine.numba_cache,
        machine.video_cache,
        machine.shared_cache,
        machine.run_folders,
        machine.weights,
    ):
        for line in safely(examine):
            troubles += bool(line.remedy)
            _print(console, line)
    console.print(f"\nto be mended: {troubles}" if troubles else "\neverything is in order")
    if troubles:
        raise typer.Exit(ExitCode.INCOMPLETE)


def _print(console: "Console", line: "Line") -> None:
    """`ok` in order, `no` to be mended, `--` absent and not needed; what to do on a line of its own."""
    from rich.text import Text

    mark = ("no ", "red") if line.remedy else ("-- ", "dim") if line.hint else ("ok ", "green")
    console.print(Text.assemble(mark, f"{line.what:<16}", line.found), soft_wrap=True)
    if told := line.remedy or line.hint:
        console.print(Text(f"{'':<19}{told}", "yellow" if line.remedy else "dim"), soft_wrap=True)
