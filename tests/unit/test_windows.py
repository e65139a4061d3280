"""What is given or happens at some second is read at as many seconds in a clip of any length."""

import pytest

from wsim.contracts import ClipFormat, Scenario
from wsim.worlds.families.hidden_process import hidden_between_s
from wsim_probes.conditioning.extension_seam import extension_seam
from wsim_probes.geometry import loop
from wsim_probes.history import HistoryProbe
from wsim_probes.permanence.evolve import evolve
from wsim_probes.physics.causality import causality
from wsim_probes.posing import known_frames, take_of

FPS = 16.0
LENGTHS = [25, 33, 49, 81]


def asked(probe: HistoryProbe, num_frames: int) -> Scenario:
    return next(probe.scenarios(ClipFormat(num_frames, 16, 16, FPS), track="video", seed=500, limit=1))


@pytest.mark.parametrize("num_frames", LENGTHS)
def test_what_follows_given_frames_or_a_push_is_read_at_the_same_time(num_frames: int) -> None:
    seam, chain = extension_seam(), causality()
    assert seam.read_frames(asked(seam, num_frames)) == (7, 8, 9, 10, 11)
    assert chain.read_frames(asked(chain, num_frames)) == tuple(range(8, 25))


@pytest.mark.parametrize("num_frames", LENGTHS)
def test_a_process_is_read_when_the_screen_has_gone(num_frames: int) -> None:
    scenario = asked(evolve(), num_frames)
    read, (_, leaves_s) = evolve().read_frames(scenario), hidden_between_s(take_of(scenario).scene)
    assert 0.3 <= read[0] / FPS - leaves_s < read[-1] / FPS - leaves_s <= 0.5
    assert read[0] >= known_frames(scenario) and len(read) in (2, 3)


@pytest.mark.parametrize("num_frames", LENGTHS)
def test_a_place_is_read_when_the_camera_rests_on_it_again(num_frames: int) -> None:
    scenario = asked(loop.HISTORIES, num_frames)
    read, back_s = loop.HISTORIES.read_frames(scenario), take_of(scenario).scene.camera.progress[-1][0]
    assert read == tuple(range(num_frames - 4, num_frames)) and read[0] / FPS >= back_s
