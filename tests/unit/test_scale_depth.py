"""Size times distance: constant for what comes and goes, and not for what swells."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from wsim.contracts import ClipFormat, Reading, Scenario, Track, Unmeasurable
from wsim.models import controls
from wsim.video import Video
from wsim.worlds.take import Take
from wsim_probes.geometry.scale_depth import ScaleDepth
from wsim_probes.posing import take_of

CLIP = ClipFormat(25, 64, 64, 16.0)
PROBE = ScaleDepth()


def question(track: Track = "video") -> Scenario:
    return next(PROBE.scenarios(CLIP, track=track, seed=503, limit=1))


@pytest.fixture(scope="module")
def asked() -> Scenario:
    return question()


def said_of(said: Reading | Unmeasurable) -> Reading:
    assert isinstance(said, Reading), said
    assert said.lawful == (said.verdict == "scaled") == (not said.events)
    assert set(said.metrics) == {spec.name for spec in PROBE.metrics}
    return said


@pytest.mark.parametrize("way", ["as it is", "h264", "soft and noisy"])
def test_what_comes_or_goes_is_scaled(
    asked: Scenario, ways: dict[str, Callable[[Video], Video]], way: str
) -> None:
    said = said_of(PROBE.measure(asked, ways[way](asked.truth.video)))
    assert said.metrics["scaled"] > 0.95 and said.metrics["depth_range"] == pytest.approx(0.7, abs=0.15)


def test_a_still_settles_it_too() -> None:
    asked = question("image")
    assert asked.request.context is not None and asked.request.context.indices == (0,)
    assert said_of(PROBE.measure(asked, asked.truth.video)).lawful


@pytest.mark.parametrize(("dose", "verdict"), [("grows", "too large"), ("shrinks", "too small")])
def test_the_change_is_the_factor(asked: Scenario, dose: str, verdict: str) -> None:
    changes = []
    for severity in (0.125, 0.5, 1.0):
        video = PROBE.dosed(asked, dose, severity)
        assert video is not None
        said = said_of(PROBE.measure(asked, video))
        changes.append(said.metrics["change"])
    assert changes == sorted(changes) and said.verdict == verdict and said.metrics["scaled"] < 0.01
    if dose == "shrinks":  # what grows is also lifted, which changes how far below the horizon it is
        assert changes[1] > np.log(2.0) / 2
    assert PROBE.dosed(asked, "wobble", 0.5) is None


def test_what_vanishes_is_not_scaled(asked: Scenario) -> None:
    said = said_of(PROBE.measure(asked, asked.alternatives["vanish"].video))
    assert said.verdict == "vanished" and said.metrics["scaled"] == 0.0


@pytest.mark.parametrize("name", ["freeze", "noise", "reverse", "pan", "zoom"])
def test_adversaries_say_nothing(asked: Scenario, name: str) -> None:
    (video,) = getattr(controls, name)().generate([asked.request])
    assert isinstance(PROBE.measure(asked, video), Unmeasurable)


def test_who_only_goes_on_as_it_moved_gets_less_far() -> None:
    """Its ratio is right to the end, and its depth changes by a third of what it should."""
    asked = next(PROBE.scenarios(CLIP, track="video", seed=540, limit=1))
    (video,) = controls.carry().generate([asked.request])
    assert PROBE.measure(asked, video) == Unmeasurable("nothing goes on")


def masked(folder: Path, take: Take) -> str:
    mover = [body.name for body in take.scene.bodies].index("mover")
    np.savez(folder / "masks.npz", masks=(take.film.render.ids == mover)[None])
    return str(folder / "masks.npz")


def test_without_a_scenario_masks_and_a_horizon_will_do(asked: Scenario, tmp_path: Path) -> None:
    video = asked.truth.video
    masks = masked(tmp_path, take_of(asked))
    assert PROBE.measure_free(video, {"masks": masks}) == Unmeasurable("no horizon given")
    said = said_of(PROBE.measure_free(video, {"masks": masks, "horizon": 0.5}))
    assert said.lawful and said.metrics["scaled"] > 0.9
    twin = asked.alternatives["shrinks"]
    assert isinstance(twin, Take)
    shrunk = {"masks": masked(tmp_path, twin), "horizon": 0.5}
    assert said_of(PROBE.measure_free(twin.video, shrunk)).verdict == "changes size"
    sky = PROBE.measure_free(video, {"masks": masks, "horizon": 0.9})
    assert sky == Unmeasurable("nothing comes nearer")


def test_bad_videos_are_not_read() -> None:
    for shape in ((1, 64, 64, 3), (25, 1, 1, 3), (25, 64, 64, 3)):
        flat = Video(np.full(shape, 128, np.uint8), 16.0)
        assert isinstance(PROBE.measure_free(flat, {"horizon": 0.5}), Unmeasurable)
