"""Broken laws of appearance, on the finished trajectory: colour, size, shape, pattern, shadow, mirror image.

Whatever changes its size or shape keeps its lowest point, so that nothing sinks into what it stands on.

Axis letters: `time`, `body`.
"""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from wsim.worlds.palette import NEUTRALS, PALETTE, darker
from wsim.worlds.physics.solids import reach_below_m
from wsim.worlds.physics.trajectory import Looks, Trajectory
from wsim.worlds.scene import Body, Scene, Shape, Vec3, Violation, ViolationKind
from wsim.worlds.violations.about import is_endless
from wsim.worlds.violations.motion import draws

Change = Callable[[Scene, Trajectory, Violation, np.ndarray], Trajectory]

_PATTERN_SHADE = 0.75  # of the main colour: the second colour of whatever is recoloured and has a pattern
_SEEDS = 4096


def apply_to_looks(scene: Scene, trajectory: Trajectory) -> Trajectory:
    """The trajectory with all that looks otherwise; its arrays are changed in place."""
    for violation in scene.violations:
        change = _CHANGES.get(violation.kind)
        after = trajectory.times_s >= violation.time_s
        if change and after.any():
            trajectory = change(scene, trajectory, violation, after)
    return trajectory


def _recolour(scene: Scene, trajectory: Trajectory, violation: Violation, after: np.ndarray) -> Trajectory:
    return _repaint(scene, trajectory, _index(scene, violation.body), violation.vector, after)


def _repaint(scene: Scene, trajectory: Trajectory, index: int, colour: Vec3, after: np.ndarray) -> Trajectory:
    material = scene.bodies[index].material
    if (trajectory.colour[after, index] == colour).all():
        return trajectory
    trajectory.colour[after, index] = colour
    if material.kind == "solid":
        return trajectory
    # The second colour belongs to the main one, also on the parts that wear both.
    second = darker(colour, _PATTERN_SHADE)
    parts = tuple(
        replace(part, material=replace(part.material, colour=colour, colour_b=second))
        if part.material.colour == material.colour
        else part
        for part in scene.bodies[index].parts
    )
    main = replace(material, colour=colour, colour_b=second)
    return _dress(trajectory, index, replace(scene.bodies[index], material=main, parts=parts), after)


def _resize(scene: Scene, trajectory: Trajectory, violation: Violation, after: np.ndarray) -> Trajectory:
    """Simulated bodies have been lifted by whoever simulates them."""
    index = _index(scene, violation.body)
    body = scene.bodies[index]
    trajectory.looks.scale[after, index] *= violation.amount
    if body.motion != "dynamic" or scene.physics == "collisions":
        _lift(trajectory, index, after, lambda turn: (violation.amount - 1.0) * reach_below_m(body, turn))
    return trajectory


def _reshape(scene: Scene, trajectory: Trajectory, violation: Violation, after: np.ndarray) -> Trajectory:
    index = _index(scene, violation.body)
    old = scene.bodies[index]
    if violation.other == old.shape:
        return trajectory
    new = reshaped(old, violation.other)
    _lift(trajectory, index, after, lambda turn: reach_below_m(new, turn) - reach_below_m(old, turn))
    return _dress(trajectory, index, new, after)


def reshaped(body: Body, shape: str) -> Body:
    """A body of another shape and the same height, as it stands upright."""
    half_m = reach_below_m(replace(body, parts=()), np.array([1.0, 0.0, 0.0, 0.0]))
    sizes: dict[str, tuple[Shape, Vec3]] = {
        "sphere": ("sphere", (half_m, 0.0, 0.0)),
        "box": ("box", (half_m, half_m, half_m)),
        "cylinder": ("cylinder", (half_m, 0.0, half_m)),
        "capsule": ("capsule", (0.6 * half_m, 0.0, 0.4 * half_m)),
        "ellipsoid": ("ellipsoid", (0.65 * half_m, 0.65 * half_m, half_m)),
    }
    name, size_m = sizes[shape]
    return replace(body, shape=name, size_m=size_m, parts=(), faces=())


