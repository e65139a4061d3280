"""Marks that fade, move or grow by themselves: layers of paint become other layers of paint.

Marks that have moved or grown lie on layers of their own, so until then everything is as it was, bit by bit.
"""

import dataclasses
from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from wsim.worlds.rendering.paint_layer import PaintLayer, circumference_m, on_face
from wsim.worlds.rendering.stamping import stamped
from wsim.worlds.scene import NEVER_S, Body, Scene, Stroke, Vec3, Violation

_Law: TypeAlias = Callable[[Body, PaintLayer, Violation, int], list[PaintLayer]]
_KINDS = ("mark_fades", "mark_moves", "mark_grows")


def break_marks(scene: Scene, layers: list[PaintLayer], texels_per_radius: int) -> list[PaintLayer]:
    """The layers of paint of a scene under its broken laws, in order of their time.

    Args:
        scene: whose violations say what happens to the marks.
        layers: as they lawfully are.
        texels_per_radius: fineness of marks that are painted anew.
    """
    broken = (v for v in scene.violations if v.kind in _KINDS and not _changes_nothing(v))
    for violation in sorted(broken, key=lambda violation: violation.time_s):
        after: list[PaintLayer] = []
        for layer in layers:
            body = scene.bodies[layer.body]
            if violation.body in ("", body.name):
                after += _LAWS[violation.kind](body, layer, violation, texels_per_radius)
            else:
                after.append(layer)
        layers = after
    return layers


def _changes_nothing(violation: Violation) -> bool:
    if violation.kind == "mark_moves":
        return not any(violation.vector[:2])
    return violation.amount == (1.0 if violation.kind == "mark_grows" else 0.0)


def _fade(body: Body, layer: PaintLayer, violation: Violation, _: int) -> list[PaintLayer]:
    """A share of what there is of every stroke goes, from its oldest part to its newest."""
    erase_s, goes = layer.erase_s.copy(), min(max(violation.amount, 0.0), 1.0)
    stays = min(max(violation.vector[0], 0.0), 1.0) * (1.0 - goes)
    for stamps, erases in zip(layer.stamp_s, erase_s, strict=True):
        present = np.flatnonzero((stamps.ravel() <= violation.time_s) & (erases.ravel() > violation.time_s))
        oldest_first = present[np.argsort(stamps.ravel()[present], kind="stable")]
        first, last = (round(share * len(present)) for share in (stays, stays + goes))
        gone = oldest_first[first:last]
        erases.ravel()[gone] = violation.time_s
    return [dataclasses.replace(layer, erase_s=erase_s)]


def _move(body: Body, layer: PaintLayer, violation: Violation, _: int) -> list[PaintLayer]:
    """All that is there at the time lies elsewhere from then on; what is painted later stays in its place."""
    time_s, around_m = violation.time_s, circumference_m(body, layer.face)
    du, dv = violation.vector[:2]
    du -= around_m * round(du / around_m) if around_m else 0.0
    present = layer.painted(time_s)
    moved = dataclasses.replace(
        layer,
        strokes=tuple(_displaced(stroke, (du, dv, 0.0)) for stroke in layer.strokes),
        origin_m=(layer.origin_m[0] + du, layer.origin_m[1] + dv),
        stamp_s=np.where(present, time_s, NEVER_S),
        erase_s=np.full(present.shape, NEVER_S),
    )
    _, rows, columns = present.shape
    u = moved.origin_m[0] + moved.texel_m * (np.arange(columns) + 0.5)
    v = moved.origin_m[1] + moved.texel_m * (np.arange(rows) + 0.5)
    moved.stamp_s[:, ~on_face(body, layer.face, u, v)] = NEVER_S
    return [dataclasses.replace(layer, erase_s=np.where(present, time_s, layer.erase_s)), moved]


def _displaced(stroke: Stroke, by_m: Vec3) -> Stroke:
    points = tuple((u + by_m[0], v + by_m[1]) for u, v in stroke.points_m)
    return dataclasses.replace(stroke, points_m=points)


def _grow(body: Body, layer: PaintLayer, violation: Violation, texels_per_radius: int) -> list[PaintLayer]:
    """All strokes are as wide from then on as if they had been painted so; faded parts come back."""
    time_s, narrow = violation.time_s, layer.stamp_s < violation.time_s
    before = dataclasses.replace(
        layer,
        stamp_s=np.where(narrow, layer.stamp_s, NEVER_S),
        erase_s=np.where(narrow, np.minimum(layer.erase_s, time_s), NEVER_S),
    )
    wide = tuple(
        dataclasses.replace(stroke, radius_m=violation.amount * stroke.radius_m) for stroke in layer.strokes
    )
    after = stamped(layer.body, body, layer.face, wide, layer.sponges, texels_per_radius)
    return [before, dataclasses.replace(after, stamp_s=np.maximum(after.stamp_s, time_s))]


_LAWS: dict[str, _Law] = {"mark_fades": _fade, "mark_moves": _move, "mark_grows": _grow}
