"""Clips that were softened, coded or halved are read, and what is wrong in them is still told."""

from collections.abc import Iterator

import pytest

from wsim import ClipFormat, Reading, Scenario, Video
from wsim.certify.crosstalk import unrelated
from wsim.certify.doses import Dosed
from wsim.certify.many import CLIP, loaded
from wsim.certify.nuisances import NUISANCES, Nuisance
from wsim.contracts import RoundTrips
from wsim.models.resolve import resolve_model

WORLDS = 2
CODEC = "codec of the reference model"
SPOILED = (
    ("digital/counter", "action", "blur", "counter_wrong"),
    ("digital/counter", "action", "half size", "counter_wrong"),
    ("geometry/epipolar", "video", "blur", "wobble"),
    ("geometry/epipolar", "video", "half size", "wobble"),
    ("geometry/epipolar", "video", "h264 crf 35", "wobble"),
    ("geometry/epipolar", "video", CODEC, "wobble"),
    ("geometry/rigidity", "video", CODEC, "wobble=0.05"),
    ("geometry/rotation", "video", CODEC, "breathing"),
    ("geometry/rotation", "video", CODEC, "sidestep"),
    ("geometry/stickiness", "video", CODEC, "texture_boil"),
    ("physics/latent", "video", "h264 crf 35", "second gets less"),
    ("physics/restitution", "video", "half rate", "super_bounce"),
    ("physics/restitution", "video", "half rate", "sticks"),
)


def questions(name: str, track: str) -> Iterator[Scenario]:
    probe = loaded(name)
    clip: ClipFormat = CLIP.lasting(probe.min_duration_s)
    return probe.scenarios(clip, track=track, seed=548, limit=WORLDS)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def ways() -> dict[str, Nuisance]:
    """All that happens to clips on their way, by name."""
    coder = resolve_model("reference", {})
    assert isinstance(coder, RoundTrips)
    return {**NUISANCES, CODEC: coder.round_trip}


@pytest.mark.parametrize(("name", "track", "nuisance", "fault"), SPOILED)
def test_what_is_lawful_is_read_and_what_is_broken_is_not_lawful(
    ways: dict[str, Nuisance], name: str, track: str, nuisance: str, fault: str
) -> None:
    probe, read = loaded(name), 0
    for scenario in questions(name, track):
        said = probe.measure(scenario, ways[nuisance](scenario.truth.video))
        read += isinstance(said, Reading)
        assert not isinstance(said, Reading) or said.lawful, said
        graded = isinstance(probe, Dosed) and fault in {dose.name for dose in probe.doses}
        wrong = probe.dosed(scenario, fault, 0.5) if graded else scenario.alternatives[fault].video
        assert isinstance(wrong, Video)
        told = probe.measure(scenario, ways[nuisance](wrong))
        assert not isinstance(told, Reading) or not told.lawful, told
    assert read


def test_a_bystander_that_is_elsewhere_leaves_the_scene_what_it_is() -> None:
    """The two places where it was and is are more of this plain floor than passes for one small thing."""
    probe = loaded("physics/shadow")
    *_, scenario = probe.scenarios(CLIP, track="video", seed=554, limit=11)
    asked = {name: (question, take) for name, question, take in unrelated(probe, scenario)}
    question, take = asked["teleport of a bystander"]
    said = probe.measure(question, take.video)
    assert isinstance(said, Reading) and said.lawful, said
