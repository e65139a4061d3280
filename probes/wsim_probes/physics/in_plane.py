"""Things of known colours in the vertical plane in which they move, in metres.

For cameras that stand still and look along the y axis of the world, from any height: a pixel is put where
its ray meets the plane y = 0. Frames that repeat the one before, and things cut by the edge of the picture,
are left out.

Axis letters: `time` frames of the clip, `sample` frames in which a thing was seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, UInt8
from scipy.ndimage import binary_dilation

from wsim.contracts import Camera, Scenario, Trail, Unmeasurable
from wsim.perception.background import stillness
from wsim.perception.cadence import repeats
from wsim.perception.noise_floor import noise_floor
from wsim.perception.objects import Blob, find_objects, follow
from wsim.worlds.palette import PALETTE
from wsim.worlds.take import Take

_SAME_LEVEL = 2  # of 255: pixels that change by no more in the lawful history belong to the scene
_AROUND_PX = 2  # at 64 rows
_FLOOR_LAB, _WORST_SHARE, _SOFT = (
    7.0,
    0.05,
    0.011,
)  # how far off given frames are in their worst part, softened


@dataclass(frozen=True)
class Sightings:
    """One thing, wherever it was seen whole.

    Attributes:
        name: of the body.
        frames: in which it was seen.
        times_s: of those frames.
        x_m: across. z_m: up, of its centre.
        points_px: (x, y) in the picture.
        left: the first frame in which it touches the edge of the picture, None if none.
        blobs: the largest of its colour in every frame of the clip, None where there is none.
    """

    name: str
    frames: tuple[int, ...]
    times_s: Float64[np.ndarray, " sample"]
    x_m: Float64[np.ndarray, " sample"]
    z_m: Float64[np.ndarray, " sample"]
    points_px: tuple[tuple[float, float], ...]
    left: int | None
    blobs: Sequence[Blob | None]

    @property
    def trail(self) -> Trail:
        """To be drawn over the clip."""
        return Trail(self.frames, self.points_px, self.name)

    def between(self, first: int, last: int) -> Bool[np.ndarray, " sample"]:
        """Which samples lie in those frames, both included."""
        frames = np.array(self.frames, dtype=np.int64)
        return (frames >= first) & (frames <= last)


@dataclass(frozen=True)
class Scenery:
    """All that was seen of the things of a question.

    Attributes:
        things: by the name of the body.
        found: everything of a palette colour, by frame; largest first.
        fresh: which frames do not merely repeat the one before.
        trouble: why nothing can be said, None if it can.
    """

    things: Mapping[str, Sightings]
    found: Sequence[Sequence[Blob]]
    fresh: Bool[np.ndarray, " time"]
    trouble: Unmeasurable | None


def look(take: Take, frames: UInt8[np.ndarray, "time height width 3"], names: Sequence[str]) -> Scenery:
    """Follow bodies by their colours, and see whether the scene around them is still the given one."""
    found = find_objects(frames, PALETTE)
    fresh = ~repeats(frames)
    things = {}
    for name in names:
        blobs = follow(found, take.scene.body(name).colour_name)
        things[name] = _sightings(take, name, blobs, fresh)
    return Scenery(things, found, fresh, _trouble(take, frames, found))


def coarse(scenario: Scenario, frames: UInt8[np.ndarray, "time height width 3"]) -> bool:
    """Whether a clip shows what it was given so coarsely that the colours of things may lag behind them."""
    context = scenario.request.context
    if context is None:
        return False
    shown = frames[list(context.indices)]
    return noise_floor(shown, context.frames, _WORST_SHARE, _SOFT * frames.shape[1]) > _FLOOR_LAB


def on_plane(camera: Camera, pixels: Float64[np.ndarray, "sample 2"]) -> Float64[np.ndarray, "sample 2"]:
    """(x, z) in metres where the rays through pixels meet the plane y = 0 of the world."""
    pose, lens = camera.world_from_camera[0], camera.intrinsics[0]
    rays = np.column_stack([(pixels - lens[:2, 2]) / lens[[0, 1], [0, 1]], np.ones(len(pixels))])
    directions = rays @ pose[:3, :3].T
    reach = -pose[1, 3] / directions[:, 1]
    places: np.ndarray = pose[:3, 3] + reach[:, None] * directions
    return places[:, [0, 2]]


def _sightings(
    take: Take, name: str, blobs: Sequence[Blob | None], fresh: Bool[np.ndarray, " time"]
) -> Sightings:
    left = next((blob.frame for blob in blobs if blob is not None and blob.at_border), None)
    seen = [blob for blob in blobs if blob is not None and fresh[blob.frame] and not blob.at_border]
    pixels = np.array([(blob.x, blob.y) for blob in seen], dtype=np.float64).reshape(-1, 2)
    places = on_plane(take.camera, pixels)
    frames = tuple(blob.frame for blob in seen)
    return Sightings(
        name=name,
        frames=frames,
        times_s=np.array(frames, dtype=np.float64) / take.clip.fps,
        x_m=places[:, 0],
        z_m=places[:, 1],
        points_px=tuple((blob.x, blob.y) for blob in seen),
        left=left,
        blobs=blobs,
    )


def _trouble(
    take: Take, frames: UInt8[np.ndarray, "time height width 3"], found: Sequence[Sequence[Blob]]
) -> Unmeasurable | None:
    """The camera must stand still as given, or places in the picture are not places in the world."""
    truth = take.video.frames
    changing = np.abs(truth.astype(np.int16) - truth[0]).max(axis=(0, 3)) > _SAME_LEVEL
    around = max(1, round(_AROUND_PX * len(changing) / 64))  # softening takes in what lies beside
    unchanging = ~binary_dilation(changing, iterations=around)
    for index in (len(frames) // 2, len(frames) - 1):
        free = unchanging.copy()
        for x0, y0, x1, y1 in (blob.box for blob in found[index]):
            free[max(y0 - around, 0) : y1 + around, max(x0 - around, 0) : x1 + around] = False
        seen = stillness(frames[index], truth[0], free)
        if not seen.same_scene():
            return Unmeasurable("camera moved" if seen.explained > 0.2 else "scene lost")
    return None
