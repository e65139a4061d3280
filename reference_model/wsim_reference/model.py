"""The reference model, a small Sora-like video generator, as a wsim model."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from wsim.contracts import Capability, ClipFormat, Json, ModelInfo, Request, digest_of
from wsim.errors import WsimError
from wsim.precision import fast_dtype
from wsim.video import Video
from wsim_reference.checkpoint import Checkpoint
from wsim_reference.checkpoint import load as load_checkpoint
from wsim_reference.config import SIDE_MULTIPLE, ModelConfig, latents_of
from wsim_reference.generator import Generator
from wsim_reference.sampler import SamplerSettings
from wsim_reference.text import split_words

WEIGHTS = Path(__file__).parent / "weights"
DEFAULT = "16x"
MOST_FORMATS = 64  # that a model may declare (`wsim.models.wire`)
PRECISIONS = {"auto": None, "float32": torch.float32, "bfloat16": torch.bfloat16}
WATCHED = ("train_step", "train_flops")  # what scores are drawn against


def load(
    path: str | None = None,
    steps: int = 20,
    guidance: float = 2.0,
    device: str = "auto",
    frames: int | None = None,
    precision: str = "auto",
) -> "ReferenceModel":
    """A small Sora-like latent diffusion transformer: words, given frames, camera and actions to video.

    Args:
        path: a checkpoint folder, or the name of one that ships with wsim; None is `16x`, the best of them.
        steps: Euler steps for a clip.
        guidance: classifier-free guidance; 1 is none.
        device: `cpu`, `cuda`, or `auto`: cuda when there is one.
        frames: length of the clips to be asked for, `1 + 4k`; by default that of its training.
        precision: of the transformer: `float32`, `bfloat16`, or `auto`, bfloat16 where that is fast.

    Raises:
        WsimError: there is no such checkpoint, it is damaged, or an option is out of range.
    """
    if steps < 1 or not 0 <= guidance <= 20:
        raise WsimError(
            f"steps={steps} and guidance={guidance} cannot be sampled with",
            where="the options of the reference model",
            remedy="use at least 1 step and a guidance from 0 to 20",
        )
    if precision not in PRECISIONS:
        raise WsimError(
            f"precision={precision} is not known",
            where="the options of the reference model",
            remedy=f"use one of: {', '.join(PRECISIONS)}",
        )
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    settings = SamplerSettings(steps=steps, guidance=guidance)
    dtype = PRECISIONS[precision] or fast_dtype(device)
    return ReferenceModel(find_weights(path), settings, device, frames, dtype)


def find_weights(path: str | None) -> Path:
    """The folder of a checkpoint, given its path or the name of one that ships with wsim.

    Raises:
        WsimError: neither exists.
    """
    shipped = WEIGHTS / (path or DEFAULT)
    if path and Path(path).is_dir():
        return Path(path)
    if shipped.is_dir():
        return shipped
    names = sorted(config.parent.name for config in WEIGHTS.glob("*/config.json")) or ["(none ships)"]
    raise WsimError(
        f"there is no reference checkpoint {path!r}",
        where="the reference model",
        remedy=f"give a folder with a config.json, or one of: {', '.join(names)}",
    )


def accepted(config: ModelConfig) -> frozenset[Capability]:
    """Which parts of a request a model of these sizes makes use of."""
    always: frozenset[Capability] = frozenset({"text", "first_frame", "context"})
    told: frozenset[Capability] = frozenset({"keyframes", "camera", "actions"})
    return always | told if config.transformer.conditioned else always


def declared_formats(config: ModelConfig, frames: int | None = None) -> tuple[ClipFormat, ...]:
    """The clips to ask for: the format of its training first, then other sizes and lengths it has seen.

    A conditioned model makes any other too. Declared of those are one larger size, which
    `conditioning/size_aspect` asks for, and clips of nearly twice the longest length.

    Args:
        config: of the model.
        frames: length of the first format, instead of that of the training.

    Raises:
        WsimError: a length that is not 1 + 4k, or another than the only one it makes.
    """
    home = replace(config.clip, num_frames=frames or config.num_frames)
    latents_of(home.num_frames)
    if not config.transformer.conditioned:
        if home != config.clip:
            raise WsimError(
                f"this reference model makes clips of {config.num_frames} frames, not {frames}",
                where="the options of the reference model",
                remedy="leave `frames` out",
            )
        return (home,)
    larger = [round(1.5 * side / SIDE_MULTIPLE) * SIDE_MULTIPLE for side in (home.height, home.width)]
    sizes = dict.fromkeys([(home.height, home.width), *config.sizes, (larger[0], larger[1])])
    lengths = dict.fromkeys([home.num_frames, config.num_frames, *config.lengths, 2 * config.longest - 1])
    every = [replace(home, num_frames=n, height=h, width=w) for n in lengths for h, w in sizes]
    return tuple(every[:MOST_FORMATS])


class ReferenceModel:
    """A `wsim.Model` that answers one request at a time, so batching cannot change a pixel."""

    def __init__(
        self,
        folder: Path,
        settings: SamplerSettings,
        device: str,
        frames: int | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        checkpoint = load_checkpoint(folder)
        self._generator = Generator(checkpoint, settings, device, dtype)
        self._named: set[str] = set()  # unknown words of which it has warned
        self._info = ModelInfo(
            name=f"reference:{folder.name}",
            adapter="wsim_reference.model/2",
            digest=checkpoint.digest,
            accepts=accepted(checkpoint.config),
            formats=declared_formats(checkpoint.config, frames),
            settings={
                "steps": settings.steps,
                "guidance": settings.guidance,
                "guided_from": settings.guided_from,
                "guided_until": settings.guided_until,
                "precision": str(self._generator.dtype).removeprefix("torch."),
                "device": device,
                **trained_for(checkpoint),
            },
            codec=digest_of([checkpoint.codec_digest, device]),
        )

    @property
    def info(self) -> ModelInfo:
        """Who answers."""
        return self._info

    def generate(self, requests: Sequence[Request]) -> Iterator[Video]:
        """Answer the requests in order.

        All frames of an answer are the model's own rendering, the given ones too: they come back as the
        codec shows them. Words that it does not know are named in a warning once, words beyond those it
        reads whenever there are some.

        Raises:
            WsimError: the clip cannot be made, or what is given does not fit it.
        """
        for request in requests:
            self._warn(request.text or "")
            yield Video(self._generator.answer(request), request.fps)

    def round_trip(self, video: Video) -> Video:
        """The video through the autoencoder; same length, size and rate."""
        return Video(self._generator.round_trip(video.frames), video.fps)

    def _warn(self, text: str) -> None:
        limit, words = self._generator.config.transformer.text_tokens, split_words(text)
        unknown = self._generator.vocabulary.unknown(" ".join(words[:limit]))
        if strange := [word for word in unknown if word not in self._named]:
            self._named.update(strange)
            warnings.warn(f"the reference model does not know: {', '.join(strange)}", stacklevel=3)
        if len(words) > limit:
            message = f"the reference model reads {limit} words; {len(words) - limit} more are left out"
            warnings.warn(message, stacklevel=3)


def trained_for(checkpoint: Checkpoint) -> dict[str, Json]:
    """Step and floating-point operations of its training, where the checkpoint says so."""
    train = checkpoint.facts.get("train", {})
    return {name: train[name] for name in WATCHED if name in train}
