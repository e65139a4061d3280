"""A twin that goes on where its law is broken has the history that it has alone, bit by bit."""

import numpy as np
import pytest

from wsim.worlds.families import FAMILIES, make
from wsim.worlds.physics import beginnings
from wsim.worlds.physics.simulate import simulate
from wsim.worlds.physics.trajectory import Trajectory
from wsim.worlds.physics.world import World
from wsim.worlds.scene import Scene, Violation

TIMES_S = np.arange(0.0, 1.25, 1 / 16)


@pytest.fixture
def begun_at(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The step at which every simulation began."""
    steps: list[int] = []
    run = World.run

    def noting(world: World, first: int = 0, watch: object = None) -> None:
        steps.append(first)
        run(world, first, watch)  # type: ignore[arg-type]

    monkeypatch.setattr(World, "run", noting)
    beginnings._kept.clear()
    return steps


def _alone(scene: Scene) -> Trajectory:
    beginnings._kept.clear()
    return simulate(scene, TIMES_S)


def _same(one: Trajectory, other: Trajectory) -> bool:
    arrays = ("position_m", "rotation", "velocity", "alive")
    return one.events == other.events and all(
        getattr(one, name).tobytes() == getattr(other, name).tobytes() for name in arrays
    )


@pytest.mark.parametrize("family", ["dominoes", "tumble"])
@pytest.mark.parametrize("kind", ["vanish", "freeze", "reverse", "uncaused_motion", "weightless", "recolour"])
def test_a_twin_goes_on_from_the_last_mark(family: str, kind: str, begun_at: list[int]) -> None:
    scene = make(family, 506)
    body = [body.name for body in scene.bodies if body.motion == "dynamic"][-1]
    twin = scene.violated(Violation(kind, 0.73, body, vector=(0.4, 0.2, 0.5), amount=0.5))
    expected = _alone(twin)
    beginnings._kept.clear()
    simulate(scene, TIMES_S)
    assert _same(simulate(twin, TIMES_S), expected)
    assert begun_at[-1] >= (336 if kind != "recolour" else 528)


@pytest.mark.parametrize("name", ["reassemble", "vanish", "reverse", "stays_whole", "freeze"])
def test_a_twin_goes_on_from_a_mark_after_things_broke(name: str, begun_at: list[int]) -> None:
    scene = make("shatter", 509, duration_s=1.25)
    twin = FAMILIES["shatter"].twins(scene).violated[name]
    expected = _alone(twin)
    beginnings._kept.clear()
    lawful = simulate(scene, TIMES_S)
    assert _same(simulate(twin, TIMES_S), expected)
    assert not _same(lawful, expected)
    hit_s = next(e.time_s for e in lawful.events if set(e.bodies) == {"ball", "block"})
    assert (begun_at[-1] / 480 > hit_s) == (name != "stays_whole")


def test_what_comes_into_being_later_is_in_a_mark(begun_at: list[int]) -> None:
    scene = make("tumble", 510)
    body = next(body.name for body in scene.bodies if body.motion == "dynamic")
    scene = scene.with_body(body, from_s=0.3, until_s=0.9)
    twin = scene.violated(Violation("freeze", 0.73, body))
    expected = _alone(twin)
    beginnings._kept.clear()
    simulate(scene, TIMES_S)
    assert _same(simulate(twin, TIMES_S), expected)
    assert begun_at[-1] == 336


def test_the_same_world_is_followed_further(begun_at: list[int]) -> None:
    scene = make("dominoes", 507)
    expected = _alone(scene)
    beginnings._kept.clear()
    simulate(scene, TIMES_S[:10])
    assert _same(simulate(scene, TIMES_S), expected)
    assert begun_at[-1] > 0


def test_bodies_of_another_size_begin_anew(begun_at: list[int]) -> None:
    scene = make("tumble", 508)
    resized = FAMILIES["tumble"].twins(scene).violated.get("resize") or scene.violated(
        Violation("resize", 0.5, next(b.name for b in scene.bodies if b.motion == "dynamic"), amount=0.6)
    )
    expected = _alone(resized)
    simulate(scene, TIMES_S)
    assert _same(simulate(resized, TIMES_S), expected)
    assert begun_at[-1] == 0
