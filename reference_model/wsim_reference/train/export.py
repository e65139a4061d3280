"""The end of a run: a checkpoint folder with measured figures."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from wsim.errors import WsimError
from wsim_reference import checkpoint
from wsim_reference.generator import Generator
from wsim_reference.text import Vocabulary
from wsim_reference.train.data import Clips
from wsim_reference.train.evaluate import psnr_db, reconstruction, velocity_error
from wsim_reference.train.latents import Encoded
from wsim_reference.train.settings import TrainSettings
from wsim_reference.train.transformer_stage import held_out

PREFIXES = (1, 9, 17)  # frames given in the continuation figures
CONTINUED_CLIPS = 12


def export(
    folder: Path,
    settings: TrainSettings,
    vocabulary: Vocabulary,
    weights: Mapping[str, Mapping[str, Tensor]],
    facts: dict[str, Any],
    truth: Clips,
    check: Encoded,
) -> dict[str, float]:
    """Write the averaged weights, measure what was written, and write the figures beside them."""
    checkpoint.save(folder, settings.model, vocabulary, weights, facts)
    metrics = measure(folder, settings, truth, check)
    checkpoint.save(folder, settings.model, vocabulary, weights, {**facts, "metrics": metrics})
    return metrics


def is_exported(folder: Path, step: int) -> bool:
    """Whether a checkpoint of that step is there, measured and whole."""
    try:
        facts = checkpoint.load(folder).facts
    except WsimError:
        return False  # none yet, or one that was being written when the run was stopped
    return "metrics" in facts and facts["train"]["train_step"] == step


def measure(folder: Path, settings: TrainSettings, truth: Clips, check: Encoded) -> dict[str, float]:
    """Figures of the weights as they will be loaded: rounded to bfloat16."""
    loaded = checkpoint.load(folder)
    numbers = reconstruction(loaded.autoencoder, truth, len(truth))
    numbers |= velocity_error(loaded.transformer, *held_out(check, settings.model))
    numbers |= continuation(Generator(loaded), truth, min(CONTINUED_CLIPS, len(truth)))
    return {name: round(value, 4) for name, value in numbers.items()}


def continuation(generator: Generator, truth: Clips, count: int) -> dict[str, float]:
    """PSNR of the frames that were not given, for several prefixes, and seconds for a clip."""
    numbers: dict[str, float] = {}
    start = time.perf_counter()
    clips = [np.asarray(truth.clip(i)) for i in range(count)]
    known = [n for n in PREFIXES if n < generator.config.num_frames]
    for frames in known:
        scores = [
            psnr_db(generator.continue_video(clip[:frames], text[0], seed)[frames:], clip[frames:])
            for seed, (clip, text) in enumerate(zip(clips, truth.captions, strict=False))
        ]
        numbers[f"psnr_continued_from_{frames}_db"] = float(np.mean(scores))
    return numbers | {"seconds_a_clip": (time.perf_counter() - start) / (count * len(known))}


def environment(device: str) -> dict[str, Any]:
    """What the run ran on, without naming the machine."""
    name = torch.cuda.get_device_name(device) if device.startswith("cuda") else "CPU"
    return {"torch": str(torch.__version__), "device": name}
