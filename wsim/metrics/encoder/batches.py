"""Batches for training: which clips, told how, mirrored or not, all drawn from the number of the step."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool

from wsim.metrics.encoder.clips import Example, read_shard
from wsim.metrics.encoder.losses import Batch
from wsim.metrics.encoder.tellings import mirrored
from wsim.metrics.encoder.words import Words

_WRONG = 2  # wrong captions a clip at most, of different kinds


class Library:
    """The examples that have been rendered so far; `refresh` looks for more."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.examples: list[Example] = []
        self._shards = 0

    def refresh(self) -> int:
        """Read shards that came since; returns how many examples there are."""
        while (self.folder / f"{self._shards:05}.json").exists():
            self.examples += read_shard(self.folder, self._shards)
            self._shards += 1
        return len(self.examples)


def draw(examples: Sequence[Example], words: Words, size: int, rng: np.random.Generator) -> Batch:
    """A batch of different clips, each mirrored or not, under one of its tellings."""
    chosen = [examples[int(i)] for i in rng.choice(len(examples), size, replace=len(examples) < size)]
    flips = rng.random(len(chosen)) < 0.5
    true, wrong = [], []
    for example, flip in zip(chosen, flips, strict=True):
        telling = example.tellings[int(rng.integers(len(example.tellings)))]
        kinds = rng.permutation(sorted(telling.wrong))[:_WRONG]
        texts = [telling.true, *(telling.wrong[kind] for kind in kinds)]
        texts = [mirrored(text) for text in texts] if flip else texts
        true.append(texts[0])
        wrong += texts[1:]
    return batch_of(chosen, flips, [*true, *wrong], words)


def batch_of(
    examples: Sequence[Example], flips: Bool[np.ndarray, " clip"], texts: Sequence[str], words: Words
) -> Batch:
    """Clips and texts as tensors; the first texts are those of the clips."""
    frames = [e.frames[:, :, ::-1] if flip else e.frames for e, flip in zip(examples, flips, strict=True)]
    places = np.stack([example.places for example in examples])
    places[flips, :, :, 1] *= -1.0
    own = texts[: len(examples)]
    belongs = np.array([[text == mine for text in texts] for mine in own])
    return Batch(
        torch.from_numpy(np.stack(frames)),
        torch.from_numpy(words.batch(texts)),
        torch.from_numpy(belongs),
        torch.from_numpy(places),
        torch.from_numpy(np.stack([example.counts for example in examples])),
        torch.from_numpy(np.stack([example.nouns for example in examples])),
    )
