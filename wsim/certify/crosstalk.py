"""Cross-talk: faults that a question is not about, in its own lawful world, after what is given.

A probe says what it is about by a member `about`, kinds of violations, or by its alternatives: the kinds
that they are made of. Whatever else goes wrong must not change the answer. Something may go wrong with a
bystander, a grey ball that is added to all histories, in any way at all, and with what moves or stands in
the scene, in ways that are not what the probe is about. Where this still moves a probe for a good reason,
it says so by a member `moved_by`, kind to reason.
"""

from collections.abc import Iterator, Mapping
from typing import Protocol, runtime_checkable

from wsim.certify.restaged import BYSTANDER, with_bystander
from wsim.contracts import Probe, Request, Scenario
from wsim.worlds.palette import PALETTE
from wsim.worlds.scene import Scene, Vec3, ViolationKind
from wsim.worlds.take import Take
from wsim.worlds.violations import lab_mix
from wsim.worlds.violations.about import is_endless
from wsim.worlds.violations.severity import broken

STANDS_BY = "a bystander"  # there is one, and nothing is wrong
OF_A_BYSTANDER: Mapping[ViolationKind, float] = {  # and how severely: it must not get in the way
    "vanish": 1.0,
    "recolour": 1.0,
    "resize": 0.5,
    "teleport": 0.5,
    "shadow_missing": 1.0,
}
OF_WHAT_MOVES: tuple[ViolationKind, ...] = ("shadow_missing", "shadow_detached")
_WOBBLE_SHARE = 0.1  # of the full 0.1 m: a tremor, which leaves the scene what it is


@runtime_checkable
class About(Protocol):
    """A probe that says which violations it is there to see."""

    @property
    def about(self) -> frozenset[ViolationKind]:
        """Their kinds; whatever its alternatives are made of need not be named."""
        ...


@runtime_checkable
class MovedBy(Protocol):
    """A probe that says which other faults move it, and why they may."""

    @property
    def moved_by(self) -> Mapping[str, str]:
        """Name of the fault, as in the certificate, to the reason."""
        ...


def kinds_of(scenario: Scenario) -> dict[str, tuple[str, ...]]:
    """What every alternative is made of."""
    return {
        name: tuple(sorted({violation.kind for violation in take.scene.violations}))
        for name, take in scenario.alternatives.items()
        if isinstance(take, Take)
    }


def about_of(probe: Probe, scenario: Scenario) -> frozenset[str]:
    """The kinds of violations that a question is about."""
    told = frozenset(probe.about) if isinstance(probe, About) else frozenset()
    return told | frozenset(kind for kinds in kinds_of(scenario).values() for kind in kinds)


def reasons_of(probe: Probe) -> Mapping[str, str]:
    """Why some other faults move it."""
    return dict(probe.moved_by) if isinstance(probe, MovedBy) else {}


def unrelated(probe: Probe, scenario: Scenario) -> Iterator[tuple[str, Scenario, Take]]:
    """Faults that must not move the reading: name, the question, and what is shown."""
    take = scenario.truth
    if not isinstance(take, Take) or take.scene.blocks is not None:
        return
    after_s = (_first_made(scenario.request) - 0.5) / take.clip.fps
    told = frozenset(probe.about) if isinstance(probe, About) else frozenset()
    for name, scene in _in_the_scene(take.scene, about_of(probe, scenario), after_s):
        yield name, scenario, Take(scene, take.clip)
    beside = with_bystander(scenario)
    if beside is None or not isinstance(beside.truth, Take):
        return
    yield STANDS_BY, beside, beside.truth
    colour = _another_colour(beside.truth.scene)
    for kind, severity in OF_A_BYSTANDER.items():
        if kind not in told:
            vector = colour if kind == "recolour" else None
            scene = broken(beside.truth.scene, kind, severity, after_s, BYSTANDER, vector=vector)
            yield f"{kind} of a bystander", beside, Take(scene, take.clip)


def _first_made(request: Request) -> int:
    """The first frame that is not given; after the very first, so that nothing is wrong from the start."""
    known = set(request.context.indices) if request.context else {0}
    return next(index for index in range(1, request.num_frames + 1) if index not in known)


def _in_the_scene(scene: Scene, about: frozenset[str], after_s: float) -> Iterator[tuple[str, Scene]]:
    moving = [body.name for body in scene.bodies if body.motion != "static"]
    ground = [body.name for body in scene.bodies if is_endless(body)]
    for kind in OF_WHAT_MOVES:
        if kind not in about and moving:
            yield kind, broken(scene, kind, 1.0, after_s, moving[0])
    if "texture_boil" not in about and ground:
        yield "texture_boil of the ground", broken(scene, "texture_boil", 1.0, after_s, ground[0])
    if "wobble" not in about:
        yield "wobble of a centimetre", broken(scene, "wobble", _WOBBLE_SHARE, after_s)


def _another_colour(scene: Scene) -> Vec3:
    """The colour of the palette that is least like anything in the scene: no subject is meant to be seen."""
    there = [body.material.colour for body in scene.bodies]
    return max(PALETTE.values(), key=lambda colour: min(lab_mix.distance(colour, other) for other in there))
