"""How good the encoder is on scenes that it never saw: retrieval, attributes, and captions wrong in one fact.

Every figure is a mean over worlds with a 95 % interval; beside it stands what can be won by chance
or by the words alone.

Axis letters: `clip`, `text`, `colour`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float64, Shaped

from wsim.metrics.encoder.clips import Example
from wsim.metrics.encoder.features import InDomain
from wsim.stats import bca_interval
from wsim.worlds.captions import KINDS

AMONG = 64
_SIDES = {"left", "right"}


@dataclass(frozen=True, slots=True)
class Figure:
    """A share or distance with its interval.

    Attributes:
        name: what was measured.
        value: as found.
        low: of the 95 % interval.
        high: of it.
        n: worlds, or groups of `AMONG` of them.
        target: what it should reach; None where nothing was asked.
        without: what is won without looking: the commonest answer, or likely words.
    """

    name: str
    value: float
    low: float
    high: float
    n: int
    target: float | None = None
    without: float | None = None

    @property
    def reached(self) -> bool | None:
        """Whether it is as good as was asked."""
        return None if self.target is None else self.value >= self.target


def retrieval(
    network: InDomain, features: Float64[np.ndarray, "clip dim"], examples: Sequence[Example]
) -> Iterator[Figure]:
    """Of `AMONG` full captions, is that of the clip the likeliest, or among the five likeliest?"""
    ranks = []
    for start in range(0, len(examples) - AMONG + 1, AMONG):
        texts = [example.tellings[0].true for example in examples[start : start + AMONG]]
        likeness = network.likeness(features[start : start + AMONG], texts)
        same = np.array([[text == mine for text in texts] for mine in texts])
        own = np.where(same, likeness, -np.inf).max(axis=1, keepdims=True)
        ranks.append((np.where(same, -np.inf, likeness) >= own).sum(axis=1))
    for place, target in ((1, 0.6), (5, 0.9)):
        hits = np.array([(rank < place).mean() for rank in ranks])
        yield _figure(f"recall@{place} among {AMONG}", hits, target, place / AMONG)


def attributes(
    network: InDomain, features: Float64[np.ndarray, "clip dim"], examples: Sequence[Example]
) -> Iterator[Figure]:
    """Colours: all six rightly there or not. Shapes: of every colour that the caption tells.

    Counts: of things alike in still lives, where one, two, three and four are equally common; elsewhere nine
    in ten colours are worn by one thing only.
    """
    with torch.inference_mode():
        told = network.encoder.told(torch.from_numpy(features.astype(np.float32)))
    counts = np.stack([example.counts for example in examples])
    nouns = np.stack([example.nouns for example in examples])
    said_counts, said_nouns = told.counts.argmax(-1).numpy(), told.nouns.argmax(-1).numpy()
    there, said = counts > 0, said_counts > 0
    _, usual = np.unique(there, axis=0, return_counts=True)
    yield _figure("colours told, all six", (there == said).all(axis=1), 0.9, usual.max() / len(there))
    lives = np.array([example.family == "still_life" for example in examples])
    alike = there & (lives & (there.sum(axis=1) == 1))[:, None]
    for name, truth, answer, asked in (
        ("shape of a colour", nouns, said_nouns, there & (nouns >= 0)),
        ("count of things alike", counts, said_counts, alike),
    ):
        clips = [row for row in range(len(asked)) if asked[row].any()]
        right = np.array([(truth[row] == answer[row])[asked[row]].mean() for row in clips])
        yield _figure(name, right, 0.9, np.bincount(truth[asked]).max() / asked.sum())


def wrong_captions(
    network: InDomain, features: Float64[np.ndarray, "clip dim"], examples: Sequence[Example]
) -> Iterator[Figure]:
    """Is the true caption likelier than one that is wrong in one fact? Ties are halves.

    Beside it, how often that is so for the likeness to all other clips on average: what words alone tell.
    """
    found: dict[str, dict[int, list[tuple[float, float]]]] = {}
    for kind in KINDS:
        pairs = [
            (row, telling.true, telling.wrong[kind])
            for row, example in enumerate(examples)
            for telling in example.tellings
            if kind in telling.wrong
        ]
        margins, blind = _margins(network, features, pairs)
        for (row, true, wrong), margin, usual in zip(pairs, margins, blind, strict=True):
            names = [kind, "left against right"] if _only_sides(true, wrong) else [kind]
            for name in names:
                found.setdefault(name, {}).setdefault(row, []).append((_won(margin), _won(usual)))
    for name, of_clips in found.items():
        means = np.array([np.mean(wins, axis=0) for wins in of_clips.values()])
        yield _figure(f"wrong {name}" if name in KINDS else name, means[:, 0], 0.85, means[:, 1].mean())


def _margins(
    network: InDomain, features: Float64[np.ndarray, "clip dim"], pairs: Sequence[tuple[int, str, str]]
) -> tuple[list[float], list[float]]:
    """How much likelier the true text is of its clip, and of all clips on average."""
    own, usual = [], []
    for start in range(0, len(pairs), AMONG):
        part = pairs[start : start + AMONG]
        true = network.likeness(features, [pair[1] for pair in part])
        gap = true - network.likeness(features, [pair[2] for pair in part])
        own += [float(gap[row, place]) for place, (row, _, _) in enumerate(part)]
        usual += gap.mean(axis=0).tolist()
    return own, usual


def _won(margin: float) -> float:
    return 0.5 if margin == 0.0 else float(margin > 0.0)


def _only_sides(true: str, wrong: str) -> bool:
    """Whether two texts differ in left and right, and in nothing else."""
    words, others = re.findall(r"[a-z]+", true), re.findall(r"[a-z]+", wrong)
    if len(words) != len(others):
        return False
    return all({a, b} == _SIDES for a, b in zip(words, others, strict=True) if a != b) and words != others


def _figure(
    name: str, values: Shaped[np.ndarray, " n"], target: float | None, without: float | None
) -> Figure:
    values = np.asarray(values, dtype=np.float64)
    mean = float(values.mean())
    low, high = bca_interval(values) or (0.0, 1.0)
    return Figure(name, mean, low, high, len(values), target, None if without is None else float(without))
