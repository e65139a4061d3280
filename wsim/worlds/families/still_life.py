"""A few coloured things on a table or on the floor, which stay as they are: a scene for words.

Lengths are metres, x to the right, y away from the camera.
"""

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from wsim.errors import WsimError
from wsim.worlds.captions import captioned
from wsim.worlds.families import stage
from wsim.worlds.families.family import Twins
from wsim.worlds.families.shapes import NOUNS, SOLIDS, solid, table
from wsim.worlds.palette import NEUTRALS, PALETTE
from wsim.worlds.scene import (
    NEVER_S,
    Body,
    CameraPath,
    Relation,
    RelationKind,
    Scene,
    Shape,
    Story,
    Thing,
    Vec3,
    Violation,
)

FAMILY_ID = 90
SHOWS = "Coloured things stand beside, behind or on one another, and nothing changes."
RELATIONS: tuple[RelationKind, ...] = ("left of", "right of", "in front of", "behind", "on")
MOST_THINGS = 4
CAMERAS = ("any", "still", "arc")

_PX_PER_M, _FOV_DEG, _ELEVATION_DEG = 44.0, 32.0, 32.0
_COLUMN_M, _ROW_M = 0.41, 0.27  # from the middle of the picture
_JITTER_M = 0.02
_PLINTH_HALF_M: Vec3 = (0.155, 0.155, 0.10)

_Cell = tuple[int, int]  # column -1, 0, 1 from left to right; row 0 in front, 1 behind


def still_life(
    seed: int,
    count: int | None = None,
    relation: str | None = None,
    alike: bool = False,
    camera: str = "any",
    duration_s: float = stage.DEFAULT_DURATION_S,
) -> Scene:
    """Things in palette colours of their own, in the words of its caption.

    Args:
        seed: one world for every seed.
        count: 1 to 4 things; by seed if left out.
        relation: of the first thing to the second, as the camera sees it: `left of`, `right of`,
            `in front of`, `behind`, `on`; by seed if left out.
        alike: all things have the same colour and shape, and the caption counts them.
        camera: `still`, `arc` (a slow arc of 8 to 14 degrees), or `any` of the two, by seed.
        duration_s: of the clip.

    Raises:
        WsimError: a count, a relation or a camera that it does not have.
    """
    rng = stage.streams(FAMILY_ID, seed, "layout", "material", "camera", "ground")
    drawn, kind = 2 + int(rng["layout"].integers(3)), stage.pick(rng["layout"], RELATIONS)
    count = drawn if count is None else count
    _check(count, relation, alike, camera)
    wanted = next((known for known in RELATIONS if known == relation), kind)
    things = _alike(rng, count) if alike else _things(rng, count, wanted)
    ground = _ground(rng["ground"])
    path = _camera(rng["camera"], camera)
    story = _story(things, ground[0], path, wanted if count > 1 and not alike else None)
    return captioned(Scene("still_life", seed, duration_s, (*things, *ground), path, story=story))


def twins(scene: Scene) -> Twins:
    """In plain sight a thing changes colour, size or place, goes, or is suddenly there twice."""
    half_s, first = scene.duration_s / 2, scene.body("thing 0")
    worn = {body.colour_name for body in scene.bodies}
    other = next(name for name in PALETTE if name not in worn)
    copy = dataclasses.replace(first, name="copy", from_s=NEVER_S, noun="")
    aside = _free_place(scene, first)
    broken = {
        "recolour": scene.violated(Violation("recolour", half_s, "thing 0", vector=PALETTE[other])),
        "vanish": scene.violated(Violation("vanish", half_s, "thing 0")),
        "resize": scene.violated(Violation("resize", half_s, "thing 0", amount=0.6)),
        "duplicate": scene.replace(bodies=(*scene.bodies, copy)).violated(
            Violation("duplicate", half_s, "thing 0", other="copy", vector=aside)
        ),
    }
    if any(body.name == "thing 1" for body in scene.bodies):
        broken["trade_places"] = _traded(scene, half_s)
    shams = {"other_sun": stage.lit_from_the_other_side(scene), "other_wall": stage.repainted(scene, "wall")}
    return Twins(broken, shams)