def _swap(scene: Scene, trajectory: Trajectory, violation: Violation, after: np.ndarray) -> Trajectory:
    """Two bodies exchange shape, size and material; each stays where it is, and on its own lowest point."""
    one, other = _index(scene, violation.body), _index(scene, violation.other)
    looks = trajectory.looks
    for index, taken in ((one, other), (other, one)):
        own, worn = scene.bodies[index], scene.bodies[taken]
        _lift(trajectory, index, after, _rise(own, worn))
    for array in (looks.worn, looks.scale, looks.texture_seed, trajectory.colour):
        array[after, one], array[after, other] = array[after, other].copy(), array[after, one].copy()
    return trajectory


def _rise(own: Body, worn: Body) -> Callable[[np.ndarray], float]:
    return lambda turn: reach_below_m(worn, turn) - reach_below_m(own, turn)


def _boil(scene: Scene, trajectory: Trajectory, violation: Violation, after: np.ndarray) -> Trajectory:
    """At a share of all moments, every pattern is drawn anew."""
    chosen = [i for i, body in enumerate(scene.bodies) if violation.body in ("", body.name)]
    for frame in np.flatnonzero(after):
        rng = draws(scene, float(trajectory.times_s[frame]))
        seeds = rng.integers(0, _SEEDS, len(scene.bodies))
        if rng.random() < violation.amount:
            trajectory.looks.texture_seed[frame, chosen] = seeds[chosen]
    return trajectory


def _no_shadow(scene: Scene, trajectory: Trajectory, violation: Violation, after: np.ndarray) -> Trajectory:
    trajectory.looks.casts[after, _index(scene, violation.body)] = False
    return trajectory


def _shadow_elsewhere(
    scene: Scene, trajectory: Trajectory, violation: Violation, after: np.ndarray
) -> Trajectory:
    trajectory.looks.shadow_shift_m[after, _index(scene, violation.body)] += violation.vector
    return trajectory


def _mirror_lies(scene: Scene, trajectory: Trajectory, violation: Violation, after: np.ndarray) -> Trajectory:
    index = _index(scene, violation.body)
    if any(violation.vector):
        trajectory.looks.mirror_shift_m[after, index] += violation.vector
    else:
        trajectory.looks.mirrored[after, index] = False
    return trajectory


def _reseed(scene: Scene, trajectory: Trajectory, violation: Violation, after: np.ndarray) -> Trajectory:
    """Some of the static things come back in another colour and pattern; the same ones first at any share."""
    things = [
        i
        for i, body in enumerate(scene.bodies)
        if body.motion == "static"
        and body.noun
        and not is_endless(body)
        and violation.body in ("", body.name)
    ]
    rng = np.random.default_rng(np.random.SeedSequence([scene.seed, 7]))
    for index in rng.permutation(things)[: math.ceil(violation.amount * len(things) - 1e-9)].tolist():
        own = scene.bodies[index].colour_name
        kind = PALETTE if own in PALETTE else NEUTRALS  # a grey wall becomes a brown one, not a purple one
        others = [colour for name, colour in kind.items() if name != own]
        colour = others[int(rng.integers(len(others)))]
        trajectory = _repaint(scene, trajectory, index, colour, after)
        trajectory.looks.texture_seed[after, index] = int(rng.integers(_SEEDS))
    return trajectory


_CHANGES: dict[ViolationKind, Change] = {
    "recolour": _recolour,
    "resize": _resize,
    "reshape": _reshape,
    "swap": _swap,
    "texture_boil": _boil,
    "shadow_missing": _no_shadow,
    "shadow_detached": _shadow_elsewhere,
    "mirror_lies": _mirror_lies,
    "reseeded": _reseed,
}


def _index(scene: Scene, name: str) -> int:
    return [body.name for body in scene.bodies].index(name)


def _dress(trajectory: Trajectory, index: int, outfit: Body, after: np.ndarray) -> Trajectory:
    """From then on body `index` wears what `outfit` looks like."""
    looks = trajectory.looks
    worn = looks.worn.copy()
    worn[after, index] = len(looks.wardrobe)
    dressed: Looks = replace(looks, wardrobe=(*looks.wardrobe, outfit), worn=worn)
    return replace(trajectory, looks=dressed)


def _lift(
    trajectory: Trajectory, index: int, after: np.ndarray, rise_m: Callable[[np.ndarray], float]
) -> None:
    """Raise a body by what depends on how it is turned."""
    turns, which = np.unique(trajectory.rotation[after, index], axis=0, return_inverse=True)
    rises = np.array([rise_m(turn) for turn in turns])
    trajectory.position_m[after, index, 2] += rises[which.ravel()]
