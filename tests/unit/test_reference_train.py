"""Training at toy size: it learns, it resumes exactly, and it ends in a checkpoint that loads."""

import json
import math
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from wsim import Camera, ClipFormat, Request, WsimError
from wsim.optimiser import MuonAdam, newton_schulz
from wsim_reference import checkpoint
from wsim_reference.autoencoder import Autoencoder
from wsim_reference.config import PRESETS, AutoencoderConfig, TransformerConfig
from wsim_reference.model import ReferenceModel
from wsim_reference.sampler import SamplerSettings
from wsim_reference.text import Vocabulary
from wsim_reference.train import run as run_module
from wsim_reference.train.autoencoder_stage import (
    LATENT_NOISE,
    LEAST_ERROR,
    autoencoder_loss,
    draw_crops,
    motion_weight,
    reconstruction_loss,
)
from wsim_reference.train.command import parse
from wsim_reference.train.compact import pack
from wsim_reference.train.data import Clip, Clips
from wsim_reference.train.draws import Draws
from wsim_reference.train.evaluate import psnr_db, write_grid
from wsim_reference.train.loop import Progress, Stage, learning_rate, train
from wsim_reference.train.processes import Group, check_device
from wsim_reference.train.run import run
from wsim_reference.train.settings import StageSettings, TrainSettings, preset

TINY = PRESETS["nano"].replace(
    num_frames=9,
    height=16,
    width=16,
    sizes=((16, 16), (16, 32)),
    lengths=(1, 9),
    autoencoder=AutoencoderConfig(channels=4, quarter_width=8, eighth_width=16, chunk_width=16),
    transformer=TransformerConfig(width=32, depth=1, heads=1, text_tokens=6, conditioned=True),
)


def disc_clip(red: bool, right: bool, height: int = 16, width: int = 16, count: int = 9) -> Clip:
    """A red or blue disc that moves to the left or to the right."""
    y, x = np.mgrid[:height, :width]
    frames = np.full((count, height, width, 3), 128, np.uint8)
    for t, frame in enumerate(frames):
        centre = width * (t if right else 8 - t) / 8
        disc = (x - centre) ** 2 + (y - height / 2) ** 2 < (height / 4) ** 2
        frame[disc] = (255, 0, 0) if red else (0, 0, 255)
    text = f"a {'red' if red else 'blue'} disc moves {'right' if right else 'left'}"
    lens = np.array([[20.0, 0, width / 2], [0, 20.0, height / 2], [0, 0, 1]])
    return Clip(
        ClipFormat(count, height, width, 16.0),
        "disc",
        (text, text[:-6], "a disc", "a disc can be seen"),
        pack(frames),
        Camera(np.tile(np.eye(4), (count, 1, 1)), np.tile(lens, (count, 1, 1))),
        actions=np.full((count, 12), float(right)),
    )


def disc_clips(count: int) -> Clips:
    """Discs of all kinds."""
    draws = np.random.default_rng(0).integers(0, 2, (count, 2)).tolist()
    return Clips([disc_clip(bool(red), bool(right)) for red, right in draws])


def tiny_settings(out: Path, steps: int) -> TrainSettings:
    stage = StageSettings(seconds=1e9, batch=4, learning_rate=3e-3, steps=steps, warmup=4)
    return replace(
        preset("nano", out, out, 1.0), model=TINY, autoencoder=stage, transformer=stage, processes=1
    )


