"""A pipeline of diffusers as a wsim model.

Axis letters: `made` frames of the pipeline, `row` and `column` pixels.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from jaxtyping import Float

from wsim.contracts import ClipFormat, Json, ModelInfo, Request
from wsim.models.pipelines.fit import fit_to, recovered
from wsim.models.pipelines.inputs import arguments, not_taken
from wsim.models.pipelines.traits import Traits
from wsim.video import Video

VERSION = 1


@dataclass(frozen=True)
class Identity:
    """Which weights these are.

    Attributes:
        name: for people: the folder, or the repository with the beginning of its revision.
        digest: SHA-256 over the files that the pipeline was made from.
        made_with: precision, device, LoRA: what else changes pixels.
    """

    name: str
    digest: str
    made_with: Mapping[str, Json] = field(default_factory=dict)


class PipelineModel:
    """A `wsim.Model` that calls a pipeline once a request, so batches cannot change a pixel.

    Noise is drawn on the CPU from the seed of the request: it is the same on every device.

    Args:
        pipeline: a loaded pipeline.
        traits: as `read_traits` found them.
        clip: the clip that scenarios are posed at.
        identity: which weights these are.
        options: arguments of every call: steps, guidance, and whatever else the user gave.
    """

    def __init__(
        self, pipeline: Any, traits: Traits, clip: ClipFormat, identity: Identity, options: Mapping[str, Any]
    ) -> None:
        self._pipeline, self._traits, self._options = pipeline, traits, dict(options)
        self._info = ModelInfo(
            name=f"diffusers:{identity.name}",
            adapter=f"wsim.models.pipelines/{VERSION}",
            digest=identity.digest,
            accepts=traits.accepts,
            needs=traits.needs,
            formats=(clip,),
            settings={**_settings(traits, clip, self._options), **identity.made_with},
        )

    @property
    def info(self) -> ModelInfo:
        """Who answers."""
        return self._info

    def generate(self, requests: Sequence[Request]) -> Iterator[Video]:
        """Answer the requests in order.

        Raises:
            WsimError: a request lacks a picture that the pipeline needs, or pins frames that it cannot use;
                the pipeline gave too few frames, or pixels that are no numbers.
        """
        for request in requests:
            fit = fit_to(request.format, self._traits)
            call = arguments(request, self._traits, fit)
            yield Video(recovered(self._sample(call, request.seed), fit), request.fps)

    def _sample(self, call: Mapping[str, Any], seed: int) -> Float[np.ndarray, "made row column 3"]:
        """One call. Whatever the pipeline draws without the generator is seeded too, and leaves no trace."""
        generator = {"generator": torch.Generator("cpu").manual_seed(seed)}
        call = {**call, **(generator if self._traits.takes("generator") else {}), **self._options}
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            output = self._pipeline(**call)
        return np.asarray(output.frames[0])


def _settings(traits: Traits, clip: ClipFormat, options: Mapping[str, Any]) -> dict[str, Json]:
    """What changes pixels, in clear, the defaults of the pipeline among it."""
    fit = fit_to(clip, traits)
    effective = {
        name: traits.defaults[name]
        for name in ("num_inference_steps", "guidance_scale", "negative_prompt", "strength")
        if traits.takes(name)
    }
    return {
        "pipeline": traits.kind,
        "clip": str(clip),
        "made at": str(fit.made),
        "resampled": "no" if fit.exact else "nearest frame in time, antialiased bicubic in space",
        "frames are given as": traits.giving,
        "has no argument for": list(not_taken(traits)),
        **{name: options.get(name, value) for name, value in effective.items()},
        **{name: value for name, value in options.items() if name not in effective},
    }
