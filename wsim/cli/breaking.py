"""`--violation` in words."""

from typing import TYPE_CHECKING, Any, cast, get_args

from wsim.errors import WsimError

if TYPE_CHECKING:
    from wsim.worlds.scene import Scene, Violation

VIOLATION_FORM = "write KIND@SECONDS[:BODY][=AMOUNT or =X,Y,Z], for example vanish@0.7:ball"


def parse_violation(text: str) -> "Violation":
    """`vanish@0.7:ball`, `gravity_scale@0.4=0.25`, `teleport@0.7:ball=0.5,0,0`.

    Raises:
        WsimError: it is not of that form, or there is no such kind.
    """
    from wsim.worlds.scene import Violation, ViolationKind

    head, _, amount = text.partition("=")
    when, _, body = head.partition(":")
    kind, at, time_s = when.partition("@")
    if kind not in get_args(ViolationKind):
        kinds = ", ".join(get_args(ViolationKind))
        raise WsimError(
            f"unknown violation {kind!r}", where=f"--violation {text}", remedy=f"kinds are {kinds}"
        )
    try:
        numbers = [float(number) for number in amount.split(",")] if amount else []
        if not at or len(numbers) not in (0, 1, 3):
            raise ValueError(text)
        given: dict[str, Any] = {"time_s": float(time_s), "body": body}
    except ValueError as error:
        raise WsimError(
            "this violation cannot be read", where=f"--violation {text}", remedy=VIOLATION_FORM
        ) from error
    if len(numbers) == 1:
        given["amount"] = numbers[0]
    elif numbers:
        given["vector"] = tuple(numbers)
    return Violation(kind=cast(ViolationKind, kind), **given)


def violated(scene: "Scene", violations: list["Violation"]) -> "Scene":
    """The scene with its laws broken.

    Raises:
        WsimError: a violation is about a body that the scene does not have.
    """
    names = [body.name for body in scene.bodies]
    for violation in violations:
        if violation.body and violation.body not in names:
            raise WsimError(
                f"no body {violation.body!r} in {scene.family}",
                where=f"--violation {violation.kind}",
                remedy=f"its bodies are {', '.join(names)}",
            )
    return scene.violated(*violations)
