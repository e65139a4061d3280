"""The model card, written from what was measured."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, StrictUndefined

from wsim_reference import checkpoint
from wsim_reference.checkpoint import Checkpoint
from wsim_reference.evaluate.all import abilities_of, write_table
from wsim_reference.evaluate.row import table
from wsim_reference.frames import Frames
from wsim_reference.generator import Generator
from wsim_reference.train.batches import CAPTION_SHARES
from wsim_reference.train.data import Clip, Clips
from wsim_reference.train.evaluate import psnr_db, reconstruct
from wsim_reference.train.settings import RUNGS, TOP

CAPTIONS = ("whole", "medium", "short", "what is there and not what happens")
TEMPLATE = Path(__file__).parent / "model_card.md.jinja"


def write_cards(weights: Path, truth: Clips, looked_at: int) -> None:
    """`MODEL_CARD.md` for every checkpoint of a run, and the table of abilities of the last one.

    Args:
        weights: the folder that holds them.
        truth: held-out clips, all of the model's own format.
        looked_at: clips for every ability.
    """
    loaded = {name: checkpoint.load(weights / name) for name in [*RUNGS, TOP]}
    top = loaded[TOP]
    worlds = "own" not in top.facts["train"]["families"]
    rows = abilities_of(Generator(top), truth.items[:looked_at], worlds)
    write_table(weights / TOP, rows)
    ladder = {name: dict(one.facts["train"]) | dict(one.facts["metrics"]) for name, one in loaded.items()}
    families = of_families(top, truth)
    for name, one in loaded.items():
        words = table(rows) if name == TOP else ""
        text = card(name, one, weights / name, families, ladder, words)
        (weights / name / "MODEL_CARD.md").write_text(text, encoding="utf-8")


def card(
    name: str,
    loaded: Checkpoint,
    folder: Path,
    families: Mapping[str, Mapping[str, float]],
    ladder: Mapping[str, Mapping[str, Any]],
    abilities: str,
) -> str:
    """The card of a checkpoint; a figure that the template asks for and nobody measured is an error."""
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    parts = {"autoencoder": loaded.autoencoder, "transformer": loaded.transformer}
    files = json.loads((folder / "config.json").read_text(encoding="utf-8"))["files"]
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        name=name,
        top=TOP,
        config=loaded.config,
        train=loaded.facts["train"],
        metrics=loaded.facts["metrics"],
        parameters={part: sum(p.numel() for p in net.parameters()) / 1e6 for part, net in parts.items()},
        bytes=sum(entry["bytes"] for entry in files.values()),
        shares=[entry["in"] for entry in files.values() if "in" in entry][:1],
        families=families,
        ladder=ladder,
        abilities=abilities,
        captions=dict(zip(CAPTIONS, CAPTION_SHARES, strict=True)),
    )


def of_families(loaded: Checkpoint, truth: Clips) -> dict[str, dict[str, float]]:
    """PSNR of the codec by family of worlds: overall, of what moves, and of the steps between chunks."""
    found: dict[str, list[dict[str, float]]] = {}
    for clip in truth.items:
        found.setdefault(clip.family, []).append(_codec(clip, reconstruct(loaded.autoencoder, clip.frames)))
    return {family: _means(found[family]) for family in sorted(found)}


def _codec(clip: Clip, shown: Frames) -> dict[str, float]:
    truth = clip.frames
    where = np.zeros(truth.shape[:3], bool) if clip.moving is None else clip.moving
    seams = np.arange(len(truth) - 1) % 4 == 0  # from the last frame of a chunk to the first of the next
    steps = [np.diff(frames.astype(float), axis=0) for frames in (shown, truth)]
    error = ((steps[0] - steps[1]) ** 2).mean(axis=(1, 2, 3))
    return {
        "psnr_db": psnr_db(shown, truth),
        "moving_db": psnr_db(shown, truth, where),
        "seams_db": _decibels(error[seams]),
        "inside_db": _decibels(error[~seams]),
    }


def _decibels(square: np.ndarray) -> float:
    return float(10 * np.log10(255.0**2 / max(square.mean(), 1e-9))) if square.size else float("nan")


def _means(values: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Over the clips that have the number; NaN where none does."""
    names = values[0]
    kept = {name: [one[name] for one in values if np.isfinite(one[name])] for name in names}
    return {name: float(np.mean(of)) if of else float("nan") for name, of in kept.items()} | {
        "clips": len(values)
    }