class Line(nn.Module):
    """y = W x, the smallest thing that Muon takes."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(32, 32))
        self.bias = nn.Parameter(torch.zeros(32))


def line_stage(steps: int) -> Stage:
    model = Line()
    target = torch.randn(32, 32, generator=torch.Generator().manual_seed(0)) / 6

    def loss(draws: Draws, _: float) -> torch.Tensor:
        x = torch.randn(16, 32, generator=draws.own)
        return (x @ (model.weight - target).T + model.bias - 1).square().mean()

    settings = StageSettings(seconds=1e9, batch=16, learning_rate=0.02, steps=steps, warmup=5)
    return Stage("line", model, settings, loss, lambda step: {}, (), 0, 1e9, 1e9)


def test_newton_schulz_makes_singular_values_alike() -> None:
    for shape in ((48, 96), (96, 48)):
        matrix = torch.randn(*shape, generator=torch.Generator().manual_seed(0))
        values = torch.linalg.svdvals(newton_schulz(matrix))
        assert float(values.min()) > 0.6 and float(values.max()) < 1.35


def test_matrices_go_to_muon_and_the_rest_to_adam() -> None:
    assert MuonAdam(Line(), (), 0.99).matrices == {"weight"}
    assert MuonAdam(Line(), ("weight",), 0.99).matrices == set()


def test_averaged_weights_are_lent_and_given_back() -> None:
    model = Line()
    optimiser = MuonAdam(model, (), 0.9)
    model.bias.grad = torch.ones(32)
    optimiser.step(0.1)
    now = model.bias.detach().clone()
    with optimiser.averaged():
        assert not torch.equal(model.bias, now)
    assert torch.equal(model.bias, now)


def test_rate_rises_stays_and_falls() -> None:
    settings = StageSettings(seconds=1.0, batch=1, learning_rate=1.0, warmup=10, cooldown=0.5)
    rates = [learning_rate(settings, step, fraction) for step, fraction in ((0, 0.0), (50, 0.4), (90, 0.75))]
    assert rates == pytest.approx([0.1, 1.0, 0.5])
    assert learning_rate(settings, 100, 1.0) == pytest.approx(0.02)


def test_a_resumed_run_is_the_uninterrupted_run(tmp_path: Path) -> None:
    whole, parts = line_stage(40), line_stage(40)
    (tmp_path / "whole").mkdir()
    (tmp_path / "parts").mkdir()
    train(whole, Group(), tmp_path / "whole")

    killed = line_stage(40)
    loss, calls = killed.loss, 0

    def dying(generator: torch.Generator, share: float) -> torch.Tensor:
        nonlocal calls
        calls += 1
        if calls > 25:
            raise KeyboardInterrupt
        return loss(generator, share)

    killed.loss, killed.save_every_s = dying, 0.0  # a state after every step
    with pytest.raises(KeyboardInterrupt):
        train(killed, Group(), tmp_path / "parts")
    progress = train(parts, Group(), tmp_path / "parts")
    assert progress.step == 40
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, parts.model.state_dict()[name])


def test_a_finished_stage_does_nothing_when_started_again(tmp_path: Path) -> None:
    first, again = line_stage(5), line_stage(5)
    train(first, Group(), tmp_path)
    again.loss = lambda generator, share: pytest.fail("trained beyond its budget")
    assert train(again, Group(), tmp_path).step == 5
    assert torch.equal(first.model.state_dict()["weight"], again.model.state_dict()["weight"])


def test_a_state_of_another_network_is_refused(tmp_path: Path) -> None:
    train(line_stage(2), Group(), tmp_path)
    other = line_stage(4)
    other.model.weight = nn.Parameter(torch.zeros(32, 33))
    with pytest.raises(WsimError, match="another network") as error:
        train(other, Group(), tmp_path)
    assert "line.state.safetensors" in str(error.value)


class Late(torch.Tensor):
    """A loss on a device that is still at work when it is asked for its value."""

    def __float__(self) -> float:
        time.sleep(0.05)
        return 1.0


def test_the_work_of_a_device_counts_as_training_time(tmp_path: Path) -> None:
    stage = line_stage(4)
    loss = stage.loss
    stage.loss = lambda generator, share: loss(generator, share).as_subclass(Late)
    assert train(stage, Group(), tmp_path).seconds >= 4 * 0.05


def test_processes_that_go_on_from_different_steps_are_refused(tmp_path: Path) -> None:
    class Elsewhere(Group):
        def agree(self, value: float) -> float:
            return 7.0

    with pytest.raises(WsimError, match="do not go on from the same step") as refused:
        train(line_stage(4), Elsewhere(1, 2), tmp_path)
    assert "--out" in refused.value.remedy


def test_a_machine_without_a_gpu_says_so_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    check_device("cpu")
    with pytest.raises(WsimError, match="no GPU"):
        check_device("cuda")


def test_latents_are_those_of_the_clips_that_are_there_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders: list[Path] = []

    def seen(autoencoder, clips, vocabulary, config, folder, *others):  # type: ignore[no-untyped-def]
        folders.append(folder)
        return []

    monkeypatch.setattr(run_module, "encode", seen)
    settings, words, network = tiny_settings(tmp_path, 1), Vocabulary(()), Autoencoder(TINY.autoencoder)
    disc = disc_clip(True, True)
    other = replace(disc, packed=pack(np.random.default_rng(0).integers(0, 256, (9, 16, 16, 3)).astype("u1")))
    for clip in (disc, disc, other):
        run_module._encoded(network, Clips([clip]), "training", settings, words, Group(), [5, 0])
    assert folders[0] == folders[1] != folders[2]


def test_time_is_a_budget_too() -> None:
    settings = StageSettings(seconds=100.0, batch=1, learning_rate=1.0, steps=1000)
    assert Progress(step=10, seconds=50.0).fraction(settings) == 0.5
    assert Progress(step=900, seconds=50.0).fraction(settings) == 0.9


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The last checkpoint of a run from the beginning to the end."""
    others = [disc_clip(True, True, 16, 32), disc_clip(False, True, count=1)]
    clips = Clips([*disc_clips(32).items, *others])
    out = tmp_path_factory.mktemp("run")
    return run(tiny_settings(out, 150), Group(), clips, disc_clips(16))


