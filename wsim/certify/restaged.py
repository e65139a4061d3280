"""The same question about the same history, staged otherwise: seen in a mirror, or with a bystander.

Truth, alternatives and given frames all change alike, so that what is right stays right.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from jaxtyping import Bool

from wsim.contracts import Context, Scenario
from wsim.errors import WsimError
from wsim.worlds.rendering.camera import unproject
from wsim.worlds.scene import Body, CameraPath, Material, Scene, Vec3
from wsim.worlds.take import Take

BYSTANDER = "bystander"
_RADIUS = 0.06  # of the height of the picture
_CLEAR = 0.14  # of the height: no nearer to the middle of the bystander is anything that changes
_BEFORE = 0.9  # of the way to what is behind it
_GREY = (0.55, 0.55, 0.55)  # no colour of the palette


def restaged(scenario: Scenario, change: Callable[[Scene], Scene]) -> Scenario | None:
    """The question in changed worlds; None where they are not simulated scenes of bodies, or cannot be."""
    truth = scenario.truth
    if not isinstance(truth, Take) or truth.scene.blocks is not None:
        return None
    others = {name: take for name, take in scenario.alternatives.items() if isinstance(take, Take)}
    try:
        staged = Take(change(truth.scene), truth.clip)
        context, camera = scenario.request.context, scenario.request.camera
        if context is not None:
            context = Context(staged.video.frames[list(context.indices)], context.indices)
        if camera is not None:
            camera = staged.camera
    except WsimError:  # no place for it in this world
        return None
    return replace(
        scenario,
        truth=staged,
        alternatives={name: Take(change(take.scene), take.clip) for name, take in others.items()},
        request=replace(scenario.request, context=context, camera=camera),
    )


def mirrored(scene: Scene) -> Scene:
    """The scene as a mirror shows it."""
    cuts = tuple(replace(cut, camera=_mirrored(cut.camera)) for cut in scene.cuts)
    return scene.replace(camera=_mirrored(scene.camera), cuts=cuts)


def _mirrored(path: CameraPath) -> CameraPath:
    return replace(path, mirrored=not path.mirrored)


def with_bystander(scenario: Scenario) -> Scenario | None:
    """The question with a small grey ball that stands aside; None where there is no place for it."""
    truth = scenario.truth
    if not isinstance(truth, Take) or truth.scene.blocks is not None:
        return None
    body = _aside(truth, [take for take in scenario.alternatives.values() if isinstance(take, Take)])
    if body is None:
        return None
    return restaged(scenario, lambda scene: scene.replace(bodies=(*scene.bodies, body)))


def _aside(take: Take, others: list[Take]) -> Body | None:
    """Where no history shows anything but the background, as near to a corner as it goes."""
    height = take.clip.height
    free = _unchanging([take, *others])
    radius_px, clear_px = _RADIUS * height, _CLEAR * height
    rows, columns = np.indices(free.shape)
    steps = range(round(clear_px), height // 2, max(1, height // 16))
    for inset in steps:
        for row, column in ((inset, inset), (inset, free.shape[1] - 1 - inset)):
            near = np.hypot(rows - row, columns - column) <= clear_px
            if free[near].all():
                return _ball(take, row, column, radius_px)
    return None


def _unchanging(takes: list[Take]) -> Bool[np.ndarray, "height width"]:
    """Pixels that show the same thing, and look the same, in every frame of every history."""
    first = takes[0].film.render
    free: Bool[np.ndarray, "height width"] = np.isfinite(first.depth_m[0])
    for take in takes:
        same = (take.film.render.ids == first.ids[0]).all(axis=0)
        gap = np.abs(take.film.rgb.astype(np.int16) - first.rgb[0]).max(axis=(0, 3))
        free &= same & (gap <= 6)
    return free


def _ball(take: Take, row: int, column: int, radius_px: float) -> Body:
    render = take.film.render
    depth_m = np.full(render.depth_m[0].shape, _BEFORE * float(render.depth_m[0, row, column]))
    x, y, z = unproject(depth_m, render.camera, 0)[row, column].round(6).tolist()
    radius_m = radius_px * float(depth_m[0, 0]) / float(render.camera.intrinsics[0, 0, 0])
    place: Vec3 = (x, y, z)
    return Body(BYSTANDER, "sphere", (round(radius_m, 6), 0.0, 0.0), place, Material("solid", _GREY))
