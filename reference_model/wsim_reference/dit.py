"""The diffusion transformer: one stream of video tokens and words, full attention over space and time.

After DiT (Peebles and Xie, arXiv 2212.09748) with one shared modulation layer (adaLN-single, PixArt-alpha,
arXiv 2310.00426). Every latent frame has a noise level of its own (Diffusion Forcing, arXiv 2407.01392), so
frames that are known are simply frames without noise. Positions are rotary, on real coordinates.
Camera, actions and the shape of the clip act where the noise level acts: on the modulation of a latent frame.

Axis letters: `batch`, `latent` frames, `patch` tokens of one latent frame, `word`, `token` both together,
`channel row column` of the latent cells, `width` of a token.
"""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from wsim_reference.conditions import Conditions
from wsim_reference.config import TransformerConfig
from wsim_reference.rotary import positions, rotary_angles, rotate
from wsim_reference.signals import CAMERA_NUMBERS, CLIP_NUMBERS, action_numbers_of

Latents = Float[Tensor, "batch latent channel row column"]
Levels = Float[Tensor, "batch latent"]
Heads = Float[Tensor, "batch head token number"]

SMALLEST_NORM = 1e-6
TEXT_LEVEL = 2.0  # words carry no noise; this is the level that stands for "a word"


def rms_norm(features: Tensor) -> Tensor:
    """Divide by the root mean square over the last axis, in float32; a CPU has a kernel for the norm."""
    features = features.float()
    norm = torch.linalg.vector_norm(features, dim=-1, keepdim=True)
    normed: Tensor = features * (math.sqrt(features.shape[-1]) / norm.clamp(min=SMALLEST_NORM))
    return normed


