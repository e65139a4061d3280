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


WITH_ANOTHER: tuple[ViolationKind, ...] = ("duplicate", "swap", "interpenetrate", "pass_through")
NEW_SHAPES = ("sphere", "box", "cylinder", "capsule", "ellipsoid")
_ABOVE_ZERO: tuple[ViolationKind, ...] = ("resize", "mark_grows")


def check_violations(scene: Scene) -> None:
    """Every violation must name bodies that exist, where its kind needs them, and a size that can be.

    In a world of blocks, levers and counters can be named too, which are not looked for here.

    Raises:
        WsimError: a violation that makes no sense.
    """
    names = {body.name for body in scene.bodies}
    for violation in scene.violations:
        problem, remedy = "", f"name one of {', '.join(sorted(names))}"
        about_one = violation.body != "" or violation.kind not in OF_ALL
        if scene.blocks is None and about_one and violation.body not in names:
            problem = f"is about a body {violation.body!r} that does not exist"
        elif violation.kind in WITH_ANOTHER and violation.other not in names:
            problem = f"needs another body, and {violation.other!r} does not exist"
        elif violation.kind == "reshape" and violation.other not in NEW_SHAPES:
            problem = f"cannot give a body the shape {violation.other!r}"
            remedy = f"as `other` give one of {', '.join(NEW_SHAPES)}"
        elif violation.kind in _ABOVE_ZERO and violation.amount <= 0.0:
            problem = f"by a factor of {violation.amount:g} leaves nothing"
            remedy = "give a factor above 0, or let it vanish"
        if problem:
            raise WsimError(
                f"the violation {violation.kind!r} {problem}",
                where=f"Scene.violations of {scene.family}/{scene.seed}",
                remedy=remedy,
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
