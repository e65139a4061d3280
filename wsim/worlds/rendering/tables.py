"""Scenes as the flat tables of float64 that the compiled kernels read (`wsim.worlds.rendering.layout`).

Axis letters: `time`, `body`, `part`, `face`, `bite`, `stroke`, `texel`, and columns of the tables.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from wsim.worlds.physics.trajectory import Trajectory
from wsim.worlds.rendering import layout as col
from wsim.worlds.rendering import strokes
from wsim.worlds.rendering.bites import bite_centres_m
from wsim.worlds.rendering.dressing import Wearer, dressed, linear, matrices, primitives, turned
from wsim.worlds.rendering.paint import PaintLayer
from wsim.worlds.scene import Body, Face, Scene

_FACES: dict[Face, int] = {
    "left": col.LEFT,
    "right": col.RIGHT,
    "front": col.FRONT,
    "back": col.BACK,
    "bottom": col.BOTTOM,
    "top": col.TOP,
}
_CYLINDER_FACES: dict[Face, int] = {
    "side": col.SIDE,
    "top": col.CYLINDER_TOP,
    "bottom": col.CYLINDER_BOTTOM,
}


@dataclass(frozen=True)
class Tables:
    """Everything that is to be seen, at every time."""

    bodies: Float64[np.ndarray, "time body bodycolumn"]
    parts: Float64[np.ndarray, "time part partcolumn"]
    faces: Float64[np.ndarray, "time face 4"]
    bites: Float64[np.ndarray, "time bite 4"]
    strokes: Float64[np.ndarray, "stroke strokecolumn"]
    stamps: Float64[np.ndarray, " texel"]
    erases: Float64[np.ndarray, " texel"]


def tables_of(
    scene: Scene,
    trajectory: Trajectory,
    layers: tuple[PaintLayer, ...],
    radii_m: Float64[np.ndarray, "time bite"],
) -> Tables:
    """The tables of a scene in all its states, with its paint and bites of these sizes."""
    turns = matrices(trajectory.rotation)
    bodies = _body_table(scene, trajectory)
    parts, faces = _part_table(trajectory, turns, bodies)
    bites = _bite_table(scene, trajectory, turns, radii_m, bodies)
    whole = bodies[:, :, col.FIRST_BITE] == bodies[:, :, col.LAST_BITE]
    single = bodies[:, :, col.LAST_PART] - bodies[:, :, col.FIRST_PART] == 1.0
    bodies[:, :, col.CONVEX_WHOLE] = whole & single
    table, stamps, erases = _stroke_tables(scene, layers, bodies, parts)
    return Tables(bodies, parts, faces, bites, table, stamps, erases)


def light_axes(scene: Scene) -> Float64[np.ndarray, "3 3"]:
    """Unit rows: two directions across the light, and the one towards it."""
    towards = np.array(scene.light_direction, dtype=np.float64)
    towards /= np.sqrt((towards * towards).sum())
    across = np.cross(towards, np.eye(3)[np.argmin(np.abs(towards))])
    across /= np.sqrt((across * across).sum())
    return np.stack([across, np.cross(towards, across), towards])


def _body_table(scene: Scene, trajectory: Trajectory) -> Float64[np.ndarray, "time body bodycolumn"]:
    """Where bodies are, and whether they are seen in mirrors and shadows; not yet what they consist of."""
    looks = trajectory.looks
    table = np.zeros((*trajectory.position_m.shape[:2], col.BODY_COLUMNS))
    table[:, :, col.CASTS] = trajectory.alive & looks.casts
    table[:, :, col.MIRRORED] = trajectory.alive & looks.mirrored
    table[:, :, col.SHADOW_SHIFT : col.SHADOW_SHIFT + 3] = looks.shadow_shift_m
    table[:, :, col.MIRROR_SHIFT : col.MIRROR_SHIFT + 3] = looks.mirror_shift_m
    return table


def _part_table(
    trajectory: Trajectory,
    turns: Float64[np.ndarray, "time body 3 3"],
    bodies: Float64[np.ndarray, "time body bodycolumn"],
) -> tuple[Float64[np.ndarray, "time part partcolumn"], Float64[np.ndarray, "time face 4"]]:
    """Every body's primitives; a body has as many rows as the largest outfit that it ever wears."""
    looks, times = trajectory.looks, len(trajectory.times_s)
    outfits = [np.unique(looks.worn[:, k]).tolist() for k in range(bodies.shape[1])]
    room = [max((len(looks.wardrobe[w].parts) + 1 for w in worn), default=1) for worn in outfits]
    parts = np.zeros((times, sum(room), col.PART_COLUMNS))
    faces = [np.zeros((times, 0, col.FACE_COLUMNS))]
    for k, worn in enumerate(outfits):
        first = sum(room[:k])
        bodies[:, k, col.FIRST_PART] = first
        parts[:, first : first + room[k], col.OWNER] = k
        for outfit in worn:
            when = np.flatnonzero(looks.worn[:, k] == outfit)
            _dress(trajectory, turns, bodies, parts, faces, when, k, looks.wardrobe[outfit])
    return parts, np.concatenate(faces, axis=1)


