"""All that the network is told of a batch, besides noisy latents and noise levels.

Axis letters: `batch`, `latent` frames, `word`, `camera action number` numbers.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Int
from torch import Tensor

from wsim_reference.signals import CAMERA_NUMBERS, CLIP_NUMBERS, Numbers
from wsim_reference.spans import Span, is_chunk, middle
from wsim_reference.text import NULL, PADDING

Which: TypeAlias = Bool[Tensor, " batch"]


@dataclass(frozen=True)
class Conditions:
    """What is known of every clip and of every latent.

    Attributes:
        words: the prompt.
        frame: when a latent is, in frames of the clip.
        span: 0 for a picture, 1 for four frames.
        camera: see `signals.camera_numbers`; zeros where it is not known.
        actions: see `signals.action_numbers`; zeros where they are not known.
        clip: see `signals.clip_numbers`.
    """

    words: Int[Tensor, "batch word"]
    frame: Float[Tensor, "batch latent"]
    span: Int[Tensor, "batch latent"]
    camera: Float[Tensor, "batch latent camera"]
    actions: Float[Tensor, "batch latent action"]
    clip: Float[Tensor, "batch number"]

    def to(self, device: torch.device | str) -> "Conditions":
        """The same on another device."""
        return Conditions(**{name: value.to(device) for name, value in vars(self).items()})

    def rows(self, chosen: Int[Tensor, " chosen"]) -> "Conditions":
        """Some clips of the batch."""
        return Conditions(**{name: value[chosen] for name, value in vars(self).items()})

    def latents(self, chosen: Sequence[int]) -> "Conditions":
        """Some latents of every clip."""
        parts = {
            name: getattr(self, name)[:, list(chosen)] for name in ("frame", "span", "camera", "actions")
        }
        return dataclasses.replace(self, **parts)

    def without(self, words: Which, camera: Which, actions: Which) -> "Conditions":
        """The same with something withheld from those clips of the batch for which it is true."""
        return dataclasses.replace(
            self,
            words=torch.where(
                words[:, None], null_words(*self.words.shape).to(self.words.device), self.words
            ),
            camera=self.camera * ~camera[:, None, None],
            actions=self.actions * ~actions[:, None, None],
        )

    def untold(self) -> "Conditions":
        """The same with neither words nor camera nor actions: what guidance leads away from."""
        every = torch.ones(len(self.words), dtype=torch.bool, device=self.words.device)
        return self.without(every, every, every)


def null_words(batch: int, length: int) -> Int[Tensor, "batch word"]:
    """The empty prompt: the null token, so that attention always has something to read."""
    return torch.tensor([NULL] + [PADDING] * (length - 1)).expand(batch, length)


def stacked(parts: Sequence[Conditions]) -> Conditions:
    """Several batches with the same latents as one."""
    names = [field.name for field in dataclasses.fields(Conditions)]
    return Conditions(**{name: torch.cat([getattr(part, name) for part in parts]) for name in names})


def conditions_of(
    words: Sequence[int],
    spans: Sequence[Span],
    clip: Float32[np.ndarray, " number"],
    action_numbers: int,
    camera: Numbers | None = None,
    actions: Numbers | None = None,
) -> Conditions:
    """A batch of one clip.

    Args:
        words: ids of the prompt, padded to the length that the network reads.
        spans: of the latents, key frames last.
        clip: see `signals.clip_numbers`.
        action_numbers: how many the network takes.
        camera: of every latent, if it is known.
        actions: likewise.
    """
    blind = np.zeros((len(spans), CAMERA_NUMBERS), np.float32)
    idle = np.zeros((len(spans), action_numbers), np.float32)
    return Conditions(
        words=torch.tensor(words)[None],
        frame=torch.tensor([[middle(span) for span in spans]]),
        span=torch.tensor([[int(is_chunk(span)) for span in spans]]),
        camera=torch.from_numpy(blind if camera is None else camera)[None],
        actions=torch.from_numpy(idle if actions is None else actions)[None],
        clip=torch.from_numpy(clip)[None],
    )


def plain(words: Int[Tensor, "batch word"], spans: Sequence[Span]) -> Conditions:
    """Words alone, for a network that is told nothing else."""
    nothing = conditions_of([NULL], spans, np.zeros(CLIP_NUMBERS, np.float32), 1)
    many = stacked([nothing] * len(words)).to(words.device)
    return dataclasses.replace(many, words=words)
