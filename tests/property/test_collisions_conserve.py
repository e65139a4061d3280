"""Whatever balls do to one another and to a box: energy and momentum are conserved, and nothing sinks in."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from wsim.worlds.physics.simulate import simulate
from wsim.worlds.scene import Body, CameraPath, Material, Scene

TIMES_S = np.linspace(0.0, 1.5, 61)
CAMERA = CameraPath((0.0, -5.0, 1.0), (0.0, 0.0, 1.0))
RADII_M = (0.15, 0.2, 0.25)


def ball(index: int, at: list[float], velocity: list[float]) -> Body:
    return Body(
        f"ball {index}", "sphere", (RADII_M[index], 0.0, 0.0), (at[0], at[1], at[2]), Material(),
        motion="dynamic", velocity_m_s=(velocity[0], velocity[1], velocity[2]), restitution=1.0,
    )  # fmt: skip


def random_balls(seed: int, above_m: float) -> list[Body]:
    rng = np.random.default_rng(seed)
    return [
        ball(n, [*rng.uniform(-0.4, 0.4, 2).tolist(), above_m + 0.6 * n], rng.uniform(-1.5, 1.5, 3).tolist())
        for n in range(3)
    ]


def masses() -> np.ndarray:
    return 300.0 * 4.0 / 3.0 * np.pi * np.array(RADII_M) ** 3


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_elastic_balls_conserve_energy_and_never_sink_in(seed: int) -> None:
    turn = np.random.default_rng(seed).normal(size=4)
    w, x, y, z = (turn / np.linalg.norm(turn)).tolist()
    block = Body(
        "block", "box", (0.5, 0.4, 0.3), (0.0, 0.0, 0.7), Material(), rotation=(w, x, y, z), restitution=1.0
    )
    floor = Body("floor", "plane", (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), Material(), restitution=1.0)
    balls = random_balls(seed, 1.8)
    flight = simulate(Scene("test", 0, 1.5, (*balls, block, floor), CAMERA, physics="collisions"), TIMES_S)
    position, velocity = flight.position_m[:, :3], flight.velocity[:, :3, :3]
    energy = (masses() * (0.5 * (velocity**2).sum(axis=-1) + 9.81 * position[..., 2])).sum(axis=1)
    np.testing.assert_allclose(energy, energy[0], rtol=1e-11)
    assert (position[..., 2] - RADII_M).min() > -1e-9
    u = np.array([-x, -y, -z])
    offset = position - np.array([0.0, 0.0, 0.7])
    local = offset + 2.0 * np.cross(u, np.cross(u, offset) + w * offset)
    outside = local - np.clip(local, [-0.5, -0.4, -0.3], [0.5, 0.4, 0.3])
    assert (np.linalg.norm(outside, axis=-1) - RADII_M).min() > -1e-9
    for i in range(3):
        for j in range(i):
            apart = np.linalg.norm(position[:, i] - position[:, j], axis=-1)
            assert apart.min() > RADII_M[i] + RADII_M[j] - 1e-9


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10**6), restitution=st.floats(0.2, 1.0))
def test_free_balls_conserve_momentum(seed: int, restitution: float) -> None:
    rng = np.random.default_rng(seed)
    balls = [
        ball(n, [2.0 * np.cos(angle), 2.0 * np.sin(angle), 0.0], [-np.cos(angle), -np.sin(angle), 0.0])
        for n, angle in enumerate((np.array([0.0, 2.1, 4.2]) + rng.uniform(-0.1, 0.1, 3)).tolist())
    ]
    scene = Scene("test", 0, 3.0, tuple(balls), CAMERA, gravity_m_s2=(0.0, 0.0, 0.0), physics="collisions")
    for body in balls:
        scene = scene.with_body(body.name, restitution=restitution)
    flight = simulate(scene, np.array([0.0, 3.0]))
    assert any(event.kind == "impact" for event in flight.events)
    momentum = (masses()[:, None] * flight.velocity[:, :, :3]).sum(axis=1)
    np.testing.assert_allclose(momentum[1], momentum[0], atol=1e-12 * masses().sum())
