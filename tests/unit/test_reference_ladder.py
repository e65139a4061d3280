"""Checkpoints on the way: what each took, resuming between them, shared files, and a disk that is full."""

import json
import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from torch import nn

from wsim import WsimError
from wsim_reference import checkpoint
from wsim_reference.checkpoint import PARTS, build, load, save, share
from wsim_reference.config import PRESETS
from wsim_reference.text import Vocabulary
from wsim_reference.train.command import reported
from wsim_reference.train.draws import Draws
from wsim_reference.train.export import is_exported
from wsim_reference.train.ladder import branch_of, climb
from wsim_reference.train.loop import Progress, Stage, learning_rate, train
from wsim_reference.train.processes import Group
from wsim_reference.train.settings import StageSettings


class Line(nn.Module):
    """y = W x."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(32, 32))


def line(steps: int, dies_at: int = 1_000_000) -> Stage:
    """Noisy regression, so that an end with small steps shows; it dies at the given call."""
    model, target = Line(), torch.randn(32, 32, generator=torch.Generator().manual_seed(0)) / 6
    calls = 0

    def loss(draws: Draws, _: float) -> torch.Tensor:
        nonlocal calls
        calls += 1
        if calls > dies_at:
            raise KeyboardInterrupt
        x, noise = torch.randn(2, 16, 32, generator=draws.own)
        return (x @ (model.weight - target).T + noise).square().mean()

    settings = StageSettings(seconds=1e9, batch=16, learning_rate=0.05, steps=steps, warmup=5, ema=0.9)
    return Stage("line", model, settings, loss, lambda step: {"error": 0.0}, (), 0, 0.0, 1e9)


def climbed(stage: Stage, folder: Path) -> dict[str, tuple[int, torch.Tensor]]:
    """Steps and weights of every rung."""
    found: dict[str, tuple[int, torch.Tensor]] = {}

    def finish(name: str, progress: Progress) -> None:
        found[name] = progress.step, stage.model.state_dict()["weight"].clone()

    climb(stage, Group(), folder, finish)
    return found


def test_rungs_took_a_sixteenth_and_a_quarter_of_the_steps(tmp_path: Path) -> None:
    rungs = climbed(line(160), tmp_path)
    assert {name: steps for name, (steps, _) in rungs.items()} == {"1x": 10, "4x": 40, "16x": 160}
    assert not torch.equal(rungs["1x"][1], rungs["4x"][1])
    (tmp_path / "alone").mkdir()
    alone = line(160)
    train(alone, Group(), tmp_path / "alone")
    assert torch.equal(rungs["16x"][1], alone.model.state_dict()["weight"])  # branches leave the run alone


def test_a_branch_begins_to_cool_where_it_leaves_the_run() -> None:
    stage = line(160)
    settings = branch_of(stage, "4x", 0.25).settings
    assert settings.steps == 40 and settings.seconds == 0.25e9
    rates = [learning_rate(settings, step, step / 40) for step in (32, 36, 39)]
    assert rates == pytest.approx([0.05, 0.025, 0.05 / 8])


@pytest.mark.parametrize("dies_at", [9, 20, 60])  # in the first branch, between the two, and after both
def test_a_run_that_is_killed_on_the_ladder_goes_on_as_if_it_had_not(tmp_path: Path, dies_at: int) -> None:
    for name in ("whole", "parts"):
        (tmp_path / name).mkdir()
    whole = climbed(line(160), tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        climbed(line(160, dies_at), tmp_path / "parts")
    again = climbed(line(160), tmp_path / "parts")
    for name, (steps, weight) in whole.items():
        assert again[name][0] == steps and torch.equal(again[name][1], weight)


@contextmanager
def no_room(most_bytes: int) -> Iterator[None]:
    """Files cannot grow beyond so many bytes: writing fails as it does on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_keeps_the_state_that_was_saved(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(line(20, dies_at=7), Group(), tmp_path)
    before = (tmp_path / "line.state.safetensors").read_bytes()
    with no_room(2000), pytest.raises(WsimError, match="cannot be written at step 8") as refused:
        train(line(20), Group(), tmp_path)
    assert "the state that was saved before is whole" in refused.value.problem
    assert "line.state.safetensors" in refused.value.where and "make room" in refused.value.remedy
    assert (tmp_path / "line.state.safetensors").read_bytes() == before
    assert not list(tmp_path.glob("*.partial"))
    (tmp_path / "whole").mkdir()
    whole, again = line(20), line(20)
    train(whole, Group(), tmp_path / "whole")
    assert train(again, Group(), tmp_path).step == 20  # there is room again
    assert torch.equal(again.model.state_dict()["weight"], whole.model.state_dict()["weight"])


def test_other_files_that_cannot_be_written_are_said_in_three_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def write() -> int:
        return (tmp_path / "log.jsonl").write_text("x" * 5000)

    with no_room(1000):
        assert reported(write) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 3 and said[0].startswith("error: a file cannot be written")


@pytest.fixture()
def weights(tmp_path: Path) -> Path:
    """Two checkpoints of one autoencoder."""
    config = PRESETS["nano"].replace(latent_mean=(0.0,) * 8, latent_std=(1.0,) * 8)
    networks = build(config)
    for name in ("small", "large"):
        networks["transformer"] = build(config)["transformer"]
        parts = {part: networks[part].state_dict() for part in PARTS}
        save(tmp_path / "weights" / name, config, Vocabulary(("ball",)), parts, {})
    return tmp_path / "weights"


def test_a_checkpoint_that_was_being_written_is_written_again(weights: Path) -> None:
    assert not is_exported(weights / "none", 3)
    config = PRESETS["nano"].replace(latent_mean=(0.0,) * 8, latent_std=(1.0,) * 8)
    parts = {part: network.state_dict() for part, network in build(config).items()}
    facts = {"train": {"train_step": 3}, "metrics": {}}
    save(weights / "large", config, Vocabulary(("ball",)), parts, facts)
    assert is_exported(weights / "large", 3) and not is_exported(weights / "large", 4)
    file = weights / "large/transformer.safetensors"
    file.write_bytes(file.read_bytes()[:-9])
    assert not is_exported(weights / "large", 3)


def test_a_full_disk_keeps_the_checkpoint_that_was_written(weights: Path) -> None:
    before = load(weights / "large")
    parts = {"autoencoder": before.autoencoder.state_dict(), "transformer": before.transformer.state_dict()}
    with no_room(20_000), pytest.raises(OSError):
        save(weights / "large", before.config, before.vocabulary, parts, {"metrics": {}})
    assert load(weights / "large").digest == before.digest
    assert not list((weights / "large").glob("*.partial"))


def test_a_shared_autoencoder_is_kept_once_and_loads_the_same(weights: Path) -> None:
    before = load(weights / "small")
    share(weights / "small", weights / "large")
    after = load(weights / "small")
    for name, value in before.autoencoder.state_dict().items():
        assert torch.equal(after.autoencoder.state_dict()[name], value)
    on_disk = {path.name for path in (weights / "small").iterdir()}
    assert on_disk == {"config.json", "transformer.safetensors"}
    assert load(weights / "large").digest != after.digest
    share(weights / "small", weights / "large")  # once more changes nothing
    assert load(weights / "small").digest == after.digest


def test_what_differs_is_not_shared(weights: Path) -> None:
    config = PRESETS["nano"].replace(latent_mean=(0.0,) * 8, latent_std=(1.0,) * 8)
    parts = {part: network.state_dict() for part, network in build(config).items()}
    save(weights / "other", config, Vocabulary(("box",)), parts, {})
    share(weights / "other", weights / "large")
    assert len(list((weights / "other").iterdir())) == 4


def test_a_missing_or_changed_sibling_is_noticed(weights: Path, tmp_path: Path) -> None:
    share(weights / "small", weights / "large")
    file = weights / "large/autoencoder.safetensors"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(bytes(data))
    with pytest.raises(WsimError, match="does not match its digest"):
        load(weights / "small")
    shutil.rmtree(weights / "large")
    with pytest.raises(WsimError, match="with 'large', which is not there"):
        load(weights / "small")


@pytest.mark.parametrize("sibling", ["../elsewhere", "/etc", "..", ""])
def test_siblings_lie_beside_the_checkpoint_and_nowhere_else(weights: Path, sibling: str) -> None:
    head = json.loads((weights / "small/config.json").read_text())
    head["files"]["autoencoder.safetensors"]["in"] = sibling
    del head["config_sha256"]
    head["config_sha256"] = checkpoint.seal(head)
    (weights / "small/config.json").write_text(json.dumps(head))
    with pytest.raises(WsimError, match="no name of a file beside it"):
        load(weights / "small")


def test_checkpoints_in_two_places_share_nothing(weights: Path, tmp_path: Path) -> None:
    shutil.copytree(weights / "large", tmp_path / "far")
    with pytest.raises(WsimError, match="cannot share files"):
        share(weights / "small", tmp_path / "far")
