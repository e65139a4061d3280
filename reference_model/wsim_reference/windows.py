"""How a clip longer than the network has seen is made: window by window, each after the one before.

A window shows the first picture of the clip, kept as an anchor so that the scene is not forgotten, the last
latents made so far, and then the new ones. What was made counts as context at a level just below 1, which
keeps small faults from being copied and growing (Diffusion Forcing, arXiv 2407.01392, section 3.3).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wsim_reference.spans import GAP_LATENTS, Span

DOUBTED = 0.97  # the noise level at which a window sees what an earlier window made
OVERLAP = 4  # latents of an earlier window that the next one sees


@dataclass(frozen=True)
class Window:
    """A part of a clip that is made at once.

    Attributes:
        latents: the numbers of those that are shown, in order; the anchor 0 comes first.
        new: those among them that no earlier window has made.
    """

    latents: tuple[int, ...]
    new: tuple[int, ...]


def windows(count: int, longest: int, given: Sequence[int] = ()) -> Iterator[Window]:
    """The windows of a clip, in order; a clip that fits is one window.

    Args:
        count: latents of the clip.
        longest: latents that are shown at a time; 3 are shown at least.
        given: latents that are known beforehand; the next one ahead of a window is shown as well.
    """
    longest = max(longest, 3)
    overlap = min(OVERLAP, longest - 2)
    made = 0
    while made < count:
        first = max(0, made - overlap)
        anchor = (0,) if first > 0 else ()
        last = min(count, first + longest - len(anchor))
        ahead = tuple(latent for latent in given if latent >= last)[:1]
        yield Window((*anchor, *range(first, last), *ahead), tuple(range(made, last)))
        made = last


def near(spans: Sequence[Span]) -> list[Span]:
    """The spans of a window as training would place them in time: the anchor at its beginning, and near.

    Training leaves out up to `GAP_LATENTS` chunks after the first picture. A window that is further from it
    stands where it would with as many left out, which is also as far from the words, that stand at time zero.
    """
    gap = spans[1][0] - 1 - 4 * GAP_LATENTS if len(spans) > 1 else 0
    if spans[0] != (0, 0) or gap <= 0:
        return list(spans)
    return [(0, 0), *((first - gap, last - gap) for first, last in spans[1:])]
