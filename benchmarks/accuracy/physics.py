"""The physics of the worlds against closed forms: one function for every line of the table.

Every closed form is computed here, from the textbook, without the code under test. `exact` is whichever of
the event-driven balls and the closed-form bodies applies; `contacts` is MuJoCo with our start and impact law.
"""

import itertools
import math

import numpy as np
from rows import FLOOR, TILT_RAD, G, Row, ball, both, world

from wsim.worlds.physics.simulate import simulate
from wsim.worlds.physics.trajectory import Trajectory
from wsim.worlds.scene import Body, Incline, Material, Pendulum, Scene, Vec3, Violation


def free_fall() -> Row:
    """A throw, up and then down."""
    times_s = np.linspace(0.0, 1.0, 31)
    expected = 9.0 + 2.0 * times_s - 0.5 * G * times_s**2

    def measure(exact: bool) -> float:
        flight = simulate(world(ball((0.0, 0.0, 9.0), (1.0, 0.0, 2.0)), exact=exact), times_s)
        return float(np.abs(flight.position_m[:, 0, 2] - expected).max())

    exact, contacts = both(measure)
    return Row("free fall, height during 1 s", "z = z0 + v t - g t^2 / 2", "m", exact, 1e-12, contacts, 1e-12)


def apexes(exact: bool, restitution: float, count: int = 4) -> list[float]:
    """Heights of the apexes after each bounce of a ball from 1 m, as shares of the height before."""
    times_s = np.arange(0.0, 5.0, 1 / 1920)
    flight = simulate(world(FLOOR, ball((0.0, 0.0, 1.2), restitution=restitution), exact=exact), times_s)
    touches_s = [e.time_s for e in flight.events if e.kind == "impact"][: count + 1]
    found = []
    for down_s, up_s in itertools.pairwise(touches_s):
        inside = (times_s > down_s) & (times_s < up_s)
        height, speed = flight.position_m[inside, 1, 2] - 0.2, flight.velocity[inside, 1, 2]
        found.append(float(np.median(height + speed**2 / (2.0 * G))))  # conserved in flight
    return found


def elastic_apex() -> Row:
    """Nothing is lost in four bounces."""

    def measure(exact: bool) -> float:
        return max(abs(apex - 1.0) for apex in apexes(exact, 1.0))

    exact, contacts = both(measure)
    return Row("elastic ball, apex of four bounces", "h_n = h_0", "", exact, 1e-3, contacts, 1e-3)


def lossy_apex() -> Row:
    """Every bounce keeps 0.8 of the speed."""

    def measure(exact: bool) -> float:
        return max(abs(apex / 0.64**n - 1.0) for n, apex in enumerate(apexes(exact, 0.8, 3), start=1))

    exact, contacts = both(measure)
    return Row("restitution 0.8, apex of three bounces", "h_n = 0.8^2n h_0", "", exact, 1e-3, contacts, 1e-2)


def oblique(exact: bool) -> Trajectory:
    """A ball meets an equal one at rest, half a diameter off its line."""
    struck = ball((0.0, 0.2, 0.0), name="struck")
    return simulate(
        world(ball((-1.0, 0.0, 0.0), (2.0, 0.0, 0.0)), struck, exact=exact, gravity=(0.0, 0.0, 0.0)),
        np.array([0.0, 1.0]),
    )


def oblique_collision() -> Row:
    """The struck ball goes off along the line of centres."""
    normal = np.array([math.sqrt(3.0) / 2.0, 0.5, 0.0])  # sin of the angle is offset / diameter = 1/2
    given = 2.0 * normal[0] * normal
    expected = np.array([np.array([2.0, 0.0, 0.0]) - given, given])

    def measure(exact: bool) -> float:
        return float(np.abs(oblique(exact).velocity[-1, :, :3] - expected).max()) / 2.0

    exact, contacts = both(measure)
    return Row("oblique collision, velocities after", "v' = v -+ (v n) n", "", exact, 1e-3, contacts, 1e-2)


def momentum() -> Row:
    """Of two balls that nothing else touches."""

    def measure(exact: bool) -> float:
        total = oblique(exact).velocity[:, :, :3].sum(axis=1)
        return float(np.abs(total[1] - total[0]).max()) / 2.0

    exact, contacts = both(measure)
    return Row("momentum in the same collision", "p' = p", "", exact, 1e-12, contacts, 1e-12)


