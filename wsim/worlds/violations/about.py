"""Which violations a scene has, and whether they are about something that exists."""

from collections.abc import Iterator

from wsim.errors import WsimError
from wsim.worlds.physics.trajectory import WorldEvent
from wsim.worlds.scene import Body, Scene, Violation, ViolationKind

# Kinds that are about no body in particular, or about all of them when none is named.
OF_ALL: tuple[ViolationKind, ...] = (
    "texture_boil", "wobble", "reseeded", "gravity_scale", "gravity_tilt", "block_changes", "action_ignored",
    "counter_wrong",
)  # fmt: skip


def check_violations(scene: Scene) -> None:
    """Every violation must name a body that exists, where its kind needs one.

    Raises:
        WsimError: a violation names a body that the scene does not have.
    """
    names = {body.name for body in scene.bodies}
    for violation in scene.violations:
        free = violation.kind in OF_ALL and (not violation.body or scene.blocks is not None)
        if violation.body not in names and not free and scene.blocks is None:
            raise WsimError(
                f"the violation {violation.kind!r} is about a body {violation.body!r} that does not exist",
                where=f"Scene.violations of {scene.family}/{scene.seed}",
                remedy=f"name one of {', '.join(sorted(names))}",
            )


def violations_of(scene: Scene, body: Body, *kinds: ViolationKind) -> Iterator[Violation]:
    """The violations of these kinds that are about one body, in the order in which they were added."""
    return (v for v in scene.violations if v.body == body.name and v.kind in kinds)


def is_endless(body: Body) -> bool:
    """Whether a body is a plane without edges."""
    return body.shape == "plane" and body.size_m[0] == 0.0


def violation_events(scene: Scene) -> list[WorldEvent]:
    """One `violation:<kind>` for every violation."""
    return [
        WorldEvent(v.time_s, f"violation:{v.kind}", (v.body,) if v.body else (), v.amount)
        for v in scene.violations
    ]
