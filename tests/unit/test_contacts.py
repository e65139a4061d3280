"""Contact physics against closed forms: rest, energy, friction, hinges, impulses, existence."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ellipk

from wsim.worlds.physics.shards import voronoi_pieces
from wsim.worlds.physics.simulate import simulate
from wsim.worlds.physics.solids import reach_below_m
from wsim.worlds.physics.trajectory import Trajectory
from wsim.worlds.scene import (
    NEVER_S,
    Body,
    CameraPath,
    Hinge,
    Material,
    Part,
    Quat,
    Rail,
    Scene,
    Shape,
    Vec3,
    Violation,
)  # fmt: skip

G = 9.81
CAMERA = CameraPath((0.0, -5.0, 1.0), (0.0, 0.0, 1.0))
FLOOR = Body("floor", "plane", (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), Material(), restitution=1.0)
LYING: Quat = (math.sqrt(0.5), math.sqrt(0.5), 0.0, 0.0)


def scene(*bodies: Body, gravity: Vec3 = (0.0, 0.0, -G)) -> Scene:
    return Scene("test", 0, 1.5, bodies, CAMERA, gravity_m_s2=gravity)


def thing(name: str, shape: Shape, size: Vec3, at: Vec3, **more: object) -> Body:
    body = Body(name, shape, size, at, Material(), motion="dynamic")
    return replace(body, **more)  # type: ignore[arg-type]


def box(name: str, size: Vec3, at: Vec3, **more: object) -> Body:
    return thing(name, "box", size, at, **more)


def energy_j(world: Scene, flight: Trajectory) -> np.ndarray:
    """Of all spheres and boxes that are simulated, from poses and velocities alone."""
    total = np.zeros(len(flight.times_s))
    for index, body in enumerate(world.bodies):
        if body.motion != "dynamic":
            continue
        a, b, c = body.size_m
        mass = body.density_kg_m3 * (4 / 3 * math.pi * a**3 if body.shape == "sphere" else 8 * a * b * c)
        square = np.array([b * b + c * c, a * a + c * c, a * a + b * b])
        inertia = mass / 3 * square if body.shape == "box" else np.full(3, 0.4 * mass * a * a)
        w, u = flight.rotation[:, index, :1], flight.rotation[:, index, 1:]
        spin = flight.velocity[:, index, 3:]
        local = spin + 2 * np.cross(-u, np.cross(-u, spin) + w * spin)
        moving = mass / 2 * (flight.velocity[:, index, :3] ** 2).sum(axis=1)
        total += moving + (inertia * local**2).sum(axis=1) / 2 + mass * G * flight.position_m[:, index, 2]
    return total


def of_all_shapes() -> Scene:
    piece = voronoi_pieces((0.2, 0.2, 0.2), 5, np.random.default_rng(3))[0]
    top = Part("box", (0.4, 0.3, 0.03), (0.0, 0.0, 0.33), Material())
    legs = [
        Part("cylinder", (0.03, 0.0, 0.2), (x, y, 0.1), Material()) for x in (-0.3, 0.3) for y in (-0.2, 0.2)
    ]
    table = thing("table", "cylinder", (0.03, 0.0, 0.1), (6.0, 0.0, 0.12), parts=(top, *legs))
    return scene(
        FLOOR,
        thing("ball", "sphere", (0.2, 0.0, 0.0), (0.0, 0.0, 0.25)),
        box("box", (0.2, 0.1, 0.15), (1.0, 0.0, 0.2)),
        thing("can", "cylinder", (0.15, 0.0, 0.2), (2.0, 0.0, 0.25)),
        thing("pill", "capsule", (0.1, 0.0, 0.2), (3.0, 0.0, 0.15), rotation=LYING),
        thing("egg", "ellipsoid", (0.3, 0.3, 0.15), (4.0, 0.0, 0.2)),
        thing("shard", "convex", piece.half_extents_m, (5.0, 0.0, 0.3), faces=piece.faces),
        table,
    )


def test_every_shape_comes_to_rest_on_the_floor_and_not_in_it() -> None:
    world = of_all_shapes()
    rest = simulate(world, np.array([3.0]))
    for index, body in enumerate(world.bodies[1:], start=1):
        lowest_m = rest.position_m[0, index, 2] - reach_below_m(body, rest.rotation[0, index])
        assert abs(lowest_m) < 1e-3, body.name
        assert np.abs(rest.velocity[0, index]).max() < 0.01, body.name


def tumbling() -> Scene:
    spin = (3.0, 5.0, 2.0)
    return scene(
        FLOOR,
        box(
            "box",
            (0.2, 0.1, 0.15),
            (0.0, 0.0, 1.0),
            velocity_m_s=(1.0, 0.0, 1.0),
            angular_velocity_rad_s=spin,
        ),
    )


def bouncing() -> Scene:
    return scene(FLOOR, thing("ball", "sphere", (0.2, 0.0, 0.0), (0.0, 0.0, 1.2), restitution=1.0))


def toppling() -> Scene:
    row = [box(f"domino {i}", (0.03, 0.1, 0.2), (0.2 * i, 0.0, 0.2)) for i in range(4)]
    push = thing("ball", "sphere", (0.1, 0.0, 0.0), (-0.5, 0.0, 0.3), velocity_m_s=(2.0, 0.0, 0.0))
    return scene(FLOOR, push, *row)


def stacked() -> Scene:
    return scene(
        FLOOR, *[box(f"block {i}", (0.15, 0.15, 0.1), (0.01 * i, 0.0, 0.1 + 0.201 * i)) for i in range(4)]
    )


# What is squeezed in a falling row of dominoes springs back by a little.
@pytest.mark.parametrize(
    ("make", "share"), [(tumbling, 1e-3), (bouncing, 1e-3), (toppling, 3e-3), (stacked, 1e-3)]
)
def test_nothing_that_is_left_alone_gains_energy(make: Callable[[], Scene], share: float) -> None:
    world = make()
    energy = energy_j(world, simulate(world, np.arange(0.0, 1.5, 1 / 480)))
    assert energy.max() < (1 + 1e-3) * energy[0]
    lowest_so_far = np.minimum.accumulate(energy)
    assert ((energy - lowest_so_far) / energy[0]).max() < share


def test_a_stack_stays_a_stack() -> None:
    world = stacked()
    flight = simulate(world, np.array([0.0, 1.5]))
    moved = flight.position_m[1, 1:] - flight.position_m[0, 1:]
    assert np.abs(moved[:, :2]).max() < 2e-3
    heights = flight.position_m[1, 1:, 2] - 0.1 - 0.2 * np.arange(4)
    assert np.abs(np.diff(heights, prepend=0.0)).max() < 1e-3


@pytest.mark.parametrize(("friction", "metres"), [(0.8, 0.0), (0.15, 1.40618)])
def test_a_block_on_a_slope_sticks_or_slides_as_its_friction_says(friction: float, metres: float) -> None:
    angle = math.radians(25)
    tilt: Quat = (math.cos(angle / 2), 0.0, math.sin(angle / 2), 0.0)
    up = np.array([math.sin(angle), 0.0, math.cos(angle)])
    slope = Body(
        "slope",
        "box",
        (4.0, 1.0, 0.1),
        tuple((-0.1 * up).tolist()),
        Material(),
        rotation=tilt,
        friction=friction,
    )
    block = box("block", (0.1, 0.1, 0.1), tuple((0.1 * up).tolist()), rotation=tilt, friction=friction)
    times_s = np.array([0.0, 0.25, 1.0, 1.25])
    path = simulate(scene(slope, block), times_s).position_m[:, 1]
    if metres:
        assert np.linalg.norm(path[2] - path[0]) == pytest.approx(metres, rel=0.005)
    else:
        assert np.linalg.norm(path[3] - path[1]) < 5e-4  # 0.5 mm/s


def test_an_oblique_collision_obeys_newton_within_a_hundredth() -> None:
    angle = math.radians(30)
    aim = 0.4 * math.sin(angle)
    one = thing(
        "one", "sphere", (0.2, 0.0, 0.0), (-1.0, aim, 0.0), velocity_m_s=(2.0, 0.0, 0.0), restitution=1.0
    )
    two = thing("two", "sphere", (0.2, 0.0, 0.0), (0.0, 0.0, 0.0), restitution=1.0)
    after = simulate(scene(one, two, gravity=(0.0, 0.0, 0.0)), np.array([1.0])).velocity[0, :, :3]
    along = np.array([math.cos(angle), -math.sin(angle), 0.0])
    passed_on = 2.0 * math.cos(angle) * along
    np.testing.assert_allclose(after[1], passed_on, atol=0.02)
    np.testing.assert_allclose(after[0], np.array([2.0, 0.0, 0.0]) - passed_on, atol=0.02)


def hung(**more: object) -> Body:
    """A rod of 1 m that hangs at its upper end and is held out by 0.8 rad."""
    angle = 0.8
    where = (-0.5 * math.sin(angle), 0.0, 2.0 - 0.5 * math.cos(angle))
    turned: Quat = (math.cos(angle / 2), 0.0, math.sin(angle / 2), 0.0)
    hinge = Hinge((0.0, 0.0, 2.0), (0.0, 1.0, 0.0), **more)  # type: ignore[arg-type]
    return box("rod", (0.02, 0.02, 0.5), where, rotation=turned, hinge=hinge)


def test_what_hangs_on_a_hinge_swings_with_the_period_of_a_rod() -> None:
    inertia_over_mass = (0.02**2 + 0.5**2) / 3 + 0.5**2
    period_s = 4 * math.sqrt(inertia_over_mass / (0.5 * G)) * float(ellipk(math.sin(0.4) ** 2))
    swing = simulate(scene(hung()), np.array([0.0, period_s / 2, period_s]))
    x = swing.position_m[:, 0, 0]
    assert x[2] == pytest.approx(x[0], abs=1e-3)
    assert x[1] == pytest.approx(-x[0], abs=1e-3)
    np.testing.assert_allclose(
        np.linalg.norm(swing.position_m[:, 0] - (0.0, 0.0, 2.0), axis=1), 0.5, atol=1e-12
    )


def test_a_hinge_stops_at_its_stops_and_its_velocity_is_that_of_its_path() -> None:
    times_s = np.arange(0.0, 1.5, 1e-3)
    swing = simulate(scene(hung(low_rad=-0.5, high_rad=0.1)), times_s)
    lowest_rad = 0.8 - np.arcsin(-swing.position_m[:, 0, 0] / 0.5).min()
    assert lowest_rad == pytest.approx(0.5, abs=0.02)
    moved = np.gradient(swing.position_m[:, 0, 0], times_s)
    np.testing.assert_allclose(swing.velocity[5:200, 0, 0], moved[5:200], atol=0.01)


def test_a_landing_without_a_bounce_is_an_impact_with_all_the_momentum() -> None:
    flight = simulate(
        scene(FLOOR, thing("ball", "sphere", (0.2, 0.0, 0.0), (0.0, 0.0, 1.2))), np.array([1.5])
    )
    impact = next(event for event in flight.events if event.kind == "impact")
    mass_kg = 300.0 * 4 / 3 * math.pi * 0.2**3
    assert impact.amount == pytest.approx(mass_kg * math.sqrt(2 * G), rel=1e-3)
    assert impact.time_s == pytest.approx(math.sqrt(2 / G), abs=1e-4)


def test_the_end_of_a_contact_tells_the_impulse_of_all_of_it() -> None:
    block = box("block", (0.1, 0.1, 0.1), (0.0, 0.0, 0.1))
    broken = scene(FLOOR, block).violated(Violation("vanish", 1.0, "floor"))
    events = simulate(broken, np.array([1.5])).events
    ended = [event for event in events if event.kind == "contact_end"]
    assert [event.time_s for event in ended] == pytest.approx([1.0])
    assert ended[0].amount == pytest.approx(300 * 0.2**3 * G * 1.0, rel=0.01)


def test_a_body_collides_only_while_it_exists() -> None:
    times_s = np.arange(25) / 16
    shelf = Body("shelf", "box", (0.3, 0.3, 0.02), (0.0, 0.0, 0.5), Material(), until_s=0.5)
    ball = thing("ball", "sphere", (0.1, 0.0, 0.0), (0.0, 0.0, 0.62), from_s=0.25)
    flight = simulate(scene(shelf, ball), times_s)
    np.testing.assert_array_equal(flight.alive[:, 1], times_s >= 0.25)
    np.testing.assert_allclose(flight.position_m[times_s <= 0.5, 1, 2], 0.62, atol=1e-3)
    fallen_s = times_s[-1] - 0.5
    assert flight.position_m[-1, 1, 2] == pytest.approx(
        0.62 - G / 2 * fallen_s**2, abs=0.015
    )  # half a step late


def test_a_thing_that_never_exists_changes_nothing() -> None:
    alone = scene(FLOOR, thing("ball", "sphere", (0.2, 0.0, 0.0), (0.0, 0.0, 1.2)))
    ghost = box("ghost", (0.3, 0.3, 0.1), (0.0, 0.0, 0.5), from_s=NEVER_S)
    haunted = alone.replace(bodies=(*alone.bodies, ghost))
    times_s = np.arange(25) / 16
    lawful, ghostly = simulate(alone, times_s), simulate(haunted, times_s)
    np.testing.assert_allclose(ghostly.position_m[:, 1], lawful.position_m[:, 1], atol=1e-12)
    assert not ghostly.alive[:, 2].any()


def test_rails_and_walls_do_not_touch_each_other() -> None:
    cart = Body(
        "cart", "box", (0.2, 0.2, 0.2), (0.0, 0.0, 0.1), Material(), motion="rail",
        rail=Rail((0.0, 1.0), ((-1.0, 0.0, 0.1), (1.0, 0.0, 0.1))),
    )  # fmt: skip
    events = simulate(
        scene(FLOOR, cart, box("far", (0.1, 0.1, 0.1), (5.0, 0.0, 0.1))), np.array([1.0])
    ).events
    assert {event.bodies for event in events} == {("floor", "far")}
