"""The sizes of the model, as data: frozen dataclasses with a JSON round trip.

A clip has `1 + 4k` frames. The first frame is one latent of its own (a single picture), and every further
group of four frames is one latent, so 25 frames are 7 latents.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wsim.contracts import ClipFormat
from wsim.errors import WsimError

PIXELS_PER_CELL = 8  # the autoencoder shrinks height and width by this
FRAMES_PER_CHUNK = 4  # and time by this


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
        width: numbers in one token; `heads` must divide it into heads of a multiple of 8.
        patch: a token is `patch x patch` latent cells of one latent frame.
        text_tokens: words that are read; longer captions are cut.
        vocabulary: size of the embedding table, with padding, the null token and the hash buckets.
    """

    width: int = 192
    depth: int = 8
    heads: int = 3
    patch: int = 2
    text_tokens: int = 40
    vocabulary: int = 256


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """Everything that is needed to build the model before its weights are read.

    Attributes:
        latent_mean: mean of every latent channel over the training set; the transformer works on
            standardised latents.
        latent_std: their standard deviations.
    """

    num_frames: int = 25
    height: int = 64
    width: int = 64
    fps: float = 16.0
    autoencoder: AutoencoderConfig = AutoencoderConfig()
    transformer: TransformerConfig = TransformerConfig()
    latent_mean: tuple[float, ...] = ()
    latent_std: tuple[float, ...] = ()

    @property
    def clip(self) -> ClipFormat:
        """The clip that the model was trained on."""
        return ClipFormat(self.num_frames, self.height, self.width, self.fps)

    @property
    def latent_shape(self) -> tuple[int, int, int, int]:
        """(latents, channels, rows, columns) of one clip."""
        return (
            latents_of(self.num_frames),
            self.autoencoder.channels,
            self.height // PIXELS_PER_CELL,
            self.width // PIXELS_PER_CELL,
        )

    @property
    def video_tokens(self) -> int:
        """Tokens of one clip, without its text."""
        latents, _, rows, columns = self.latent_shape
        return latents * rows * columns // self.transformer.patch**2

    def replace(self, **changes: Any) -> "ModelConfig":
        """A copy with some fields changed."""
        return dataclasses.replace(self, **changes)

    def to_json(self) -> dict[str, Any]:
        """Plain numbers, lists and objects."""
        data = dataclasses.asdict(self)
        return data | {"latent_mean": list(self.latent_mean), "latent_std": list(self.latent_std)}


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
        fields["latent_mean"] = tuple(fields["latent_mean"])
        fields["latent_std"] = tuple(fields["latent_std"])
        return ModelConfig(**fields)
    except (KeyError, TypeError) as error:
        raise WsimError(
            f"the model section does not fit this version of wsim: {error}",
            where=where,
            remedy="use the weights that came with this version, or install the version that wrote them",
        ) from error


PRESETS: Mapping[str, ModelConfig] = {
    "nano": ModelConfig(
        num_frames=9,
        height=32,
        width=32,
        autoencoder=AutoencoderConfig(channels=8, quarter_width=16, eighth_width=32, chunk_width=32),
        transformer=TransformerConfig(width=64, depth=2, heads=2, text_tokens=12, vocabulary=128),
    ),
    "S": ModelConfig(),
}