def test_a_whole_run_learns_and_ends_in_a_model(whole: Path) -> None:
    folder, tmp_path = whole, whole.parents[1]
    log = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    for stage in ("autoencoder", "transformer"):
        losses = [entry["loss"] for entry in log if entry["stage"] == stage and "loss" in entry]
        assert len(losses) == 3 and losses[-1] < 0.9 * losses[0], losses
    model = ReferenceModel(folder, SamplerSettings(steps=4), "cpu")
    video = next(model.generate([Request(9, (16, 16), 16.0, 0, "a red disc moves right")]))
    assert len(video) == 9
    facts = json.loads((folder / "config.json").read_text())
    assert facts["train"]["autoencoder"]["steps"] == 150
    assert facts["train"]["train_step"] == 150 and facts["train"]["train_flops"] > 1e8
    assert model.info.settings["train_step"] == 150
    assert facts["metrics"]["v_loss"] > 0 and facts["metrics"]["psnr_db"] > 10
    grids = {path.name.split("-")[0] for path in tmp_path.glob("*.png")}
    assert grids == {"autoencoder", "continued", "text"}
    assert list(tmp_path.glob("tensorboard/events.out.*"))


def test_a_whole_run_leaves_a_ladder_and_cards(whole: Path) -> None:
    rungs = {name: checkpoint.load(whole.parent / name) for name in ("1x", "4x", "16x")}
    steps = {name: rung.facts["train"]["train_step"] for name, rung in rungs.items()}
    assert steps == {"1x": 9, "4x": 38, "16x": 150}
    flops = {
        rung.facts["train"]["train_flops"] / rung.facts["train"]["train_step"] for rung in rungs.values()
    }
    assert len(flops) == 1
    assert all(rung.facts["train"]["transformer"]["steps"] == steps[name] for name, rung in rungs.items())
    assert rungs["4x"].facts["metrics"]["v_loss"] > rungs["16x"].facts["metrics"]["v_loss"]
    for name in ("1x", "4x"):
        assert not (whole.parent / name / "autoencoder.safetensors").exists()
        for key, value in rungs[name].autoencoder.state_dict().items():
            assert torch.equal(value, rungs["16x"].autoencoder.state_dict()[key])
    card = (whole / "MODEL_CARD.md").read_text()
    assert "| transformer | 150 | 4 |" in card and "| disc | 16 |" in card and "disc 34." in card
    assert all(f"| {name} | {step} |" in card for name, step in steps.items())
    assert "nan" not in card.lower() and "None" not in card
    assert all(f"| {row['ability']} |" in card for row in json.loads((whole / "abilities.json").read_text()))
    assert "that of `16x`" in (whole.parent / "1x/MODEL_CARD.md").read_text()


