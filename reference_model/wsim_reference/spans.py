"""Which frames a latent covers, and which latents a set of given frames fixes.

A latent covers the frames from `first` to `last`: one frame (a picture) or four (a chunk). The latents of a
clip are (0, 0), (1, 4), (5, 8), ...; a key frame inside a chunk is one more latent (f, f), appended to them.
Everything that a latent is told, its place in time included, follows from its span.
"""

from collections.abc import Sequence
from typing import TypeAlias

from wsim_reference.config import FRAMES_PER_CHUNK, latents_of

Span: TypeAlias = tuple[int, int]

GAP_LATENTS = 5  # training leaves out at most so many latents between the first picture and the rest


def clip_spans(num_frames: int) -> list[Span]:
    """The spans of a clip of `1 + 4k` frames.

    Raises:
        WsimError: the length is not of that form.
    """
    chunks = range(1, latents_of(num_frames))
    return [(0, 0), *((FRAMES_PER_CHUNK * (j - 1) + 1, FRAMES_PER_CHUNK * j) for j in chunks)]


def middle(span: Span) -> float:
    """The time coordinate of a latent, in frames."""
    return (span[0] + span[1]) / 2


def is_chunk(span: Span) -> bool:
    """Whether it covers four frames; a picture covers one."""
    return span[1] > span[0]


def fixed_by(given: Sequence[int], spans: Sequence[Span]) -> tuple[list[int], list[int]]:
    """What given frames fix.

    Args:
        given: indices of frames of the clip.
        spans: of the clip.

    Returns:
        The numbers of the latents all of whose frames are given, and the given frames that are in no such
        latent: these become key frames.
    """
    known = set(given)
    whole = [j for j, (first, last) in enumerate(spans) if known.issuperset(range(first, last + 1))]
    inside = {frame for j in whole for frame in range(spans[j][0], spans[j][1] + 1)}
    return whole, sorted(known - inside)
