"""A pipeline's own codec: what its autoencoder makes of a video that it is shown.

Latents are the mode of what is encoded; scaling them for the network and back cancels, and is left out.

Axis letters: `made` frames of the pipeline, `row` and `column` pixels.
"""

from typing import Any

import numpy as np
import torch
from jaxtyping import Float

from wsim.contracts import ClipFormat, Context, Request
from wsim.models.pipelines.fit import Fit, fit_to, given, recovered
from wsim.models.pipelines.model import PipelineModel
from wsim.video import Video

_BY_FRAME = ("AutoencoderKL", "AutoencoderKLTemporalDecoder")  # frames are their batch; others see time


class PipelineWithCodec(PipelineModel):
    """A pipeline that can also show how near its autoencoder lets it come to a video."""

    def round_trip(self, video: Video) -> Video:
        """Encode and decode, at the size, rate and length at which the pipeline would answer.

        Raises:
            WsimError: the decoder gives too few frames, or pixels that are no numbers.
        """
        clip = ClipFormat(len(video), *video.size, video.fps)
        fit = fit_to(clip, self._traits)
        with torch.inference_mode(), torch.random.fork_rng():
            made = _through(self._pipeline, _shown(video, fit))
        return Video(recovered(made, fit), video.fps)


def has_codec(pipeline: Any) -> bool:
    """Whether a pipeline has an autoencoder that takes pixels and gives them back."""
    vae = getattr(pipeline, "vae", None)
    return all(callable(getattr(vae, part, None)) for part in ("encode", "decode"))


def _shown(video: Video, fit: Fit) -> Float[torch.Tensor, "made 3 row column"]:
    """The frames at the pipeline's size and rate, in -1..1.

    At another rate than the pipeline's own, frames in between repeat the nearest one; the last one is held.
    """
    indices = tuple(range(len(video)))
    request = Request(len(video), video.size, video.fps, 0, context=Context(video.frames, indices))
    frames = given(request, fit)
    last = frames[max(frames)]
    stacked = np.stack([frames.get(index, last) for index in range(fit.made.num_frames)])
    return torch.from_numpy(stacked).permute(0, 3, 1, 2).to(torch.float32) / 127.5 - 1.0


def _through(
    pipeline: Any, pixels: Float[torch.Tensor, "made 3 row column"]
) -> Float[np.ndarray, "decoded row column 3"]:
    """Through the autoencoder of a pipeline and back, sRGB in 0..1."""
    vae = pipeline.vae
    pixels = pixels.to(pipeline._execution_device, vae.dtype)
    if type(vae).__name__ in _BY_FRAME:
        timed = {"num_frames": len(pixels)} if "Temporal" in type(vae).__name__ else {}
        decoded = vae.decode(_latents(vae.encode(pixels)), **timed).sample
    else:
        latents = _latents(vae.encode(pixels.permute(1, 0, 2, 3)[None]))
        clean = {"temb": latents.new_zeros(1)} if getattr(vae.config, "timestep_conditioning", False) else {}
        decoded = vae.decode(latents, **clean).sample[0].permute(1, 0, 2, 3)
    levels = (decoded.float() / 2 + 0.5).clamp(0.0, 1.0)
    return np.ascontiguousarray(levels.permute(0, 2, 3, 1).cpu().numpy())


def _latents(encoded: Any) -> Any:
    """The mode of a distribution, or the latent of an autoencoder that has no distribution."""
    return encoded.latent_dist.mode() if hasattr(encoded, "latent_dist") else encoded.latent
