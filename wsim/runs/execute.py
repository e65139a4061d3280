"""Running a plan, and going on with it: the same command does both."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from wsim.contracts import Model
from wsim.errors import WsimError
from wsim.runs.folder import RunFolder
from wsim.runs.measure import LIMIT_S, Executor, Measurer, measurer
from wsim.runs.plan import Plan
from wsim.runs.results import RunSummary
from wsim.runs.session import OnEvent, Progress, Session
from wsim.runs.summary import write_summary

__all__ = ["OnEvent", "Progress", "execute", "work"]


def execute(
    model: Model,
    plan: Plan,
    folder: RunFolder | Path | str,
    *,
    jobs: int = 1,
    executor: Executor = "serial",
    limit_s: float = LIMIT_S,
    address: str | None = None,
    on_event: OnEvent | None = None,
    argv: Sequence[str] | None = None,
) -> RunSummary:
    """Run a plan, or go on with it: what is measured is not measured again, errors are tried once more.

    Args:
        model: who answers.
        plan: what is asked, from `make_plan`.
        folder: where the run is kept.
        jobs: measuring processes, here or on a cluster; the result does not depend on it.
        executor: where videos are measured. They are generated in this thread, and except with `serial`
            it never waits for measurements, scales or scenes that can be made ready meanwhile.
        limit_s: seconds after which a measurement is broken off; not with `serial`.
        address: of the cluster, for `executor="ray"`; by default `$RAY_ADDRESS`, or this machine alone.
        on_event: called after every scenario.
        argv: the command, for the manifest; `sys.argv` by default.

    Raises:
        WsimError: the folder belongs to another run, is in use or cannot be written; the disk is full.
        KeyboardInterrupt: passed on, with everything measured so far on disk.
    """
    run_folder = folder if isinstance(folder, RunFolder) else RunFolder(folder)
    with run_folder.writing(), measurer(executor, jobs, limit_s=limit_s, address=address) as measure:
        manifest = run_folder.begin(plan.manifest(model, argv=argv))
        work(Session(model, plan, run_folder, manifest, on_event or (lambda event: None)), measure)
        return write_summary(run_folder)


def work(session: Session, measure: Measurer) -> None:
    """Go through the probes of a plan and leave the manifest in the state that it came to."""
    try:
        session.run(measure)
    except BaseException as error:
        with suppress(WsimError):  # a full disk must not hide what happened first
            session.close("interrupted" if isinstance(error, KeyboardInterrupt) else "incomplete")
        raise
    session.close()
