"""Broken laws, as data. What each does is in `wsim.worlds.violations`."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from wsim.worlds.scene.body import Vec3

ViolationKind: TypeAlias = Literal[
    # existence and identity
    "vanish", "appear", "duplicate", "swap",
    # looks
    "recolour", "resize", "reshape", "texture_boil", "shadow_missing", "shadow_detached", "mirror_lies",
    # place and time
    "teleport", "freeze", "reverse", "creeps_back", "wobble", "epipolar_slide", "reseeded",
    # forces
    "gravity_scale", "gravity_tilt", "weightless", "hover", "energy_gain", "super_bounce", "friction_off",
    "interpenetrate", "pass_through", "uncaused_motion",
    # marks and pieces
    "mark_fades", "mark_moves", "mark_grows", "bite_heals", "shards_reassemble", "fluid_gain",
    # cause and effect
    "effect_missing", "effect_delayed", "effect_elsewhere", "effect_undone",
    # worlds of blocks
    "block_changes", "action_ignored", "counter_wrong",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Violation:
    """A law broken on the state of the simulator, never on pixels, from `time_s` on.

    kind              | body         | what the other fields say
    vanish, appear    | which        | (one that appears is declared with `from_s=NEVER_S`)
    duplicate         | which        | other: a declared body that does not exist until then; vector: its
                      |              | place relative to the original, whose pose and looks it takes
    swap              | which        | other: they exchange shape, size and material
    recolour          | which        | vector: new sRGB colour
    resize            | which        | amount: factor; the lowest point stays
    reshape           | which        | other: the new shape, of the same height
    texture_boil      | "" = all     | amount: share of moments at which the pattern is drawn anew, 0..1
    shadow_missing    | which        |
    shadow_detached   | which        | vector: displacement of its shadow, metres
    mirror_lies       | which        | vector: displacement of its mirror image, metres; zero: no image at all
    teleport          | which        | vector: displacement, metres
    freeze            | which        | stays where it was at time_s
    reverse           | which        | goes back the way it came
    creeps_back       | which        | amount: share of its displacement since time zero that it loses again,
                      |              | evenly until the end of the scene
    wobble            | "" = static  | amount: standard deviation, metres, of an independent displacement of
                      |              | every body at every frame
    epipolar_slide    | which        | amount: metres per second along the sight line of the first camera
    reseeded          | "" = all     | amount: share of the static things (with a noun, not endless)
                      | static       | that change colour and pattern
    gravity_scale     | "" = all     | amount: factor
    gravity_tilt      | "" = all     | amount: degrees by which gravity turns about world y
    weightless        | which        | falls no more: constant velocity
    hover             | which        | vertical motion stops and gravity with it
    energy_gain       | which        | amount: factor on its velocity, once
    super_bounce      | which        | amount: its restitution from then on, which may exceed 1
    friction_off      | which        | amount: share of friction that is lost, 0..1
    interpenetrate    | which        | other; amount: share of its size that sinks in before they touch
    pass_through      | which        | other: the two do not touch any more
    uncaused_motion   | which        | vector: velocity, m/s, that it suddenly gains
    mark_fades        | painted body | amount: share of every stroke that is erased; vector: (from where on
                      |              | it fades: 0 its oldest part, 1 its newest, between: a hole, -, -)
    mark_moves        | painted or   | vector: displacement of all marks on it, (u, v, -), and of all bites
                      | bitten body  | out of it, (x, y, z) in its own frame, metres
    mark_grows        | painted body | amount: factor on the width of all marks on it
    bite_heals        | bitten body  | amount: share of the radius of every bite that grows back
    shards_reassemble | broken body  | amount: share of the way back that all its pieces go until the end
    fluid_gain        | fluid        | amount: factor on its volume
    effect_missing    | of effect    | its effects after time_s do not happen
    effect_delayed    | of effect    | amount: seconds by which its effects come late
    effect_elsewhere  | of effect    | other: its effects happen to that body instead
    effect_undone     | of effect    | at time_s everything goes back to how it was before the effect
    block_changes     | ""           | vector: the block's cell; other: its new kind
    action_ignored    | ""           | amount: how many actions after time_s do nothing
    counter_wrong     | name         | amount: what is added to the counter that is shown
    """

    kind: ViolationKind
    time_s: float = 0.0
    body: str = ""
    amount: float = 1.0
    vector: Vec3 = (0.0, 0.0, 0.0)
    other: str = ""
