"""Does the trail of a wet ball stay when the ball has gone, and is there none behind a dry one?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from wsim.worlds.families import FAMILIES
from wsim.worlds.rendering.camera import project
from wsim.worlds.scene import Scene
from wsim.worlds.take import Take
from wsim_probes.history import Ask
from wsim_probes.history_bank import weaker
from wsim_probes.interaction.rooms import RoomProbe

_KNOWN_BY = "where little else stands in view, it is what the scene is known by"
_ROLLING = 0.2  # share of the clip: the ball is in the middle of the picture, half the trail is there
_MOST_CHANGED = 0.025  # of the floor: lawful clips stay below 0.004, other floors lie above 0.04
_BYSTANDER = 2  # places: where it was, and where it is
_STEPS = 201  # in which the way of the ball is followed
_PARTS: Mapping[str, float] = {
    "newest_fades": 1.0,
    "middle_fades": 0.5,
    "gap_before": 0.25,
    "gap_after": 0.75,
}  # from where on the trail fades, as a share of it from its oldest part


@dataclass(frozen=True)
class Trace(RoomProbe):
    """Behind a dry ball who carries the ball on is right, and who takes it out of the picture."""

    near_misses: float = 0.5


def trace() -> Trace:
    """A ball rolls across the floor at constant speed, wet with paint or dry, and leaves the picture.

    Given is the first fifth, until the ball is in the middle of the picture: where it goes, how fast, and
    that it leaves a trail, of which half is there. Once it has gone the whole trail must be there, as wide
    and where it was drawn: not faded (its oldest part first, its newest, which is yet to be drawn, its
    middle, or what lies before or after it; wholly or in part), not moved, not wider; behind a dry ball the
    floor stays clean, and is the floor that was given. Much of the trail lies outside the picture, its oldest
    part first of all: how much fades is a share of what lies inside. Whoever never shows a trail is right in
    half of the questions, and has no skill.
    """
    return Trace(
        name="interaction/trace",
        version=6,
        question="Does the trail of a wet ball stay, and is there none behind a dry ball?",
        family="trail",
        asks=(Ask("wet"), Ask("dry", control="near_miss")),
        lawful="as the ball left it",
        window=(0.88, 1.0),
        prefix_s=_while_the_ball_rolls,
        tracks=("video",),
        breaks=_other_trails,
        graded=("mark_fades", *_PARTS, "mark_moves", "mark_grows"),
        weaken=_weaker_in_the_picture,
        most_changed=_MOST_CHANGED,
        things=_BYSTANDER,
        excused=tuple((f"{kind} of a bystander", _KNOWN_BY) for kind in ("vanish", "teleport", "recolour")),
    )


def _while_the_ball_rolls(scene: Scene) -> float:
    return _ROLLING * scene.duration_s


def _other_trails(scene: Scene) -> Mapping[str, Scene]:
    """Those of the family, and trails that fade from elsewhere than their oldest part on."""
    violated = FAMILIES["trail"].twins(scene).violated
    (fades,) = violated["mark_fades"].violations
    parts = {name: replace(fades, vector=(place, 0.0, 0.0)) for name, place in _PARTS.items()}
    return {**violated, **{name: scene.violated(part) for name, part in parts.items()}}


def _weaker_in_the_picture(lawful: Take, twin: Take, severity: float) -> Scene:
    """Of what fades the part that nobody sees has gone before: a quarter is a quarter of what is seen."""
    (one,) = twin.scene.violations
    if one.kind != "mark_fades" or severity == 0.0:
        return weaker(lawful, twin, severity)
    if severity == 1.0:
        return twin.scene
    first, last = _in_the_picture(lawful, one.time_s)
    place, goes = one.vector[0], severity * (last - first)
    from_ = first + place * (last - first - goes) if place > 0.0 else 0.0
    to = first + place * (last - first - goes) + goes if place < 1.0 else 1.0
    stays = 1.0 - (to - from_)
    return lawful.scene.violated(replace(one, amount=to - from_, vector=(from_ / stays, 0.0, 0.0)))


def _in_the_picture(take: Take, until_s: float) -> tuple[float, float]:
    """From which share of the trail to which it lies in the picture; the ball rolls at constant speed."""
    rail, (trail,) = take.scene.body("ball").rail, take.film.trajectory.trails
    assert rail is not None
    times_s = np.linspace(trail.times_s[0], until_s, _STEPS)
    path_m = np.array([np.interp(times_s, rail.times_s, axis) for axis in zip(*rail.points_m, strict=True)])
    path_m[2] = 0.0
    pixels, depth_m = project(path_m.T, take.film.render.camera, 0)
    inside = (pixels >= 0) & (pixels <= (take.clip.width - 1, take.clip.height - 1))
    seen = np.flatnonzero(inside.all(axis=1) & (depth_m > 0.0)) / (_STEPS - 1)
    return float(seen[0]), float(seen[-1])
