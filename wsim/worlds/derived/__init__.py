"""Truth that follows from a film: flow, tracks of points, shadows, and histories that never happened."""

from wsim.worlds.derived.flow import Flow, optical_flow, scene_flow_m
from wsim.worlds.derived.histories import late, pictures, splice, still
from wsim.worlds.derived.point_tracks import PointTracks, point_tracks, sampled_pixels
from wsim.worlds.derived.shadows import mirrored_ids, shadow_of, shadows

__all__ = [
    "Flow", "PointTracks", "late", "mirrored_ids", "optical_flow", "pictures", "point_tracks",
    "sampled_pixels", "scene_flow_m", "shadow_of", "shadows", "splice", "still",
]  # fmt: skip
