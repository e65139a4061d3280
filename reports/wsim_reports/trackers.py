"""Scores where training is watched: TensorBoard's event files, offline runs of Weights & Biases, MLflow.

Every number of a run goes in under one name, `probe/physics/fall/strict`, at the training step that the model
declares, so that checkpoints line up. Nothing is sent anywhere: all three write into a folder.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from wsim.errors import WsimError
from wsim.runs.results import Estimate, RunSummary
from wsim_reports.compute import compute_of
from wsim_reports.markdown import table

PROJECT = "wsim"
DATABASE = "mlflow.db"  # MLflow keeps its plain files for old users only


def scalars_of(run: RunSummary) -> dict[str, float]:
    """Every number of a run by name: value, and both ends of its interval; what is withheld is left out."""
    found = dict(_ends("headline", run.headline))
    for suite in run.suites:
        found |= _ends(f"suite/{suite.name}/strict", suite.strict)
    for probe in run.probes:
        if probe.status == "ok":
            found |= _ends(f"probe/{probe.name}/strict", probe.strict)
            found |= _ends(f"probe/{probe.name}/skill", probe.skill)
            found[f"probe/{probe.name}/coverage"] = probe.coverage
    for metric in run.metrics:  # trackers take no brackets in a name: `fvd[wsim]` is `metric/fvd-wsim`
        name = re.sub(r"[^\w.]+", "-", metric.name).strip("-")
        found |= _ends(f"metric/{name}", metric.estimate)
    return found


def _ends(name: str, estimate: Estimate) -> Iterator[tuple[str, float]]:
    ends = {"": estimate.value, "_low": estimate.low, "_high": estimate.high}
    yield from ((f"{name}{end}", value) for end, value in ends.items() if value is not None)


def facts_of(run: RunSummary) -> dict[str, str]:
    """What the numbers were made of, as text."""
    return {
        "model": str(run.model["name"]),
        "weights": str(run.model.get("digest") or "unknown"),
        "benchmark": f"{run.benchmark['name']}/{run.benchmark['version']}",
        "track": run.track,
        "clip": run.format,
        "seed": str(run.seed),
        "status": f"{run.status}{', limited' if run.partial else ''}",
        "signature": run.signature,
        "run": run.run,
    }


def step_of(run: RunSummary) -> int:
    """The training step that the model declares in its settings (`train_step`); 0 if it declares none."""
    return round(compute_of(dict(run.model.get("settings") or {})).get("train_step", 0))


def write_tensorboard(runs: Sequence[RunSummary], folders: Sequence[Path], output: Path) -> Path:
    """Event files, a folder for each model; `tensorboard --logdir OUTPUT` shows them.

    Runs of one model are one line, each at its training step.

    Args:
        runs: any number of them.
        folders: their run folders; not read.
        output: the folder of the logs.

    Raises:
        WsimError: tensorboard is not installed.
    """
    _library("tensorboard")
    from torch.utils.tensorboard import SummaryWriter

    by_place: dict[str, list[RunSummary]] = {}
    for place, run in zip(_places(runs), runs, strict=True):
        by_place.setdefault(place, []).append(run)
    for place, line in by_place.items():  # one file a line: of several the order would be that of their names
        with SummaryWriter(str(output / place)) as writer:
            for run in sorted(line, key=step_of):
                for name, value in scalars_of(run).items():
                    writer.add_scalar(name, value, global_step=step_of(run))
                writer.add_text("run", table(("", ""), facts_of(run).items()), global_step=step_of(run))
    return output


def write_wandb(runs: Sequence[RunSummary], folders: Sequence[Path], output: Path) -> Path:
    """Offline runs of Weights & Biases; `wandb sync OUTPUT/wandb/offline-run-*` sends them when you like.

    Args:
        runs: any number of them.
        folders: their run folders; not read.
        output: the folder for `wandb/`.

    Raises:
        WsimError: wandb is not installed.
    """
    wandb: Any = _library("wandb")
    output.mkdir(parents=True, exist_ok=True)
    for run in runs:
        settings = wandb.Settings(silent=True, console="off", x_disable_meta=True, x_disable_stats=True)
        tracked = wandb.init(
            project=PROJECT,
            name=str(run.model["name"]),
            dir=str(output),
            mode="offline",
            reinit="create_new",
            config={**facts_of(run), "settings": dict(run.model.get("settings") or {})},
            settings=settings,
        )
        tracked.log(scalars_of(run), step=step_of(run))
        tracked.finish()
    return output / "wandb"


def write_mlflow(runs: Sequence[RunSummary], folders: Sequence[Path], output: Path) -> Path:
    """Runs of MLflow in a database file.

    `mlflow ui --backend-store-uri sqlite:///OUTPUT/mlflow.db` shows them.

    Args:
        runs: any number of them.
        folders: their run folders; not read.
        output: the folder of the store.

    Raises:
        WsimError: mlflow is not installed.
    """
    _library("mlflow")
    from mlflow import MlflowClient
    from mlflow.entities import Metric, Param, RunTag

    output.mkdir(parents=True, exist_ok=True)
    client = MlflowClient(tracking_uri=f"sqlite:///{(output / DATABASE).resolve()}")
    known = client.get_experiment_by_name(PROJECT)
    experiment = known.experiment_id if known else client.create_experiment(PROJECT)
    for run in runs:
        tracked = client.create_run(experiment, run_name=str(run.model["name"]))
        at_ms, facts = tracked.info.start_time, facts_of(run)
        metrics = [Metric(name, value, at_ms, step_of(run)) for name, value in scalars_of(run).items()]
        params = [Param(name, text) for name, text in facts.items() if name != "signature"]
        client.log_batch(tracked.info.run_id, metrics, params, [RunTag("signature", facts["signature"])])
        client.set_terminated(tracked.info.run_id)
    return output


def _places(runs: Sequence[RunSummary]) -> list[str]:
    """A folder name for each run, the same for runs of one name at several steps."""
    return [re.sub(r"[^\w.-]+", "-", str(run.model["name"])).strip(".-") or "model" for run in runs]


def _library(name: str) -> ModuleType:
    """The library, which is imported only here.

    Raises:
        WsimError: it is not installed.
    """
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise WsimError(
            f"this report needs {name}", where=str(error), remedy=f"pip install 'wsim[{name}]'"
        ) from error
