"""Does every domino fall when the one before has hit it, and not before?"""

from collections.abc import Mapping

from wsim.worlds.families.dominoes import COUNT
from wsim.worlds.scene import Scene, Vec3, Violation
from wsim_probes.history import HistoryProbe

_LEANS_S, _BREAKS_S = 0.42, 0.45  # the first domino leans on the second, however long the clip is
_NEXT_S, _FALLEN_S = 0.75, 1.12  # the last but one falls on the last; all have fallen
_READ_S = (0.5, 1.5)  # however long the clip is: by then all of them have come to rest
_PUSH_M_S = 1.3  # enough to make one fall


def causality() -> HistoryProbe:
    """A rod pushes the first of four dominoes; read against renders of chains that are not.

    Given are frames until the first domino leans on the second, in a row in which each stands in reach of
    the one before: so each must fall after the one before, the last one last. The chain must not stop, skip
    one, or run from its end (the effect before the cause); what has fallen must not rise again, and none
    may vanish; read is the first second and a half. It may be early or late by 0.15 s. A near miss is not
    asked: a row that stands and a rod that hardly moves are what a frozen picture shows too.
    """
    return HistoryProbe(
        name="physics/causality",
        version=3,
        question="Does every domino fall when the one before has hit it, and not before?",
        family="dominoes",
        lawful="fall in turn",
        window=_while_they_fall,
        prefix_s=_LEANS_S,
        latest_s=0.15,
        tracks=("video",),
        breaks=_other_chains,
    )


def _while_they_fall(_: Scene) -> tuple[float, float]:
    return _READ_S


def _other_chains(scene: Scene) -> Mapping[str, Scene]:
    """None of them has begun in the given frames."""
    names = [f"domino {i}" for i in range(COUNT)]
    by_itself = _onwards(scene)
    broken = {
        "the last stands": (Violation("freeze", _BREAKS_S, names[-1]),),
        "stops early": (Violation("freeze", _BREAKS_S, names[-2]),),
        "skips one": (
            Violation("freeze", _BREAKS_S, names[-2]),
            Violation("uncaused_motion", _NEXT_S, names[-1], vector=by_itself),
        ),
        "effect before cause": (Violation("uncaused_motion", _BREAKS_S, names[-1], vector=by_itself),),
        "rise again": tuple(Violation("reverse", _FALLEN_S, name) for name in names),
        "one vanishes": (Violation("vanish", _FALLEN_S, names[-2]),),
    }
    return {name: scene.violated(*violations) for name, violations in broken.items()}


def _onwards(scene: Scene) -> Vec3:
    """A push from the first domino towards the last."""
    (x, y, _), (fx, fy, _) = (scene.body(f"domino {i}").position_m for i in (COUNT - 1, 0))
    length_m = ((x - fx) ** 2 + (y - fy) ** 2) ** 0.5
    return (_PUSH_M_S * (x - fx) / length_m, _PUSH_M_S * (y - fy) / length_m, 0.0)
