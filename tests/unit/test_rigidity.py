"""The rigidity probe: lawful rooms score, wobbling ones less the more they wobble, adversaries nothing."""

import itertools
import json
import time
from collections.abc import Callable, Iterator, Mapping

import cv2
import numpy as np
import pytest
from scipy.stats import spearmanr

from wsim.certify.nuisances import NUISANCES
from wsim.contracts import ClipFormat, Probe, Reading, Scenario, Track, Trail, Unmeasurable
from wsim.models import controls
from wsim.perception.rigidity import WINDOW_FRAMES, read_window, windows
from wsim.video import Video
from wsim_probes.geometry.rigidity import FIRST_TRAINING_SEED, WOBBLE_M, Rigidity

CLIP = ClipFormat(25, 64, 64, 16.0)
DEVELOPMENT_SEED = 520
WORLDS = 4
Planes = Callable[..., np.ndarray]
Scores = Mapping[str, list[Reading | Unmeasurable]]


@pytest.fixture(scope="module")
def planes() -> Planes:
    """Textured cards at four depths before a camera that moves sideways: `uint8[12 128 128 3]`."""

    def make(*, speed_m: float = 0.9, bend_px: float = 0.0, cards: int = 4) -> np.ndarray:
        rng = np.random.default_rng(5)
        size, focal = 128, 115.0
        cells = (24, 12, 10, 8)
        small = [rng.random((n, n, 3)).astype(np.float32) for n in cells]
        pictures = [cv2.resize(s, (256, 256), interpolation=cv2.INTER_CUBIC).clip(0, 1) for s in small]
        places = [(0.0, 0.0, 6.0, 9.0), (-1.2, 0.5, 4.2, 2.0), (0.9, -0.4, 3.2, 1.5), (-0.1, 0.7, 2.6, 1.0)]
        rows, columns = np.mgrid[0:size, 0:size].astype(np.float32)
        frames = []
        for u in np.linspace(-0.5, 0.5, 12):
            frame = np.zeros((size, size, 3), np.float32)
            for picture, (x, y, depth, width) in list(zip(pictures, places, strict=True))[:cards]:
                scale = focal * width / depth / 256
                left = focal * (x - width / 2 - speed_m * u) / depth + size / 2
                top = focal * (y - width / 2) / depth + size / 2
                matrix = np.array([[scale, 0, left], [0, scale, top]])
                mask = cv2.warpAffine(np.ones((256, 256), np.float32), matrix, (size, size))
                card = cv2.warpAffine(picture, matrix, (size, size), flags=cv2.INTER_AREA)
                frame = np.where(mask[..., None] > 0.99, card, frame)
            push = [cv2.resize(rng.normal(size=(6, 6)).astype(np.float32), (size, size)) for _ in range(2)]
            frame = cv2.remap(frame, columns + bend_px * push[0], rows + bend_px * push[1], cv2.INTER_LINEAR)
            frames.append((255 * frame).astype(np.uint8))
        return np.stack(frames)

    return make


def test_cards_before_a_moving_camera_are_rigid(planes: Planes) -> None:
    window = read_window(planes(), tuple(range(12)))
    assert not isinstance(window, str)
    assert window.rigid > 0.8
    assert np.median(window.residual_px) < 1.0
    assert window.bend_px.shape == window.points.shape[:2]


def test_bending_pictures_score_less_the_more_they_bend(planes: Planes) -> None:
    found = [read_window(planes(bend_px=dose), tuple(range(12))) for dose in (0.0, 0.25, 0.5, 1.0)]
    scores = [0.0 if isinstance(window, str) else window.rigid for window in found]
    assert (np.diff(scores) < 0).all()


@pytest.mark.parametrize(
    ("settings", "reason"),
    [({"speed_m": 0.0}, "static"), ({"cards": 1}, "no parallax")],
    ids=["still", "flat"],
)
def test_what_says_nothing_is_not_scored(planes: Planes, settings: dict[str, float], reason: str) -> None:
    assert read_window(planes(**settings), tuple(range(12))) == reason


