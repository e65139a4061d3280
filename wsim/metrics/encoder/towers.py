"""Two small networks that look at a clip and read a caption, and what they must be able to tell of it.

Three frames at a time are cut into patches and looked at by convolutions, a transformer connects the four
moments, and learned queries collect what was seen into one row of features. Points that the convolutions find
are added, without which places in the picture are lost. Embeddings of clips and captions meet on the unit
sphere as in CLIP (Radford et al., ICML 2021). The features, not the embeddings, are what distances between
sets of videos are taken in; heads on them tell colours, kinds, numbers and places.

Axis letters: `clip`, `text`, `token`, `height` and `width` pixels, `dim` features, `colour` of the palette,
`moment` a group of frames, `picture` one of them.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Float32, Int64, UInt8
from torch import Tensor, nn
from torch.nn import functional

from wsim.metrics.encoder.words import MOST_TOKENS, PADDING

FRAMES, SIDE_PX = 12, 64
GROUP = 3  # frames that are looked at together
MOMENTS = FRAMES // GROUP
COLOURS = ("red", "green", "blue", "yellow", "purple", "orange")
NOUNS = ("ball", "box", "cylinder", "cone", "capsule", "block", "another")
MOST_COUNT = 4  # of one colour; more count as this many
_PATCH, _GRID, _FINE = 4, 4, 8  # pixels; a side of what the transformer sees, and of what it is made from
_STEM = 96
_HEADS = 4
_TEXTS_AT_ONCE = 24

Pixels = UInt8[Tensor, "clip 12 64 64 3"]


@dataclass(frozen=True, slots=True)
class Size:
    """Of the networks.

    Attributes:
        words: that are known.
        width: of both transformers.
        video_layers: of one.
        text_layers: of the other.
        dim: features a clip.
        points: that are looked for at each moment; the first published weights have none.
    """

    words: int
    width: int = 128
    video_layers: int = 4
    text_layers: int = 2
    dim: int = 192
    points: int = 0


@dataclass(frozen=True)
class Told:
    """What the heads say of a clip, for every palette colour.

    Attributes:
        places: share of the picture as a log-odds of being there at all, x and y (-1..1, right and down).
        counts: log-odds of 0, 1, 2, 3, 4 or more things of that colour.
        nouns: log-odds of what they are, one of `NOUNS`.
    """

    places: Float32[Tensor, "clip colour moment 3"]
    counts: Float32[Tensor, "clip colour 5"]
    nouns: Float32[Tensor, "clip colour 7"]


def _attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
    """Attention in float32: so narrow heads are several times slower in bfloat16 on a CPU."""
    with torch.autocast(q.device.type, enabled=False):
        return functional.scaled_dot_product_attention(q.float(), k.float(), v.float(), attn_mask=mask)


class Block(nn.Module):
    """A transformer layer, normalised first."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(
        self, x: Float[Tensor, "item token width"], mask: Tensor | None = None
    ) -> Float[Tensor, "item token width"]:
        """Tokens exchange what they know; those that `mask` forbids are not listened to."""
        item, token, width = x.shape
        q, k, v = (
            part.view(item, token, _HEADS, -1).transpose(1, 2)
            for part in self.qkv(self.before(x)).split(width, dim=2)
        )
        heard = _attend(q, k, v, mask)
        x = x + self.out(heard.transpose(1, 2).reshape(item, token, width))
        result: Tensor = x + self.down(functional.gelu(self.up(self.between(x))))
        return result


class Collect(nn.Module):
    """Learned queries gather any number of tokens into one row."""

    def __init__(self, width: int, queries: int, dim: int) -> None:
        super().__init__()
        self.queries = nn.Parameter(torch.randn(queries, width) * width**-0.5)
        self.norm, self.key_value = nn.LayerNorm(width), nn.Linear(width, 2 * width)
        self.out = nn.Linear(queries * width, dim)

    def forward(
        self, x: Float[Tensor, "item token width"], mask: Tensor | None = None
    ) -> Float[Tensor, "item dim"]:
        """One row an item."""
        item, token, width = x.shape
        k, v = (
            part.view(item, token, _HEADS, -1).transpose(1, 2)
            for part in self.key_value(self.norm(x)).split(width, dim=2)
        )
        q = self.queries.view(1, -1, _HEADS, width // _HEADS).transpose(1, 2).expand(item, -1, -1, -1)
        found = _attend(q, k, v, mask)
        row: Tensor = self.out(found.transpose(1, 2).reshape(item, -1))
        return row


class Points(nn.Module):
    """Where some things are at each moment: of every map the share, and the middle of what it lights up.

    Attention has to learn what a place is, and hardly does in hours; here it is given (the spatial softmax of
    Levine et al., JMLR 2016, arXiv 1504.00702). At first the points have no say.
    """

    middles: Tensor

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.maps = nn.Conv2d(_STEM, size.points, 1)
        self.out = nn.Linear(MOMENTS * 3 * size.points, size.dim)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)
        axis = (torch.arange(_FINE) + 0.5) / _FINE * 2.0 - 1.0
        middles = torch.stack([axis.repeat(_FINE), axis.repeat_interleave(_FINE)], dim=1)
        self.register_buffer("middles", middles, persistent=False)

    def forward(self, seen: Float[Tensor, "picture stem fine fine"]) -> Float[Tensor, "clip dim"]:
        """Middle (x right, y down, -1..1) and brightness of all points, in one row."""
        maps = self.maps(seen).flatten(2)
        places = maps.softmax(dim=2) @ self.middles
        bright = maps.logsumexp(dim=2, keepdim=True) - math.log(_FINE**2)
        row: Tensor = self.out(torch.cat([places, bright], dim=2).reshape(-1, self.out.in_features))
        return row


