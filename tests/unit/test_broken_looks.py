"""Broken laws of existence, looks and prescribed motion, each against what its name says."""

from typing import Literal

import numpy as np
import pytest

from wsim.errors import WsimError
from wsim.worlds.film import film
from wsim.worlds.palette import NEUTRALS, PALETTE
from wsim.worlds.physics.simulate import simulate
from wsim.worlds.physics.solids import reach_below_m
from wsim.worlds.physics.trajectory import Trajectory
from wsim.worlds.scene import (
    NEVER_S,
    Body,
    CameraPath,
    Material,
    Part,
    Pendulum,
    Rail,
    Scene,
    Violation,
    ViolationKind,
)

RED, BLUE = PALETTE["red"], PALETTE["blue"]
ONSET_S = 0.5
TIMES_S = np.arange(25) / 16
AFTER = TIMES_S >= ONSET_S
RAIL = Rail((0.0, 1.0), ((-1.0, 0.0, 0.2), (1.0, 0.0, 0.2)), (0.0, 10.0, 0.0))
EYE = (0.0, -4.0, 1.0)
BODIES = (
    Body("floor", "plane", (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), Material(), noun="floor"),
    Body("ball", "sphere", (0.2, 0.0, 0.0), (-1.0, 0.0, 0.2), Material(colour=RED), motion="rail", rail=RAIL),
    Body(
        "tower", "box", (0.2, 0.2, 0.5), (0.5, 1.0, 0.5), Material("noise", BLUE, (0.0, 0.1, 0.3)),
        parts=(Part("sphere", (0.1, 0.0, 0.0), (0.0, 0.0, 0.6), Material(colour=BLUE)),), noun="tower",
        colour_name="blue",
    ),
    Body("post", "cylinder", (0.1, 0.0, 0.4), (-0.5, 1.0, 0.4), Material(colour=NEUTRALS["grey"]),
         noun="post", colour_name="grey"),
    Body("double", "sphere", (0.2, 0.0, 0.0), (0.0, 0.0, 3.0), Material(), from_s=NEVER_S),
    Body("bob", "sphere", (0.1, 0.0, 0.0), (1.0, 0.0, 1.0), Material(), motion="pendulum",
         pendulum=Pendulum((1.0, 0.0, 2.0), 1.0, 0.5)),
)  # fmt: skip
WORLD = Scene("test", 3, 1.5, BODIES, CameraPath(EYE, (0.0, 0.0, 0.5), 60.0))
LAWFUL = simulate(WORLD, TIMES_S)
NAMES = [body.name for body in BODIES]


def broken(kind: ViolationKind, body: str = "", **fields: object) -> Trajectory:
    return simulate(WORLD.violated(Violation(kind, ONSET_S, body, **fields)), TIMES_S)  # type: ignore[arg-type]


def of(trajectory: Trajectory, name: str, state: str = "position_m") -> np.ndarray:
    return np.asarray(getattr(trajectory, state)[:, NAMES.index(name)])


def lowest_m(trajectory: Trajectory, name: str) -> np.ndarray:
    """The lowest point of what a body wears."""
    index, looks = NAMES.index(name), trajectory.looks
    outfits = [looks.wardrobe[worn] for worn in looks.worn[:, index]]
    below = [
        looks.scale[frame, index, 2] * reach_below_m(outfit, trajectory.rotation[frame, index])
        for frame, outfit in enumerate(outfits)
    ]
    return np.asarray(trajectory.position_m[:, index, 2] - below)


def test_what_vanishes_is_gone_and_what_appears_is_there() -> None:
    np.testing.assert_array_equal(of(broken("vanish", "ball"), "ball", "alive"), ~AFTER)
    np.testing.assert_array_equal(of(broken("appear", "double"), "double", "alive"), AFTER)


def test_a_double_goes_where_the_original_goes_and_looks_like_it() -> None:
    twice = broken("duplicate", "ball", other="double", vector=(0.0, -0.5, 0.0))
    away = of(twice, "double")[AFTER] - of(twice, "ball")[AFTER]
    np.testing.assert_allclose(away, np.tile([0.0, -0.5, 0.0], (AFTER.sum(), 1)), atol=1e-12)
    np.testing.assert_array_equal(of(twice, "double", "colour")[AFTER], of(twice, "ball", "colour")[AFTER])
    np.testing.assert_array_equal(
        of(twice, "double", "rotation")[AFTER], of(twice, "ball", "rotation")[AFTER]
    )
    assert (twice.looks.worn[AFTER, NAMES.index("double")] == NAMES.index("ball")).all()


