"""Takes travel between processes light, and show the same there."""

from multiprocessing.reduction import ForkingPickler

from wsim import ClipFormat
from wsim.worlds.families import make
from wsim.worlds.take import Take


def test_a_take_that_was_filmed_travels_without_its_film() -> None:
    take = Take(make("fall", 501), ClipFormat(5, 32, 32, 16.0))
    before = take.video.digest
    parcel = ForkingPickler.dumps(take)
    assert len(parcel) < 5_000
    assert ForkingPickler.loads(parcel).video.digest == before