def _dress(
    trajectory: Trajectory,
    turns: Float64[np.ndarray, "time body 3 3"],
    bodies: Float64[np.ndarray, "time body bodycolumn"],
    parts: Float64[np.ndarray, "time part partcolumn"],
    faces: list[Float64[np.ndarray, "time _ 4"]],
    when: "np.ndarray[tuple[int], np.dtype[np.intp]]",
    k: int,
    outfit: Body,
) -> None:
    """Body k wears an outfit at some of the times."""
    looks = trajectory.looks
    wearer = Wearer(
        trajectory.position_m[when, k],
        turns[when, k],
        looks.scale[when, k],
        linear(trajectory.colour[when, k]),
        looks.texture_seed[when, k],
    )
    first = int(bodies[0, k, col.FIRST_PART])
    for p, part in enumerate(primitives(outfit), first):
        rows, half_spaces = dressed(wearer, part, outfit.material.colour)
        known = sum(table.shape[1] for table in faces)
        rows[:, col.OWNER] = k
        rows[:, col.FIRST_FACE : col.LAST_FACE + 1] += known
        parts[when, p] = rows
        faces.append(np.zeros((len(parts), len(part.faces), col.FACE_COLUMNS)))
        faces[-1][when] = half_spaces
        bodies[when, k, col.LAST_PART] = p + 1


def _bite_table(
    scene: Scene,
    trajectory: Trajectory,
    turns: Float64[np.ndarray, "time body 3 3"],
    radii_m: Float64[np.ndarray, "time bite"],
    bodies: Float64[np.ndarray, "time body bodycolumn"],
) -> Float64[np.ndarray, "time bite 4"]:
    """Balls in the world, sorted by body. A body that grows takes its bites along."""
    names = [body.name for body in scene.bodies]
    table = np.zeros((len(radii_m), len(scene.bites), col.BITE_COLUMNS))
    centres_m = bite_centres_m(scene, trajectory.times_s)
    row = 0
    for k, name in enumerate(names):
        mine = [i for i, bite in enumerate(scene.bites) if bite.body == name]
        scale = trajectory.looks.scale[:, k]
        mean = (scale[:, 0] + scale[:, 1] + scale[:, 2]) / 3.0
        bodies[:, k, col.FIRST_BITE] = row
        bitten = (radii_m[:, mine] > 0.0).any(axis=1)
        bodies[:, k, col.LAST_BITE] = np.where(bitten, row + len(mine), row)
        for i in mine:
            centre = scale * centres_m[:, i]
            table[:, row, :3] = trajectory.position_m[:, k] + turned(turns[:, k], centre)
            table[:, row, col.RADIUS] = radii_m[:, i] * mean
            row += 1
    return table


def _stroke_tables(
    scene: Scene,
    layers: tuple[PaintLayer, ...],
    bodies: Float64[np.ndarray, "time body bodycolumn"],
    parts: Float64[np.ndarray, "time part partcolumn"],
) -> tuple[
    Float64[np.ndarray, "stroke strokecolumn"], Float64[np.ndarray, " texel"], Float64[np.ndarray, " texel"]
]:
    """One row for every stroke, sorted by body, and the stamp and erase times of all texels in one line."""
    rows: list[list[float]] = []
    ordered, texel = sorted(layers, key=lambda layer: layer.body), 0
    for layer in ordered:
        _, height, width = layer.stamp_s.shape
        shape, main = scene.bodies[layer.body].shape, int(bodies[0, layer.body, col.FIRST_PART])
        face = (_CYLINDER_FACES if shape == "cylinder" else _FACES)[layer.face]
        if not parts[0, main, col.LAST_STROKE]:
            parts[:, main, col.FIRST_STROKE] = len(rows)
        for stroke in layer.strokes:
            place = [texel, height, width, *layer.origin_m, layer.texel_m]
            rows.append([*place, *linear(stroke.colour).tolist(), face])
            texel += height * width
        parts[:, main, col.LAST_STROKE] = len(rows)
    table = np.array(rows, dtype=np.float64).reshape(-1, strokes.STROKE_COLUMNS)
    stamps = [layer.stamp_s.ravel() for layer in ordered]
    erases = [layer.erase_s.ravel() for layer in ordered]
    empty = np.zeros(0)
    return table, np.concatenate([empty, *stamps]), np.concatenate([empty, *erases])
