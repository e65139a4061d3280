"""Which things does a still life show? Colours by the finder of palette colours, shapes by likeness.

A shape is that of the solid which, put in the place of the thing and shown through the model's own codec,
looks most like it. On 40 lawful renders of two things at 64x64 all 80 are read right, as they are and through
the codec of the reference model. (By coverage alone, without shading, 72 of 80 through the codec.)
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

import cv2
import numpy as np
from jaxtyping import Float, UInt8

from wsim.contracts import ClipFormat
from wsim.perception.colour import lab, lab_of
from wsim.perception.objects import Blob, find_objects
from wsim.worlds.families.shapes import SOLIDS, solid
from wsim.worlds.palette import PALETTE
from wsim.worlds.scene import Body, Scene, Shape
from wsim.worlds.take import Take
from wsim_reference.frames import Frames

Picture: TypeAlias = UInt8[np.ndarray, "height width 3"]
Look: TypeAlias = Float[np.ndarray, "entry"]
Looks: TypeAlias = Mapping[str, Mapping[Shape, Look]]  # by colour
Thing: TypeAlias = tuple[str, Shape | None]  # colour, and shape if the caption has something of that colour

_GRID = 12  # cells each way that a thing is stretched to
_LIGHT_WEIGHT, _ASPECT_WEIGHT = 2.0, 3.0  # of shading, and of log(width / height), against coverage
_LEAST_SHARE = 0.25  # of the largest thing: smaller blobs are what a codec tears off
_CHUNK = 5  # frames: the fewest with a whole chunk of the codec


def things_of(scene: Scene) -> list[Body]:
    """What a still life has beside its ground."""
    return [body for body in scene.bodies if body.name.startswith("thing ")]


def told(scene: Scene) -> list[Thing]:
    """Colours and shapes of the things, sorted."""
    return sorted((body.colour_name, body.shape) for body in things_of(scene))


def looks_of(scene: Scene, clip: ClipFormat, codec: Callable[[Frames], Frames]) -> Looks:
    """Every thing of a still life as each of the solids, through the codec."""
    found: dict[str, dict[Shape, Look]] = {}
    for thing in things_of(scene):
        others = [body for body in scene.bodies if body.name != thing.name]
        for shape in SOLIDS:
            other = solid(thing.name, shape, thing.position_m[:2], thing.colour_name)
            take = Take(replace(scene, bodies=(other, *others)), replace(clip, num_frames=_CHUNK))
            picture = codec(take.video.frames)[_CHUNK // 2]
            if blobs := [blob for blob in _blobs(picture) if blob.colour == thing.colour_name]:
                found.setdefault(thing.colour_name, {})[shape] = _look(picture, blobs[0])
    return found


def shown(picture: Picture, looks: Looks) -> list[Thing]:
    """Colours and shapes that a picture shows, sorted."""
    things = []
    for blob in _blobs(picture):
        mine, known = _look(picture, blob), looks.get(blob.colour, {})
        nearest = min(known, key=lambda shape: float(((known[shape] - mine) ** 2).sum()), default=None)
        things.append((blob.colour, nearest))
    return sorted(things, key=str)


def _blobs(picture: Picture) -> list[Blob]:
    """Largest first."""
    (blobs,) = find_objects(picture[None], PALETTE)
    return [blob for blob in blobs if blob.area_px >= _LEAST_SHARE * blobs[0].area_px]


def _look(picture: Picture, blob: Blob) -> Look:
    """Coverage and shading in the box of a blob, stretched to a square, and the aspect of the box."""
    x0, y0, x1, y1 = blob.box
    colours, full = lab(picture[None])[0, y0:y1, x0:x1], lab_of(PALETTE[blob.colour])[1:]
    cover = np.clip(colours[..., 1:] @ full / (full @ full), 0, 1)
    light = colours[..., 0]
    shading = cover * (light / max(1.0, (light * cover).sum() / max(1e-6, cover.sum())) - 1)
    squares = [
        weight * cv2.resize(plane.astype(np.float32), (_GRID, _GRID), interpolation=cv2.INTER_AREA).ravel()
        for weight, plane in ((1.0, cover), (_LIGHT_WEIGHT, shading))
    ]
    return np.concatenate([*squares, [_ASPECT_WEIGHT * np.log((x1 - x0) / (y1 - y0))]])