def _check(count: int, relation: str | None, alike: bool, camera: str) -> None:
    if not 1 <= count <= MOST_THINGS:
        problem, remedy = f"has no {count} things", f"choose a count of 1 to {MOST_THINGS}"
    elif relation is not None and relation not in RELATIONS:
        problem, remedy = f"has no relation {relation!r}", f"choose one of {', '.join(RELATIONS)}"
    elif relation is not None and (count == 1 or alike):
        problem, remedy = "has a relation only between things that differ", "leave the relation out"
    elif camera not in CAMERAS:
        problem, remedy = f"has no camera {camera!r}", f"choose one of {', '.join(CAMERAS)}"
    else:
        return
    raise WsimError(f"a still life {problem}", where="still_life(...)", remedy=remedy)


def _things(rng: dict[str, np.random.Generator], count: int, relation: RelationKind) -> list[Body]:
    """The first two stand in the relation; the others are put wherever there is room."""
    colours, layout = list(PALETTE), rng["layout"]
    rng["material"].shuffle(colours)
    shapes = [stage.pick(rng["material"], SOLIDS) for _ in range(count)]
    cells = _cells(layout, count, relation if count > 1 else "left of")
    on = relation == "on" and count > 1
    if on:
        shapes[0] = stage.pick(rng["material"], ("sphere", "cylinder", "convex", "capsule"))
        shapes[1] = stage.pick(rng["material"], ("box", "cylinder"))
    bodies = [
        solid(f"thing {i}", shape, _spot(layout, cell), colour)
        for i, (shape, cell, colour) in enumerate(zip(shapes, cells, colours, strict=False))
    ]
    return _stacked(bodies, shapes[1]) if on else bodies


def _stacked(bodies: list[Body], shape: Shape) -> list[Body]:
    """The second thing becomes a plinth, and the first is put on it."""
    half_x, half_y, half_z = _PLINTH_HALF_M
    x, y, _ = bodies[1].position_m
    size = (half_x, half_y if shape == "box" else 0.0, half_z)
    plinth = dataclasses.replace(bodies[1], size_m=size, position_m=(x, y, half_z))
    z = bodies[0].position_m[2]
    return [dataclasses.replace(bodies[0], position_m=(x, y, 2 * half_z + z)), plinth, *bodies[2:]]


def _alike(rng: dict[str, np.random.Generator], count: int) -> list[Body]:
    colour, shape = stage.pick(rng["material"], list(PALETTE)), stage.pick(rng["material"], SOLIDS)
    cells = _cells(rng["layout"], count, "left of")
    return [solid(f"thing {i}", shape, _spot(rng["layout"], cells[i]), colour) for i in range(count)]


def _cells(rng: np.random.Generator, count: int, relation: RelationKind) -> list[_Cell]:
    """One cell for every thing."""
    row, column = int(rng.integers(2)), int(rng.integers(3)) - 1
    if relation in ("left of", "right of"):
        left, right = sorted(int(c) for c in rng.permutation(3)[:2])
        pair = [(left - 1, row), (right - 1, row)]
        cells = pair if relation == "left of" else pair[::-1]
    elif relation == "on":
        cells = [(column, row), (column, row)]
    else:
        pair = [(column, 0), (column, 1)]
        cells = pair if relation == "in front of" else pair[::-1]
    free = [(c, r) for c in (-1, 0, 1) for r in (0, 1) if (c, r) not in cells]
    if relation == "on":  # nothing hides behind a tower
        free = [(c, r) for c, r in free if c != column]
    rng.shuffle(free)
    return [*cells, *[(int(c), int(r)) for c, r in free]][:count]


def _spot(rng: np.random.Generator, cell: _Cell) -> tuple[float, float]:
    column, row = cell
    x_m = column * _COLUMN_M + stage.between(rng, -_JITTER_M, _JITTER_M)
    return x_m, (2 * row - 1) * _ROW_M + stage.between(rng, -_JITTER_M, _JITTER_M)


