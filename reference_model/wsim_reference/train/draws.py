"""The random numbers of a training step."""

from dataclasses import dataclass

import torch

from wsim.contracts import Json, digest_of


@dataclass(frozen=True)
class Draws:
    """Two streams of random numbers.

    Attributes:
        own: of this process: its clips, noise, and all else.
        common: the same in all processes: shapes, so that all have as much to do and none waits for another.
    """

    own: torch.Generator
    common: torch.Generator


def draws_of(seed: int, stage: str, step: int, rank: int) -> Draws:
    """Those of one step: they depend on its number alone, so a resumed run draws the same."""
    return Draws(_stream(seed, stage, step, rank), _stream(seed, stage, step, "common"))


def _stream(*which: Json) -> torch.Generator:
    return torch.Generator().manual_seed(int(digest_of(list(which))[:15], 16))
