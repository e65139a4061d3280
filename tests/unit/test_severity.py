"""Every law can be broken a little or altogether: nothing at 0, nothing too early, and something after."""

import dataclasses
import itertools
from functools import cache, lru_cache
from typing import Any, get_args

import numpy as np
import pytest

from wsim.errors import WsimError
from wsim.worlds.film import Film, film
from wsim.worlds.palette import PALETTE
from wsim.worlds.scene import (
    NEVER_S,
    Bite,
    Body,
    CameraPath,
    Cause,
    Effect,
    Material,
    Pour,
    Rail,
    Scene,
    Stroke,
    Vec3,
    Violation,
    ViolationKind,
)
from wsim.worlds.violations import lab_mix
from wsim.worlds.violations.severity import SEVERITIES, broken

ONSET_S = 0.5
TIMES_S = np.array([0.25, 0.499, 0.53, 0.66, 0.9, 1.25])
EARLY = TIMES_S < ONSET_S
RED, BLUE, GREEN = PALETTE["red"], PALETTE["blue"], PALETTE["green"]


def thing(name: str, shape: Any, size: Vec3, at: Vec3, colour: Vec3 = RED, **more: Any) -> Body:
    return Body(name, shape, size, at, Material(colour=colour), noun=name, **more)


def falling() -> Scene:
    """A ball that bounces, one that rolls, and one that is not there yet; whatever stands has a pattern."""
    slide = Rail((-1.0, 2.0), ((-1.6, 1.0, 0.2), (1.4, 1.0, 0.2)))
    noise = Material("noise", (0.6, 0.5, 0.4), (0.3, 0.2, 0.2), 8.0)
    bodies = (
        Body("floor", "plane", (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), Material(), friction=0.2, restitution=1.0),
        thing("ball", "sphere", (0.2, 0.0, 0.0), (-0.9, 0.0, 0.8), motion="dynamic", restitution=0.7,
              velocity_m_s=(0.6, 0.0, 0.0)),
        thing("block", "box", (0.2, 0.15, 0.15), (-1.2, -0.6, 0.15), BLUE, motion="dynamic", friction=0.2,
              velocity_m_s=(2.0, 0.0, 0.0)),
        thing("double", "sphere", (0.2, 0.0, 0.0), (0.0, 0.0, 0.9), motion="dynamic", from_s=NEVER_S),
        thing("ghost", "box", (0.2, 0.2, 0.2), (1.2, 0.2, 0.2), GREEN, from_s=NEVER_S),
        thing("cart", "box", (0.2, 0.2, 0.2), (0.0, 1.0, 0.2), GREEN, motion="rail", rail=slide),
        dataclasses.replace(thing("post", "cylinder", (0.15, 0.0, 0.4), (1.3, 1.4, 0.4)), material=noise),
        dataclasses.replace(thing("pole", "cylinder", (0.15, 0.0, 0.4), (-1.3, 1.4, 0.4)), material=noise),
        Body("mirror", "box", (2.0, 0.05, 1.0), (0.0, 2.0, 1.0), Material(mirror=0.8)),
    )  # fmt: skip
    camera = CameraPath((0.0, -4.5, 1.6), (0.0, 0.0, 0.5), 50.0)
    return Scene("test", 0, 1.5, bodies, camera)