def test_a_run_takes_the_codec_of_another_or_goes_on_with_all_of_it(whole: Path, tmp_path: Path) -> None:
    before = checkpoint.load(whole)
    clips, check = disc_clips(32), disc_clips(16)
    losses = {}
    for goes_on in (False, True):
        out = tmp_path / str(goes_on)
        settings = replace(tiny_settings(out, 8), start=whole, goes_on=goes_on)
        out.mkdir()
        after = checkpoint.load(run(settings, Group(), clips, check))
        for name, value in after.autoencoder.state_dict().items():
            assert torch.equal(value, before.autoencoder.state_dict()[name])
        assert after.facts["train"]["autoencoder"]["steps"] == 150
        assert after.facts["train"]["train_step"] == 8 + 150 * goes_on
        assert after.facts["train"]["transformer"]["steps"] == 8 + 150 * goes_on
        losses[goes_on] = after.facts["metrics"]["v_loss"]
        card = (out / "weights/16x/MODEL_CARD.md").read_text()
        assert f"(checkpoint `{before.digest[:12]}`)" in card and ("after 150 steps" in card) == goes_on
        assert not (out / "autoencoder.state.safetensors").exists()
    assert losses[True] < 0.95 * losses[False]  # eight steps each, one from weights that know the discs


def test_the_codec_of_another_run_is_trained_further(whole: Path, tmp_path: Path) -> None:
    before = checkpoint.load(whole)
    settings = replace(tiny_settings(tmp_path, 8), start=whole, codec_goes_on=True)
    after = checkpoint.load(run(settings, Group(), disc_clips(32), disc_clips(16)))
    assert after.codec_digest != before.codec_digest
    assert after.facts["train"]["autoencoder"]["steps"] == 158
    better, earlier = (one.facts["metrics"]["psnr_db"] for one in (after, before))
    assert better > earlier - 1.5  # eight steps from new weights leave it ten below
    assert after.config.latent_mean != before.config.latent_mean
    card = (tmp_path / "weights/16x/MODEL_CARD.md").read_text()
    assert f"(checkpoint `{before.digest[:12]}`, 150 steps), and its row counts both" in card


def test_a_checkpoint_of_other_sizes_is_no_start(whole: Path, tmp_path: Path) -> None:
    settings = replace(tiny_settings(tmp_path, 8), model=PRESETS["nano"], start=whole)
    with pytest.raises(WsimError, match="of other sizes") as refused:
        run(settings, Group(), disc_clips(4), disc_clips(2))
    assert "--config" in refused.value.remedy


def test_the_command_begins_with_a_checkpoint_and_gives_it_no_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--config", "nano", "--out", str(tmp_path), "--max-seconds", "106.25"]
    settings = parse([*given, "--start", "old"])
    assert settings.start == Path("old") and settings.goes_on
    assert settings.autoencoder.seconds == 0 and settings.transformer.seconds == pytest.approx(100)
    assert settings.command.endswith("--start CHECKPOINT")
    codec = parse([*given, "--codec", "old"])
    assert codec.start == Path("old") and not codec.goes_on
    assert codec.autoencoder.seconds == 0 and not codec.codec_goes_on
    shared = parse([*given, "--codec", "old", "--autoencoder-share", "0.5"])
    assert shared.codec_goes_on and shared.autoencoder.seconds == pytest.approx(53.125)
    assert shared.autoencoder.learning_rate == parse(given).autoencoder.learning_rate / 2
    for wrong, told in (
        ("--codec old", "not allowed with"),
        ("--autoencoder-share 0.5", "goes with --codec"),
    ):
        with pytest.raises(SystemExit):
            parse([*given, "--start", "old", *wrong.split()])
        assert told in capsys.readouterr().err


def test_crops_come_from_the_clips() -> None:
    clips = disc_clips(4)
    generator = torch.Generator().manual_seed(0)
    crops = draw_crops(clips, 8, 5, generator)
    assert crops.shape == (8, 5, 3, 16, 16) and float(crops.abs().max()) <= 1
    assert torch.equal(draw_crops(clips, 8, 5, torch.Generator().manual_seed(0)), crops)


def test_what_moves_weighs_ten_times_as_much() -> None:
    clip = torch.zeros(2, 8, 3, 4, 4)
    clip[0, 4:, :, 0, 0] = 1.0  # one pixel changes halfway, by half the range from its mean
    weight = motion_weight(clip)
    assert weight.shape == (2, 8, 1, 4, 4)
    assert float(weight[0, ..., 0, 0].min()) == pytest.approx(10 * float(weight[0, ..., 1, 1].max()))
    assert weight.mean((1, 2, 3, 4)).tolist() == pytest.approx([1, 1])
    assert bool((weight[1] == 1).all())  # nothing moves: all pixels alike


