"""digital/counter and digital/sensitivity on development worlds: blocks placed where and when keys say so."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from wsim.contracts import ClipFormat, Reading, Scenario, Unmeasurable
from wsim.errors import WsimError
from wsim.models import controls
from wsim.video import Frames, Video
from wsim.worlds.blocks import hud
from wsim_probes.digital.counter import Counter, shown_number
from wsim_probes.digital.sensitivity import Sensitivity

CLIP = ClipFormat(25, 64, 64, 16.0)
Probe = Counter | Sensitivity
STATIC = ("freeze", "loop", "reverse", "shuffle")


@pytest.fixture(scope="module", params=[Counter(), Sensitivity()], ids=lambda probe: probe.name)
def posed(request: pytest.FixtureRequest) -> tuple[Probe, list[Scenario]]:
    probe = request.param
    return probe, list(probe.scenarios(CLIP, track="action", seed=500, limit=2))


def read(probe: Probe, scenario: Scenario, video: Video) -> Reading:
    said = probe.measure(scenario, video)
    assert isinstance(said, Reading)
    return said


def test_lawful_renders_are_right_and_never_wrong_when_spoiled(
    posed: tuple[Probe, list[Scenario]], ways: dict[str, Callable[[Video], Video]]
) -> None:
    probe, asked = posed
    for scenario in asked:
        reading = read(probe, scenario, scenario.truth.video)
        assert reading.lawful and reading.metrics["kappa"] == 1.0 and not reading.events
        for spoil in ways.values():
            said = probe.measure(scenario, spoil(scenario.truth.video))
            assert isinstance(said, Unmeasurable) or said.lawful


def test_nothing_that_simulates_nothing_scores(posed: tuple[Probe, list[Scenario]]) -> None:
    probe, asked = posed
    for name in controls.ADVERSARIES:
        videos = list(getattr(controls, name)().generate([s.request for s in asked]))
        said = [probe.measure(s, video) for s, video in zip(asked, videos, strict=True)]
        assert np.mean([r.metrics["kappa"] if isinstance(r, Reading) else 0.0 for r in said]) <= 0.05
        if name in STATIC:
            assert {r.reason if isinstance(r, Unmeasurable) else r.verdict for r in said} == {"nothing moves"}


def test_every_counterfactual_is_told_and_ignoring_the_keys_is_chance() -> None:
    probe = Sensitivity()
    (scenario, _) = probe.scenarios(CLIP, track="action", seed=501, limit=1)
    scores = [1.0]
    for name, take in scenario.alternatives.items():
        reading = read(probe, scenario, take.video)
        assert reading.verdict == name and not reading.lawful
        scores.append(reading.metrics["kappa"])
    assert len(scores) == 8 and np.mean(scores) == pytest.approx(0.0)


def test_what_changes_elsewhere_is_seen() -> None:
    probe = Sensitivity()
    (scenario, _) = probe.scenarios(CLIP, track="action", seed=500, limit=1)
    frames = scenario.truth.video.frames.copy()
    frames[8:, 4:20, 8:40] = (200, 30, 30)
    reading = read(probe, scenario, Video(frames, 16.0))
    assert reading.verdict == "changed elsewhere" and reading.metrics["elsewhere"] > 0.1


def test_a_counter_that_is_off_by_one_is_wrong() -> None:
    asked = list(Counter().scenarios(CLIP, track="action", seed=500, limit=4))
    for scenario in asked:
        reading = read(Counter(), scenario, scenario.alternatives["counter_wrong"].video)
        assert reading.metrics["off_by"] == 1.0 and not reading.lawful
    assert {s.parameters["placed"] for s in asked} == {0.0, 1.0, 2.0, 3.0}


def test_a_picture_without_a_counter_has_no_number() -> None:
    assert shown_number(np.full((3, 64, 64, 3), 128, np.uint8), "red") is None
    assert shown_number(np.zeros((1, 1, 1, 3), np.uint8), "red") is None


def test_digits_that_a_codec_makes_alike_are_told_by_how_they_change() -> None:
    for start, end in ((4, 3), (9, 7), (6, 3), (5, 5), (8, 6), (7, 4)):
        given, then = all_but_eights(start), all_but_eights(end)
        assert shown_number(then, "red") in (None, end)
        assert shown_number(then, "red", (given, start)) == end
        assert shown_number(then, "red", (drawn_in(start), start)) in (None, end)
    assert shown_number(all_but_eights(3), "red") is None
    blank = np.full((1, 64, 64, 3), 110, np.uint8)
    assert shown_number(blank, "red", (blank, 4)) is None


def drawn_in(number: int) -> Frames:
    frame = np.full((1, 64, 64, 3), 110, np.uint8)
    plate, place = hud.drawn("red", number, 64, 64)
    frame[0, *place] = plate
    return frame


def all_but_eights(number: int) -> Frames:
    """As a coarse codec shows digits: soft, and more of an 8 than of what they are."""
    mixed = 0.4 * drawn_in(number) + 0.6 * drawn_in(8)
    return np.asarray(gaussian_filter(mixed, (0.0, 0.8, 0.8, 0.0)).round().astype(np.uint8))


def test_an_answer_that_is_too_short_is_refused(posed: tuple[Probe, list[Scenario]]) -> None:
    probe, asked = posed
    with pytest.raises(WsimError, match="1 frames"):
        probe.measure(asked[0], Video(np.zeros((1, 64, 64, 3), dtype=np.uint8), 16.0))
