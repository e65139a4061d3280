"""Times out of order, and things that happen outside the scene."""

import itertools
from collections.abc import Iterator, Sequence

from wsim.worlds.checks.numbers import cameras
from wsim.worlds.checks.problem import Problem
from wsim.worlds.scene import Body, Scene

_LONG_S = 1e6  # rails and marks may begin and end outside the scene, but not at no time at all


def time_problems(scene: Scene) -> Iterator[Problem]:
    """Of violations, cuts, blocks, rails, strokes, cameras, and of bodies that come and go."""
    for name in ("violations", "cuts"):
        for index, item in enumerate(getattr(scene, name)):
            if not 0.0 <= item.time_s <= scene.duration_s:
                yield Problem(
                    f"{item.time_s:g} s lies outside the scene",
                    f"{name}[{index}].time_s",
                    f"choose a time between 0 and {scene.duration_s:g} s",
                )
    for field, path in cameras(scene):
        yield from _increasing([key[0] for key in path.progress], f"{field}.progress")
    for index, body in enumerate(scene.bodies):
        yield from _of_body(body, f"bodies[{index}]")
    for index, stroke in enumerate(scene.strokes):
        field = f"strokes[{index}].times_s"
        yield from _one_each(stroke.times_s, len(stroke.points_m), "point", field)
        yield from _increasing(stroke.times_s, field)
    for index, effect in enumerate(scene.effects):
        if not (0.0 <= effect.delay_s < _LONG_S and 0.0 <= effect.duration_s < _LONG_S):
            yield Problem(
                f"an effect cannot come {effect.delay_s:g} s late and take {effect.duration_s:g} s",
                f"effects[{index}]",
                "give seconds of 0 or more",
            )


def _of_body(body: Body, field: str) -> Iterator[Problem]:
    if not body.from_s <= body.until_s:
        yield Problem(f"the body {body.name!r} ends before it begins", f"{field}.until_s", "let it end later")
    for motion in ("rail", "pendulum", "incline"):
        if body.motion == motion and getattr(body, motion) is None:
            yield Problem(
                f"the body {body.name!r} moves by a {motion} but has none", f"{field}.{motion}", "give it one"
            )
    if body.motion == "rail" and body.rail is not None:
        where = f"{field}.rail.times_s"
        yield from _one_each(body.rail.times_s, len(body.rail.points_m), "point", where)
        if body.rail.rotations:
            yield from _one_each(body.rail.times_s, len(body.rail.rotations), "rotation", where)
        yield from _increasing(body.rail.times_s, where)


def _one_each(times_s: Sequence[float], count: int, noun: str, field: str) -> Iterator[Problem]:
    if not times_s or len(times_s) != count:
        yield Problem(
            f"{len(times_s)} times do not fit {count} {noun}s", field, f"give one time for every {noun}"
        )


def _increasing(times_s: Sequence[float], field: str) -> Iterator[Problem]:
    out_of_order = any(not earlier < later for earlier, later in itertools.pairwise(times_s))
    if out_of_order or any(not abs(time_s) < _LONG_S for time_s in times_s):
        yield Problem(
            "the times do not increase", field, "give finite seconds, each later than the one before"
        )