def head_on() -> Row:
    """A light ball comes back from a heavy one."""
    expected = np.array([(1.0 - 3.0) / 4.0 * 2.0, 2.0 * 1.0 / 4.0 * 2.0])

    def measure(exact: bool) -> float:
        heavy = ball((1.0, 0.0, 0.0), name="heavy", density_kg_m3=900.0)
        light = ball((0.0, 0.0, 0.0), (2.0, 0.0, 0.0))
        hit = simulate(world(light, heavy, exact=exact, gravity=(0.0, 0.0, 0.0)), np.array([1.0]))
        return float(np.abs(hit.velocity[0, :, 0] - expected).max()) / 2.0

    exact, contacts = both(measure)
    return Row("head-on, masses 1 : 3, velocities after", "v1' = -v1 / 2", "", exact, 1e-3, contacts, 1e-2)


def pendulum_period() -> Row:
    """The fourth passage through the lowest point, against the arithmetic-geometric mean (Gauss)."""
    amplitude, length_m = 0.8, 0.7
    a, b = 1.0, math.cos(0.5 * amplitude)
    while abs(a - b) > 1e-15:
        a, b = 0.5 * (a + b), math.sqrt(a * b)
    expected_s = 2.0 * math.pi * math.sqrt(length_m / G) / a
    law = Pendulum((0.0, 0.0, 2.0), length_m, amplitude)
    bob = Body("bob", "sphere", (0.1, 0.0, 0.0), (0.0, 0.0, 2.0 - length_m), Material(), motion="pendulum",
               pendulum=law)  # fmt: skip
    times_s = np.linspace(1.70 * expected_s, 1.80 * expected_s, 2001)
    x_m = simulate(world(bob), times_s).position_m[:, 0, 0]
    crossing = int(np.flatnonzero(np.diff(np.sign(x_m)))[0])
    share = x_m[crossing] / (x_m[crossing] - x_m[crossing + 1])
    passed_s = times_s[crossing] + share * (times_s[1] - times_s[0])
    deviation = abs(passed_s / 1.75 / expected_s - 1.0)
    closed_form = "2 pi sqrt(L / g) / agm(1, cos(0.4))"
    return Row("pendulum, period at 0.8 rad", closed_form, "", deviation, 1e-5, None, None)


def downhill(friction: float, radius_m: float) -> float:
    """How far the closed-form body gets in a second on a slope of 25 degrees."""
    slope = Incline(
        (math.cos(TILT_RAD), 0.0, -math.sin(TILT_RAD)), (math.sin(TILT_RAD), 0.0, math.cos(TILT_RAD)), 9.0,
        radius_m,
    )  # fmt: skip
    body = Body("body", "sphere", (0.2, 0.0, 0.0), (0.0, 0.0, 0.0), Material(), motion="incline",
                incline=slope, friction=friction)  # fmt: skip
    return float(np.linalg.norm(simulate(world(body), np.array([1.0])).position_m[0, 0]))


def downhill_in_contact(body: Body, times_s: list[float]) -> np.ndarray:
    """How far a simulated body gets on a level floor in gravity that is tilted by 25 degrees."""
    gravity = (G * math.sin(TILT_RAD), 0.0, -G * math.cos(TILT_RAD))
    floor = Body("floor", "plane", (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), Material(), friction=0.0)
    return simulate(world(floor, body, gravity=gravity), np.array(times_s)).position_m[:, 1, 0]


def crate(friction: float, velocity: Vec3 = (0.0, 0.0, 0.0)) -> Body:
    """A dynamic box that lies on the floor."""
    return Body("crate", "box", (0.2, 0.2, 0.1), (0.0, 0.0, 0.1), Material(), motion="dynamic",
                friction=friction, velocity_m_s=velocity)  # fmt: skip


def roll() -> Row:
    """Rolling without slipping."""
    expected = 0.5 * 5.0 / 7.0 * G * math.sin(TILT_RAD)
    contacts = downhill_in_contact(ball((0.0, 0.0, 0.2), restitution=0.0), [1.0])[0]
    exact = downhill(0.8, 0.2)
    deviations = abs(exact / expected - 1.0), 1e-3, abs(contacts / expected - 1.0), 1e-2
    return Row("ball rolls down 25 degrees, path in 1 s", "5/14 g sin(a) t^2", "", *deviations)


def slide() -> Row:
    """Sliding against friction."""
    expected = 0.5 * G * (math.sin(TILT_RAD) - 0.15 * math.cos(TILT_RAD))
    contacts = downhill_in_contact(crate(0.15), [1.0])[0]
    exact = downhill(0.15, 0.0)
    deviations = abs(exact / expected - 1.0), 1e-3, abs(contacts / expected - 1.0), 1e-2
    return Row("block slides down 25 degrees, mu = 0.15", "g (sin(a) - mu cos(a)) t^2 / 2", "", *deviations)


