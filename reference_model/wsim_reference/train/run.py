"""One process of a run, from staged clips to the checkpoint."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from wsim.contracts import Json, digest_of
from wsim.runs.cores import usable_cores
from wsim_reference import checkpoint
from wsim_reference.autoencoder import Autoencoder
from wsim_reference.dit import DiffusionTransformer
from wsim_reference.text import Vocabulary
from wsim_reference.train import autoencoder_stage, own, transformer_stage
from wsim_reference.train.card import write_cards
from wsim_reference.train.data import Clips
from wsim_reference.train.export import environment, export, is_exported
from wsim_reference.train.ladder import climb
from wsim_reference.train.latents import Encoded, channel_statistics, encode
from wsim_reference.train.log import log
from wsim_reference.train.loop import Progress, train
from wsim_reference.train.processes import Group, Seat, join, leave
from wsim_reference.train.settings import RUNGS, TOP, StageSettings, TrainSettings
from wsim_reference.train.staging import stage
from wsim_reference.train.start import start_of


def worker(seat: Seat, settings: TrainSettings) -> None:
    """What every process of the group does. The leader makes the clips, on all cores, and the others wait."""
    group = join(seat, settings.device)
    settings = replace(settings, processes=seat.size, device=seat.device(settings.device))
    if group.leads:
        clips = staged(settings, usable_cores())
    group.wait()
    if not group.leads:
        clips = staged(settings, 1)
    run(settings, group, *clips)
    leave(group)


def staged(settings: TrainSettings, processes: int) -> tuple[Clips, Clips]:
    """The clips for training and for validation; what is missing is rendered, or read from the user's."""
    counts = settings.clips, settings.validation_clips
    if settings.own is not None:
        return own.stage(settings.data, settings.own, settings.model, *counts)
    training, validation = (
        stage(settings.data, settings.model, count, settings.shard_clips, held_out, processes)
        for count, held_out in zip(counts, (False, True), strict=True)
    )
    return training, validation


def run(settings: TrainSettings, group: Group, clips: Clips, check: Clips) -> Path:
    """Train both networks and export; returns the folder of the last checkpoint (the leader writes it)."""
    torch.manual_seed(settings.seed)  # initial weights, equal in all processes
    start = start_of(settings, clips)
    settings, words, config = start.settings, start.words, start.settings.model
    autoencoder = Autoencoder(config.autoencoder).to(settings.device)
    autoencoder = autoencoder.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    transformer = DiffusionTransformer(config.transformer, config.autoencoder.channels).to(settings.device)
    start.fill(autoencoder, transformer)

    first = Progress()
    if start.given is None or settings.codec_goes_on:
        crops = clips.of_one_size(settings.crop_frames)
        stage_one = autoencoder_stage.make_stage(autoencoder, crops, check, settings)
        first = train(stage_one, group, settings.out)
        if group.leads:
            log(settings.out, {"stage": "autoencoder", "final": stage_one.evaluate(first.step)})
    encoder: list[Json] = [first.step, settings.seed] if first.step else []
    encoder += [start.given.digest] if start.given else []
    seen = _encoded(autoencoder, clips, "training", settings, words, group, encoder)
    (held_out,) = _encoded(autoencoder, check, "validation", settings, words, group, encoder)
    if not start.goes_on:
        mean, std = channel_statistics(seen)
        settings = replace(settings, model=config.replace(latent_mean=mean, latent_std=std))

    stage_two = transformer_stage.make_stage(transformer, autoencoder, seen, held_out, check, settings)
    weights = settings.out / "weights"
    families = Counter(clip.family for clip in clips.items)

    def finish(name: str, second: Progress) -> None:
        steps = start.steps + second.step
        if not group.leads or is_exported(weights / name, steps):
            return
        log(settings.out, {"stage": f"transformer-{name}", "final": stage_two.evaluate(second.step)})
        facts = _facts(settings, families, first, second)
        facts |= start.facts(facts)
        flops = second.step * transformer_stage.flops_a_step(transformer, settings)
        facts |= {"train_step": steps, "train_flops": start.flops + flops}
        parts = {"autoencoder": autoencoder.state_dict(), "transformer": transformer.state_dict()}
        metrics = export(weights / name, settings, words, parts, {"train": facts}, check, held_out)
        log(settings.out, {"stage": f"export-{name}", **metrics})

    climb(stage_two, group, settings.out, finish)
    if group.leads:
        for name in RUNGS:
            checkpoint.share(weights / name, weights / TOP)
        write_cards(weights, check, settings.ability_clips)
    return weights / TOP


def _encoded(
    autoencoder: Autoencoder,
    clips: Clips,
    split: str,
    settings: TrainSettings,
    vocabulary: Vocabulary,
    group: Group,
    encoder: Sequence[Json],
) -> list[Encoded]:
    """Encoded clips; the folder names them, and what tells one `encoder` from others."""
    which: list[Json] = [[*clip.captions, len(clip.packed)] for clip in clips.items]
    version = digest_of([*encoder, which])[:8]
    folder = settings.out / f"latents-{split}-{version}"
    return encode(autoencoder, clips, vocabulary, settings.model, folder, group, settings.device)


def _facts(
    settings: TrainSettings, families: Mapping[str, int], first: Progress, second: Progress
) -> dict[str, Any]:
    """What the model card is written from."""

    def stage_facts(progress: Progress, stage: StageSettings) -> dict[str, Any]:
        return {
            "steps": progress.step,
            "clips_a_step": stage.batch * settings.processes,
            "seconds": round(progress.seconds),
            "core_seconds": round(progress.core_seconds * settings.processes),
        }

    return {
        "families": dict(sorted(families.items())),
        "clips": sum(families.values()),
        "seed": settings.seed,
        "processes": settings.processes,
        "autoencoder": stage_facts(first, settings.autoencoder),
        "transformer": stage_facts(second, settings.transformer),
        "mixture": asdict(settings.mixture),
        **({"command": settings.command} if settings.command else {}),
        **environment(settings.device),
    }
