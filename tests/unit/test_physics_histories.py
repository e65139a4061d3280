"""Probes of laws of motion and of optics, on development worlds: kept, broken, and empty tricks."""

from collections.abc import Callable

import numpy as np
import pytest

from wsim.contracts import ClipFormat, Reading, Scenario, Unmeasurable
from wsim.errors import WsimError
from wsim.models import controls
from wsim.video import Video
from wsim.worlds.take import Take
from wsim.worlds.violations.severity import broken
from wsim_probes.history import HistoryProbe
from wsim_probes.physics.causality import causality
from wsim_probes.physics.fluid_volume import TREMBLES, fluid_volume
from wsim_probes.physics.inertia import inertia
from wsim_probes.physics.latent import latent
from wsim_probes.physics.ledger import Ledger
from wsim_probes.physics.mirror import mirror
from wsim_probes.physics.pendulum import pendulum
from wsim_probes.physics.rolling import rolling
from wsim_probes.physics.shadow import shadow
from wsim_probes.physics.time_arrow import TimeArrow
from wsim_probes.posing import known_frames, take_of

CLIP = ClipFormat(25, 64, 64, 16.0)
PROBES = [
    causality(),
    fluid_volume(),
    inertia(),
    latent(),
    Ledger(),
    mirror(),
    pendulum(),
    rolling(),
    shadow(),
    TimeArrow(),
]
Probe = HistoryProbe | Ledger | TimeArrow


@pytest.fixture(scope="module", params=PROBES, ids=lambda probe: probe.name)
def posed(request: pytest.FixtureRequest) -> tuple[Probe, Scenario]:
    probe = request.param
    return probe, next(iter(probe.scenarios(CLIP, track="video", seed=500, limit=1)))


def read(probe: Probe, scenario: Scenario, video: Video) -> Reading:
    said = probe.measure(scenario, video)
    assert isinstance(said, Reading)
    return said


def test_lawful_renders_are_right_as_they_are_and_spoiled(
    posed: tuple[Probe, Scenario], ways: dict[str, Callable[[Video], Video]]
) -> None:
    probe, scenario = posed
    for name, spoil in ways.items():
        reading = read(probe, scenario, spoil(scenario.truth.video))
        assert reading.lawful, (name, reading)
        assert reading.metrics["right"] == 1.0 and not reading.events


def test_every_twin_is_told_from_the_lawful_history(posed: tuple[Probe, Scenario]) -> None:
    probe, scenario = posed
    assert len(scenario.alternatives) >= 2
    for name, other in scenario.alternatives.items():
        reading = read(probe, scenario, other.video)
        assert not reading.lawful and reading.verdict == name and reading.events, (name, reading)
        assert reading.metrics["margin"] < 0.0


def test_no_law_is_broken_in_what_is_given(posed: tuple[Probe, Scenario]) -> None:
    _, scenario = posed
    given = scenario.request.context
    assert given is not None
    for name, other in scenario.alternatives.items():
        assert np.array_equal(other.video.frames[: len(given.indices)], given.frames), name


def test_half_of_a_violation_is_one_and_more_of_it_is_no_nearer(posed: tuple[Probe, Scenario]) -> None:
    probe, scenario = posed
    for dose in probe.doses:
        margins = []
        for severity in (0.0, 0.5, 1.0):
            video = probe.dosed(scenario, dose.name, severity)
            assert video is not None
            reading = read(probe, scenario, video)
            assert reading.lawful == (severity == 0.0), (dose.name, severity)
            margins.append(reading.metrics["margin"])
        assert margins[0] > max(margins[1:]), (dose.name, margins)


def test_nothing_that_simulates_nothing_is_right(posed: tuple[Probe, Scenario]) -> None:
    probe, scenario = posed
    for name in controls.ADVERSARIES:
        (video,) = getattr(controls, name)().generate([scenario.request])
        said = probe.measure(scenario, video)
        assert isinstance(said, Unmeasurable) or not said.lawful, name


def test_an_answer_that_is_too_short_is_refused(posed: tuple[Probe, Scenario]) -> None:
    probe, scenario = posed
    with pytest.raises(WsimError, match="1 frames"):
        probe.measure(scenario, Video(np.zeros((1, 64, 64, 3), dtype=np.uint8), 16.0))


def in_squares(video: Video, side_px: int) -> Video:
    """Mean colours of squares."""
    frames = video.frames.astype(np.float32)
    starts = np.arange(0, 64, side_px)
    sums = np.add.reduceat(np.add.reduceat(frames, starts, axis=1), starts, axis=2)
    sides = np.diff(np.append(starts, 64))
    means = sums / (sides[:, None, None] * sides[:, None])
    return Video(means.repeat(sides, axis=1).repeat(sides, axis=2).round().astype(np.uint8), video.fps)


