"""Names that are taken twice, or that name nothing."""

from collections import Counter
from collections.abc import Iterator

from wsim.worlds.checks.numbers import cameras
from wsim.worlds.checks.problem import Problem
from wsim.worlds.scene import Scene, Violation

_OF_THE_WORLD = ("gravity_scale", "gravity_tilt", "block_changes", "action_ignored")  # no body is named
_OF_ALL = ("texture_boil", "wobble", "reseeded")  # "" means every one
_WITH_ANOTHER_BODY = ("duplicate", "swap", "interpenetrate", "pass_through")
_PAINTABLE = ("box", "plane", "cylinder")


def reference_problems(scene: Scene) -> Iterator[Problem]:
    """Bodies that share a name, and whatever speaks of a body that does not exist."""
    names = [body.name for body in scene.bodies]
    for name, count in Counter(names).items():
        if count > 1:
            yield Problem(
                f"{count} bodies are called {name!r}", "bodies", "give every body a name of its own"
            )
    for field, name in _references(scene):
        if name not in names:
            yield Problem(
                f"there is no body {name!r}", field, f"name one of {', '.join(sorted(names)) or 'none'}"
            )
    for index, stroke in enumerate(scene.strokes):
        if scene.body(stroke.body).shape not in _PAINTABLE:
            yield Problem(
                f"a {scene.body(stroke.body).shape} such as {stroke.body!r} cannot be painted",
                f"strokes[{index}].body",
                f"paint a {', a '.join(_PAINTABLE)}",
            )


def _references(scene: Scene) -> Iterator[tuple[str, str]]:
    """The field and the name of every body that is spoken of."""
    for field, path in cameras(scene):
        if path.follow:
            yield f"{field}.follow", path.follow
    for name in ("strokes", "bites", "trails"):
        for index, mark in enumerate(getattr(scene, name)):
            yield f"{name}[{index}].body", mark.body
    for index, trail in enumerate(scene.trails):
        yield f"trails[{index}].by", trail.by
    for index, pour in enumerate(scene.pours):
        for role in ("source", "target", "stream"):
            yield f"pours[{index}].{role}", getattr(pour, role)
    for index, effect in enumerate(scene.effects):
        spoken_of = (effect.body, *effect.others, *effect.cause.bodies)
        yield from ((f"effects[{index}]", name) for name in spoken_of)
    for index, violation in enumerate(scene.violations):
        for name in _bodies_of(violation, scene):
            yield f"violations[{index}] ({violation.kind})", name


def _bodies_of(violation: Violation, scene: Scene) -> Iterator[str]:
    kind, body = violation.kind, violation.body
    levers = [lever.name for lever in scene.blocks.levers] if scene.blocks else []
    is_lever = kind.startswith("effect_") and body in levers
    is_optional = not body and kind in (*_OF_THE_WORLD, *_OF_ALL)
    if kind != "counter_wrong" and not is_lever and not is_optional:
        yield body
    if kind in _WITH_ANOTHER_BODY or (kind == "effect_elsewhere" and not is_lever):
        yield violation.other
