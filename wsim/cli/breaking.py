"""`--violation` in words."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast, get_args

from wsim.errors import WsimError

if TYPE_CHECKING:
    from wsim.worlds.scene import Scene, Violation

VIOLATION_FORM = (
    "write KIND@SECONDS[:BODY[,OTHER]][=AMOUNT or =X,Y,Z][~SEVERITY], for example vanish@0.7:ball~0.5"
)


@dataclass(frozen=True)
class BrokenLaw:
    """A violation, and how severe it is, 0 to 1; None if its amount or vector says so."""

    violation: "Violation"
    severity: float | None = None

    def applied_to(self, scene: "Scene") -> "Scene":
        """The scene with this law broken.

        Raises:
            WsimError: it is about a body that the scene does not have, or its severity is not in 0..1.
        """
        from wsim.worlds.violations.severity import broken

        names, law = [body.name for body in scene.bodies], self.violation
        if law.body and law.body not in names:
            raise WsimError(
                f"no body {law.body!r} in {scene.family}",
                where=f"--violation {law.kind}",
                remedy=f"its bodies are {', '.join(names)}",
            )
        if self.severity is None:
            return scene.violated(law)
        vector = law.vector if any(law.vector) else None
        return broken(scene, law.kind, self.severity, law.time_s, law.body, law.other, vector)


def violated(scene: "Scene", laws: list[BrokenLaw]) -> "Scene":
    """The scene with its laws broken, one after the other.

    Raises:
        WsimError: as for `BrokenLaw.applied_to`.
    """
    for law in laws:
        scene = law.applied_to(scene)
    return scene


def parse_violation(text: str) -> BrokenLaw:
    """`vanish@0.7:ball`, `gravity_scale@0.4=0.25`, `teleport@0.7:ball=0.5,0,0`, `swap@0.7:a,b~0.5`.

    Raises:
        WsimError: it is not of that form, or there is no such kind.
    """
    from wsim.worlds.scene import Violation, ViolationKind

    rest, graded, severity = text.partition("~")
    head, _, amount = rest.partition("=")
    when, _, bodies = head.partition(":")
    kind, at, time_s = when.partition("@")
    if kind not in get_args(ViolationKind):
        kinds = ", ".join(get_args(ViolationKind))
        raise WsimError(
            f"unknown violation {kind!r}", where=f"--violation {text}", remedy=f"kinds are {kinds}"
        )
    body, _, other = bodies.partition(",")
    try:
        numbers = [float(number) for number in amount.split(",")] if amount else []
        if not at or len(numbers) not in ((0, 3) if graded else (0, 1, 3)):
            raise ValueError(text)
        given: dict[str, Any] = {"time_s": float(time_s), "body": body, "other": other}
        share = float(severity) if graded else None
    except ValueError as error:
        raise WsimError(
            "this violation cannot be read", where=f"--violation {text}", remedy=VIOLATION_FORM
        ) from error
    if len(numbers) == 1:
        given["amount"] = numbers[0]
    elif numbers:
        given["vector"] = tuple(numbers)
    return BrokenLaw(Violation(kind=cast(ViolationKind, kind), **given), share)
