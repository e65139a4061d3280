"""What comes in from beyond the border tells a world from pixels that go on as they moved."""

import numpy as np
import pytest

from wsim.certify.nuisances import NUISANCES
from wsim.contracts import ClipFormat, Reading, Unmeasurable
from wsim.models import controls
from wsim.worlds.take import Take
from wsim_probes.geometry.compliance import Compliance
from wsim_probes.geometry.epipolar import Epipolar
from wsim_probes.geometry.reproject import Reproject
from wsim_probes.geometry.revealed import NOTHING_NEW, shows_more
from wsim_probes.geometry.rotation import Rotation
from wsim_probes.geometry.stickiness import Stickiness
from wsim_probes.posing import known_frames, take_of

CLIP = ClipFormat(25, 64, 64, 16.0)
PROBES = [Compliance, Epipolar, Reproject, Rotation, Stickiness]


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_a_room_shows_more_and_pixels_that_are_carried_on_do_not(probe: type) -> None:
    scenario = next(probe().scenarios(CLIP, track="video", seed=533, limit=1))
    take, last = take_of(scenario), known_frames(scenario) - 1
    for name, change in NUISANCES.items():
        assert shows_more(take, change(take.video).frames, last), name
    (carried,) = controls.carry().generate([scenario.request])
    assert not shows_more(take, carried.frames, last)
    told = probe().measure(scenario, carried)
    assert isinstance(told, Unmeasurable) and told.reason == NOTHING_NEW
    assert isinstance(probe().measure(scenario, take.video), Reading)


def test_a_large_picture_is_read_as_a_small_one_and_where_nothing_new_is_due_nothing_is_asked() -> None:
    clip = ClipFormat(25, 128, 160, 16.0)
    scenario = next(Rotation().scenarios(clip, track="video", seed=534, limit=1))
    take, last = take_of(scenario), known_frames(scenario) - 1
    assert shows_more(take, take.video.frames, last)
    still = np.repeat(take.video.frames[last : last + 1], len(take.video), axis=0)
    assert not shows_more(take, np.full_like(still, 128), last)
    assert isinstance(scenario.truth, Take)
    assert shows_more(take, np.full_like(still, 128), len(still) - 2)  # the last frame adds hardly anything