def test_the_coarser_a_clip_the_less_it_tells_of_a_second_hit() -> None:
    probe = latent()
    (scenario,) = probe.scenarios(CLIP, track="video", seed=500, limit=1)
    little, much = (probe.dosed(scenario, "second gets less", severity) for severity in (0.25, 1.0))
    assert little is not None and much is not None
    assert not read(probe, scenario, little).lawful
    for side_px in (3, 4):
        said = probe.measure(scenario, in_squares(little, side_px))
        assert said == Unmeasurable("too coarse to tell") or not said.lawful
    for clip in (scenario.alternatives["passes through"].video, much):
        assert not read(probe, scenario, clip).lawful
    assert not read(probe, scenario, in_squares(scenario.alternatives["passes through"].video, 4)).lawful


def test_turning_time_round_turns_the_arrow() -> None:
    probe = TimeArrow()
    (scenario,) = probe.scenarios(CLIP, track="video", seed=500, limit=1)
    known = 0 if scenario.request.context is None else len(scenario.request.context.indices)
    frames = scenario.truth.video.frames
    turned = Video(np.concatenate([frames[:known], frames[known:][::-1]]), CLIP.fps)
    forwards, backwards = (read(probe, scenario, video) for video in (scenario.truth.video, turned))
    assert forwards.lawful and not backwards.lawful
    assert forwards.metrics["arrow"] > 0.9 and backwards.metrics["arrow"] < -0.9
    assert not read(probe, scenario, Video(frames[::-1].copy(), CLIP.fps)).lawful


def test_pieces_lie_nearer_together_the_further_they_go_back() -> None:
    probe = TimeArrow()
    (scenario,) = probe.scenarios(CLIP, track="video", seed=500, limit=1)
    clips = [scenario.truth.video, *(probe.dosed(scenario, "whole again", dose) for dose in (0.25, 1.0))]
    apart = [read(probe, scenario, clip).metrics["apart"] for clip in clips if clip is not None]
    assert apart[0] == pytest.approx(1.0) and apart[0] > apart[1] > apart[2]


def test_the_ledger_counts_what_is_there_and_how_far_it_jumps() -> None:
    probe = Ledger()
    (scenario,) = probe.scenarios(CLIP, track="video", seed=501, limit=1)
    lawful = read(probe, scenario, scenario.truth.video).metrics
    assert lawful["ledger"] == 1.0 and lawful["jump"] < 0.6
    found = {n: read(probe, scenario, other.video).metrics for n, other in scenario.alternatives.items()}
    assert found["one vanishes"]["ledger"] == pytest.approx(6 / 7, abs=0.04)
    assert found["one is doubled"]["ledger"] < 0.97  # where the two touch they are one to the count
    assert found["one jumps"]["ledger"] == 1.0 and found["one jumps"]["jump"] > 0.9


def test_the_whole_dose_of_a_pendulum_is_its_twin_and_less_of_it_departs_less() -> None:
    probe = pendulum()
    (scenario,) = probe.scenarios(CLIP, track="video", seed=501, limit=1)
    clips = [probe.dosed(scenario, "slower", severity) for severity in (0.125, 0.25, 0.5, 0.75, 1.0)]
    assert clips[-1] is not None
    assert np.array_equal(clips[-1].frames, scenario.alternatives["slower"].video.frames)
    readings = [read(probe, scenario, clip) for clip in clips if clip is not None]
    departures = [reading.metrics["departure"] for reading in readings]
    assert departures == sorted(departures) and len(set(departures)) == 5
    assert [reading.verdict for reading in readings[1:]] == ["slower"] * 4


def test_a_swing_from_a_beam_that_trembles_is_no_broken_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a plain wall the beam is nearly all that there is to tell the scene by."""
    monkeypatch.setattr("wsim_probes.history.world_indices", lambda _: iter([13]))
    (scenario,) = pendulum().scenarios(CLIP, track="video", seed=540, limit=1)
    assert pendulum().measure(scenario, _trembling(scenario)) == Unmeasurable("scene lost")


def test_water_in_a_vessel_that_trembles_is_not_judged() -> None:
    probe = fluid_volume()
    _, scenario = probe.scenarios(CLIP, track="video", seed=540, limit=2)
    assert probe.measure(scenario, _trembling(scenario)) == Unmeasurable(TREMBLES)
    assert not read(probe, scenario, scenario.alternatives["more below"].video).lawful


def _trembling(scenario: Scenario) -> Video:
    """What stands still trembles by a centimetre after the given frames."""
    from_s = (known_frames(scenario) - 0.5) / CLIP.fps
    return Take(broken(take_of(scenario).scene, "wobble", 0.1, from_s), CLIP).video