@pytest.mark.parametrize(("first", "count", "length"), [(8, 25, 12), (0, 25, 12), (12, 37, 18), (0, 300, 42)])
def test_windows_reach_from_the_first_frame_to_the_last(first: int, count: int, length: int) -> None:
    spans = windows(first, count, length)
    assert spans[0][0] == first and spans[-1][-1] == count - 1
    for span in spans:
        assert span[-1] - span[0] == length - 1
        assert len(span) == min(length, WINDOW_FRAMES) == len(set(span))
    for one, other in itertools.pairwise(spans):
        assert other[0] <= one[-1]


def test_a_short_clip_is_one_window_and_a_shorter_one_none() -> None:
    assert windows(2, 9, 12) == [(2, 3, 4, 5, 6, 7, 8)]
    assert windows(6, 9, 12) == []


@pytest.fixture(scope="module")
def scenarios() -> list[Scenario]:
    return list(Rigidity().scenarios(CLIP, track="video", seed=DEVELOPMENT_SEED, limit=WORLDS))


@pytest.fixture(scope="module")
def scores(scenarios: list[Scenario]) -> Scores:
    """What the probe says of the truth, of every twin and of every adversary."""

    def answers() -> Iterator[tuple[str, Iterator[Video]]]:
        yield "truth", iter([s.truth.video for s in scenarios])
        for name in scenarios[0].alternatives:
            yield name, iter([s.alternatives[name].video for s in scenarios])
        for name in controls.ADVERSARIES:
            yield name, getattr(controls, name)().generate([s.request for s in scenarios])

    probe = Rigidity()
    return {
        name: [probe.measure(s, v) for s, v in zip(scenarios, videos, strict=True)]
        for name, videos in answers()
    }


def strict(readings: list[Reading | Unmeasurable], ceiling: float = 1.0) -> float:
    """Mean skill, nothing for a clip that cannot be measured."""
    return float(np.mean([r.metrics["rigid"] / ceiling if isinstance(r, Reading) else 0.0 for r in readings]))


def test_every_lawful_room_is_measured_and_read_as_rigid(scores: Scores) -> None:
    for reading in scores["truth"]:
        assert isinstance(reading, Reading)
        assert reading.lawful and reading.verdict == "rigid"
        assert reading.metrics["camera_gain"] == pytest.approx(1.0, abs=0.1)


def test_more_wobble_scores_less(scores: Scores) -> None:
    doses = [("truth", 0.0)] + [(f"wobble={dose:g}", dose) for dose in WOBBLE_M]
    means = [strict(scores[name]) for name, _ in doses]
    assert (np.diff(means[:4]) < 0).all() and (np.diff(means) <= 0).all()
    pairs = [(dose, strict([reading])) for name, dose in doses for reading in scores[name]]
    assert spearmanr(*zip(*pairs, strict=True)).statistic <= -0.9
    wobbled = [r for name, dose in doses if dose >= 0.05 for r in scores[name]]
    assert not any(isinstance(r, Reading) and r.lawful for r in wobbled)


@pytest.mark.parametrize("name", controls.ADVERSARIES)
def test_no_adversary_wins(scores: Scores, name: str) -> None:
    assert strict(scores[name], strict(scores["truth"])) <= 0.05


@pytest.mark.parametrize(
    ("name", "reason"), [("freeze", "static"), ("noise", "few tracks"), ("pan", "no parallax")]
)
def test_the_reason_is_named(scores: Scores, name: str, reason: str) -> None:
    assert [r.reason for r in scores[name] if isinstance(r, Unmeasurable)] == [reason] * WORLDS


def test_another_room_after_the_given_frames_is_no_answer(scenarios: list[Scenario]) -> None:
    frames = scenarios[1].truth.video.frames.copy()
    assert scenarios[0].request.context is not None
    frames[:9] = scenarios[0].request.context.frames
    assert isinstance(Rigidity().measure(scenarios[0], Video(frames, CLIP.fps)), Unmeasurable)


def test_a_camera_that_stops_half_way_is_no_answer(scenarios: list[Scenario]) -> None:
    frames = scenarios[0].truth.video.frames.copy()
    frames[15:] = frames[15]
    assert isinstance(Rigidity().measure(scenarios[0], Video(frames, CLIP.fps)), Unmeasurable)


