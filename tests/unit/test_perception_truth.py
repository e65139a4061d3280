"""Tracks and flow of pixels, against where the simulator says that the same points of surfaces went."""

import numpy as np
import pytest

from wsim.contracts import ClipFormat
from wsim.perception.dense_flow import dense_flow
from wsim.perception.tracks import at_tracking_size, enlargement, follow, to_clip
from wsim.worlds.derived import optical_flow, point_tracks
from wsim.worlds.families import make
from wsim.worlds.take import Take

FRAMES = 9


def room(size: int) -> Take:
    """A room around which the camera arcs."""
    return Take(make("room", 504), ClipFormat(FRAMES, size, size, 16.0))


@pytest.mark.parametrize("size", [64, 128])
def test_corners_are_followed_to_where_their_surface_went(size: int) -> None:
    take = room(size)
    kept = to_clip(follow(at_tracking_size(take.video.frames)).complete, enlargement(size, size))
    assert len(kept) >= 30
    begins = np.clip(np.round(kept[:, 0]), 0, size - 1).astype(int)
    truth = point_tracks(take.film, 0, begins[:, 1], begins[:, 0])
    seen = truth.visible.all(axis=1)
    moved = truth.pixels[seen, -1] - truth.pixels[seen, 0]
    gap_px = np.linalg.norm(kept[seen, -1] - kept[seen, 0] - moved, axis=1)
    assert np.median(np.linalg.norm(moved, axis=1)) > 5.0  # there was something to follow
    assert np.median(gap_px) < 0.35


@pytest.mark.parametrize("size", [64, 128])
def test_flow_leads_to_where_surfaces_went(size: int) -> None:
    take = room(size)
    found = dense_flow(take.video.frames[0], take.video.frames[1])
    truth = optical_flow(take.film, 0, 1)
    gap_px = np.linalg.norm(found - truth.pixels, axis=-1)[truth.visible]
    length_px = np.linalg.norm(truth.pixels, axis=-1)[truth.visible]
    assert np.median(length_px) > 0.7
    assert np.median(gap_px) < 0.08 and np.percentile(gap_px, 90) < 0.3
