"""What a distribution metric sees of videos: one row of numbers a clip, and who computed them.

Axis letters: `clip`, `time` frames, `height` and `width` pixels, `sample` videos, `dim` features.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32, Float64, UInt8

import wsim
from wsim.errors import WsimError
from wsim.video import Video

BATCH_FRAMES = 64  # a batch is counted in frames: long clips must not need more memory than short ones


@runtime_checkable
class Signed(Protocol):
    """Whatever looks at videos: the three names that its numbers are kept and compared by."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def weights_fingerprint(self) -> str: ...  # noqa: D102
    @property
    def preprocess_id(self) -> str: ...  # noqa: D102


@runtime_checkable
class FeatureExtractor(Signed, Protocol):
    """Clips in, features out.

    Attributes:
        name: of the network, as in a signature.
        dim: features a clip.
        weights_fingerprint: whose weights these are; two extractors with one fingerprint have one set.
        preprocess_id: how clips are resized and scaled.
    """

    @property
    def dim(self) -> int: ...  # noqa: D102

    def forward(
        self, clips: UInt8[np.ndarray, "clip time height width 3"]
    ) -> Float32[np.ndarray, "clip dim"]:
        """Features of clips of one size and length."""
        ...


@dataclass(frozen=True)
class FeatureSet:
    """Features of a set of videos, with all that must agree before two sets may be compared.

    Attributes:
        values: one row a video, in the order of the videos.
        extractor: name, fingerprint of the weights and preprocessing.
        frames: length of every video.
        fps: their frame rate, or None where they differ.
    """

    values: Float64[np.ndarray, "sample dim"]
    extractor: tuple[str, str, str]
    frames: int
    fps: float | None


def features_of(
    extractor: FeatureExtractor, videos: Iterable[Video], *, batch_frames: int = BATCH_FRAMES
) -> FeatureSet:
    """Features of all videos; one batch is held in memory at a time.

    Raises:
        WsimError: no videos, or videos of different length.
    """
    rows, rates, lengths = [], set(), set()
    for batch in _batches(videos, batch_frames):
        rates |= {video.fps for video in batch}
        lengths |= {len(video) for video in batch}
        if len(lengths) > 1:
            raise WsimError(
                f"videos of {' and '.join(str(n) for n in sorted(lengths))} frames in one set",
                where="the videos of a distribution metric",
                remedy="cut all to one length: features depend on it",
            )
        rows.append(extractor.forward(np.stack([video.frames for video in batch])))
    if not rows:
        raise WsimError("no videos", where="the videos of a distribution metric", remedy="give at least two")
    return FeatureSet(
        np.concatenate(rows).astype(np.float64),
        (extractor.name, extractor.weights_fingerprint, extractor.preprocess_id),
        lengths.pop(),
        rates.pop() if len(rates) == 1 else None,
    )


def signature_of(name: str, real: FeatureSet, fake: FeatureSet, *more: str) -> str:
    """What made a distance, for people and for refusing comparisons; `more` says what else moves it.

    Raises:
        WsimError: the sets come from different networks, preprocessing or lengths.
    """
    check_same_kind(real, fake)
    network, weights, preprocessing = real.extractor
    rate = f"{real.fps:g}" if real.fps is not None and real.fps == fake.fps else "mixed"
    return "|".join((
        name, f"{network}={weights}", f"rs={preprocessing}", f"T{real.frames}@{rate}",
        f"real{len(real.values)}", f"gen{len(fake.values)}", *more, "fp32", f"wsim{wsim.__version__}",
    ))  # fmt: skip


def _batches(videos: Iterable[Video], most_frames: int) -> Iterator[list[Video]]:
    """Neighbours of one shape, as many as fit."""
    batch: list[Video] = []
    for video in videos:
        full = (len(batch) + 1) * len(video) > most_frames
        if batch and (full or video.frames.shape != batch[0].frames.shape):
            yield batch
            batch = []
        batch.append(video)
    if batch:
        yield batch


def check_same_kind(real: FeatureSet, fake: FeatureSet) -> None:
    """Refuse sets that come from different networks, preprocessing or lengths.

    Raises:
        WsimError: they do.
    """
    for what, ours, theirs in (
        ("extractor", real.extractor, fake.extractor),
        ("number of frames", real.frames, fake.frames),
    ):
        if ours != theirs:
            raise WsimError(
                f"the {what} of the reference is {ours}, of the generated videos {theirs}",
                where="the features of a distribution metric",
                remedy="compute both sets in one way; cut all videos to one length",
            )
