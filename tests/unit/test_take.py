"""Takes travel between processes light, and show the same there."""

from multiprocessing.reduction import ForkingPickler

from wsim import ClipFormat
from wsim.registry import find
from wsim.worlds.families import make
from wsim.worlds.take import Take


def test_a_take_that_was_filmed_travels_without_its_film() -> None:
    take = Take(make("fall", 501), ClipFormat(5, 32, 32, 16.0))
    before = take.video.digest
    parcel = ForkingPickler.dumps(take)
    assert len(parcel) < 5_000
    assert ForkingPickler.loads(parcel).video.digest == before


def test_posing_a_question_renders_none_of_its_alternatives() -> None:
    probe = find("probes", "physics/fall").load()()
    scenario = next(probe.scenarios(ClipFormat(25, 64, 64, 16.0), track="video", seed=501, limit=1))
    assert scenario.alternatives
    assert not [name for name, take in scenario.alternatives.items() if "film" in vars(take)]
