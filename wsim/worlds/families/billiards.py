"""Three to five balls on a table with cushions, one of which sets the others going. Seen from above."""

import math

import numpy as np

from wsim.errors import WsimError
from wsim.worlds.captions import captioned
from wsim.worlds.families import stage
from wsim.worlds.families.accept import first_good
from wsim.worlds.families.family import Twins
from wsim.worlds.palette import NEUTRALS, PALETTE
from wsim.worlds.physics.trajectory import WorldEvent
from wsim.worlds.scene import NEVER_S, Body, Happening, Part, Scene, Story, Thing, Vec2, Violation

FAMILY_ID = 55
SHOWS = "Balls roll and collide on a table with cushions."

_FOV_DEG = 36.0
_PX_PER_M = 24.5
_RADIUS_M = 6.1 / _PX_PER_M
_TOP_M = 0.5  # height of the table
_HALF_X_M, _HALF_Y_M = 1.09, 0.96  # between the cushions
_CUSHION_HALF_M, _CUSHION_HALF_HEIGHT_M = 0.06, 0.16
_BALL = "ball"  # the one that moves at first


def billiards(seed: int, balls: int = 4, duration_s: float = stage.DEFAULT_DURATION_S) -> Scene:
    """At least two pairs of balls collide, the first between 0.15 and 0.4 of the clip; nothing rubs.

    Args:
        seed: one world for every seed.
        balls: how many, 3 to 5.
        duration_s: of the clip.

    Raises:
        WsimError: another number of balls.
    """
    if not 3 <= balls <= 5:
        raise WsimError(f"{balls} balls", where="billiards(balls=...)", remedy="choose 3, 4 or 5")
    rng = stage.streams(FAMILY_ID, seed, "layout", "material")
    colours = rng["material"].permutation(list(PALETTE)).tolist()[:balls]
    table_name, rim_name, floor_name = stage.pick(
        rng["material"], [("grey", "brown", "beige"), ("beige", "brown", "grey"), ("grey", "black", "brown")]
    )
    furniture = (
        _table(table_name, rim_name),
        stage.floor(rng["material"], stage.rough(NEUTRALS[floor_name], 2.0, 0.3), floor_name),
    )
    camera = stage.camera_at_height(
        _PX_PER_M, (0.0, -0.04, _TOP_M), stage.between(rng["layout"], 58.0, 72.0), _FOV_DEG
    )

    def attempt() -> Scene:
        bodies = (*_break(rng["layout"], colours, duration_s), *furniture)
        return Scene("billiards", seed, duration_s, bodies, camera, physics="collisions")

    scene = first_good(attempt, _is_lively, tries=200)
    things = tuple(Thing(body.name, "ball", body.colour_name) for body in scene.bodies[:balls])
    story = Story(
        (*things, Thing("table", "table", table_name)),
        happenings=(Happening("roll", _BALL, "table"), Happening("hit", _BALL, _first_hit(scene).bodies[1])),
        salient=2,
    )
    return captioned(scene.replace(story=story, light_direction=(0.2, -0.3, 0.93)))


def twins(scene: Scene) -> Twins:
    """One goes, one comes, two change places, one goes through another, one speeds up."""
    hit = _first_hit(scene)
    target = hit.bodies[1]
    middle_s = 0.5 * (hit.time_s + scene.duration_s)
    rests = [body.name for body in scene.bodies if body.motion == "dynamic" and body.from_s < NEVER_S]
    last = next(name for name in reversed(rests) if name != target)
    broken = {
        "vanish": Violation("vanish", middle_s, target),
        "duplicate": Violation(
            "duplicate", middle_s, target, vector=_room_beside(scene, target, middle_s), other="twin"
        ),
        "swap": Violation("swap", middle_s, target, other=last),
        "pass_through": Violation("pass_through", 0.9 * hit.time_s, _BALL, other=target),
        "energy_gain": Violation("energy_gain", hit.time_s + 1e-3, target, amount=2.0),
        "freeze": Violation("freeze", 0.9 * hit.time_s, target),
    }
    return Twins(
        {name: scene.violated(violation) for name, violation in broken.items()},
        shams={"floor": captioned(stage.repainted(scene, "floor"))},
    )


def _table(colour: str, rim: str) -> Body:
    """A block with four cushions round its top."""
    half_x, half_y, high = _HALF_X_M + 2.0 * _CUSHION_HALF_M, _HALF_Y_M + 2.0 * _CUSHION_HALF_M, _TOP_M / 2
    z_m, material = high + _CUSHION_HALF_HEIGHT_M, stage.rough(NEUTRALS[rim], 3.0, 0.2)
    sides = [
        Part("box", (_CUSHION_HALF_M, half_y, _CUSHION_HALF_HEIGHT_M),
             (sign * (_HALF_X_M + _CUSHION_HALF_M), 0.0, z_m), material)
        for sign in (-1.0, 1.0)
    ]  # fmt: skip
    ends = [
        Part("box", (_HALF_X_M, _CUSHION_HALF_M, _CUSHION_HALF_HEIGHT_M),
             (0.0, sign * (_HALF_Y_M + _CUSHION_HALF_M), z_m), material)
        for sign in (-1.0, 1.0)
    ]  # fmt: skip
    return Body(
        "table", "box", (half_x, half_y, high), (0.0, 0.0, high), stage.rough(NEUTRALS[colour], 2.0, 0.1),
        restitution=0.95, noun="table", colour_name=colour, parts=(*sides, *ends),
    )  # fmt: skip


