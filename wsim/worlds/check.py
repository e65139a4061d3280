"""Whether a scene makes sense, before anything is simulated or rendered."""

from collections.abc import Iterator

from wsim.errors import WsimError
from wsim.worlds.checks.numbers import number_problems
from wsim.worlds.checks.overlaps import overlap_problems
from wsim.worlds.checks.placed import placed_primitives
from wsim.worlds.checks.problem import Problem
from wsim.worlds.checks.references import reference_problems
from wsim.worlds.checks.shapes import shape_problems
from wsim.worlds.checks.times import time_problems
from wsim.worlds.checks.views import view_problems
from wsim.worlds.scene import Scene

MAX_BODIES = 64  # one bit each in the amodal mask


def check_scene(scene: Scene, height: int | None = None, width: int | None = None) -> None:
    """Refuse a scene that cannot be, with the first thing that is wrong with it; takes a millisecond or two.

    Args:
        scene: the world.
        height: of the pictures, pixels, if pictures are to be taken.
        width: the same.

    Raises:
        WsimError: names that are missing or taken twice; numbers, shapes, sizes or times that cannot be;
            a dynamic body that is more than 1 mm inside another at time zero; a camera inside a body.
    """
    for problem, field, remedy in _problems(scene, height, width):
        raise WsimError(problem, where=f"{field} of the scene {scene.family} {scene.seed}", remedy=remedy)


def _problems(scene: Scene, height: int | None, width: int | None) -> Iterator[Problem]:
    """In the order in which one mistake hides others."""
    for name, side in (("height", height), ("width", width)):
        if side is not None and side < 1:
            yield Problem(f"a picture of {side} pixels is empty", name, "give at least one pixel each way")
    if len(scene.bodies) > MAX_BODIES:
        yield Problem(
            f"{len(scene.bodies)} bodies are more than the {MAX_BODIES} that a pixel can keep apart",
            "bodies",
            "use fewer bodies, or make one of several parts",
        )
    yield from number_problems(scene)
    yield from reference_problems(scene)
    yield from time_problems(scene)
    yield from shape_problems(scene)
    placed = tuple(placed_primitives(scene))
    yield from overlap_problems(scene, placed)
    yield from view_problems(scene, placed)
