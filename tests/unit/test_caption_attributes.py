"""conditioning/caption_attributes on development worlds: what was told, and what was not."""

from dataclasses import replace

import numpy as np
import pytest

from wsim.certify.nuisances import NUISANCES
from wsim.contracts import ClipFormat, Reading, Scenario, Unmeasurable
from wsim.errors import WsimError
from wsim.models import controls
from wsim.video import Video
from wsim.worlds.palette import PALETTE
from wsim.worlds.scene import Scene, Vec3
from wsim.worlds.take import Take
from wsim_probes.conditioning.caption_attributes import CUT, GROUND, NOT_ASKED, CaptionAttributes
from wsim_probes.posing import take_of

CLIP = ClipFormat(13, 64, 64, 8.0)
PROBE = CaptionAttributes()
GROUNDS: dict[str, tuple[str, Vec3]] = {
    "wood": ("floor", (0.60, 0.42, 0.25)),
    "dark wood": ("floor", (0.42, 0.28, 0.18)),
    "grass": ("floor", (0.33, 0.50, 0.25)),
    "sand": ("floor", (0.80, 0.70, 0.52)),
    "terracotta": ("floor", (0.70, 0.42, 0.32)),
    "warm wall": ("wall", (0.88, 0.78, 0.62)),
}


@pytest.fixture(scope="module")
def asked() -> list[Scenario]:
    return list(PROBE.scenarios(CLIP, track="text", seed=501, limit=3))


def read(scenario: Scenario, video: Video) -> Reading:
    said = PROBE.measure(scenario, video)
    assert isinstance(said, Reading)
    return said


def of(asked: list[Scenario], role: str) -> list[Scenario]:
    return [scenario for scenario in asked if scenario.parameters["ask"] == role]


@pytest.mark.parametrize("spoil", ["", "h264 crf 35", "blur", "noise"])
def test_what_the_caption_tells_is_seen(asked: list[Scenario], spoil: str) -> None:
    for scenario in asked:
        video = scenario.truth.video
        reading = read(scenario, NUISANCES[spoil](video) if spoil else video)
        assert reading.lawful and reading.verdict == "as told" and not reading.events, reading
        assert reading.metrics["right"] == 1.0 and reading.metrics["over_wrong"] > 0.0


def test_every_twin_is_told_from_it(asked: list[Scenario]) -> None:
    for scenario in asked:
        assert scenario.alternatives
        for name, other in scenario.alternatives.items():
            said = PROBE.measure(scenario, other.video)
            assert isinstance(said, Unmeasurable) or not said.lawful, (scenario.id, name)


def test_what_two_things_mix_where_they_meet_is_no_thing() -> None:
    for strip in (2, 3, 4):
        met = PROBE.measure_free(stacked(strip), {"text": "a red block and a yellow block"})
        assert isinstance(met, Reading) and met.lawful and "orange" not in met.notes, strip
    asked = PROBE.measure_free(stacked(4), {"text": "a red block, an orange block and a yellow block"})
    assert isinstance(asked, Reading) and asked.lawful  # what is told may be all that is seen of a thing
    for other in (stacked(10), stacked(0, aside=True)):
        said = PROBE.measure_free(other, {"text": "a red block and a yellow block"})
        assert isinstance(said, Reading) and said.verdict == "wrong colour"


def stacked(strip_px: int, *, aside: bool = False) -> Video:
    """Yellow above red on grey, with some orange between them, or an orange block of the same area aside."""
    frame = np.full((64, 64, 3), 150, dtype=np.uint8)
    frame[14:26, 26:38] = colour("yellow")
    frame[26 : 26 + strip_px, 26:38] = colour("orange")
    frame[26 + strip_px : 38 + strip_px, 26:38] = colour("red")
    if aside:
        frame[26:33, 50:57] = colour("orange")
    return Video(np.repeat(frame[None], 13, axis=0), 8.0)


def colour(name: str) -> np.ndarray:
    return (255 * np.array(PALETTE[name])).round().astype(np.uint8)


def test_left_is_not_right(asked: list[Scenario]) -> None:
    for scenario in of(asked, "things"):
        mirrored = Video(scenario.truth.video.frames[:, :, ::-1].copy(), CLIP.fps)
        reading = read(scenario, mirrored)
        assert reading.verdict == "wrong relation"
        assert reading.metrics["colour"] == reading.metrics["number"] == 1.0 > reading.metrics["relation"]


