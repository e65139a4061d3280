"""What training asks beside the captions: sides, and what is spoiled. It is not kept with the weights.

Axis letters: `clip`, `text`, `slot` of sides, `kind` of spoiling.
"""

import torch
from jaxtyping import Float32
from torch import Tensor, nn
from torch.nn import functional

from wsim.metrics.encoder.sides import SLOTS
from wsim.metrics.encoder.spoiling import KINDS
from wsim.metrics.encoder.towers import Encoder

_REACH = 6.0  # how far features move when a clip is spoiled in full; one of them varies by about 1


class Judges(nn.Module):
    """Linear readings of features.

    Args:
        dim: of the features.
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.kinds = nn.Linear(dim, 1 + len(KINDS))
        self.directions = nn.Parameter(torch.randn(len(KINDS), dim))
        self.lawful = nn.Parameter(torch.zeros(len(KINDS)))
        self.of_clips, self.of_texts = nn.Linear(dim, 3 * SLOTS), nn.Linear(dim, 3 * SLOTS)

    def amounts(self, features: Float32[Tensor, "clip dim"]) -> Float32[Tensor, "clip kind"]:
        """How much of every kind. Directions have a length of 1: it is the features that must move."""
        along = functional.linear(features, functional.normalize(self.directions, dim=1))
        return along / _REACH + self.lawful

    def sides_of_clips(self, features: Float32[Tensor, "clip dim"]) -> Float32[Tensor, "clip slot 3"]:
        """Log-odds of left, neither, right."""
        told: Tensor = self.of_clips(features)
        return told.view(len(features), SLOTS, 3)

    def sides_of_texts(self, read: Float32[Tensor, "text dim"]) -> Float32[Tensor, "text slot 3"]:
        """The same of what was read."""
        told: Tensor = self.of_texts(read)
        return told.view(len(read), SLOTS, 3)


class Learner(nn.Module):
    """All that learns."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder, self.judges = encoder, Judges(encoder.size.dim)
