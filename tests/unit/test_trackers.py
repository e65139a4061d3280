"""Numbers of runs in TensorBoard, Weights & Biases and MLflow, read back by the libraries themselves."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from wsim.errors import WsimError
from wsim.runs.results import Estimate, SetMetric
from wsim_reports.trackers import scalars_of, step_of, write_mlflow, write_tensorboard, write_wandb

sys.path.append(str(Path(__file__).parent.parent / "fixtures"))
from wsim_summaries import NONE, make_probe, make_run


def trained(step: int) -> Any:
    model = {"name": "../toy net", "adapter": "toy/1", "digest": None, "settings": {"train_step": step}}
    return make_run(model=model)


def test_what_is_withheld_is_no_number() -> None:
    found = scalars_of(make_run(headline=NONE))
    assert not any(name.startswith("headline") for name in found)
    assert found["probe/physics/fall/strict"] == 0.9 and found[
        "suite/permanence/strict_low"
    ] == pytest.approx(0.22)
    unseen = make_probe("physics/fall", None, status="empty")
    run = make_run(suites=(make_run().suites[0],))
    assert not any("fall" in name for name in scalars_of(run)) and unseen.strict.value is None
    assert (step_of(trained(4000)), step_of(make_run())) == (4000, 0)


def test_tensorboard_shows_one_line_over_training(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="wsim[tensorboard] is not installed")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    steps = [*range(2000, 14_000, 1000), 1000]  # names of files would sort 10 before 9
    written = write_tensorboard([trained(step) for step in steps], [tmp_path] * 13, tmp_path / "logs")
    assert [place.name for place in written.iterdir()] == ["toy-net"]  # no way out of the folder
    events = EventAccumulator(str(written / "toy-net")).Reload()
    headline = [(event.step, round(event.value, 6)) for event in events.Scalars("headline")]
    assert headline == [(step, 0.6) for step in sorted(steps)]
    assert set(events.Tags()["scalars"]) == set(scalars_of(trained(1000)))


def test_numbers_of_all_videos_go_in_under_names_that_trackers_take() -> None:
    metric = SetMetric("fvd[wsim]", "lower", Estimate(3.0, 2.0, 4.0, 9, 9))
    missing = SetMetric("clip[ViT-B-32]", "higher", NONE, unavailable="no weights")
    found = scalars_of(make_run(metrics=(metric, missing)))
    assert {name: value for name, value in found.items() if name.startswith("metric/")} == {
        "metric/fvd-wsim": 3.0, "metric/fvd-wsim_low": 2.0, "metric/fvd-wsim_high": 4.0
    }  # fmt: skip


def test_tensorboard_shows_the_whole_signature(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="wsim[tensorboard] is not installed")
    from tensorboard import plugin_util
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    written = write_tensorboard([trained(1)], [tmp_path], tmp_path / "logs")
    events = EventAccumulator(str(written / "toy-net")).Reload()
    (text,) = events.Tensors("run/text_summary")[0].tensor_proto.string_val
    assert f"<td>{make_run().signature}</td>" in plugin_util.markdown_to_safe_html(text.decode())


def test_wandb_writes_an_offline_run_and_needs_no_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wandb = pytest.importorskip("wandb", reason="wsim[wandb] is not installed")
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    written = write_wandb([trained(1000)], [tmp_path], tmp_path / "logs")
    wandb.teardown()  # as when the command ends: its own process has written everything
    (file,) = written.glob("offline-run-*/run-*.wandb")
    data = file.read_bytes()  # a log of records: names and values stand in it in clear
    for name, value in scalars_of(trained(1000)).items():
        text = json.dumps(value).encode()
        item = name.encode() + b"\x82\x01" + bytes([len(text)]) + text  # field 16 is the value
        assert item in data, name


def test_mlflow_keeps_runs_of_one_experiment(tmp_path: Path) -> None:
    mlflow = pytest.importorskip("mlflow", reason="wsim[mlflow] is not installed")
    pytest.importorskip("sqlalchemy", reason="wsim[mlflow] is not installed")
    written = write_mlflow([trained(1000)], [tmp_path], tmp_path / "logs")
    write_mlflow([trained(2000)], [tmp_path], tmp_path / "logs")
    client = mlflow.MlflowClient(tracking_uri=f"sqlite:///{written / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("wsim")
    runs = client.search_runs([experiment.experiment_id])
    assert len(runs) == 2 and {run.info.status for run in runs} == {"FINISHED"}
    histories = [client.get_metric_history(run.info.run_id, "headline") for run in runs]
    assert sorted((m.step, m.value) for found in histories for m in found) == [(1000, 0.6), (2000, 0.6)]
    assert runs[0].data.tags["signature"] == make_run().signature
    assert runs[0].data.params["benchmark"] == "quick/1"


@pytest.mark.parametrize(
    ("write", "name"),
    [(write_tensorboard, "tensorboard"), (write_wandb, "wandb"), (write_mlflow, "mlflow")],
)
def test_a_missing_library_is_told_with_what_brings_it(
    write: Any, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(WsimError) as caught:
        write([make_run()], [tmp_path], tmp_path / "logs")
    assert f"needs {name}" in caught.value.problem and f"pip install 'wsim[{name}]'" in str(caught.value)
    assert str(caught.value).count("\n") == 2 and not (tmp_path / "logs").exists()