def test_two_that_swap_wear_each_others_looks_on_their_own_lowest_points() -> None:
    swapped = broken("swap", "ball", other="tower")
    ball, tower = NAMES.index("ball"), NAMES.index("tower")
    assert (swapped.looks.worn[AFTER][:, [ball, tower]] == [tower, ball]).all()
    np.testing.assert_array_equal(of(swapped, "ball", "colour")[AFTER], of(LAWFUL, "tower", "colour")[AFTER])
    for name in ("ball", "tower"):
        np.testing.assert_allclose(lowest_m(swapped, name), 0.0, atol=1e-9)
        np.testing.assert_array_equal(of(swapped, name)[~AFTER], of(LAWFUL, name)[~AFTER])


@pytest.mark.parametrize("shape", ["box", "cylinder", "capsule", "ellipsoid"])
def test_a_new_shape_stands_as_high_on_the_same_lowest_point(shape: str) -> None:
    changed = broken("reshape", "ball", other=shape)
    np.testing.assert_allclose(lowest_m(changed, "ball"), 0.0, atol=1e-9)
    worn = changed.looks.wardrobe[changed.looks.worn[-1, NAMES.index("ball")]]
    assert worn.shape == shape
    upright = reach_below_m(worn, np.array([1.0, 0.0, 0.0, 0.0]))
    assert upright == pytest.approx(0.2)
    assert changed.looks.wardrobe[changed.looks.worn[0, NAMES.index("ball")]].shape == "sphere"


@pytest.mark.parametrize("name", ["ball", "tower"])
def test_what_grows_keeps_its_lowest_point(name: str) -> None:
    grown = broken("resize", name, amount=1.5)
    assert (grown.looks.scale[:, NAMES.index(name)] == np.where(AFTER, 1.5, 1.0)[:, None]).all()
    np.testing.assert_allclose(lowest_m(grown, name), 0.0, atol=1e-9)


@pytest.mark.parametrize("physics", ["contacts", "collisions"])
def test_what_grows_in_flight_keeps_its_lowest_point_too(physics: Literal["contacts", "collisions"]) -> None:
    falling = Body("ball", "sphere", (0.2, 0.0, 0.0), (0.0, 0.5, 5.0), Material(), motion="dynamic")
    world = WORLD.replace(bodies=(BODIES[0], falling), physics=physics)
    grown = simulate(world.violated(Violation("resize", ONSET_S, "ball", 1.5)), TIMES_S[:16])
    expected = 5.0 - 0.2 - 0.5 * 9.81 * TIMES_S[:16] ** 2
    np.testing.assert_allclose(lowest_m(grown, "ball"), expected, atol=1e-9)


def test_a_new_colour_reaches_patterns_and_parts_of_the_old_one() -> None:
    red = broken("recolour", "tower", vector=RED)
    np.testing.assert_array_equal(of(red, "tower", "colour")[AFTER], np.tile(RED, (AFTER.sum(), 1)))
    worn = red.looks.wardrobe[red.looks.worn[-1, NAMES.index("tower")]]
    assert worn.parts[0].material.colour == RED
    assert worn.material.colour_b[0] > worn.material.colour_b[2]


def test_patterns_boil_at_a_share_of_all_moments_whichever_are_asked_for() -> None:
    half = broken("texture_boil", "tower", amount=0.5).looks.texture_seed[:, NAMES.index("tower")]
    own = LAWFUL.looks.texture_seed[0, NAMES.index("tower")]
    assert 0.2 < (half[AFTER] != own).mean() < 0.8
    boiled = WORLD.violated(Violation("texture_boil", ONSET_S, "tower", 0.5))
    again = simulate(boiled, TIMES_S[[20, 11]]).looks.texture_seed[:, NAMES.index("tower")]
    np.testing.assert_array_equal(again, half[[20, 11]])


def test_shadows_and_mirror_images_go_astray() -> None:
    index = NAMES.index("ball")
    np.testing.assert_array_equal(broken("shadow_missing", "ball").looks.casts[:, index], ~AFTER)
    shifted = broken("shadow_detached", "ball", vector=(0.3, 0.0, 0.0)).looks.shadow_shift_m[:, index]
    np.testing.assert_array_equal(shifted[:, 0], np.where(AFTER, 0.3, 0.0))
    np.testing.assert_array_equal(broken("mirror_lies", "ball").looks.mirrored[:, index], ~AFTER)
    moved = broken("mirror_lies", "ball", vector=(0.0, 0.2, 0.0))
    assert moved.looks.mirrored.all()
    np.testing.assert_array_equal(moved.looks.mirror_shift_m[:, index, 1], np.where(AFTER, 0.2, 0.0))


