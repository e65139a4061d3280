"""Clips as the transformer sees them: encoded once, kept on disk, and lined up with what is told of them.

Every clip is there twice, as it is and mirrored. Behind the latents of a clip stand a few of its frames
encoded as single pictures: the key frames that training may give.

Axis letters: `mirror` (0 as it is, 1 mirrored), `clip`, `latent` (those of the clip, then the key frames).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from wsim.precision import mixed
from wsim_reference.autoencoder import Autoencoder
from wsim_reference.conditions import Conditions, conditions_of, stacked
from wsim_reference.config import ModelConfig
from wsim_reference.frames import to_clip
from wsim_reference.signals import action_numbers, action_numbers_of, camera_numbers, clip_numbers
from wsim_reference.spans import Span, clip_spans
from wsim_reference.text import Vocabulary
from wsim_reference.train.data import Clip, Clips
from wsim_reference.train.mirror import mirrored_actions, mirrored_camera, mirrored_caption
from wsim_reference.train.plan import Bucket
from wsim_reference.train.processes import Group

KEY_FRAMES = 3  # pictures of every clip: its last frame and two others
_BLOCK = 32  # clips in a file


@dataclass(frozen=True)
class Encoded:
    """Clips of one bucket.

    Attributes:
        latents: float16, not yet standardised; key frames last.
        captions: ids of the full, medium and short caption, and of the setting.
        told: for either image of every clip all that is known, with the full caption: `mirror * clip` rows.
        count: latents of a clip without its key frames.
    """

    bucket: Bucket
    latents: Float[Tensor, "mirror clip latent channel row column"]
    captions: Int[Tensor, "mirror clip 4 word"]
    told: Conditions
    count: int

    def __len__(self) -> int:
        return self.latents.shape[1]

    def rows(self, chosen: Int[Tensor, " batch"], mirrored: Bool[Tensor, " batch"]) -> Conditions:
        """What is told of some images of some clips."""
        return self.told.rows(chosen + len(self) * mirrored)


def key_frames(number: int, num_frames: int) -> list[int]:
    """The frames of a clip that are encoded as pictures, by its number: the last one, and others."""
    if num_frames == 1:
        return []
    rng = np.random.default_rng(np.random.SeedSequence([number, num_frames]))
    others = rng.permutation(np.arange(1, num_frames - 1))[: KEY_FRAMES - 1]
    return [num_frames - 1, *(int(frame) for frame in others)]


def encode(
    autoencoder: Autoencoder,
    clips: Clips,
    vocabulary: Vocabulary,
    config: ModelConfig,
    folder: Path,
    group: Group,
    device: str,
) -> list[Encoded]:
    """All clips, by bucket. The files are shared out over the group and kept in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = clips.by_bucket()
    blocks = [(bucket, start) for bucket, part in parts.items() for start in range(0, len(part), _BLOCK)]
    for bucket, start in blocks[group.rank :: group.size]:
        path = _path(folder, bucket, start)
        if not path.exists():
            items = enumerate(parts[bucket].items[start : start + _BLOCK], start)
            latents = [_encode(autoencoder, item, number, device) for number, item in items]
            partial = path.with_suffix(".partial")
            partial.write_bytes(safetensors.torch.save({"latents": torch.stack(latents, dim=1)}))
            partial.replace(path)
    group.wait()
    return [_opened(folder, bucket, part, vocabulary, config) for bucket, part in parts.items()]


def _path(folder: Path, bucket: Bucket, start: int) -> Path:
    return folder / f"{bucket.num_frames}x{bucket.height}x{bucket.width}-{start:06}.safetensors"


@torch.no_grad()
def _encode(
    autoencoder: Autoencoder, clip: Clip, number: int, device: str
) -> Float[Tensor, "mirror latent channel row column"]:
    """Latents of a clip and its key frames, as it is and mirrored."""
    frames, keys = clip.frames, key_frames(number, clip.format.num_frames)
    images = []
    for shown in (frames, frames[:, :, ::-1] if clip.mirrors else frames):
        whole = to_clip(shown).to(device)
        with mixed(device):
            latents = autoencoder.encode_with_pictures(whole, keys)
        images.append(latents[0].half().cpu())
    return torch.stack(images)


def _opened(
    folder: Path, bucket: Bucket, clips: Clips, vocabulary: Vocabulary, config: ModelConfig
) -> Encoded:
    starts = range(0, len(clips), _BLOCK)
    files = [safetensors.torch.load_file(_path(folder, bucket, start)) for start in starts]
    length = config.transformer.text_tokens
    captions = [
        [[vocabulary.encode(text, length) for text in texts] for texts in _captions(clips, mirrored)]
        for mirrored in (False, True)
    ]
    told = [
        _told(item, number, mirrored, captions[mirrored][number][0], config)
        for mirrored in (False, True)
        for number, item in enumerate(clips.items)
    ]
    return Encoded(
        bucket,
        torch.cat([file["latents"] for file in files], dim=1),
        torch.tensor(captions),
        stacked(told),
        len(clip_spans(bucket.num_frames)),
    )


def _captions(clips: Clips, mirrored: bool) -> list[list[str]]:
    return [
        [mirrored_caption(text) if mirrored and clip.mirrors else text for text in clip.captions]
        for clip in clips.items
    ]


def _told(clip: Clip, number: int, mirrored: bool, words: list[int], config: ModelConfig) -> Conditions:
    """All that is known of one image of a clip."""
    form, camera, actions = clip.format, clip.camera, clip.actions
    if mirrored and clip.mirrors:
        camera = None if camera is None else mirrored_camera(camera, form.width)
        actions = None if actions is None else mirrored_actions(actions)
    keys = [(frame, frame) for frame in key_frames(number, form.num_frames)]
    spans: Sequence[Span] = [*clip_spans(form.num_frames), *keys]
    return conditions_of(
        words,
        spans,
        clip_numbers(form, config.longest),
        action_numbers_of(config.transformer.action_kinds),
        None if camera is None else camera_numbers(camera, (form.height, form.width), spans),
        None if actions is None else action_numbers(actions, spans),
    )


def channel_statistics(parts: Sequence[Encoded]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation of every channel over all latents, key frames too.

    One channel at a time: in float64 all of them take four times the memory that they have.
    """
    channels = range(parts[0].latents.shape[3])
    each = (torch.cat([part.latents[:, :, :, i].flatten() for part in parts]).double() for i in channels)
    found = [(float(values.mean()), float(values.std())) for values in each]
    return tuple(mean for mean, _ in found), tuple(std for _, std in found)