def marked() -> Scene:
    """A painted board, a bitten apple, a lamp that lights, a vase that breaks, and water that is poured."""
    stroke = Stroke("board", (0.0, 0.4), ((-0.3, 0.0), (0.3, 0.0)), 0.06, BLUE)
    water = {"material": Material(colour=BLUE)}
    pieces = {"motion": "dynamic", "from_s": NEVER_S}
    bodies = (
        thing("board", "box", (0.6, 0.4, 0.03), (-1.0, 0.0, 0.5), (0.9, 0.9, 0.9),
              rotation=(np.sqrt(0.5), np.sqrt(0.5), 0.0, 0.0)),
        thing("apple", "sphere", (0.3, 0.0, 0.0), (0.0, 0.0, 0.3)),
        thing("lamp", "sphere", (0.2, 0.0, 0.0), (0.6, 0.0, 1.2), (0.2, 0.2, 0.2)),
        thing("bulb", "sphere", (0.2, 0.0, 0.0), (-0.2, 0.0, 1.2), (0.2, 0.2, 0.2)),
        thing("vase", "box", (0.2, 0.2, 0.2), (1.0, 0.0, 0.2), motion="dynamic"),
        thing("left", "box", (0.1, 0.2, 0.2), (0.9, 0.0, 0.2), **pieces),
        thing("right", "box", (0.1, 0.2, 0.2), (1.1, 0.0, 0.2), **pieces),
        Body("floor", "plane", (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), Material()),
        Body("source", "box", (0.2, 0.2, 0.2), (1.8, 0.0, 1.2), **water),
        Body("target", "box", (0.2, 0.2, 0.02), (1.8, 0.0, 0.22), **water),
        Body("stream", "cylinder", (0.03, 0.0, 0.4), (1.8, 0.0, 0.6), **water),
    )  # fmt: skip
    late = Cause("time", 0.6, name="lamp on")
    effects = (
        Effect(late, "recolour", "lamp", vector=(1.0, 0.9, 0.4)),
        Effect(Cause("time", 0.2), "recolour", "bulb", vector=(1.0, 0.9, 0.4)),
        Effect(Cause("time", 0.3), "shatter", "vase", amount=0.8, others=("left", "right")),
    )
    return Scene(
        "test", 0, 1.5, bodies, CameraPath((0.4, -4.5, 1.6), (0.4, 0.0, 0.6), 50.0), strokes=(stroke,),
        effects=effects, bites=(Bite("apple", 0.2, (0.0, -0.3, 0.0), 0.2),),
        pours=(Pour("source", "target", "stream", 0.2, 4e-3, 0.8),),
    )  # fmt: skip


# For every kind: a scene, the body, `other` and `vector`.
CASES: dict[ViolationKind, tuple[Any, str, str, Vec3 | None]] = {
    "vanish": (falling, "ball", "", None),
    "appear": (falling, "ghost", "", None),
    "duplicate": (falling, "ball", "double", (0.5, 0.0, 0.0)),
    "swap": (falling, "ball", "cart", None),
    "recolour": (falling, "ball", "", None),
    "resize": (falling, "cart", "", None),
    "reshape": (falling, "ball", "box", None),
    "texture_boil": (falling, "", "", None),
    "shadow_missing": (falling, "cart", "", None),
    "shadow_detached": (falling, "cart", "", None),
    "mirror_lies": (falling, "cart", "", (0.4, 0.0, 0.0)),
    "teleport": (falling, "cart", "", None),
    "freeze": (falling, "cart", "", None),
    "reverse": (falling, "cart", "", None),
    "creeps_back": (falling, "cart", "", None),
    "wobble": (falling, "", "", None),
    "epipolar_slide": (falling, "post", "", None),
    "reseeded": (falling, "", "", None),
    "gravity_scale": (falling, "", "", None),
    "gravity_tilt": (falling, "", "", None),
    "weightless": (falling, "ball", "", None),
    "hover": (falling, "ball", "", None),
    "energy_gain": (falling, "ball", "", None),
    "super_bounce": (falling, "ball", "", None),
    "friction_off": (falling, "block", "", None),
    "interpenetrate": (falling, "ball", "floor", None),
    "pass_through": (falling, "ball", "floor", None),
    "uncaused_motion": (falling, "ball", "", None),
    "mark_fades": (marked, "board", "", None),
    "mark_moves": (marked, "board", "", None),
    "mark_grows": (marked, "board", "", None),
    "bite_heals": (marked, "apple", "", None),
    "shards_reassemble": (marked, "vase", "", None),
    "fluid_gain": (marked, "target", "", None),
    "effect_missing": (marked, "lamp", "", None),
    "effect_delayed": (marked, "lamp", "", None),
    "effect_elsewhere": (marked, "lamp", "apple", None),
    "effect_undone": (marked, "bulb", "", None),
}
OF_BLOCKS = ("block_changes", "action_ignored", "counter_wrong")
GRADED = [kind for kind in CASES if SEVERITIES[kind].graded]


@lru_cache(maxsize=2)
def lawful(scene: Any) -> Film:
    return film(scene(), TIMES_S, 48, 48)


def twin(kind: ViolationKind, severity: float) -> Scene:
    scene, body, other, vector = CASES[kind]
    return broken(scene(), kind, severity, ONSET_S, body, other, vector)


@cache
def in_full(kind: ViolationKind) -> Film:
    return film(twin(kind, 1.0), TIMES_S, 48, 48)


def same(one: Film, other: Film, when: np.ndarray) -> bool:
    """Pictures, depth and ids, to the last bit."""
    pairs = ((getattr(one.render, name), getattr(other.render, name)) for name in ("rgb", "depth_m", "ids"))
    return all(np.array_equal(a[when], b[when]) for a, b in pairs)


