"""Where a token is: rotary embedding (arXiv 2104.09864) of real coordinates in time and space.

Coordinates are real numbers and not indices, so a picture that is pinned between two latents has a place of
its own, and they are centred, so a wider picture goes on outwards instead of shifting what it shows.

Axis letters: `batch`, `latent` frames, `token`, `pair` of numbers that turn together, `head_width`.
"""

import torch
from jaxtyping import Float
from torch import Tensor

Places = Float[Tensor, "batch token 3"]
Angles = Float[Tensor, "batch token pair"]


def positions(frame: Float[Tensor, "batch latent"], rows: int, columns: int, patch: int) -> Places:
    """(time, row, column) of every video token.

    Args:
        frame: when a latent is, in frames of the clip: the middle of the frames that it covers.
        rows: of latent cells in the picture; `columns` likewise.
        columns: see `rows`.
        patch: a token is `patch x patch` cells.

    Returns:
        Time in units of two frames; row and column in cells from the centre of the picture.
    """
    row = torch.arange(rows // patch) * patch + (patch - rows) / 2
    column = torch.arange(columns // patch) * patch + (patch - columns) / 2
    cells = torch.stack(torch.meshgrid(row, column, indexing="ij"), dim=-1).reshape(-1, 2).to(frame)
    batch, count, patches = *frame.shape, len(cells)
    time = (frame / 2)[:, :, None, None].expand(batch, count, patches, 1)
    return torch.cat([time, cells.expand(batch, count, patches, 2)], dim=-1).flatten(1, 2)


def rotary_angles(places: Places, head_width: int, base: float = 100.0) -> Angles:
    """Angles by which the pairs of a head turn: a quarter of them for time, the rest for row and column."""
    parts = []
    for axis, pairs in enumerate((head_width // 8, head_width * 3 // 16, head_width * 3 // 16)):
        steps = torch.arange(pairs, dtype=torch.float32, device=places.device)
        parts.append(places[..., axis : axis + 1] * base ** (-steps / pairs))
    return torch.cat(parts, dim=-1)


def rotate(heads: Tensor, angles: tuple[Tensor, Tensor]) -> Tensor:
    """Turn the halves of `[batch, head, token, head_width]` against each other by (cosine, sine)."""
    cosine, sine = angles
    first, second = heads.chunk(2, dim=-1)
    return torch.cat([first * cosine - second * sine, first * sine + second * cosine], dim=-1)
