"""What severity means for every violation: in what unit it is graded, and between which two ends.

`SEVERITIES` is the table. At severity 0 nothing happens, at 1 the law is broken in full; in between the
quantity goes evenly from `none` to `full`. Kinds that cannot be graded (`graded=False`) have only the two
ends, and any severity above 0 is the full one.
"""

from dataclasses import dataclass

from wsim.worlds.scene import ViolationKind


@dataclass(frozen=True, slots=True)
class Severity:
    """How a kind of violation is graded.

    Attributes:
        unit: of the quantity that is graded.
        none: its value at severity 0.
        full: its value at severity 1.
        meaning: what the quantity is.
        graded: whether there is anything in between.
    """

    unit: str
    none: float
    full: float
    meaning: str
    graded: bool = True


def _all_or_nothing(meaning: str) -> Severity:
    return Severity("", 0.0, 1.0, meaning, graded=False)


_SHARE = ("share", 0.0, 1.0)

SEVERITIES: dict[ViolationKind, Severity] = {
    # existence and identity
    "vanish": Severity(*_SHARE, "of its size that is gone: it shrinks (`resize`), and is gone at 1"),
    "appear": Severity(*_SHARE, "of its size at which it appears"),
    "duplicate": Severity(*_SHARE, "of the displacement by which the double comes out of the original"),
    "swap": _all_or_nothing("two bodies exchange shape, size and material"),
    # looks
    "recolour": Severity(*_SHARE, "of the way to the new colour in CIE LAB"),
    "resize": Severity("factor", 1.0, 2.0, "on its size"),
    "reshape": _all_or_nothing("another shape of the same height"),
    "texture_boil": Severity(*_SHARE, "of moments at which the pattern is drawn anew"),
    "shadow_missing": _all_or_nothing("it throws no shadow"),
    "shadow_detached": Severity("body diameters", 0.0, 2.0, "by which its shadow is displaced"),
    "mirror_lies": Severity(
        "body diameters", 0.0, 2.0, "by which its image is displaced; a vector of zero: no image, ungraded"
    ),
    # place and time
    "teleport": Severity("body diameters", 0.0, 4.0, "by which it is displaced"),
    "freeze": Severity(*_SHARE, "of its speed that is lost (`energy_gain` below 1), and at 1 it stays there"),
    "reverse": _all_or_nothing("it goes back the way it came"),
    "creeps_back": Severity(*_SHARE, "of its displacement that it loses again"),
    "wobble": Severity("m", 0.0, 0.1, "standard deviation of its displacement"),
    "epipolar_slide": Severity("m/s", 0.0, 1.0, "speed along the sight line of the first camera"),
    "reseeded": Severity(*_SHARE, "of the static things that have changed, rounded up to whole things"),
    # forces
    "gravity_scale": Severity("factor", 1.0, 0.0, "on gravity"),
    "gravity_tilt": Severity("degrees", 0.0, 45.0, "by which gravity turns"),
    "weightless": Severity(*_SHARE, "of its weight that is lost (`gravity_scale` of one body)"),
    "hover": _all_or_nothing("its vertical motion and gravity end"),
    "energy_gain": Severity("factor", 1.0, 2.0, "on its velocity"),
    "super_bounce": Severity("restitution", 0.0, 1.5, "from its own, whatever that is, up to this"),
    "friction_off": Severity(*_SHARE, "of friction that is lost"),
    "interpenetrate": Severity("share", 0.0, 0.45, "of its size that sinks in before they touch"),
    "pass_through": Severity(
        "share", 0.0, 0.45, "of its size that sinks in (`interpenetrate`); at severity 1 they never touch"
    ),
    "uncaused_motion": Severity("body diameters/s", 0.0, 6.0, "the velocity that it gains"),
    # marks and pieces
    "mark_fades": Severity(*_SHARE, "of every stroke that is erased"),
    "mark_moves": Severity("stroke radii", 0.0, 4.0, "by which all marks are displaced"),
    "mark_grows": Severity("factor", 1.0, 3.0, "on the width of all marks"),
    "bite_heals": Severity(*_SHARE, "of the radius of every bite that grows back"),
    "shards_reassemble": Severity(*_SHARE, "of the way back that the pieces go"),
    "fluid_gain": Severity("factor", 1.0, 2.0, "on its volume"),
    # cause and effect
    "effect_missing": _all_or_nothing("its effects do not happen"),
    "effect_delayed": Severity("s", 0.0, 1.0, "by which its effects come late"),
    "effect_elsewhere": _all_or_nothing("its effects happen to another body"),
    "effect_undone": _all_or_nothing("everything goes back to how it was before the effect"),
    # worlds of blocks
    "block_changes": _all_or_nothing("a block is of another kind"),
    "action_ignored": Severity("actions", 0.0, 4.0, "that do nothing, rounded up to whole actions"),
    "counter_wrong": Severity("count", 0.0, 5.0, "added to what is shown, rounded up to a whole number"),
}
