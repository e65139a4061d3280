"""What a training run is, as data."""

from dataclasses import dataclass, field
from pathlib import Path

from wsim_reference.config import PRESETS, ModelConfig
from wsim_reference.mixture import NoiseMixture

TRAINING_SEEDS = 1_000_000  # worlds below this seed belong to benchmarks and are never trained on
VALIDATION_SEEDS = 2_000_000

AUTOENCODER_SHARE = 0.4  # of the time: nothing that the codec cannot show is ever learned after it
TOP = "16x"
RUNGS = {"1x": 1 / 16, "4x": 1 / 4}  # checkpoints on the way: shares of the transformer's budget
COOLDOWN = 0.2  # the last part of such a checkpoint's budget, which it does not share with the run
OVERHEAD = 1 + COOLDOWN * sum(RUNGS.values())  # all of them, against the run alone


@dataclass(frozen=True, slots=True)
class StageSettings:
    """How one network is trained.

    Attributes:
        seconds: wall time; training ends when it or `steps` is used up.
        steps: optimiser steps at most.
        batch: clips a step and process; clips of other sizes than the model's own count by their tokens.
        learning_rate: peak, for both groups of parameters (the optimiser makes them alike).
        warmup: steps of linear rise.
        cooldown: the last part of the budget, in which the rate falls linearly to 2 percent.
        ema: decay of the averaged weights, which are what is exported.
    """

    seconds: float
    batch: int
    learning_rate: float
    steps: int = 1_000_000_000
    warmup: int = 100
    cooldown: float = 0.4
    ema: float = 0.998


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """A whole run.

    Attributes:
        out: logs, pictures, states and the finished checkpoint.
        data: rendered clips, or own ones as they are read; may be shared between runs.
        own: folder of clips with captions to train on instead of wsim's worlds.
        clips: distinct training clips.
        shard_clips: clips that are rendered together; all of one length and size.
        crop_frames: frames of the crops that the autoencoder learns from, `1 + 4k`.
        save_every_s: how much work a kill can cost.
        evaluate_every_s: pause between evaluations.
        ability_clips: clips that are looked at for every ability in the end.
        command: that trains such a model, for its card.
        start: a checkpoint whose codec is taken.
        goes_on: whether training begins from the transformer of that checkpoint, too.
        codec_goes_on: whether that codec is trained further; if not, all of the time is the transformer's.
    """

    model: ModelConfig
    out: Path
    data: Path
    autoencoder: StageSettings
    transformer: StageSettings
    clips: int = 12_288
    validation_clips: int = 64
    shard_clips: int = 32
    crop_frames: int = 9
    seed: int = 0
    processes: int = 2
    device: str = "cpu"
    save_every_s: float = 60.0
    evaluate_every_s: float = 300.0
    ability_clips: int = 8
    mixture: NoiseMixture = field(default_factory=NoiseMixture)
    own: Path | None = None
    command: str = ""
    start: Path | None = None
    goes_on: bool = False
    codec_goes_on: bool = False


def preset(
    name: str, out: Path, data: Path, max_seconds: float, autoencoder_share: float = AUTOENCODER_SHARE
) -> TrainSettings:
    """The settings of a named size: first the autoencoder, and the rest of the time the transformer."""
    first = autoencoder_share * max_seconds
    small, large = name == "nano", name == "B"
    return TrainSettings(
        model=PRESETS[name],
        out=out,
        data=data,
        autoencoder=StageSettings(
            seconds=first, batch=64 if large else 4, learning_rate=2e-3, warmup=60, cooldown=0.5
        ),
        transformer=StageSettings(
            seconds=(max_seconds - first) / OVERHEAD,
            batch=4 if small else 192 if large else 16,
            learning_rate=1.5e-3,
            ema=0.9995 if large else 0.998,
        ),
        ability_clips=2 if small else 8,
        clips=64 if small else 40_960 if large else 12_288,
        validation_clips=8 if small else 64,
        shard_clips=8 if small else 32,
    )
