"""The example of docs/during-training.md scores a toy network while it is trained."""

import importlib
import importlib.util
import sys
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from wsim import Model, ModelInfo, Request, Video

ROOT = Path(__file__).parent.parent.parent
sys.path.append(str(ROOT / "tests/fixtures"))
wsim_toy: Any = importlib.import_module("wsim_toy")


def example() -> Any:
    path = ROOT / "docs/examples/score_checkpoints.py"
    spec = importlib.util.spec_from_file_location("score_checkpoints", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


EXAMPLE = example()


class Brightener(torch.nn.Module):
    """Learns by how much a grey rises from frame to frame."""

    def __init__(self) -> None:
        super().__init__()
        self.rise = torch.nn.Parameter(torch.zeros(()))
        self.noise = torch.nn.Dropout(0.5)  # of no use, and random while training

    def forward(self, levels: torch.Tensor) -> torch.Tensor:
        return levels + self.rise + 0 * self.noise(levels)


class Brightening:
    """The network as a model of wsim."""

    def __init__(self, network: torch.nn.Module, step: int) -> None:
        assert not network.training and torch.is_inference_mode_enabled()
        self.info = ModelInfo(
            "brightener",
            "toy/1",
            EXAMPLE.digest_of_weights(network),
            frozenset({"context"}),
            settings={"train_step": step},
        )
        self._network = network

    def generate(self, requests: Sequence[Request]) -> Iterator[Video]:
        for request in requests:
            assert request.context is not None
            levels = [torch.tensor(float(request.context.frames[0].mean()))]
            torch.rand(3)
            while len(levels) < request.num_frames:
                levels.append(self._network(levels[-1]))
            yield wsim_toy.grey(np.array([float(level) for level in levels]), request.format)


def callback(folder: Path, **changes: Any) -> Any:
    options: dict[str, Any] = {
        "wrap": Brightening,
        "benchmark": wsim_toy.benchmark("toy/rise", clusters=2),
        "probes": {"toy/rise": wsim_toy.Rise(twins=1)},
        "every": 4,
    }
    return EXAMPLE.ScoreCheckpoints(folder, **{**options, **changes})


def train(network: Brightener, scores: Any, steps: int) -> list[Any]:
    """Gradient descent on the rise that lawful clips have; the random numbers that it saw come last."""
    optimiser, found = torch.optim.SGD(network.parameters(), lr=0.05), []
    torch.manual_seed(3)
    for step in range(1, steps + 1):
        levels = torch.randint(10, 60, (8,)).float()
        loss = (network(levels) - levels - wsim_toy.RISE).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        found.append(scores(network, step))
    return [summary for summary in found if summary is not None] + [float(torch.rand(()))]


def test_scores_rise_with_training_and_stand_in_tensorboard(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="wsim[tensorboard] is not installed")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    network = Brightener().train()
    *summaries, drawn = train(network, callback(tmp_path / "runs"), steps=12)
    assert network.training
    strict = [summary.probes[0].strict.value for summary in summaries]
    assert len(strict) == 3 and strict == sorted(strict) and strict[-1] > strict[0] + 0.1
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == [
        "step-00000004", "step-00000008", "step-00000012", "tensorboard",
    ]  # fmt: skip
    events = EventAccumulator(str(tmp_path / "runs/tensorboard/brightener")).Reload()
    shown = [(one.step, one.value) for one in events.Scalars("probe/toy/rise/strict")]
    assert [step for step, _ in shown] == [4, 8, 12]
    assert [value for _, value in shown] == pytest.approx(strict)
    *_, undisturbed = train(Brightener(), lambda network, step: None, steps=12)
    assert drawn == undisturbed  # what the model drew while it was scored changes nothing


def test_training_goes_on_where_a_run_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.warns(UserWarning, match="step 4 was not scored: error: "):
        assert callback(tmp_path / "file")(Brightener(), 4) is None


def test_a_model_that_hides_its_step_is_told_so(tmp_path: Path) -> None:
    def stepless(network: torch.nn.Module, step: int) -> Model:
        return Brightening(network, 0)

    with pytest.warns(UserWarning, match="does not say at which step"):
        callback(tmp_path, wrap=stepless)(Brightener(), 4)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert callback(tmp_path, wrap=stepless)(Brightener(), 5) is None  # not the time yet


def test_a_digest_knows_every_weight() -> None:
    network = Brightener()
    before = EXAMPLE.digest_of_weights(network)
    assert before == EXAMPLE.digest_of_weights(Brightener()) and len(before) == 64
    with torch.no_grad():
        network.rise += 1e-7
    assert EXAMPLE.digest_of_weights(network) != before
    assert EXAMPLE.digest_of_weights(network.to(torch.bfloat16)) != before
