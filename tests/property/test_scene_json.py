"""Any scene survives the trip through JSON text."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wsim.errors import WsimError
from wsim.worlds.families import FAMILIES, make
from wsim.worlds.scene import (
    Body,
    CameraPath,
    Material,
    Rail,
    Scene,
    Stroke,
    Violation,
    scene_from_json,
    scene_to_json,
)

number = st.floats(allow_nan=False, allow_infinity=False, width=64)
text = st.text(max_size=8)
vec2, vec3 = st.tuples(number, number), st.tuples(number, number, number)
materials = st.builds(Material, st.sampled_from(["solid", "checker", "noise"]), vec3, vec3, number, number)
rails = st.builds(Rail, st.lists(number, max_size=3).map(tuple), st.lists(vec3, max_size=3).map(tuple), vec3)
bodies = st.builds(
    Body, text, st.sampled_from(["sphere", "box", "cylinder", "plane"]), vec3, vec3, materials,
    rotation=st.tuples(number, number, number, number), rail=st.none() | rails, noun=text,
    motion=st.sampled_from(["static", "dynamic", "rail"]), restitution=number,
)  # fmt: skip
strokes = st.builds(
    Stroke, text, st.lists(number, max_size=3).map(tuple), st.lists(vec2, max_size=3).map(tuple), number, vec3
)
violations = st.builds(Violation, st.sampled_from(["vanish", "wobble", "freeze"]), number, text, number, vec3)
scenes = st.builds(
    Scene, text, st.integers(0, 2**63), number, st.lists(bodies, max_size=3).map(tuple),
    st.builds(CameraPath, vec3, vec3, number, number, vec3), st.lists(strokes, max_size=2).map(tuple),
    st.lists(violations, max_size=2).map(tuple), captions=st.tuples(text, text, text),
)  # fmt: skip


def through_text(scene: Scene) -> Scene:
    return scene_from_json(json.loads(json.dumps(scene_to_json(scene), allow_nan=False)))


# The type checker that runs in tests draws random items of tuples to look at.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module")
@settings(max_examples=60, deadline=None)
@given(scenes)
def test_any_scene_survives(scene: Scene) -> None:
    assert through_text(scene) == scene


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(FAMILIES)), st.integers(0, 2**64))
def test_any_sampled_scene_survives(family: str, seed: int) -> None:
    scene = make(family, seed)
    assert through_text(scene) == scene
    assert repr(through_text(scene)) == repr(scene)  # equal numbers of another type would read differently


@pytest.mark.parametrize(
    ("key", "value", "problem", "path"),
    [
        ("colour", "red", "Body has no field 'colour'", "scene.bodies[0].colour"),
        ("name", 3, "str is wanted, not 3", "scene.bodies[0].name"),
        ("shape", "ring", "'ring' is none of the known ones", "scene.bodies[0].shape"),
        ("size_m", [1.0, 2.0], "3 items are wanted, not 2", "scene.bodies[0].size_m"),
        ("size_m", [1.0, "2", 3.0], "a number is wanted, not '2'", "scene.bodies[0].size_m[1]"),
        ("friction", None, "a number is wanted, not None", "scene.bodies[0].friction"),
        ("friction", True, "a number is wanted, not True", "scene.bodies[0].friction"),
        ("material", [], "Material is wanted, not []", "scene.bodies[0].material"),
        ("rail", {"times_s": [0]}, "Rail needs a field 'points_m'", "scene.bodies[0].rail"),
        ("parts", "none", "a list is wanted, not 'none'", "scene.bodies[0].parts"),
    ],
)
def test_what_is_no_scene_is_refused_with_its_path(key: str, value: object, problem: str, path: str) -> None:
    data = json.loads(json.dumps(scene_to_json(make("fall", 0))))
    data["bodies"][0][key] = value
    with pytest.raises(WsimError) as caught:
        scene_from_json(data)
    assert caught.value.problem == problem
    assert caught.value.where == path
    assert str(caught.value).count("\n") == 2
