"""One process of a run, from staged clips to the checkpoint."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from wsim.contracts import digest_of
from wsim_reference.autoencoder import Autoencoder
from wsim_reference.dit import DiffusionTransformer
from wsim_reference.text import Vocabulary, vocabulary_of
from wsim_reference.train import autoencoder_stage, transformer_stage
from wsim_reference.train.data import FAMILIES, Clips, stage
from wsim_reference.train.export import environment, export
from wsim_reference.train.latents import Latents, channel_statistics, encode_captions, encode_clips
from wsim_reference.train.loop import Progress, log, train
from wsim_reference.train.processes import Group, join, leave
from wsim_reference.train.settings import StageSettings, TrainSettings


def worker(rank: int, settings: TrainSettings, rendezvous: Path) -> None:
    """What every process of the group does."""
    group = join(rank, settings.processes, rendezvous)
    clip = settings.model.clip
    clips = stage(settings.data, clip, settings.clips, False, 1)
    check = stage(settings.data, clip, settings.validation_clips, True, 1)
    run(settings, group, clips, check)
    leave(group)


def run(settings: TrainSettings, group: Group, clips: Clips, check: Clips) -> Path:
    """Train both networks and export; returns the checkpoint folder (written by the leader)."""
    torch.manual_seed(settings.seed)  # initial weights, equal in all processes
    vocabulary = vocabulary_of(text for texts in clips.captions for text in texts)
    settings = _with_vocabulary(settings, vocabulary)
    config = settings.model
    autoencoder = Autoencoder(config.autoencoder).to(settings.device)
    autoencoder = autoencoder.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    transformer = DiffusionTransformer(config.transformer, config.autoencoder.channels).to(settings.device)

    stage_one = autoencoder_stage.make_stage(autoencoder, clips, check, settings)
    first = train(stage_one, group, settings.out)
    if group.leads:
        log(settings.out, {"stage": "autoencoder", "final": stage_one.evaluate(first.step)})
    seen = _latents(autoencoder, clips, "training", settings, vocabulary, group, first)
    held_out = _latents(autoencoder, check, "validation", settings, vocabulary, group, first)
    mean, std = channel_statistics(seen.latents)
    settings = replace(settings, model=config.replace(latent_mean=mean, latent_std=std))

    stage_two = transformer_stage.make_stage(transformer, autoencoder, seen, held_out, check, settings)
    second = train(stage_two, group, settings.out)
    folder = settings.out / "checkpoint"
    if group.leads:
        log(settings.out, {"stage": "transformer", "final": stage_two.evaluate(second.step)})
        facts = {"train": _facts(settings, first, second)}
        metrics = export(folder, settings, vocabulary, autoencoder, transformer, facts, check, held_out)
        log(settings.out, {"stage": "export", **metrics})
    return folder


def _with_vocabulary(settings: TrainSettings, vocabulary: Vocabulary) -> TrainSettings:
    transformer = replace(settings.model.transformer, vocabulary=vocabulary.size)
    return replace(settings, model=settings.model.replace(transformer=transformer))


def _latents(
    autoencoder: Autoencoder,
    clips: Clips,
    split: str,
    settings: TrainSettings,
    vocabulary: Vocabulary,
    group: Group,
    progress: Progress,
) -> Latents:
    """Encoded clips and captions; the folder names the state of the autoencoder that encoded them."""
    version = digest_of([progress.step, len(clips), settings.seed])[:8]
    folder = settings.out / f"latents-{split}-{version}"
    latents = encode_clips(autoencoder, clips, folder, group, settings.device)
    words = encode_captions(clips, vocabulary, settings.model.transformer.text_tokens)
    return Latents(latents, words)


def _facts(settings: TrainSettings, first: Progress, second: Progress) -> dict[str, Any]:
    """What the model card is written from."""

    def stage_facts(progress: Progress, stage: StageSettings) -> dict[str, Any]:
        return {
            "steps": progress.step,
            "clips_a_step": stage.batch * settings.processes,
            "seconds": round(progress.seconds),
            "core_seconds": round(progress.core_seconds * settings.processes),
        }

    return {
        "families": list(FAMILIES),
        "clips": settings.clips,
        "seed": settings.seed,
        "processes": settings.processes,
        "autoencoder": stage_facts(first, settings.autoencoder),
        "transformer": stage_facts(second, settings.transformer),
        "mixture": asdict(settings.mixture),
        **environment(settings.device),
    }
