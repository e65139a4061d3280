"""The model in use: a request to a clip, and the round trip through the codec."""

import copy
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor, nn

from wsim.contracts import ClipFormat, Context, Request
from wsim.precision import fast_dtype, mixed
from wsim_reference import sampler
from wsim_reference.asked import check_request
from wsim_reference.cells import free_cells, without
from wsim_reference.checkpoint import Checkpoint, load
from wsim_reference.conditions import Conditions, conditions_of
from wsim_reference.config import PIXELS_PER_CELL, latents_of, longest_prefix
from wsim_reference.dit import DiffusionTransformer
from wsim_reference.flow import resolution_shift
from wsim_reference.frames import Frames, single_thread, to_clip, to_frames
from wsim_reference.signals import action_numbers, action_numbers_of, camera_numbers, clip_numbers
from wsim_reference.spans import Span, clip_spans, fixed_by
from wsim_reference.windows import DOUBTED, Window, near, windows

Picture = UInt8[np.ndarray, "height width 3"]
Prefix = UInt8[np.ndarray, "known height width 3"]
Latents = Float[Tensor, "1 latent channel row column"]


@dataclass(frozen=True)
class Source:
    """A clip that an answer is made from, where it is not made from nothing.

    Attributes:
        frames: as long and as large as the answer.
        strength: how much of it gives way, 0 to 1: everything is made anew at 1, and nothing at 0.
        free: pixels that are to be made anew, if not all of them.
    """

    frames: Frames
    strength: float = 1.0
    free: Bool[np.ndarray, "time height width"] | None = None


@dataclass
class _Canvas:
    """A clip in the making.

    Attributes:
        spans: of the latents of the clip, then of the key frames.
        noise: that everything begins with.
        latents: standardised; anything where nothing is known yet.
        level: 1 for what is given, less for what an earlier window made, 0 for what is to be made.
        count: latents of the clip itself.
        begin: what is kept of latents that are to be made.
    """

    spans: list[Span]
    noise: Latents
    latents: Latents
    level: Float[Tensor, " latent"]
    count: int
    begin: sampler.Begin = field(default_factory=sampler.Begin)

    def shown_in(self, window: Window) -> list[int]:
        """The latents of a window, and the key frames that lie in it or come next."""
        last = self.spans[window.new[-1]][1]
        start = min(self.spans[latent][0] for latent in window.latents[1:] or window.latents)
        keys = range(self.count, len(self.spans))
        inside = [key for key in keys if start <= self.spans[key][0] <= last]
        ahead = [key for key in keys if self.spans[key][0] > last][:1]
        return [*window.latents, *inside, *ahead]


def _in_numbers(network: DiffusionTransformer, dtype: torch.dtype) -> DiffusionTransformer:
    """A copy whose matrices are rounded once, and not in every step as `mixed` would."""
    network = copy.deepcopy(network)
    for part in network.modules():
        if isinstance(part, nn.Linear):
            part.to(dtype)
    return network