def patchify(latents: Latents, patch: int) -> Float[Tensor, "batch latent patch numbers"]:
    """`patch x patch` cells become one token."""
    batch, count, channels, rows, columns = latents.shape
    cells = latents.reshape(batch, count, channels, rows // patch, patch, columns // patch, patch)
    return cells.permute(0, 1, 3, 5, 2, 4, 6).reshape(batch, count, -1, channels * patch * patch)


def unpatchify(tokens: Float[Tensor, "batch latent patch numbers"], patch: int, rows: int) -> Latents:
    """The inverse of `patchify` for pictures of `rows` cells in height."""
    batch, count, patches, numbers = tokens.shape
    columns = patches * patch * patch // rows
    grid = tokens.reshape(batch, count, rows // patch, columns // patch, numbers // patch**2, patch, patch)
    return grid.permute(0, 1, 4, 2, 5, 3, 6).reshape(batch, count, -1, rows, columns)


def fourier_features(value: Tensor, count: int, highest: float, ratio: float) -> Tensor:
    """Cosines and sines of a number at `count` frequencies from `highest` down to `highest / ratio`.

    `[...]` gives `[..., 2 * count]`.
    """
    steps = torch.arange(count, device=value.device) / count
    phase = value[..., None] * (highest * torch.exp(-math.log(ratio) * steps))
    return torch.cat([phase.cos(), phase.sin()], dim=-1)


def two_layers(numbers: int, width: int) -> nn.Sequential:
    """From a few numbers to the width of a token."""
    return nn.Sequential(nn.Linear(numbers, width), nn.SiLU(), nn.Linear(width, width))


def attention(query: Heads, key: Heads, value: Heads) -> Heads:
    """Softmax attention; spelt out on a CPU where the fused kernel is slower, in training four times."""
    slow = torch.is_grad_enabled() or value.dtype == torch.bfloat16
    if not slow or query.device.type != "cpu":
        return F.scaled_dot_product_attention(query, key, value)
    each = (query / math.sqrt(query.shape[3])).flatten(0, 1)
    scores = torch.bmm(each, key.flatten(0, 1).transpose(1, 2))
    mixed = torch.bmm(scores.float().softmax(dim=2).to(value.dtype), value.flatten(0, 1))
    return mixed.reshape(query.shape)


class Signals(nn.Module):
    """Camera, actions and the shape of the clip, as one vector for every latent and one for the words.

    Where a camera or an action is not told its numbers are zeros, and the biases are the learned "not told".
    """

    def __init__(self, width: int, action_kinds: int) -> None:
        super().__init__()
        self.camera = two_layers(CAMERA_NUMBERS, width)
        self.actions = two_layers(action_numbers_of(action_kinds), width)
        self.clip = two_layers(CLIP_NUMBERS * 2 * 4, width)

    def forward(self, told: Conditions) -> Float[Tensor, "batch latent_and_text width"]:
        """The last vector is for the words, which have no camera and no action."""
        octaves = fourier_features(told.clip, count=4, highest=4.0, ratio=16.0).flatten(1)
        clip = self.clip(octaves)[:, None]
        frames: Tensor = self.camera(told.camera) + self.actions(told.actions) + clip
        return torch.cat([frames, clip], dim=1)


class Block(nn.Module):
    """Attention and a gated MLP, both modulated by the noise level of the latent frame."""

    around_one: Tensor

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        hidden = width * 8 // 3 // 32 * 32
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.attention_out = nn.Linear(width, width, bias=False)
        self.mlp_in = nn.Linear(width, 2 * hidden, bias=False)
        self.mlp_out = nn.Linear(hidden, width, bias=False)
        self.modulation = nn.Parameter(torch.zeros(6, width))
        ones = torch.tensor([1.0, 0.0, 1.0, 1.0, 0.0, 1.0])[:, None]  # factors are around 1, shifts around 0
        self.register_buffer("around_one", ones, persistent=False)
        self.query_scale = nn.Parameter(torch.ones(width // heads))
        self.key_scale = nn.Parameter(torch.ones(width // heads))
        nn.init.zeros_(self.attention_out.weight)
        nn.init.zeros_(self.mlp_out.weight)

    def attend(self, tokens: Tensor, angles: tuple[Tensor, Tensor]) -> Tensor:
        """Full attention over `[batch, token, width]`, with normed queries and keys."""
        parts: Tensor = self.qkv(tokens).reshape(*tokens.shape[:2], 3, self.heads, -1)
        query, key, value = parts.transpose(1, 3).unbind(2)
        query = rotate(rms_norm(query) * self.query_scale, angles).to(value.dtype)
        key = rotate(rms_norm(key) * self.key_scale, angles).to(value.dtype)
        mixed = attention(query, key, value).transpose(1, 2).flatten(2)
        out: Tensor = self.attention_out(mixed)
        return out

    def mlp(self, tokens: Tensor) -> Tensor:
        """SwiGLU (arXiv 2002.05202)."""
        gate, value = self.mlp_in(tokens).chunk(2, dim=-1)
        out: Tensor = self.mlp_out(F.silu(gate) * value)
        return out

    def forward(
        self,
        video: Float[Tensor, "batch latent patch width"],
        text: Float[Tensor, "batch word width"],
        modulation: Float[Tensor, "batch latent_and_text 6 width"],
        angles: tuple[Tensor, Tensor],
    ) -> tuple[Tensor, Tensor]:
        """One layer. The last entry of `modulation` is for the words.

        The modulation stays one vector for a latent frame and is broadcast: spread over the tokens, its
        gradients cost a third of the training time on a CPU.
        """
        both = modulation + self.modulation + self.around_one
        frames = [part[:, :, None] for part in both[:, :-1].unbind(2)]
        words = [part[:, None] for part in both[:, -1].unbind(1)]
        sizes = [video.shape[1] * video.shape[2], text.shape[1]]
        for start, layer in ((0, lambda x: self.attend(x, angles)), (3, self.mlp)):
            seen = torch.addcmul(frames[start + 1], rms_norm(video), frames[start])
            read = torch.addcmul(words[start + 1], rms_norm(text), words[start])
            update = layer(torch.cat([seen.flatten(1, 2), read], dim=1))
            to_video, to_text = torch.split(update, sizes, dim=1)
            video = torch.addcmul(video, to_video.reshape(video.shape), frames[start + 2])
            text = torch.addcmul(text, to_text, words[start + 2])
        return video, text


class DiffusionTransformer(nn.Module):
    """Noisy standardised latents, a noise level for every latent frame and what is told of them to F.

    What the network output F means is decided by the preconditioning in `wsim_reference.flow`.
    """

    def __init__(self, config: TransformerConfig, channels: int) -> None:
        super().__init__()
        width, numbers = config.width, channels * config.patch**2
        self.patch = config.patch
        self.head_width = width // config.heads
        self.patch_in = nn.Linear(numbers, width)
        self.span = nn.Parameter(torch.randn(2, width) * 0.02)  # a picture, or four frames
        self.words = nn.Embedding(config.vocabulary, width)
        self.word_position = nn.Parameter(torch.randn(config.text_tokens, width) * 0.02)
        self.level = nn.Sequential(nn.Linear(128, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU())
        self.signals = Signals(width, config.action_kinds) if config.conditioned else None
        self.modulation = nn.Linear(width, 6 * width)
        self.blocks = nn.ModuleList([Block(width, config.heads) for _ in range(config.depth)])
        self.final_modulation = nn.Linear(width, 2 * width)
        self.patch_out = nn.Linear(width, numbers)
        nn.init.normal_(self.words.weight, std=0.5)
        for layer in (self.modulation, self.final_modulation, self.patch_out):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, noisy: Latents, level: Levels, told: Conditions) -> Latents:
        """Network output F, same shape as `noisy`; `level` 0 is pure noise and 1 is clean."""
        rows, columns = noisy.shape[3:]
        video = self.patch_in(patchify(noisy, self.patch)) + self.span[told.span][:, :, None]
        text = self.words(told.words) + self.word_position[: told.words.shape[1]]

        condition = self._condition(level, told)
        modulation = self.modulation(condition).reshape(*condition.shape[:2], 6, -1)
        angles = self._angles(told, rows, columns)
        for block in self.blocks:
            video, text = block(video, text, modulation, angles)

        # One product of all rows: of some, which lie apart, torch copies the weights for every one.
        final = F.linear(condition, self.final_modulation.weight) + self.final_modulation.bias
        scale, shift = final[:, :-1, None].chunk(2, dim=-1)
        tokens = self.patch_out(rms_norm(video) * (1 + scale) + shift)
        return unpatchify(tokens, self.patch, rows).float()

    def _condition(self, level: Levels, told: Conditions) -> Float[Tensor, "batch latent_and_text width"]:
        """One vector for every latent frame and, last, one for the words."""
        text_level = level.new_full((level.shape[0], 1), TEXT_LEVEL)
        levels = torch.cat([level, text_level], dim=1)
        condition: Tensor = self.level(fourier_features(levels, count=64, highest=250.0, ratio=1000.0))
        return condition if self.signals is None else condition + self.signals(told)

    def _angles(self, told: Conditions, rows: int, columns: int) -> tuple[Tensor, Tensor]:
        """Cosines and sines `[batch, 1, token, pair]` for all tokens and heads; words sit at the origin."""
        places = positions(told.frame, rows, columns, self.patch)
        words = places.new_zeros(*told.words.shape, 3)
        angles = rotary_angles(torch.cat([places, words], dim=1), self.head_width)[:, None]
        return angles.cos(), angles.sin()