def slip() -> Row:
    """A ball that friction cannot make roll."""
    expected = 0.5 * G * (math.sin(TILT_RAD) - 0.05 * math.cos(TILT_RAD))
    contacts = downhill_in_contact(ball((0.0, 0.0, 0.2), restitution=0.0, friction=0.05), [1.0])[0]
    exact = downhill(0.05, 0.2)
    deviations = abs(exact / expected - 1.0), 1e-3, abs(contacts / expected - 1.0), 1e-2
    return Row("ball slips down 25 degrees, mu = 0.05", "g (sin(a) - mu cos(a)) t^2 / 2", "", *deviations)


def slide_to_stop() -> Row:
    """A push on a level floor."""
    expected = 2.0**2 / (2.0 * 0.3 * G)
    floor = Body("floor", "plane", (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), Material(), friction=0.0)
    stopped = simulate(world(floor, crate(0.3, (2.0, 0.0, 0.0))), np.array([2.0]))
    contacts = float(stopped.position_m[0, 1, 0])
    level = Incline((1.0, 0.0, 0.0), (0.0, 0.0, 1.0), 9.0)
    body = Body("body", "box", (0.2, 0.2, 0.1), (0.0, 0.0, 0.1), Material(), motion="incline", incline=level,
                friction=0.3)  # fmt: skip
    push = Violation("uncaused_motion", 0.0, "body", vector=(2.0, 0.0, 0.0))
    exact = float(simulate(world(body).violated(push), np.array([2.0])).position_m[0, 0, 0])
    deviations = abs(exact / expected - 1.0), 1e-3, abs(contacts / expected - 1.0), 1e-2
    return Row("slide to stop, 2 m/s, mu = 0.3", "v^2 / (2 mu g)", "", *deviations)


def stick() -> Row:
    """Friction holds more than gravity pulls."""
    creep = downhill_in_contact(crate(0.8), [0.5, 1.5])
    return Row("block that sticks, creep, mu = 0.8", "0", "m/s", downhill(0.8, 0.0), 0.0,
               abs(float(creep[1] - creep[0])), 1e-3)  # fmt: skip


def penetration() -> Row:
    """After it has come to rest."""
    times_s = np.linspace(1.5, 3.0, 61)

    def measure(exact: bool) -> float:
        landed = simulate(world(FLOOR, ball((0.0, 0.0, 0.4), restitution=0.3), exact=exact), times_s)
        return float(np.maximum(0.2 - landed.position_m[:, 1, 2], 0.0).max())

    exact, contacts = both(measure)
    return Row("resting ball, depth in the floor", "0", "m", exact, 1e-12, contacts, 1e-3)


def energy_j(scene: Scene, flight: Trajectory) -> np.ndarray:
    """Kinetic and potential energy of all dynamic balls."""
    total = np.zeros(len(flight.times_s))
    for index, body in enumerate(scene.bodies):
        if body.motion == "dynamic":
            mass = body.density_kg_m3 * 4.0 / 3.0 * math.pi * body.size_m[0] ** 3
            inertia = 0.4 * mass * body.size_m[0] ** 2
            v, w = flight.velocity[:, index, :3], flight.velocity[:, index, 3:]
            total += 0.5 * mass * (v**2).sum(axis=1) + 0.5 * inertia * (w**2).sum(axis=1)
            total += mass * G * flight.position_m[:, index, 2]
    return total


def energy_gain() -> Row:
    """Four balls fall on a tilted block and on one another."""
    times_s = np.linspace(0.0, 3.0, 721)
    block = Body("block", "box", (0.5, 0.4, 0.3), (0.0, 0.0, 0.6), Material(), restitution=1.0,
                 rotation=(0.8, 0.4, 0.4, 0.2))  # fmt: skip
    balls = [
        ball((0.3 * x, 0.2 * y, 2.0 + 0.5 * n), name=f"ball {n}", restitution=0.95)
        for n, (x, y) in enumerate(((-1.0, 0.5), (0.4, -1.0), (1.0, 1.0), (0.1, 0.0)))
    ]

    def measure(exact: bool) -> float:
        scene = world(FLOOR, block, *balls, exact=exact)
        energy = energy_j(scene, simulate(scene, times_s))
        return float(np.max(energy - np.minimum.accumulate(energy)) / energy[0])

    exact, contacts = both(measure)
    return Row("four balls on a block, greatest gain of energy", "0", "", exact, 1e-3, contacts, 1e-3)


MEASUREMENTS = (
    free_fall, elastic_apex, lossy_apex, head_on, oblique_collision, momentum, pendulum_period, roll, slide,
    slip, slide_to_stop, stick, penetration, energy_gain,
)  # fmt: skip
