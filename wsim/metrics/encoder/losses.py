"""What the encoder is trained to: captions find their clips among others, and features tell what is where.

Axis letters: `clip` of a batch, `text` true captions first, then wrong ones, `colour`, `moment`.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float32, Int64
from torch import Tensor
from torch.nn import functional

from wsim.metrics.encoder.towers import GROUP, Encoder, Pixels, Told

_LEAST_SHARE = 0.001  # of the picture, four pixels: less of a colour is not there
_LARGEST_SCALE = 100.0
_PLACE_WEIGHT = 4.0


@dataclass(frozen=True)
class Batch:
    """Clips with their captions.

    Attributes:
        pixels: of the clips.
        ids: words of the true captions, one a clip and in their order, then of wrong ones.
        belongs: whether a text is true of a clip; equal words are true of both.
        places: as in `clips.Example`.
        counts: as in `clips.Example`.
        nouns: as in `clips.Example`.
    """

    pixels: Pixels
    ids: Int64[Tensor, "text token"]
    belongs: Bool[Tensor, "clip text"]
    places: Float32[Tensor, "clip time colour 3"]
    counts: Int64[Tensor, "clip colour"]
    nouns: Int64[Tensor, "clip colour"]


def loss_of(encoder: Encoder, batch: Batch) -> dict[str, Tensor]:
    """The parts of the loss; their sum is what is made small."""
    features = encoder.video(batch.pixels)
    scale = encoder.log_scale.exp().clamp(max=_LARGEST_SCALE)
    likeness = scale * encoder.clips(features) @ encoder.texts(batch.ids).T
    told = encoder.told(features)
    return {
        "contrast": contrast(likeness, batch.belongs),
        "places": _PLACE_WEIGHT * places_loss(told, batch.places),
        "attributes": attributes_loss(told, batch.counts, batch.nouns),
    }


def contrast(
    likeness: Float32[Tensor, "clip text"], belongs: Bool[Tensor, "clip text"]
) -> Float32[Tensor, ""]:
    """InfoNCE both ways; a clip chooses among all texts, a true text among all clips.

    Where a text is true of several clips the likeliest answer may be any of them.
    """
    clips = len(likeness)
    right = likeness.masked_fill(~belongs, -torch.inf)
    by_clip = likeness.logsumexp(dim=1) - right.logsumexp(dim=1)
    by_text = likeness[:, :clips].logsumexp(dim=0) - right[:, :clips].logsumexp(dim=0)
    return (by_clip.mean() + by_text.mean()) / 2


def places_loss(told: Told, places: Float32[Tensor, "clip time colour 3"]) -> Float32[Tensor, ""]:
    """Whether a colour is in the picture at the middle of each group of frames, and where."""
    middle = places[:, GROUP // 2 :: GROUP].transpose(1, 2)
    there = middle[..., 0] > _LEAST_SHARE
    seen = functional.binary_cross_entropy_with_logits(told.places[..., 0], there.to(torch.float32))
    off = functional.smooth_l1_loss(told.places[..., 1:], middle[..., 1:], reduction="none", beta=0.1)
    return seen + (off.mean(dim=-1) * there).sum() / there.sum().clamp(min=1)


def attributes_loss(
    told: Told, counts: Int64[Tensor, "clip colour"], nouns: Int64[Tensor, "clip colour"]
) -> Float32[Tensor, ""]:
    """How many things of each colour there are, and what they are."""
    number = functional.cross_entropy(told.counts.flatten(0, 1), counts.flatten())
    known = nouns.flatten() >= 0
    kind = functional.cross_entropy(told.nouns.flatten(0, 1)[known], nouns.flatten()[known], reduction="sum")
    return number + kind / known.sum().clamp(min=1)
