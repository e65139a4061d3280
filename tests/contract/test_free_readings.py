"""Whoever reads any video reads a lawful render of its own question, with every number that its probe has."""

from typing import Any

import pytest

from wsim.contracts import ClipFormat, FreeProbe, Json, Reading, Unmeasurable
from wsim.registry import plugins
from wsim.runs.measure import checked
from wsim.runs.plan import load_probe
from wsim.video import Video
from wsim.worlds.families import make
from wsim.worlds.take import Take

CLIP = ClipFormat(33, 64, 64, 16.0)
READS_ANY_VIDEO = [name for name, plugin in plugins("probes").items() if plugin.defines("measure_free")]
LAWFUL: dict[str, tuple[str, dict[str, Json]]] = {  # a family of worlds, and what is known of it
    "geometry/epipolar": ("room", {}),
    "geometry/loop": ("look_away", {}),
    "geometry/rigidity": ("room", {}),
    "geometry/stickiness": ("room", {}),
    "interaction/persistence": ("brush_stroke", {}),
    "permanence/constancy": ("fall", {}),
    "permanence/count": ("crossing", {"objects": 3}),
    "permanence/presence": ("fall", {}),
    "permanence/reenter": ("out_and_back", {}),
    "permanence/shots": ("shots", {"same_objects": "yes"}),
    "physics/flight": ("fall", {}),
}


def lawful_clip(name: str) -> tuple[Video, dict[str, Json]]:
    """A render of a family; where a probe reads scenes of its own, the first of its own questions."""
    if name in LAWFUL:
        family, hints = LAWFUL[name]
        return Take(make(family, 504, duration_s=CLIP.duration_s), CLIP).video, hints
    probe = load_probe(name)
    track: Any = next(iter(probe.needs))
    asked = next(iter(probe.scenarios(CLIP, track=track, seed=500, limit=1)))
    return asked.truth.video, {"text": asked.request.text, "horizon": 0.5}


@pytest.mark.parametrize("name", READS_ANY_VIDEO)
def test_a_lawful_video_is_read_right_and_in_full(name: str) -> None:
    probe = load_probe(name)
    assert isinstance(probe, FreeProbe)
    said = checked(probe, probe.measure_free(*lawful_clip(name)))
    if name in LAWFUL:
        assert isinstance(said, Reading), said
    assert isinstance(said, Reading | Unmeasurable), said
    assert isinstance(said, Unmeasurable) or said.lawful, said