def test_seeding_anew_changes_named_static_things_and_the_same_ones_first() -> None:
    changed = [broken("reseeded", amount=amount) for amount in (0.4, 1.0)]
    few, all_of_them = (
        {name for name in NAMES if not np.array_equal(of(one, name, "colour"), of(LAWFUL, name, "colour"))}
        for one in changed
    )
    assert few < all_of_them == {"tower", "post"}
    post = tuple(of(changed[1], "post", "colour")[-1].tolist())
    assert post in NEUTRALS.values()


def test_a_frozen_body_stays_and_one_that_reverses_goes_back() -> None:
    frozen, back = of(broken("freeze", "ball"), "ball"), broken("reverse", "ball")
    np.testing.assert_allclose(frozen[AFTER], np.tile([0.0, 0.0, 0.2], (AFTER.sum(), 1)), atol=1e-12)
    mirrored = simulate(WORLD, 2.0 * ONSET_S - TIMES_S[AFTER])
    for state in ("position_m", "rotation"):
        np.testing.assert_allclose(of(back, "ball", state)[AFTER], of(mirrored, "ball", state), atol=1e-12)
    np.testing.assert_allclose(of(back, "ball", "velocity")[10, 0], -2.0)


def test_what_creeps_back_is_where_it_began_at_the_end() -> None:
    creeping = of(broken("creeps_back", "ball", amount=0.5), "ball")
    assert creeping[-1, 0] == pytest.approx(0.0)  # from -1 to 1, and half of it lost
    np.testing.assert_array_equal(creeping[~AFTER], of(LAWFUL, "ball")[~AFTER])


def test_a_slide_along_the_sight_line_leaves_the_place_in_the_first_picture() -> None:
    slid = of(broken("epipolar_slide", "post", amount=0.8), "post")
    start, eye = np.array(WORLD.body("post").position_m), np.array(EYE)
    along = (slid - eye) / np.linalg.norm(slid - eye, axis=1, keepdims=True)
    np.testing.assert_allclose(
        along, np.tile((start - eye) / np.linalg.norm(start - eye), (25, 1)), atol=1e-12
    )
    assert np.linalg.norm(slid[-1] - start) == pytest.approx(0.8)


def test_wobbling_is_of_all_that_stands_or_of_the_one_that_is_named() -> None:
    everything, one = broken("wobble", amount=0.02), broken("wobble", "ball", amount=0.02)
    moved = {name for name in NAMES if not np.array_equal(of(everything, name), of(LAWFUL, name))}
    assert moved == {"tower", "post", "double"}
    away = (of(one, "ball") - of(LAWFUL, "ball"))[AFTER]
    assert 0.01 < away.std() < 0.03
    assert np.abs(np.diff(away, axis=0)).min() > 0.0


def test_a_pendulum_can_be_displaced_and_frozen_too() -> None:
    moved = of(broken("teleport", "bob", vector=(0.0, 0.0, 0.3)), "bob") - of(LAWFUL, "bob")
    np.testing.assert_allclose(moved[AFTER], np.tile([0.0, 0.0, 0.3], (AFTER.sum(), 1)), atol=1e-12)
    frozen = of(broken("freeze", "bob"), "bob")[AFTER]
    np.testing.assert_allclose(frozen, np.tile(frozen[0], (AFTER.sum(), 1)), atol=1e-12)


def test_laws_broken_on_one_body_add_up() -> None:
    both = simulate(
        WORLD.violated(
            Violation("swap", 0.3, "ball", other="post"), Violation("recolour", 0.6, "ball", vector=BLUE)
        ),
        TIMES_S,
    )
    grey, colour = NEUTRALS["grey"], of(both, "ball", "colour")
    assert [tuple(colour[frame].tolist()) for frame in (4, 6, 12)] == [RED, grey, BLUE]
    assert film(WORLD.replace(violations=()), TIMES_S[:1], 16, 16).rgb.shape == (1, 16, 16, 3)


@pytest.mark.parametrize(
    ("violation", "problem"),
    [
        (Violation("vanish", 0.5), "a body '' that does not exist"),
        (Violation("wobble", 0.5, "nobody"), "a body 'nobody' that does not exist"),
        (Violation("swap", 0.5, "ball", other="nobody"), "needs another body"),
        (Violation("reshape", 0.5, "ball", other="plane"), "the shape 'plane'"),
        (Violation("resize", 0.5, "ball", amount=0.0), "leaves nothing"),
    ],
)
def test_violations_that_make_no_sense_are_refused(violation: Violation, problem: str) -> None:
    with pytest.raises(WsimError, match=problem):
        simulate(WORLD.violated(violation), TIMES_S)