def test_nothing_that_cannot_read_is_right(asked: list[Scenario]) -> None:
    for name in controls.ADVERSARIES:
        (video,) = getattr(controls, name)().generate([asked[0].request])
        said = PROBE.measure(asked[0], video)
        assert isinstance(said, Unmeasurable) or not said.lawful, name
    for here, there in zip(asked[3:], asked, strict=False):
        assert not read(here, there.truth.video).lawful


def test_clips_that_are_cut_say_nothing(asked: list[Scenario]) -> None:
    frames = asked[0].truth.video.frames.copy()
    frames[7:] = 255 - frames[7:]
    assert PROBE.measure(asked[0], Video(frames, CLIP.fps)) == Unmeasurable(CUT)


def test_any_clip_is_read_against_words(asked: list[Scenario]) -> None:
    video, text = asked[0].truth.video, asked[0].request.text
    right = PROBE.measure_free(video, {"text": text})
    wrong = PROBE.measure_free(video, {"text": asked[4].request.text})
    assert isinstance(right, Reading) and isinstance(wrong, Reading)
    assert right.lawful and not wrong.lawful
    assert PROBE.measure_free(video, {}) == Unmeasurable(NOT_ASKED)
    assert PROBE.measure_free(video, {"text": "the sea is calm."}) == Unmeasurable(NOT_ASKED)


def test_an_answer_that_is_too_short_is_refused(asked: list[Scenario]) -> None:
    with pytest.raises(WsimError, match="1 frames"):
        PROBE.measure(asked[0], Video(np.zeros((1, 64, 64, 3), dtype=np.uint8), 8.0))


def painted(scene: Scene, kind: str, colour: Vec3) -> Video:
    """The floor, or the wall, in another colour all over."""
    (body,) = (body for body in scene.bodies if body.name == kind)
    material = replace(body.material, kind="solid", colour=colour)
    return Take(scene.with_body(kind, material=material), CLIP).video


@pytest.mark.parametrize("ground", GROUNDS)
def test_what_the_ground_is_like_is_not_read(asked: list[Scenario], ground: str) -> None:
    """Wrong stays wrong on it."""
    for scenario in asked:
        video = painted(take_of(scenario).scene, *GROUNDS[ground])
        assert read(scenario, video).lawful, scenario.id
        for name, other in scenario.alternatives.items():
            assert isinstance(other, Take)
            said = PROBE.measure(scenario, painted(other.scene, *GROUNDS[ground]))
            assert isinstance(said, Unmeasurable) or not said.lawful, (scenario.id, name)


@pytest.mark.parametrize("spoil", ["h264 crf 35", "blur", "noise"])
def test_spoiled_clips_have_grounds_too(asked: list[Scenario], spoil: str) -> None:
    for scenario, ground in zip(asked, GROUNDS, strict=False):
        video = NUISANCES[spoil](painted(take_of(scenario).scene, *GROUNDS[ground]))
        assert read(scenario, video).lawful, (scenario.id, ground)


def test_things_on_a_floor_of_their_very_colour_cannot_be_told(asked: list[Scenario]) -> None:
    for scenario in of(asked, "relation"):
        scene = take_of(scenario).scene
        colour = scene.body("thing 0").colour_name
        assert PROBE.measure(scenario, painted(scene, "floor", PALETTE[colour])) == Unmeasurable(GROUND)


def test_the_right_colours_spread_everywhere_are_no_things(asked: list[Scenario]) -> None:
    for scenario in of(asked, "things"):
        bodies = [body for body in take_of(scenario).scene.bodies if body.name.startswith("thing")]
        left_to_right = sorted(bodies, key=lambda body: body.position_m[0])
        stripes = np.repeat([PALETTE[body.colour_name] for body in left_to_right], 22, axis=0)[:64]
        picture = np.broadcast_to((255 * stripes).astype(np.uint8), (CLIP.num_frames, 64, 64, 3))
        said = PROBE.measure(scenario, Video(picture.copy(), CLIP.fps))
        assert isinstance(said, Unmeasurable) or not said.lawful