def test_readings_are_whole(scores: Scores) -> None:
    names = {metric.name: metric for metric in Rigidity.metrics}
    for reading in (r for group in scores.values() for r in group if isinstance(r, Reading)):
        assert set(reading.metrics) == set(names)
        assert json.dumps(dict(reading.metrics), allow_nan=False)
        assert all(names[k].low <= v <= names[k].high for k, v in reading.metrics.items())
        assert reading.lawful or reading.events
        assert all(0 <= event.frame < CLIP.num_frames for event in reading.events)
        trails = [trail for trail in reading.overlays if isinstance(trail, Trail)]
        assert 0 < len(trails) <= 40
        assert all(-0.5 <= p <= 63.5 for trail in trails for point in trail.points for p in point)


def test_scenarios_are_the_same_whatever_was_asked_before(scenarios: list[Scenario]) -> None:
    again = list(Rigidity().scenarios(CLIP, track="video", seed=DEVELOPMENT_SEED, limit=2))
    assert [s.id for s in again] == [s.id for s in scenarios[:2]]
    assert [s.request.digest for s in again] == [s.request.digest for s in scenarios[:2]]
    assert len({s.cluster for s in scenarios}) == WORLDS
    assert all(s.truth.scene.seed < FIRST_TRAINING_SEED for s in scenarios)  # type: ignore[attr-defined]
    assert scenarios[3].id == "geometry/rigidity/video/seed=520/world=0003"


def test_the_given_frames_are_those_of_the_truth_and_of_every_twin(scenarios: list[Scenario]) -> None:
    context = scenarios[0].request.context
    assert context is not None and context.indices == tuple(range(9))
    for history in (scenarios[0].truth, *scenarios[0].alternatives.values()):
        assert np.array_equal(history.video.frames[:9], context.frames)


@pytest.mark.parametrize("track", ["image", "text"])
def test_poorer_tracks_can_be_asked_and_won_by_the_truth(track: str) -> None:
    probe = Rigidity()
    for scenario in probe.scenarios(CLIP, track=track, seed=DEVELOPMENT_SEED, limit=1):  # type: ignore[arg-type]
        assert scenario.request.text
        assert (scenario.request.context is not None) == (track == "image")
        lawful, bent = (
            probe.measure(scenario, history.video)
            for history in (scenario.truth, scenario.alternatives["wobble=0.05"])
        )
        assert isinstance(lawful, Reading) and lawful.lawful
        assert isinstance(bent, Unmeasurable) or bent.metrics["rigid"] < lawful.metrics["rigid"]


def test_without_a_scenario(scenarios: list[Scenario]) -> None:
    probe = Rigidity()
    video = scenarios[0].truth.video
    reading = probe.measure_free(video, {})
    assert isinstance(reading, Reading) and reading.lawful
    assert probe.measure_free(Video(video.frames[:1].repeat(25, axis=0), 16.0), {}) == Unmeasurable("static")
    assert probe.measure_free(Video(video.frames[:3], 16.0), {}) == Unmeasurable("too few frames")


@pytest.mark.parametrize("track", ["image", "video"])
@pytest.mark.parametrize("nuisance", ["h264 crf 35", "half size"])
def test_what_was_given_tells_how_far_a_codec_bends(track: Track, nuisance: str) -> None:
    probe, spoil = Rigidity(), NUISANCES[nuisance]
    for scenario in probe.scenarios(CLIP, track=track, seed=504, limit=2):
        said = probe.measure(scenario, spoil(scenario.truth.video))
        assert said == Unmeasurable("too coarse to tell") or (isinstance(said, Reading) and said.lawful), said


@pytest.mark.parametrize("track", ["image", "video"])
def test_what_bends_more_than_a_codec_never_passes_for_rigid_through_it(track: Track) -> None:
    probe, verdicts = Rigidity(), []
    for scenario in probe.scenarios(CLIP, track=track, seed=504, limit=4):
        said = probe.measure(scenario, NUISANCES["h264 crf 35"](scenario.alternatives["wobble=0.05"].video))
        verdicts.append(said.verdict if isinstance(said, Reading) else said.reason)
    assert "rigid" not in verdicts
    assert verdicts.count("warped") >= 2, verdicts  # the others show too little to tell


def test_measuring_is_pure_and_quick(scenarios: list[Scenario]) -> None:
    probe: Probe = Rigidity()
    scenario, video = scenarios[0], scenarios[0].truth.video
    began = time.process_time()  # about 0.4 s; not the clock on the wall, which other processes stretch
    first = probe.measure(scenario, video)
    assert time.process_time() - began < 2.0
    assert probe.measure(scenario, video) == first
