"""The `wsim` command: its verbs, its exit codes, and how it speaks of errors."""

import os
import sys
import traceback
import warnings
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from wsim.cli.cache import cache
from wsim.cli.check import check
from wsim.cli.cite import cite
from wsim.cli.compare import compare
from wsim.cli.doctor import doctor
from wsim.cli.generate import generate
from wsim.cli.listing import list_
from wsim.cli.measure import measure
from wsim.cli.probe import probe
from wsim.cli.questions import questions
from wsim.cli.render import render
from wsim.cli.report import report
from wsim.cli.score import score
from wsim.cli.show import show
from wsim.cli.validate import validate
from wsim.cli.weights import weights
from wsim.errors import ExitCode, WsimError


class Ended(Exception):
    """A verb ended by its cause, which typer would turn into an exit without a word or an `Abort`."""


class Verbs(TyperGroup):
    """Verbs whose `KeyboardInterrupt` and `EOFError` can be told from each other."""

    def invoke(self, ctx: Any) -> Any:
        """Run the verb.

        Raises:
            Ended: by Ctrl-C, or where something ends too early.
        """
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, EOFError) as error:
            raise Ended from error


app = typer.Typer(
    name="wsim",
    cls=Verbs,
    help="Measures how well video generators simulate a world.",
    epilog="Begin with `wsim score reference`, or with `wsim check MODEL` for a model of yours. "
    "Exit codes: 0 complete, 1 internal, 2 usage, 3 incomplete, 4 a gate failed, 130 interrupted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for name, verb, panel in (
    ("score", score, "Jobs"),
    ("probe", probe, "Jobs"),
    ("compare", compare, "Jobs"),
    ("report", report, "Jobs"),
    ("measure", measure, "Jobs"),
    ("cite", cite, "Jobs"),
    ("check", check, "Models"),
    ("generate", generate, "Models"),
    ("questions", questions, "Models"),
    ("render", render, "Worlds"),
    ("validate", validate, "Probes"),
    ("list", list_, "Help"),
    ("show", show, "Help"),
    ("doctor", doctor, "Help"),
):
    app.command(name, rich_help_panel=panel)(verb)
app.add_typer(cache, name="cache", rich_help_panel="Help")
app.add_typer(weights, name="weights", rich_help_panel="Help")


def version(asked: bool) -> bool:
    """Print the version and stop, if asked to."""
    if asked:
        import wsim

        typer.echo(f"wsim {wsim.__version__}")
        raise typer.Exit()
    return asked


@app.callback()
def options(
    version: bool = typer.Option(
        False, "--version", callback=version, is_eager=True, help="Print it and stop."
    ),
) -> None:
    """Measures how well video generators simulate a world."""


def run() -> NoReturn:
    """The entry point of the `wsim` command."""
    sys.exit(call(sys.argv[1:]))


def call(arguments: list[str]) -> int:
    """Run one command and give its exit code; errors go to stderr in three lines."""
    debug = os.environ.get("WSIM_DEBUG") == "1"
    try:
        with warnings.catch_warnings():
            if not debug:
                warnings.showwarning = _warn
            done = app(args=arguments, prog_name="wsim", standalone_mode=False)
        sys.stdout.flush()
        return done if isinstance(done, int) else ExitCode.COMPLETE
    except WsimError as error:
        if debug:
            traceback.print_exc()
        _say(str(error))
        return error.exit_code
    except (BrokenPipeError, SystemExit) as error:  # `wsim list | head`: nobody is listening, and that is all
        if isinstance(error, SystemExit) and not isinstance(error.__context__, BrokenPipeError):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno() if sys.__stdout__ else 1)
        return ExitCode.COMPLETE
    except (KeyboardInterrupt, typer.Abort, Ended) as error:
        if isinstance(error.__cause__, EOFError):
            return _internal(error.__cause__, debug)
        _say("interrupted")
        return ExitCode.INTERRUPTED
    except Exception as error:
        if hasattr(error, "format_message"):  # typer's own: something about the command line
            _say(str(_usage(error)))
            return ExitCode.USAGE
        return _internal(error, debug)


def _usage(error: Any) -> WsimError:
    """A mistake on the command line, in the words of every other error."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "wsim"
    problem = str(error.format_message()).rstrip(".") or "what is wanted?"
    return WsimError(
        problem[0].lower() + problem[1:],
        where="the command line",
        remedy=f"`{command} --help` shows how it is used",
    )


def _internal(error: Exception, debug: bool) -> int:
    if debug:
        traceback.print_exception(error)
    else:
        line = " ".join(str(error).split())[:200]
        _say(f"internal error: {type(error).__name__}: {line} (WSIM_DEBUG=1 shows where)")
    return ExitCode.INTERNAL


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _warn(message: Warning | str, *_: Any, **__: Any) -> None:
    _say(f"warning: {message}")


if __name__ == "__main__":
    run()