def _free_place(scene: Scene, body: Body) -> Vec3:
    """The way from a thing to a place on the ground where nothing stands, the nearest one."""
    x, y, z = body.position_m
    taken = [thing.position_m[:2] for thing in scene.bodies if thing.name.startswith("thing")]
    cells = [(column * _COLUMN_M, row * _ROW_M) for column in (-1, 0, 1) for row in (-1, 1)]
    free = [cell for cell in cells if all(math.dist(cell, place) > 0.3 for place in taken)]
    to_x, to_y = min(free, key=lambda cell: math.dist(cell, (x, y)))
    low = min(thing.position_m[2] for thing in (body, _standing(body)))
    return (to_x - x, to_y - y, low - z)


def _standing(body: Body) -> Body:
    return solid(body.name, body.shape, (body.position_m[0], body.position_m[1]), body.colour_name)


def _traded(scene: Scene, time_s: float) -> Scene:
    """The first two things change places; each keeps its own height if it stands on the ground."""
    first, second = scene.body("thing 0"), scene.body("thing 1")
    across = [b - a for a, b in zip(first.position_m, second.position_m, strict=True)]
    stacked = math.hypot(across[0], across[1]) < 1e-9
    if stacked:
        height_m = 2 * (first.position_m[2] - second.position_m[2])
        lift_m = height_m - 2 * second.size_m[2]
        moves = [(0.0, 0.0, -2 * second.size_m[2]), (0.0, 0.0, lift_m)]
    else:
        moves = [(across[0], across[1], 0.0), (-across[0], -across[1], 0.0)]
    names = ("thing 0", "thing 1")
    return scene.violated(
        *(Violation("teleport", time_s, name, vector=move) for name, move in zip(names, moves, strict=True))
    )


def _ground(rng: np.random.Generator) -> tuple[Body, ...]:
    """What things stand on, at height zero, first; and the wall."""
    wall_name = stage.pick(rng, ["white", "grey", "beige"])
    name = stage.pick(rng, [name for name in ("grey", "beige", "brown", "white") if name != wall_name])
    if rng.random() < 0.5:
        return table(rng, name, wall_name)
    floor = stage.floor(rng, stage.rough(NEUTRALS[name], 2.5, 0.15), name)
    return floor, stage.back_wall(rng, 1.6, stage.rough(NEUTRALS[wall_name], 1.2, 0.1), wall_name)


def _camera(rng: np.random.Generator, camera: str) -> CameraPath:
    moves, arc_deg = rng.random() < 0.5, stage.between(rng, 8.0, 14.0) * stage.either(rng)
    path = stage.camera_at_height(_PX_PER_M, (0.0, 0.0, 0.16), _ELEVATION_DEG, _FOV_DEG)
    arcs = camera == "arc" or (camera == "any" and moves)
    return dataclasses.replace(path, arc_deg=arc_deg) if arcs else path


def _story(things: Sequence[Body], ground: Body, path: CameraPath, relation: RelationKind | None) -> Story:
    camera = "" if path.arc_deg == 0.0 else f"arc {'right' if path.arc_deg > 0 else 'left'}"
    under = Thing("ground", ground.noun, ground.colour_name)
    if len({(body.shape, body.colour_name) for body in things}) < len(things):
        many = Thing("things", NOUNS[things[0].shape], things[0].colour_name, len(things))
        return Story((many, under), (Relation("on", "things", "ground"),), camera=camera)
    named = [Thing(body.name, body.noun, body.colour_name) for body in things]
    relations = [Relation(relation, "thing 0", "thing 1")] if relation else []
    anchor = things[1] if relation == "on" else things[0]
    relations += [Relation(_seen(body, anchor), body.name, anchor.name) for body in things[2:]]
    standing = [body for body in things if not (relation == "on" and body.name == "thing 0")]
    relations += [Relation("on", body.name, "ground") for body in standing]
    return Story((*named, under), tuple(relations), camera=camera)


def _seen(body: Body, anchor: Body) -> RelationKind:
    """How a thing stands to another in the picture, from columns and rows."""
    right_m, behind_m = (body.position_m[i] - anchor.position_m[i] for i in (0, 1))
    if abs(right_m) > _COLUMN_M / 2:
        return "right of" if right_m > 0 else "left of"
    return "behind" if behind_m > 0 else "in front of"