class Generator:
    """Requests to clips.

    One clip is sampled at a time, on one thread, from noise that depends on its seed alone: the result does
    not depend on what else was asked for, and repeats bit for bit on the same machine.

    The transformer runs in `dtype`, by default the one it was trained in, where this machine is fast in that;
    the codec, and whatever is added up from step to step, in float32.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        settings: sampler.SamplerSettings | None = None,
        device: str = "cpu",
        dtype: torch.dtype | None = None,
    ) -> None:
        self.config = checkpoint.config
        self.vocabulary = checkpoint.vocabulary
        self.settings = settings or sampler.SamplerSettings()
        self.device = torch.device(device)
        self.dtype = dtype or fast_dtype(self.device)
        self.autoencoder = checkpoint.autoencoder.to(self.device)
        self.transformer = _in_numbers(checkpoint.transformer, self.dtype).to(self.device)
        self._mean = torch.tensor(self.config.latent_mean, device=self.device)[:, None, None]
        self._std = torch.tensor(self.config.latent_std, device=self.device)[:, None, None]

    @classmethod
    def from_folder(
        cls, folder: Path, settings: sampler.SamplerSettings | None = None, device: str = "cpu"
    ) -> "Generator":
        """Load and verify the checkpoint in `folder`."""
        return cls(load(folder), settings, device)

    def answer(self, request: Request, source: Source | None = None) -> Frames:
        """The clip that a request asks for, made from a source if there is one.

        Given frames come back as the autoencoder renders them, not as they were given: the result is wholly
        the model's own picture, with no cut between two renderers where a given part ends.

        Raises:
            WsimError: it cannot be made; see `check_request`.
        """
        check_request(request, self.config)
        with single_thread(), torch.inference_mode():
            canvas = self._canvas(request) if source is None else self._prepared(request, source)
            given = [j for j in range(canvas.count) if canvas.level[j] > 0]
            for window in windows(canvas.count, latents_of(self.config.longest), given):
                if any(canvas.level[latent] == 0 for latent in window.new):
                    self._paint(canvas, window, request)
            return self._decode(canvas.latents[:, : canvas.count])

    def text_to_video(self, text: str | None, seed: int) -> Frames:
        """A clip in the format that the model was mostly trained on."""
        return self.answer(self._request(text, seed, None))

    def continue_video(self, prefix: Prefix, text: str | None, seed: int) -> Frames:
        """Such a clip that begins with `prefix`."""
        return self.answer(self._request(text, seed, Context(prefix, tuple(range(len(prefix))))))

    def round_trip(self, frames: Frames) -> Frames:
        """Encode and decode: the best that the model could show. Any length, any size.

        Clips that do not fit the codec are padded by repeating the last frame, row and column, and cut.
        """
        time, height, width = frames.shape[:3]
        padded = longest_prefix(time + 3), -(-height // PIXELS_PER_CELL), -(-width // PIXELS_PER_CELL)
        extra = (padded[0] - time, padded[1] * PIXELS_PER_CELL - height, padded[2] * PIXELS_PER_CELL - width)
        whole = np.pad(frames, [(0, n) for n in extra] + [(0, 0)], mode="edge")
        with single_thread(), torch.inference_mode():
            decoded = self._decode(self._encode(dict(enumerate(whole)), clip_spans(len(whole))))
        return decoded[:time, :height, :width]

    def noise(self, seed: int, clip: ClipFormat | None = None) -> Latents:
        """Standard normal noise of a clip. Drawn on the CPU, so that a GPU starts from the same."""
        folded = int.from_bytes(hashlib.sha256(f"wsim_reference/{seed}".encode()).digest()[:8], "little")
        generator = torch.Generator().manual_seed(folded >> 1)
        shape = self.config.latent_shape(clip or self.config.clip)
        return torch.randn(1, *shape, generator=generator).to(self.device)

    def _request(self, text: str | None, seed: int, context: Context | None) -> Request:
        home = self.config.clip
        return Request(home.num_frames, (home.height, home.width), home.fps, seed, text, context)

    def _canvas(self, request: Request) -> _Canvas:
        """Noise, with what is given in its place and further key frames behind it."""
        spans, noise = clip_spans(request.num_frames), self.noise(request.seed, request.format)
        canvas = _Canvas(spans, noise, noise.clone(), noise.new_zeros(len(spans)), len(spans))
        if request.context is None or not request.context.indices:
            return canvas
        given = dict(zip(request.context.indices, request.context.frames, strict=True))
        whole, loose = fixed_by(tuple(given), spans)
        loose = loose if self.config.transformer.conditioned else []
        keys = [(frame, frame) for frame in loose]
        known = self._encode(given, [*(spans[latent] for latent in whole), *keys])
        canvas.latents[:, whole] = known[:, : len(whole)]
        canvas.level[whole] = 1.0
        canvas.spans = spans + keys
        canvas.latents = torch.cat([canvas.latents, known[:, len(whole) :]], dim=1)
        canvas.noise = torch.cat([noise, torch.zeros_like(known[:, len(whole) :])], dim=1)
        canvas.level = torch.cat([canvas.level, noise.new_ones(len(keys))])
        return canvas

    def _prepared(self, request: Request, source: Source) -> _Canvas:
        """Noise over a source."""
        spans, noise = clip_spans(request.num_frames), self.noise(request.seed, request.format)
        shown, kept = source.frames, None
        if source.free is not None:
            shown = without(shown, source.free)
            kept = torch.from_numpy(~free_cells(source.free, spans)).to(self.device)
        latents = self._encode(dict(enumerate(shown)), spans)
        begin = sampler.Begin(1 - source.strength, kept)
        return _Canvas(spans, noise, latents, noise.new_zeros(len(spans)), len(spans), begin)

    def _paint(self, canvas: _Canvas, window: Window, request: Request) -> None:
        """Make what is new in a window, in place."""
        shown = canvas.shown_in(window)
        told = self._told(request, [canvas.spans[latent] for latent in shown])
        part = replace(request.format, num_frames=1 + 4 * (len(window.latents) - 1))
        context = sampler.Context(canvas.latents[:, shown], canvas.level[shown])
        with mixed(self.device, self.dtype):
            made = sampler.sample(
                self.transformer,
                canvas.noise[:, shown],
                told,
                settings=self.settings,
                shift=resolution_shift(self.config.video_tokens(part)),
                context=context,
                begin=canvas.begin.among(shown),
            )
        canvas.latents[:, shown] = made
        new = torch.tensor(window.new, device=self.device)
        canvas.level[new] = canvas.level[new].clamp(min=DOUBTED)

    def _told(self, request: Request, spans: Sequence[Span]) -> Conditions:
        settings = self.config.transformer
        camera, actions = (request.camera, request.actions) if settings.conditioned else (None, None)
        return conditions_of(
            self.vocabulary.encode(request.text, settings.text_tokens),
            near(spans),
            clip_numbers(request.format, self.config.longest),
            action_numbers_of(settings.action_kinds),
            None if camera is None else camera_numbers(camera, request.size, spans),
            None if actions is None else action_numbers(actions.astype(np.float32), spans),
        ).to(self.device)

    def _encode(self, frames: Mapping[int, Picture], spans: Sequence[Span]) -> Latents:
        """Standardised latents of the spans; all of their frames are given, by index."""
        chunks = [[frames[first + (last - first) * i // 3] for i in range(4)] for first, last in spans]
        clip = to_clip(np.stack([frame for chunk in chunks for frame in chunk])).to(self.device)
        latents = self.autoencoder.encode_chunks(clip)
        standard: Tensor = (latents - self._mean) / self._std
        return standard

    def _decode(self, latents: Latents) -> Frames:
        return to_frames(self.autoencoder.decode(latents * self._std + self._mean))