def test_reconstruction_loss_of_a_constant_error_on_a_still_clip() -> None:
    """The same for both logarithms, as nothing moves, and no edges."""
    clip = torch.zeros(2, 4, 3, 8, 8)
    assert float(reconstruction_loss(clip, clip)) == pytest.approx(0.2 * math.log(LEAST_ERROR))
    off = torch.tensor([0.5, 0.05])[:, None, None, None, None]
    wanted = 0.2 * (math.log(0.25) + math.log(0.0025)) / 2  # every clip counts alike, good or bad
    assert float(reconstruction_loss(clip + off, clip)) == pytest.approx(wanted, abs=1e-3)


def test_reconstruction_loss_counts_edges_and_what_moves() -> None:
    clip = torch.zeros(1, 4, 3, 8, 8)
    clip[:, 2:, :, 0, 0] = 1.0
    still, moving = clip.clone(), clip.clone()
    still[..., 7, 7] += 0.5
    moving[..., 0, 0] += 0.5
    assert float(reconstruction_loss(moving, clip)) > float(reconstruction_loss(still, clip)) + 0.1
    flat, striped = clip + 0.1, clip + 0.1 * (-1.0) ** torch.arange(8)
    apart = float(reconstruction_loss(striped, clip)) - float(reconstruction_loss(flat, clip))
    assert apart == pytest.approx(0.5 * 0.2)  # from one column to the next, by twice a tenth


def test_noise_on_the_latents_falls_with_the_rate_to_a_third() -> None:
    torch.manual_seed(0)
    seen: list[float] = []

    class Watched(Autoencoder):
        def decode(self, latents: torch.Tensor) -> torch.Tensor:
            seen.append(float((latents - clean).detach().std()))
            return super().decode(latents)

    network, crops = Watched(TINY.autoencoder), torch.rand(64, 5, 3, 16, 16) * 2 - 1
    clean = network.encode(crops)
    for share in (1.0, 0.5, 0.02):
        draws = Draws(*(torch.Generator().manual_seed(1) for _ in range(2)))  # of full size, not half
        autoencoder_loss(network, crops, draws, share)
    assert seen[0] == pytest.approx(LATENT_NOISE / 3**0.5, rel=0.2)  # of a uniform strength
    assert seen[1] == pytest.approx(seen[0] / 2) and seen[2] == pytest.approx(seen[0] / 3)


def test_psnr_of_known_errors() -> None:
    truth = np.zeros((2, 4, 4, 3), np.uint8)
    assert psnr_db(truth + np.uint8(255), truth) == 0
    assert psnr_db(truth + np.uint8(16), truth) == pytest.approx(20 * np.log10(255 / 16))
    where = np.zeros((2, 4, 4), bool)
    assert np.isnan(psnr_db(truth, truth, where))


def test_grid_is_a_picture(tmp_path: Path) -> None:
    write_grid(tmp_path / "grid.png", [np.zeros((9, 8, 8, 3), np.uint8)] * 2)
    assert (tmp_path / "grid.png").read_bytes()[:4] == b"\x89PNG"


def test_command_line(tmp_path: Path) -> None:
    settings = parse(["--out", str(tmp_path), "--max-seconds", "300", "--clips", "7", "--processes", "1"])
    assert (settings.clips, settings.processes, settings.autoencoder.seconds) == (7, 1, 120)
    assert settings.data == tmp_path / "data" and settings.model == PRESETS["S"]
    branches = 0.2 * (1 / 16 + 1 / 4) * settings.transformer.seconds
    assert settings.autoencoder.seconds + settings.transformer.seconds + branches == pytest.approx(300)
    other = parse(["--out", str(tmp_path), "--max-seconds", "300", "--autoencoder-share", "0.5"])
    assert other.autoencoder.seconds == 150 > other.transformer.seconds
    whole = ["--out", "x", "--max-seconds", "9"]
    wrong = {"--max-seconds": ("0", "-5", "nan"), "--processes": ("0", "-1"), "--clips": ("0", "1000001")}
    several = [[*whole, f"{name}={value}"] for name, values in wrong.items() for value in values]
    for bad in (["--out", str(tmp_path)], [*whole, "--autoencoder-share", "1"], *several):
        with pytest.raises(SystemExit):
            parse(bad)
