"""The sizes of the model, as data: frozen dataclasses with a JSON round trip.

A clip has `1 + 4k` frames. The first frame is one latent of its own (a single picture), and every further
group of four frames is one latent, so 25 frames are 7 latents.

Fields that came later have defaults that mean "as before", so older checkpoints load as they always did.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wsim.contracts import ClipFormat
from wsim.errors import WsimError

PIXELS_PER_CELL = 8  # the autoencoder shrinks height and width by this
FRAMES_PER_CHUNK = 4  # and time by this
SIDE_MULTIPLE = 16  # heights and widths come in steps of two cells, so that patches of 1 and 2 cells both fit


@dataclass(frozen=True, slots=True)
class AutoencoderConfig:
    """The video compression network.

    Attributes:
        channels: numbers in one latent cell (8x8 pixels of 4 frames).
        quarter_width: features at a quarter of the resolution, for every frame.
        eighth_width: features at an eighth of the resolution, for every frame.
        chunk_width: features at an eighth of the resolution, for four frames together.
    """

    channels: int = 16
    quarter_width: int = 64
    eighth_width: int = 128
    chunk_width: int = 128


@dataclass(frozen=True, slots=True)
class TransformerConfig:
    """The diffusion transformer.

    Attributes:
        width: numbers in one token; `heads` must divide it into heads of a multiple of 16.
        patch: a token is `patch x patch` latent cells of one latent frame.
        text_tokens: words that are read; longer captions are cut.
        vocabulary: size of the embedding table, with padding, the null token and the hash buckets.
        conditioned: whether it is told of camera, actions, frame rate and size, and takes key frames; such a
            network makes clips of any size and length.
        action_kinds: numbers in the action of one frame.
    """

    width: int = 192
    depth: int = 8
    heads: int = 3
    patch: int = 2
    text_tokens: int = 40
    vocabulary: int = 256
    conditioned: bool = False
    action_kinds: int = 12


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """Everything that is needed to build the model before its weights are read.

    Attributes:
        num_frames, height, width, fps: of the clips that it was mostly trained on.
        sizes: all (height, width) that it was trained on; none listed: that of `clip` alone.
        lengths: all numbers of frames, likewise.
        rates: all frame rates, likewise.
        latent_mean: mean of every latent channel over the training set; the transformer works on
            standardised latents.
        latent_std: their standard deviations.
    """

    num_frames: int = 25
    height: int = 64
    width: int = 64
    fps: float = 16.0
    sizes: tuple[tuple[int, int], ...] = ()
    lengths: tuple[int, ...] = ()
    rates: tuple[float, ...] = ()
    autoencoder: AutoencoderConfig = AutoencoderConfig()
    transformer: TransformerConfig = TransformerConfig()
    latent_mean: tuple[float, ...] = ()
    latent_std: tuple[float, ...] = ()

    @property
    def clip(self) -> ClipFormat:
        """The clip that the model was mostly trained on."""
        return ClipFormat(self.num_frames, self.height, self.width, self.fps)

    @property
    def longest(self) -> int:
        """The longest clip that it has seen, frames; longer ones are made window by window."""
        return max(self.num_frames, *self.lengths, 1)

    def latent_shape(self, clip: ClipFormat) -> tuple[int, int, int, int]:
        """(latents, channels, rows, columns) of a clip."""
        return (
            latents_of(clip.num_frames),
            self.autoencoder.channels,
            clip.height // PIXELS_PER_CELL,
            clip.width // PIXELS_PER_CELL,
        )

    def video_tokens(self, clip: ClipFormat) -> int:
        """Tokens of a clip, without its text."""
        latents, _, rows, columns = self.latent_shape(clip)
        return latents * rows * columns // self.transformer.patch**2

    def replace(self, **changes: Any) -> "ModelConfig":
        """A copy with some fields changed."""
        return dataclasses.replace(self, **changes)

    def to_json(self) -> dict[str, Any]:
        """Plain numbers, lists and objects."""
        data = dataclasses.asdict(self)
        lists = {name: list(getattr(self, name)) for name in _TUPLES}
        return data | lists | {"sizes": [list(size) for size in self.sizes]}


_TUPLES = ("lengths", "rates", "latent_mean", "latent_std")


def latents_of(num_frames: int) -> int:
    """How many latents a clip of `1 + 4k` frames has: `1 + k`.

    Raises:
        WsimError: the length is not of that form.
    """
    if num_frames < 1 or (num_frames - 1) % FRAMES_PER_CHUNK:
        longest = longest_prefix(num_frames)
        raise WsimError(
            f"a clip must have 1 + 4k frames, not {num_frames}",
            where="the reference model",
            remedy=f"use {max(1, longest)} or {longest + FRAMES_PER_CHUNK} frames",
        )
    return 1 + (num_frames - 1) // FRAMES_PER_CHUNK


def longest_prefix(num_frames: int) -> int:
    """The largest `1 + 4k` that is at most `num_frames`."""
    return 1 + (num_frames - 1) // FRAMES_PER_CHUNK * FRAMES_PER_CHUNK


def config_from_json(data: Mapping[str, Any], where: str) -> ModelConfig:
    """The inverse of `ModelConfig.to_json`.

    Raises:
        WsimError: a field is unknown, which means that the file was written by another version.
    """
    try:
        fields = dict(data)
        fields["autoencoder"] = AutoencoderConfig(**fields["autoencoder"])
        fields["transformer"] = TransformerConfig(**fields["transformer"])
        fields |= {name: tuple(fields[name]) for name in _TUPLES if name in fields}
        fields["sizes"] = tuple((height, width) for height, width in fields.get("sizes", ()))
        return ModelConfig(**fields)
    except (KeyError, TypeError, ValueError) as error:
        raise WsimError(
            f"the model section does not fit this version of wsim: {error}",
            where=where,
            remedy="use the weights that came with this version, or install the version that wrote them",
        ) from error


_SIZES = ((64, 64), (48, 80), (80, 48), (64, 96), (96, 64))
_LENGTHS = (1, 5, 9, 17, 25, 33)
_RATES = (8.0, 12.0, 16.0, 24.0)

PRESETS: Mapping[str, ModelConfig] = {
    "nano": ModelConfig(
        num_frames=9,
        height=32,
        width=32,
        sizes=((32, 32), (32, 48)),
        lengths=(1, 5, 9),
        rates=(8.0, 16.0),
        autoencoder=AutoencoderConfig(channels=8, quarter_width=16, eighth_width=32, chunk_width=32),
        transformer=TransformerConfig(64, depth=2, heads=2, text_tokens=12, vocabulary=128, conditioned=True),
    ),
    "S": ModelConfig(
        sizes=_SIZES,
        lengths=_LENGTHS,
        rates=_RATES,
        autoencoder=AutoencoderConfig(channels=32, chunk_width=160),
        transformer=TransformerConfig(192, depth=7, heads=3, text_tokens=48, conditioned=True),
    ),
    "B": ModelConfig(
        sizes=(*_SIZES, (96, 96), (128, 128), (96, 160), (160, 96)),
        lengths=_LENGTHS,
        rates=_RATES,
        autoencoder=AutoencoderConfig(channels=32, chunk_width=160),
        transformer=TransformerConfig(320, depth=8, heads=5, patch=1, text_tokens=48, conditioned=True),
    ),
}
