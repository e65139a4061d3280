"""Paint on surfaces: which texels of which faces carry it, when, and how much of a body is covered.

Axis letters: `time`.
"""

import numpy as np
from jaxtyping import Float64

from wsim.errors import WsimError
from wsim.worlds.rendering.paint_layer import FACES, TEXELS_PER_RADIUS, PaintLayer
from wsim.worlds.rendering.stamping import stamped
from wsim.worlds.scene import Face, Scene, Stroke
from wsim.worlds.violations.marks import break_marks

__all__ = ["PaintLayer", "paint_layers", "painted_area_m2"]

_FINE = 3  # times as fine are the texels that areas are counted on


def paint_layers(
    scene: Scene, trails: tuple[Stroke, ...] = (), texels_per_radius: int = TEXELS_PER_RADIUS
) -> tuple[PaintLayer, ...]:
    """The layers of every painted face, in the order of `scene.bodies`, later layers on top.

    There is one for every face, and one more for marks that a broken law has moved or made grow.

    Args:
        scene: its strokes, and the laws about marks that are broken.
        trails: strokes that moving bodies have left (`Trajectory.trails`).
        texels_per_radius: how many texels the radius of the finest stroke of a layer has.

    Raises:
        WsimError: a stroke names no body, or one that cannot be painted, or its points and times do not fit.
    """
    by_face: dict[tuple[int, Face], list[Stroke]] = {}
    for stroke in (*scene.strokes, *trails):
        by_face.setdefault((_painted_body(scene, stroke), stroke.face), []).append(stroke)
    layers = []
    for index, face in sorted(by_face):
        # Later paint lies on top.
        ordered = sorted(by_face[index, face], key=lambda stroke: stroke.times_s[0])
        paints = tuple(stroke for stroke in ordered if not stroke.erases)
        sponges = tuple(stroke for stroke in ordered if stroke.erases)
        if paints:
            layers.append(stamped(index, scene.bodies[index], face, paints, sponges, texels_per_radius))
    return tuple(break_marks(scene, layers, texels_per_radius))


def painted_area_m2(
    scene: Scene,
    body: str,
    times_s: Float64[np.ndarray, " time"],
    face: Face = "top",
    trails: tuple[Stroke, ...] = (),
) -> Float64[np.ndarray, " time"]:
    """How much of a face of a body is covered with paint, whatever its colour.

    Within 2 % as long as a stroke is no longer than some thousand radii. A layer of moved marks is counted
    as it lies, to a texel, over the others.

    Raises:
        KeyError: there is no such body.
        WsimError: as for `paint_layers`.
    """
    scene.body(body)
    fine = paint_layers(scene, trails, _FINE * TEXELS_PER_RADIUS)
    layers = [one for one in fine if scene.bodies[one.body].name == body and one.face == face]
    if not layers:
        return np.zeros(len(times_s))
    return np.array([_covered_m2(layers, float(time_s)) for time_s in times_s])


def _covered_m2(layers: list[PaintLayer], time_s: float) -> float:
    """Area of the texels in which any layer has paint, each place counted once."""
    covered = [(layer, np.nonzero(layer.painted(time_s).any(axis=0))) for layer in layers]
    covered = [(layer, texels) for layer, texels in covered if len(texels[0])]
    if len(covered) < 2:
        return float(sum(len(texels[0]) * layer.texel_m**2 for layer, texels in covered))
    texel_m = max(layer.texel_m for layer, _ in covered)
    cells = []
    for layer, (rows, columns) in covered:
        u = layer.origin_m[0] - covered[0][0].origin_m[0] + layer.texel_m * (columns + 0.5)
        v = layer.origin_m[1] - covered[0][0].origin_m[1] + layer.texel_m * (rows + 0.5)
        cells.append(np.floor(np.stack([v, u], axis=-1) / texel_m))
    return len(np.unique(np.concatenate(cells), axis=0)) * texel_m**2


def _painted_body(scene: Scene, stroke: Stroke) -> int:
    names = [body.name for body in scene.bodies]
    shape = scene.bodies[names.index(stroke.body)].shape if stroke.body in names else ""
    if shape not in FACES:
        raise WsimError(
            f"a stroke cannot be painted on {stroke.body!r}",
            where="Scene(strokes=...)",
            remedy="name a body of the scene that is a box, a plane or a cylinder",
        )
    problem = _problem(stroke, FACES[shape], shape)
    if problem:
        raise WsimError(problem[0], where=f"Stroke(body={stroke.body!r})", remedy=problem[1])
    return names.index(stroke.body)


def _problem(stroke: Stroke, faces: tuple[Face, ...], shape: str) -> tuple[str, str] | None:
    """What is wrong with a stroke, and what would be right."""
    if stroke.face not in faces:
        return f"a {shape} has no face {stroke.face!r}", f"its faces are {', '.join(faces)}"
    increasing = all(a < b for a, b in zip(stroke.times_s, stroke.times_s[1:], strict=False))
    if not stroke.points_m or len(stroke.points_m) != len(stroke.times_s) or not increasing:
        return (
            f"a stroke of {len(stroke.points_m)} points and {len(stroke.times_s)} times has no path",
            "give every point one time, in increasing order",
        )
    if stroke.radius_m <= 0.0:
        return f"a stroke of radius {stroke.radius_m:g} m leaves no mark", "give a radius above 0"
    return None
