"""What the encoder is trained to.

Captions find their clips among others, features tell what is where, and both tell left from right. Features
move away from those of lawful clips by as much as a clip is spoiled.

Axis letters: `clip` of a batch that is lawful, `row` those and then spoiled ones, `text` true captions first,
then wrong ones, `colour`, `moment`, `slot` of sides, `kind` of spoiling.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float32, Int64, UInt8
from torch import Tensor
from torch.nn import functional

from wsim.metrics.encoder.judges import Judges, Learner
from wsim.metrics.encoder.towers import GROUP, Told
from wsim.precision import mixed

_LEAST_SHARE = 0.001  # of the picture, four pixels: less of a colour is not there
_LARGEST_SCALE = 100.0
_PLACE_WEIGHT = 4.0
_SIDES_WEIGHT = 0.5
_AMOUNT_WEIGHT = 20.0
_LEFT, _SIDES = -1, 3


@dataclass(frozen=True)
class Batch:
    """Clips with their captions, and spoiled clips, which have none.

    Attributes:
        pixels: of the lawful clips, then of spoiled ones.
        ids: words of the true captions, one a clip and in their order, then of wrong ones.
        belongs: whether a text is true of a clip; equal words are true of both.
        places: as in `clips.Example`.
        counts: as in `clips.Example`.
        nouns: as in `clips.Example`.
        clip_sides: what is told of the clips, as in `sides.sides_of`.
        text_sides: what the texts tell.
        kinds: 0 lawful, else by the order of `spoiling.KINDS`.
        amounts: how much of each kind, 0..1.
    """

    pixels: UInt8[Tensor, "row 12 64 64 3"]
    ids: Int64[Tensor, "text token"]
    belongs: Bool[Tensor, "clip text"]
    places: Float32[Tensor, "clip time colour 3"]
    counts: Int64[Tensor, "clip colour"]
    nouns: Int64[Tensor, "clip colour"]
    clip_sides: Int64[Tensor, "clip slot"]
    text_sides: Int64[Tensor, "text slot"]
    kinds: Int64[Tensor, " row"]
    amounts: Float32[Tensor, "row kind"]


def loss_of(learner: Learner, batch: Batch) -> dict[str, Tensor]:
    """The parts of the loss; their sum is what is made small."""
    encoder, judges = learner.encoder, learner.judges
    with mixed("cpu"):  # the towers alone: likenesses are told apart by less than bfloat16 has
        features, read = encoder.video(batch.pixels).float(), encoder.text(batch.ids).float()
    lawful = features[: len(batch.belongs)]
    scale = encoder.log_scale.exp().clamp(max=_LARGEST_SCALE)
    likeness = scale * encoder.clips(lawful) @ encoder.embedded(read).T
    told = encoder.told(lawful)
    return {
        "contrast": contrast(likeness, batch.belongs),
        "places": _PLACE_WEIGHT * places_loss(told, batch.places),
        "attributes": attributes_loss(told, batch.counts, batch.nouns),
        "sides seen": _SIDES_WEIGHT * sides_loss(judges.sides_of_clips(lawful), batch.clip_sides),
        "sides read": _SIDES_WEIGHT * sides_loss(judges.sides_of_texts(read), batch.text_sides),
        "spoiled": spoiled_loss(judges, features, batch.kinds, batch.amounts),
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
    """How many things of each colour there are, and what they are. Colours that are there weigh more."""
    number = functional.cross_entropy(told.counts.flatten(0, 1), counts.flatten())
    there = counts.flatten() > 0
    several = functional.cross_entropy(
        told.counts.flatten(0, 1)[there], counts.flatten()[there], reduction="sum"
    )
    known = nouns.flatten() >= 0
    kind = functional.cross_entropy(told.nouns.flatten(0, 1)[known], nouns.flatten()[known], reduction="sum")
    return number + several / there.sum().clamp(min=1) + kind / known.sum().clamp(min=1)


def sides_loss(
    told: Float32[Tensor, "item slot 3"], sides: Int64[Tensor, "item slot"]
) -> Float32[Tensor, ""]:
    """Left, neither or right: one answer for every slot, summed over slots, as most are neither."""
    classes = sides.flatten() - _LEFT
    return functional.cross_entropy(told.reshape(-1, _SIDES), classes, reduction="sum") / len(sides)


def spoiled_loss(
    judges: Judges,
    features: Float32[Tensor, "row dim"],
    kinds: Int64[Tensor, " row"],
    amounts: Float32[Tensor, "row kind"],
) -> Float32[Tensor, ""]:
    """In what a clip is spoiled, and how much; of lawful clips, that they are not."""
    off = functional.mse_loss(judges.amounts(features), amounts)
    return functional.cross_entropy(judges.kinds(features), kinds) + _AMOUNT_WEIGHT * off
