"""The reference model, a small Sora-like video generator, as a wsim model."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch

from wsim.contracts import ModelInfo, Request
from wsim.errors import WsimError
from wsim.video import Video
from wsim_reference.generator import Generator
from wsim_reference.sampler import SamplerSettings

WEIGHTS = Path(__file__).parent / "weights"
DEFAULT = "base"


def load(
    path: str | None = None, steps: int = 20, guidance: float = 2.0, device: str = "auto"
) -> "ReferenceModel":
    """A small Sora-like latent diffusion transformer: text to video and continuation of a prefix.

    Args:
        path: a checkpoint folder, or the name of one that ships with wsim; None is the shipped `base`.
        steps: Euler steps for a clip.
        guidance: classifier-free guidance on the text; 1 is none.
        device: `cpu`, `cuda`, or `auto`: cuda when there is one.

    Raises:
        WsimError: there is no such checkpoint, it is damaged, or an option is out of range.
    """
    if steps < 1 or not 0 <= guidance <= 20:
        raise WsimError(
            f"steps={steps} and guidance={guidance} cannot be sampled with",
            where="the options of the reference model",
            remedy="use at least 1 step and a guidance from 0 to 20",
        )
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    settings = SamplerSettings(steps=steps, guidance=guidance)
    return ReferenceModel(find_weights(path), settings, device)


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


class ReferenceModel:
    """A `wsim.Model` that answers one request at a time, so batching cannot change a pixel."""

    def __init__(self, folder: Path, settings: SamplerSettings, device: str) -> None:
        from wsim_reference.checkpoint import load as load_checkpoint

        checkpoint = load_checkpoint(folder)
        self._generator = Generator(checkpoint, settings, device)
        self._info = ModelInfo(
            name=f"reference:{folder.name}",
            adapter="wsim_reference.model/1",
            digest=checkpoint.digest,
            accepts=frozenset({"text", "first_frame", "context"}),
            formats=(checkpoint.config.clip,),
            settings={
                "steps": settings.steps,
                "guidance": settings.guidance,
                "guided_from": settings.guided_from,
                "guided_until": settings.guided_until,
                "precision": "float32",
                "device": device,
            },
        )

    @property
    def info(self) -> ModelInfo:
        """Who answers."""
        return self._info

    def generate(self, requests: Sequence[Request]) -> Iterator[Video]:
        """Answer the requests in order.

        Context must be a prefix of the clip; of its frames the longest `1 + 4k` are used. All frames of the
        answer are the model's own rendering, the given ones too: they come back as the codec shows them.

        Raises:
            WsimError: the clip has another format, or the context is not a prefix.
        """
        for request in requests:
            yield Video(self._answer(request), self._generator.config.fps)

    def round_trip(self, video: Video) -> Video:
        """The video through the autoencoder; same length, size and rate."""
        return Video(self._generator.round_trip(video.frames), video.fps)

    def _answer(self, request: Request) -> np.ndarray:
        clip = self._generator.config.clip
        if request.format != clip:
            raise WsimError(
                f"the reference model makes clips of {clip}, not {request.format}",
                where="Request",
                remedy="ask for the format in `info.formats`",
            )
        if request.context is None or not request.context.indices:
            return self._generator.text_to_video(request.text, request.seed)
        indices = request.context.indices
        if indices != tuple(range(len(indices))):
            raise WsimError(
                f"the context sits at frames {list(indices)}, which is not a prefix",
                where="Request.context",
                remedy="give the first frames of the clip, without a gap",
            )
        return self._generator.continue_video(request.context.frames, request.text, request.seed)
