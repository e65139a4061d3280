"""Scenes as data: frozen dataclasses with a JSON round trip."""

from wsim.worlds.scene.as_json import scene_from_json, scene_to_json
from wsim.worlds.scene.blocks import Action, ActionKind, Agent, Blocks, Cell, Fill, Lever
from wsim.worlds.scene.body import (
    NEVER_S,
    NO_ROTATION,
    Body,
    HalfSpace,
    Hinge,
    Incline,
    Material,
    Part,
    Pendulum,
    Quat,
    Rail,
    Shape,
    Vec2,
    Vec3,
)
from wsim.worlds.scene.camera_path import CameraPath, Cut
from wsim.worlds.scene.cause import Cause, Effect, EffectKind
from wsim.worlds.scene.marks import Bite, Face, Pour, Stroke, Trail
from wsim.worlds.scene.story import Happening, Relation, RelationKind, Story, Thing
from wsim.worlds.scene.violation import Violation, ViolationKind
from wsim.worlds.scene.whole import Scene

__all__ = [
    "NEVER_S", "NO_ROTATION", "Action", "ActionKind", "Agent", "Bite", "Blocks", "Body", "CameraPath",
    "Cause", "Cell", "Cut", "Effect", "EffectKind", "Face", "Fill", "HalfSpace", "Happening", "Hinge",
    "Incline", "Lever", "Material", "Part", "Pendulum", "Pour", "Quat", "Rail", "Relation", "RelationKind",
    "Scene", "Shape", "Story", "Stroke", "Thing", "Trail", "Vec2", "Vec3", "Violation", "ViolationKind",
    "scene_from_json", "scene_to_json",
]  # fmt: skip