def _break(rng: np.random.Generator, colours: list[str], duration_s: float) -> list[Body]:
    """Balls at random, well apart; the first rolls at the second. And one that is not there."""
    places = first_good(lambda: _places(rng, len(colours)), _are_apart, tries=2000)
    (x, y), (tx, ty) = places[0], places[1]
    aim_rad = math.atan2(ty - y, tx - x) + stage.between(rng, -0.16, 0.16)
    speed = stage.between(rng, 2.6, 3.6) / duration_s
    velocity = (speed * math.cos(aim_rad), speed * math.sin(aim_rad))
    names = [_BALL, *(f"{_BALL} {number}" for number in range(2, len(colours) + 1))]
    found = [
        _ball(name, colour, place, velocity if name == _BALL else (0.0, 0.0))
        for name, colour, place in zip(names, colours, places, strict=True)
    ]
    return [*found, _ball("twin", colours[1], (0.0, 0.0), (0.0, 0.0), from_s=NEVER_S)]


def _places(rng: np.random.Generator, count: int) -> list[Vec2]:
    room_x, room_y = _HALF_X_M - _RADIUS_M - 0.03, _HALF_Y_M - _RADIUS_M - 0.03
    return [(stage.between(rng, -room_x, room_x), stage.between(rng, -room_y, room_y)) for _ in range(count)]


def _are_apart(places: list[Vec2]) -> bool:
    pairs = [(a, b) for i, a in enumerate(places) for b in places[:i]]
    return all(math.dist(a, b) > 2.15 * _RADIUS_M for a, b in pairs) and (
        math.dist(places[0], places[1]) > 3.2 * _RADIUS_M
    )


def _ball(name: str, colour: str, place: Vec2, velocity: Vec2, from_s: float = -NEVER_S) -> Body:
    """It rolls, if it moves."""
    vx, vy = velocity
    return Body(
        name, "sphere", (_RADIUS_M, 0.0, 0.0), (*place, _TOP_M + _RADIUS_M),
        stage.banded(PALETTE[colour], _RADIUS_M), motion="dynamic", velocity_m_s=(vx, vy, 0.0),
        angular_velocity_rad_s=(-vy / _RADIUS_M, vx / _RADIUS_M, 0.0), restitution=0.97,
        rotation=stage.turned(math.atan2(vy, vx)), noun="ball" if from_s < 0.0 else "", colour_name=colour,
        from_s=from_s,
    )  # fmt: skip


def _hits(scene: Scene) -> list[WorldEvent]:
    """The impacts of balls on balls, without broken laws."""
    from wsim.worlds.physics.collisions import integrate

    events = integrate(scene.replace(violations=()), scene.duration_s).events
    return [event for event in events if event.kind == "impact" and "table" not in event.bodies]


def _first_hit(scene: Scene) -> WorldEvent:
    return _hits(scene)[0]


def _is_lively(scene: Scene) -> bool:
    hits = _hits(scene)
    pairs = {hit.bodies for hit in hits}
    return len(pairs) > 1 and 0.15 <= hits[0].time_s / scene.duration_s <= 0.4 and hits[0].bodies[0] == _BALL


def _room_beside(scene: Scene, target: str, time_s: float) -> tuple[float, float, float]:
    """Where, relative to the target, another ball has room on the table at a time."""
    from wsim.worlds.physics.collisions import integrate

    names = [body.name for body in scene.bodies if body.motion == "dynamic" and body.from_s < NEVER_S]
    position, _, _ = integrate(scene.replace(violations=()), time_s).at(np.array([time_s]))
    centres = position[0, : len(names), :2]
    own = centres[names.index(target)]

    def room_m(angle_rad: float) -> float:
        place = own + 2.3 * _RADIUS_M * np.array([math.cos(angle_rad), math.sin(angle_rad)])
        to_wall = np.array([_HALF_X_M, _HALF_Y_M]) - np.abs(place) - _RADIUS_M
        others = np.linalg.norm(centres - place, axis=1) - 2.0 * _RADIUS_M
        return float(min(to_wall.min(), others.min()))

    best = max((2.0 * math.pi * step / 16 for step in range(16)), key=room_m)
    return (2.3 * _RADIUS_M * math.cos(best), 2.3 * _RADIUS_M * math.sin(best), 0.0)