def _patches(pixels: Pixels) -> UInt8[Tensor, "picture patch row column"]:
    """All pixels of a patch in a group of frames as channels, which lie together in memory.

    The order is that of `pixel_unshuffle`. Bytes are moved, and no numbers four times their size.
    """
    side = SIDE_PX // _PATCH
    x = pixels.reshape(-1, GROUP, side, _PATCH, side, _PATCH, 3).permute(0, 2, 4, 1, 6, 3, 5)
    return x.reshape(-1, side, side, GROUP * 3 * _PATCH**2).permute(0, 3, 1, 2)


class VideoTower(nn.Module):
    """Clips to features."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        given, width = GROUP * 3 * _PATCH**2, size.width
        self.stem = nn.Sequential(
            nn.Conv2d(given, 64, 1), nn.GELU(),
            nn.Conv2d(64, _STEM, 3, 2, 1), nn.GroupNorm(8, _STEM), nn.GELU(),
            nn.Conv2d(_STEM, _STEM, 3, 1, 1), nn.GroupNorm(8, _STEM), nn.GELU(),
            nn.Conv2d(_STEM, width, 3, 2, 1),
        )  # fmt: skip
        self.place = nn.Parameter(torch.randn(MOMENTS * _GRID**2, width) * 0.02)
        self.blocks = nn.ModuleList(Block(width) for _ in range(size.video_layers))
        self.collect = Collect(width, 8, size.dim)
        self.points = Points(size) if size.points else None
        self.norm = nn.LayerNorm(size.dim)

    def forward(self, pixels: Pixels) -> Float[Tensor, "clip dim"]:
        """Features of clips of `FRAMES` frames of `SIDE_PX` pixels."""
        clip = len(pixels)
        x = _patches(pixels).to(torch.float32) / 127.5 - 1.0
        fine = self.stem[:-1](x)
        x = self.stem[-1](fine).permute(0, 2, 3, 1).reshape(clip, MOMENTS * _GRID**2, -1) + self.place
        for block in self.blocks:
            x = block(x)
        row: Tensor = self.collect(x)
        if self.points is not None:
            row = row + self.points(fine)
        features: Tensor = self.norm(row)
        return features


class TextTower(nn.Module):
    """Captions to features."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.words = nn.Embedding(size.words, size.width)
        nn.init.normal_(self.words.weight, std=0.05)
        self.place = nn.Parameter(torch.randn(MOST_TOKENS, size.width) * 0.02)
        self.blocks = nn.ModuleList(Block(size.width) for _ in range(size.text_layers))
        self.collect = Collect(size.width, 4, size.dim)

    def forward(self, ids: Int64[Tensor, "text token"]) -> Float[Tensor, "text dim"]:
        """Features of texts; padding has no say, and is hardly computed: texts of a length go together."""
        lengths = (ids != PADDING).sum(dim=1)
        order = lengths.argsort()
        rows = [
            self._read(ids[part, : int(lengths[part].max())]) for part in torch.split(order, _TEXTS_AT_ONCE)
        ]
        return torch.cat(rows)[order.argsort()]

    def _read(self, ids: Int64[Tensor, "part length"]) -> Float[Tensor, "part dim"]:
        mask = (ids != PADDING)[:, None, None, :]
        x = self.words(ids) + self.place[: ids.shape[1]]
        for block in self.blocks:
            x = block(x, mask)
        row: Tensor = self.collect(x, mask)
        return row


class Encoder(nn.Module):
    """Both towers, the way into the common space, and the heads."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.size = size
        self.video, self.text = VideoTower(size), TextTower(size)
        self.clip_out = nn.Sequential(nn.Linear(size.dim, size.dim), nn.GELU(), nn.Linear(size.dim, size.dim))
        self.text_out = nn.Linear(size.dim, size.dim)
        self.log_scale = nn.Parameter(torch.tensor(2.5))
        self.heads = nn.Linear(size.dim, len(COLOURS) * (3 * MOMENTS + MOST_COUNT + 1 + len(NOUNS)))

    def clips(self, features: Float32[Tensor, "clip dim"]) -> Float32[Tensor, "clip dim"]:
        """Embeddings of length 1, from features of clips."""
        return functional.normalize(self.clip_out(features), dim=1)

    def texts(self, ids: Int64[Tensor, "text token"]) -> Float32[Tensor, "text dim"]:
        """Embeddings of length 1, from ids of words."""
        return self.embedded(self.text(ids))

    def embedded(self, read: Float32[Tensor, "text dim"]) -> Float32[Tensor, "text dim"]:
        """Embeddings of length 1, from what the text tower has read."""
        return functional.normalize(self.text_out(read), dim=1)

    def told(self, features: Float32[Tensor, "clip dim"]) -> Told:
        """What the features tell of colours, kinds, numbers and places."""
        rows = self.heads(features).view(len(features), len(COLOURS), -1)
        places, counts, nouns = rows.split([3 * MOMENTS, MOST_COUNT + 1, len(NOUNS)], dim=2)
        return Told(places.reshape(*places.shape[:2], MOMENTS, 3), counts, nouns)
