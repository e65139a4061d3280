"""A scene: a world and its history, as frozen data. One seed gives one scene.

Nothing here knows frames or pixels: a scene is rendered at a `ClipFormat`.
"""

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal

from wsim.worlds.scene.blocks import Blocks
from wsim.worlds.scene.body import Body, Vec3
from wsim.worlds.scene.camera_path import CameraPath, Cut
from wsim.worlds.scene.cause import Effect
from wsim.worlds.scene.marks import Bite, Pour, Stroke, Trail
from wsim.worlds.scene.story import Story
from wsim.worlds.scene.violation import Violation


@dataclass(frozen=True, slots=True)
class Scene:
    """A world and its history from time 0 to `duration_s`.

    `physics` says who moves the dynamic bodies: `contacts` is MuJoCo, for whatever rests, stacks and tumbles;
    `collisions` is exact and event-driven, for balls without friction among planes and boxes.
    """

    family: str
    seed: int
    duration_s: float
    bodies: tuple[Body, ...]
    camera: CameraPath
    strokes: tuple[Stroke, ...] = ()
    violations: tuple[Violation, ...] = ()
    trails: tuple[Trail, ...] = ()
    bites: tuple[Bite, ...] = ()
    pours: tuple[Pour, ...] = ()
    effects: tuple[Effect, ...] = ()
    cuts: tuple[Cut, ...] = ()
    blocks: Blocks | None = None
    physics: Literal["contacts", "collisions"] = "contacts"
    gravity_m_s2: Vec3 = (0.0, 0.0, -9.81)
    light_direction: Vec3 = (0.35, -0.45, 0.82)  # towards the light
    captions: tuple[str, str, str] = ("", "", "")  # full, medium, short
    story: Story | None = None

    def body(self, name: str) -> Body:
        """The body of that name; KeyError if there is none."""
        for body in self.bodies:
            if body.name == name:
                return body
        raise KeyError(name)

    def replace(self, **changes: Any) -> "Scene":
        """A copy with some fields changed."""
        return dataclasses.replace(self, **changes)

    def with_body(self, name: str, **changes: Any) -> "Scene":
        """A copy in which one body is changed."""
        self.body(name)
        bodies = tuple(dataclasses.replace(b, **changes) if b.name == name else b for b in self.bodies)
        return dataclasses.replace(self, bodies=bodies)

    def without_body(self, name: str) -> "Scene":
        """A copy in which one body does not exist."""
        self.body(name)
        return dataclasses.replace(self, bodies=tuple(b for b in self.bodies if b.name != name))

    def violated(self, *violations: Violation) -> "Scene":
        """A twin that shares everything but the violations."""
        return dataclasses.replace(self, violations=self.violations + violations)
