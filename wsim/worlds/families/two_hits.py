"""A ball runs between two equal balls and hits one after the other: how heavy is it?"""

from dataclasses import dataclass, replace

from wsim.worlds.captions import captioned
from wsim.worlds.families import stage
from wsim.worlds.families.family import Twins
from wsim.worlds.palette import NEUTRALS, PALETTE
from wsim.worlds.scene import Body, Happening, Scene, Story, Thing, Violation

FAMILY_ID = 56
SHOWS = "A ball hits one of two equal balls, comes back and hits the other."

_FOV_DEG = 38.0
_RADIUS_PX = 6.1
_DENSITY_KG_M3 = 400.0  # of the two that are hit


@dataclass(frozen=True)
class _Shuttle:
    """Runs to the right, hits the first, comes back, hits the second. Pixels, seconds, the clip being 1."""

    mass_ratio: float
    restitution: float
    first_gap_px: float
    second_gap_px: float
    first_hit: float

    @property
    def speed_px(self) -> float:
        return self.first_gap_px / self.first_hit

    @property
    def returns(self) -> float:
        """Share of its speed with which it comes back (Newton's law on a line)."""
        return (self.restitution - self.mass_ratio) / (1.0 + self.mass_ratio)

    @property
    def gives(self) -> float:
        """Share of its speed that the one that is hit gets."""
        return (1.0 + self.restitution) * self.mass_ratio / (1.0 + self.mass_ratio)

    @property
    def second_hit(self) -> float:
        back_px = self.first_gap_px + self.second_gap_px
        return self.first_hit + back_px / (self.returns * self.speed_px)

    @property
    def extent_px(self) -> tuple[float, float]:
        """The leftmost and the rightmost border of anything, if the ball starts at zero."""
        first_px = self.gives * self.speed_px * (1.0 - self.first_hit)
        second_px = self.gives * self.returns * self.speed_px * (1.0 - self.second_hit)
        reach = 3.0 * _RADIUS_PX
        return -reach - self.second_gap_px - second_px, reach + self.first_gap_px + first_px


def two_hits(seed: int, duration_s: float = stage.DEFAULT_DURATION_S) -> Scene:
    """The ball is a seventh to a quarter as heavy as the others, which only its hits can tell."""
    rng = stage.streams(FAMILY_ID, seed, "layout", "motion", "material")
    motion = rng["motion"]
    shuttle = _Shuttle(
        mass_ratio=stage.between(motion, 0.14, 0.24),
        restitution=stage.between(motion, 0.95, 1.0),
        first_gap_px=stage.between(motion, 3.5, 5.0),
        second_gap_px=stage.between(motion, 1.0, 2.0),
        first_hit=stage.between(motion, 0.13, 0.16),
    )
    way, px_per_m = stage.either(motion), stage.between(rng["layout"], 24.0, 27.0)
    low_px, high_px = shuttle.extent_px
    start_px = -0.5 * (low_px + high_px)
    speed = way * shuttle.speed_px / px_per_m / duration_s
    colours = rng["material"].permutation(list(PALETTE)).tolist()[:2]
    places_px = (
        start_px,
        start_px + 2.0 * _RADIUS_PX + shuttle.first_gap_px,
        start_px - 2.0 * _RADIUS_PX - shuttle.second_gap_px,
    )
    ball, first, second = (
        _ball(name, colour, way * x_px / px_per_m, _RADIUS_PX / px_per_m, shuttle.restitution)
        for name, colour, x_px in zip(
            ("ball", "first", "second"), (colours[0], colours[1], colours[1]), places_px, strict=True
        )
    )
    ball = replace(
        ball, velocity_m_s=(speed, 0.0, 0.0), angular_velocity_rad_s=(0.0, speed / ball.size_m[0], 0.0),
        density_kg_m3=_DENSITY_KG_M3 * shuttle.mass_ratio,
    )  # fmt: skip
    floor_name, wall_name = stage.pick(
        rng["material"], [("grey", "beige"), ("beige", "grey"), ("brown", "white"), ("grey", "white")]
    )
    bodies = (
        ball, first, second,
        stage.floor(rng["material"], stage.rough(NEUTRALS[floor_name], 3.0), floor_name),
        stage.back_wall(rng["material"], 2.2, stage.rough(NEUTRALS[wall_name], 1.5, 0.12), wall_name),
    )  # fmt: skip
    elevation_deg = stage.between(rng["layout"], 10.0, 32.0)
    camera = stage.camera_at_height(px_per_m, (0.0, 0.0, ball.size_m[0]), elevation_deg, _FOV_DEG)
    story = Story(
        (Thing("ball", "ball", colours[0]), Thing("others", "ball", colours[1], count=2)),
        happenings=(
            Happening("roll", "ball", way="right" if way > 0.0 else "left"),
            Happening("hit", "ball", "others"),
        ),
        salient=2,
    )
    return captioned(Scene("two_hits", seed, duration_s, bodies, camera, physics="collisions", story=story))


def twins(scene: Scene) -> Twins:
    """The second one reacts as if it were lighter or heavier than the first; or not at all."""
    first_s, second_s = _hits_s(scene)
    after_s, before_s = second_s + 1e-3, 0.5 * (first_s + second_s)
    broken = {
        "lighter": Violation("energy_gain", after_s, "second", amount=2.5),
        "heavier": Violation("energy_gain", after_s, "second", amount=0.15),
        "no_effect": Violation("freeze", before_s, "second"),
        "pass_through": Violation("pass_through", before_s, "ball", other="second"),
    }
    return Twins(
        {name: scene.violated(violation) for name, violation in broken.items()},
        shams={"wall": captioned(stage.repainted(scene, "wall"))},
    )


def _hits_s(scene: Scene) -> tuple[float, float]:
    """When the ball hits the first and the second."""
    from wsim.worlds.physics.collisions import integrate

    events = integrate(scene.replace(violations=()), scene.duration_s).events
    first, second = (
        next(e.time_s for e in events if e.kind == "impact" and e.bodies == ("ball", name))
        for name in ("first", "second")
    )
    return first, second


def _ball(name: str, colour: str, x_m: float, radius_m: float, restitution: float) -> Body:
    return Body(
        name, "sphere", (radius_m, 0.0, 0.0), (x_m, 0.0, radius_m), stage.banded(PALETTE[colour], radius_m),
        motion="dynamic", density_kg_m3=_DENSITY_KG_M3, restitution=restitution**0.5, noun="ball",
        colour_name=colour,
    )  # fmt: skip