def test_every_kind_has_a_severity_and_a_case() -> None:
    kinds = set(get_args(ViolationKind))
    assert set(SEVERITIES) == kinds
    assert set(CASES) | set(OF_BLOCKS) == kinds


@pytest.mark.parametrize("kind", CASES)
def test_severity_0_is_lawful_and_severity_1_only_breaks_the_law_from_then_on(kind: ViolationKind) -> None:
    before = lawful(CASES[kind][0])
    assert twin(kind, 0.0) == before.scene
    full = in_full(kind)
    assert same(before, full, EARLY)
    assert not same(before, full, ~EARLY)


@pytest.mark.slow
@pytest.mark.parametrize("kind", GRADED)
def test_half_severity_differs_from_none_and_from_all(kind: ViolationKind) -> None:
    before, full = lawful(CASES[kind][0]), in_full(kind)
    half = film(twin(kind, 0.5), TIMES_S, 48, 48)
    assert same(before, half, EARLY)
    assert not same(before, half, ~EARLY)
    assert not same(full, half, ~EARLY)


def none_at_all(kind: ViolationKind) -> Violation:
    """A violation that is there, with the amount or the vector that changes nothing."""
    scene, body, other, _ = CASES[kind]
    amount = scene().body(body).restitution if kind == "super_bounce" else SEVERITIES[kind].none
    vector = scene().body(body).material.colour if kind == "recolour" else (0.0, 0.0, 0.0)
    return Violation(kind, ONSET_S, body, amount, vector, other)


BY_WAY = ("vanish", "appear", "duplicate", "freeze", "weightless", "pass_through", "mirror_lies")


@pytest.mark.slow
@pytest.mark.parametrize("kind", [kind for kind in GRADED if kind not in BY_WAY])
def test_a_violation_of_no_amount_changes_no_bit(kind: ViolationKind) -> None:
    before = lawful(CASES[kind][0])
    assert same(before, film(before.scene.violated(none_at_all(kind)), TIMES_S, 48, 48), TIMES_S >= 0.0)


def test_kinds_that_cannot_be_graded_break_in_full() -> None:
    assert twin("swap", 0.1) == twin("swap", 1.0)
    assert twin("reverse", 0.1).violations[0].kind == "reverse"


def test_displacements_go_across_the_picture_towards_its_middle() -> None:
    cart, ball = twin("teleport", 0.5).violations[0], broken(falling(), "teleport", 1.0, 0.5, "ball")
    assert cart.vector == (pytest.approx(0.8), 0.0, 0.0)  # twice 0.4 m, to the right
    assert ball.violations[0].vector == (pytest.approx(1.6), 0.0, 0.0)
    right = falling().with_body("ball", position_m=(0.9, 0.0, 0.8))
    assert broken(right, "teleport", 1.0, 0.5, "ball").violations[0].vector[0] < 0.0


def test_a_colour_goes_to_the_most_different_one_in_even_steps() -> None:
    steps = [broken(falling(), "recolour", s / 4, 0.5, "ball", vector=BLUE) for s in range(1, 5)]
    colours = [RED, *(step.violations[0].vector for step in steps)]
    assert colours[-1] == BLUE
    gaps = [lab_mix.distance(a, b) for a, b in itertools.pairwise(colours)]
    assert max(gaps) < 1.25 * min(gaps)  # some of the way is cut off by what can be shown
    far = broken(falling(), "recolour", 1.0, 0.5, "ball").violations[0].vector
    assert lab_mix.distance(RED, far) == max(lab_mix.distance(RED, other) for other in PALETTE.values())


def test_actions_and_counters_are_broken_in_whole_numbers() -> None:
    ignored = broken(falling(), "action_ignored", 0.3, 0.5).violations[0]
    counter = broken(falling(), "counter_wrong", 0.1, 0.5, "brick").violations[0]
    assert (ignored.amount, counter.amount) == (2.0, 1.0)
    with pytest.raises(WsimError, match="named by its cell"):
        broken(falling(), "block_changes", 1.0, 0.5, other="air")


@pytest.mark.parametrize("severity", [-0.1, 1.5, float("nan")])
def test_a_severity_outside_0_to_1_is_refused(severity: float) -> None:
    with pytest.raises(WsimError, match="severity"):
        broken(falling(), "vanish", severity, 0.5, "ball")
