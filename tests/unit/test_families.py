"""The families keep their promises, on 30 seeds each, in the pictures themselves."""

import dataclasses
import itertools

import numpy as np
import pytest
from scipy.ndimage import binary_erosion

from wsim.contracts import ClipFormat, Truth
from wsim.errors import WsimError
from wsim.perception.colour import lab, lab_of
from wsim.worlds.captions import vocabulary
from wsim.worlds.families import FAMILIES, make
from wsim.worlds.film import Film
from wsim.worlds.film import film as shoot
from wsim.worlds.palette import NEUTRALS, PALETTE
from wsim.worlds.scene import Scene
from wsim.worlds.take import Take

SEEDS = range(30)
SMALL = ClipFormat(25, 64, 64, 16.0)
FINE = ClipFormat(61, 64, 64, 40.0)
SHARP = ClipFormat(151, 192, 192, 100.0)
FEW = ClipFormat(4, 64, 64, 2.0)
TOLD = ("ball_behind_screen", "brush_stroke", "fall", "room")  # whose captions are compared with the scene


def film_of(scene: Scene, clip: ClipFormat) -> Film:
    return Take(scene, clip).film


def index(film: Film, name: str) -> int:
    return [body.name for body in film.scene.bodies].index(name)


def amodal(film: Film, name: str) -> np.ndarray:
    return (film.render.amodal & np.uint64(1 << index(film, name))) > 0


def radius_px(film: Film, name: str) -> float:
    """Of the disc with the largest area that the body has in the picture."""
    return float(np.sqrt(amodal(film, name).sum(axis=(1, 2)).max() / np.pi))


@pytest.mark.parametrize("hidden_s", [0.15, 0.3, 0.4, 0.5, 0.6])
def test_the_ball_is_seen_hidden_and_seen_again(hidden_s: float) -> None:
    for seed in SEEDS[:: 1 if hidden_s == 0.4 else 5]:
        film = film_of(make("ball_behind_screen", seed, hidden_s=hidden_s), FINE)
        ball = index(film, "ball")
        half_hidden_s = film.times_s[film.visible[:, ball] < 0.5]
        assert half_hidden_s[0] >= 0.3 - 0.5 / FINE.fps, seed
        assert film.times_s[-1] - half_hidden_s[-1] >= 0.3 - 0.5 / FINE.fps, seed
        assert film.in_view[:, ball].all(), seed
        assert radius_px(film, "ball") >= 6.0, seed
        frames = film_of(film.scene, SMALL).visible[:, ball] == 0
        assert abs(frames.sum() - hidden_s * SMALL.fps) < 1.5, seed


@pytest.mark.parametrize("hidden_s", [0.15, 0.4, 0.6])
def test_the_time_of_hiding_is_exact(hidden_s: float) -> None:
    film = film_of(make("ball_behind_screen", 7, hidden_s=hidden_s), SHARP)
    hidden = film.visible[:, index(film, "ball")] == 0
    assert abs(hidden.sum() / SHARP.fps - hidden_s) < 0.025  # a sliver may pass between the pixel centres
    assert np.count_nonzero(np.diff(hidden)) == 2  # once, without a gap


def test_the_ball_is_wholly_in_the_first_picture_unless_the_hiding_is_long() -> None:
    for seed in SEEDS:
        pixels = amodal(film_of(make("ball_behind_screen", seed, hidden_s=0.3), FEW), "ball")
        assert pixels[0].sum() > 0.95 * pixels.sum(axis=(1, 2)).max(), seed


@pytest.mark.parametrize("hidden_s", [0.1, 0.61])
def test_a_hiding_that_does_not_fit_is_refused(hidden_s: float) -> None:
    with pytest.raises(WsimError, match="cannot be hidden"):
        make("ball_behind_screen", 0, hidden_s=hidden_s)
    assert make("ball_behind_screen", 0, hidden_s=0.61, duration_s=2.0).duration_s == 2.0


def test_the_empty_twin_lacks_the_ball_and_nothing_else() -> None:
    for seed in SEEDS:
        full, empty = make("ball_behind_screen", seed), make("ball_behind_screen", seed, empty=True)
        assert FAMILIES["ball_behind_screen"].twins(full).controls["empty"] == empty
        lacking = full.without_body("ball")
        assert lacking.replace(story=empty.story, captions=empty.captions) == empty
        assert not any("ball" in caption.replace("nothing", "") for caption in empty.captions)


def test_the_ball_falls_flies_and_stays_in_the_picture() -> None:
    thrown = 0
    for seed in SEEDS:
        film = film_of(make("fall", seed), SMALL)
        impacts_s = [event.time_s for event in film.trajectory.events if event.kind == "impact"]
        assert 0.7 <= impacts_s[0] <= 1.1, seed
        pixels = amodal(film, "ball")
        assert not (pixels[:, [0, -1]].any() or pixels[:, :, [0, -1]].any()), seed
        assert np.sqrt(pixels.sum(axis=(1, 2)).min() / np.pi) >= 4.0, seed
        assert film.scene.body("ball").velocity_m_s[1] == 0.0
        assert 0.4 <= film.scene.body("ball").restitution <= 0.8
        thrown += film.scene.body("ball").velocity_m_s != (0.0, 0.0, 0.0)
    assert 10 <= thrown <= 25


def test_the_brush_paints_while_it_should_and_leaves() -> None:
    for seed in SEEDS:
        film = film_of(make("brush_stroke", seed), SMALL)
        board, parts = index(film, "board"), [index(film, "brush"), index(film, "bristles")]
        unpainted = film_of(film.scene.replace(strokes=()), SMALL).rgb.astype(int)
        paint = (np.abs(film.rgb - unpainted).max(axis=-1) > 40) & (film.render.ids == board)
        assert not paint[film.times_s <= 0.1].any(), seed
        stroke = film.scene.strokes[0]
        assert stroke.times_s[0] == pytest.approx(0.1) and stroke.times_s[-1] == pytest.approx(0.75)
        length_px = paint[-1].sum() / (2 * stroke.radius_m * 64 / 1.383)
        assert paint[-1].sum() / length_px >= 4.0, seed  # width
        assert length_px > 20, seed
        late = film.times_s >= 1.1
        assert not film.in_view[late][:, parts].any(), seed
        assert np.ptp(paint[late].sum(axis=(1, 2))) == 0, seed
        assert film.in_view[0, parts].all(), seed
        assert np.isin(film.render.ids[0], parts).sum() > 20, seed
        assert (film.render.ids[-1] == board).mean() > 0.6, seed


def test_the_stroke_goes_at_constant_speed() -> None:
    for seed in SEEDS:
        stroke = make("brush_stroke", seed).strokes[0]
        steps = np.linalg.norm(np.diff(stroke.points_m, axis=0), axis=1) / np.diff(stroke.times_s)
        np.testing.assert_allclose(steps, steps[0])


def test_the_near_miss_makes_the_same_motion_before_the_board() -> None:
    for seed in SEEDS:
        real, miss = make("brush_stroke", seed), make("brush_stroke", seed, touches=False)
        assert not miss.strokes
        for name in ("brush", "bristles"):
            a, b = real.body(name).rail, miss.body(name).rail
            assert a is not None and b is not None and a.times_s == b.times_s
            gap = np.array(a.points_m) - np.array(b.points_m)
            np.testing.assert_allclose(gap, [[0.0, gap[0, 1], 0.0]] * len(gap), atol=1e-12)
            assert 0.05 <= gap[0, 1] <= 0.10
        rails = {name: miss.body(name) for name in ("brush", "bristles")}
        shared = tuple(rails.get(body.name, body) for body in real.bodies)
        told = {"story": miss.story, "captions": miss.captions}
        assert dataclasses.replace(real, bodies=shared, strokes=(), **told) == miss


def test_the_room_is_full_and_closed_and_the_camera_arcs() -> None:
    for seed in SEEDS:
        film = film_of(make("room", seed), SMALL)
        things = [i for i, body in enumerate(film.scene.bodies) if body.name.startswith("thing")]
        assert 5 <= len(things) <= 7
        seen_px = np.stack([(film.render.ids == i).sum(axis=(1, 2)) for i in things])
        assert seen_px.max(axis=1).min() >= 20, seed
        assert (film.render.ids >= 0).all(), seed  # no sky
        assert 35 <= abs(film.scene.camera.arc_deg) <= 60
        near_px = np.bincount(film.render.ids.ravel())[things] / len(film.times_s)
        assert near_px.max() < 0.25 * 64 * 64, seed  # nothing blocks the view
        assert np.ptp(film.trajectory.position_m, axis=0).max() == 0.0


def test_things_in_the_room_do_not_touch() -> None:
    for seed in SEEDS:
        things = [b for b in make("room", seed).bodies if b.name.startswith("thing")]
        for a, b in itertools.combinations(things, 2):
            reach = sum(np.hypot(t.size_m[0], t.size_m[1]) for t in (a, b))
            assert np.hypot(*(np.subtract(a.position_m, b.position_m)[:2])) > reach


@pytest.mark.parametrize("family", ["ball_behind_screen", "fall"])
def test_the_ball_stands_out_from_everything_and_is_the_colour_it_is_called(family: str) -> None:
    names = list(PALETTE)
    colours = np.stack([lab_of(PALETTE[name]) for name in names])
    for seed in SEEDS:
        film = film_of(make(family, seed), FEW)
        ball = film.render.ids == index(film, "ball")
        background = binary_erosion(~ball, np.ones((1, 3, 3)), border_value=1)  # without mixed pixels
        looks = lab(film.rgb)
        mean = looks[ball].mean(axis=0)
        gaps = np.linalg.norm(looks[background] - mean, axis=-1)
        assert np.percentile(gaps, 0.5) >= 48, seed
        nearest = names[int(np.linalg.norm(colours - mean, axis=1).argmin())]
        assert nearest == film.scene.body("ball").colour_name, seed


def test_the_palette_is_far_apart_and_the_neutrals_are_neutral() -> None:
    for a, b in itertools.combinations(PALETTE.values(), 2):
        assert np.linalg.norm(lab_of(a) - lab_of(b)) >= 50
    assert all(np.hypot(*lab_of(colour)[1:]) < 14 for colour in NEUTRALS.values())


@pytest.mark.parametrize("family", TOLD)
def test_the_same_seed_gives_the_same_pixels(family: str) -> None:
    first, second = (Take(make(family, 11), SMALL) for _ in range(2))
    assert first.video.digest == second.video.digest
    assert Take(make(family, 12), SMALL).video.digest != first.video.digest


def test_captions_speak_of_what_there_is_and_of_nothing_else() -> None:
    nouns = {"ball", "screen", "brush", "board", "stroke", "box", "cylinder", "floor", "wall"}
    colours = set(PALETTE) | set(NEUTRALS)
    for family, seed, extra in [
        *itertools.product(TOLD, SEEDS, [{}]),
        *itertools.product(["ball_behind_screen"], SEEDS, [{"empty": True}]),
        *itertools.product(["brush_stroke"], SEEDS, [{"touches": False}]),
    ]:
        scene = make(family, seed, **extra)
        there = {b.noun for b in scene.bodies} | ({"stroke"} if scene.strokes else set())
        worn = {b.colour_name for b in scene.bodies} | {s.colour_name for s in scene.strokes}
        for caption in scene.captions:
            words = set(caption.replace(",", "").replace(".", "").split())
            assert words & nouns <= there and words & colours <= worn
        assert len(scene.captions[0]) > len(scene.captions[1]) > len(scene.captions[2])
        if "ball" in there and family != "room":
            assert all(scene.body("ball").colour_name in caption for caption in scene.captions)
        if family == "room":
            for body in scene.bodies:
                if body.name.startswith("thing"):
                    assert f"{body.colour_name} {body.noun}" in scene.captions[0]


def test_the_vocabulary_is_small_and_lower_case() -> None:
    words: set[str] = set()
    for family, seed in itertools.product(TOLD, range(60)):
        for extra in ({}, {"empty": True} if family == "ball_behind_screen" else {}):
            words.update(
                " ".join(make(family, seed, **extra).captions).replace(",", "").replace(".", "").split()
            )
    assert len(words) < 100
    assert words <= set(vocabulary())
    assert all(word.isalpha() and word.islower() for word in words)


@pytest.mark.parametrize("seed", SEEDS)
def test_directions_in_captions_are_those_in_the_picture(seed: int) -> None:
    for family, name in (("ball_behind_screen", "ball"), ("fall", "ball")):
        film = film_of(make(family, seed), FEW)
        columns = amodal(film, name).sum(axis=1) @ np.arange(64) / amodal(film, name).sum(axis=(1, 2))
        for way, moves in (("right", columns[-1] > columns[0] + 2), ("left", columns[-1] < columns[0] - 2)):
            assert all((f"to the {way}" in caption) == moves for caption in film.scene.captions[:2])
    arc = make("room", seed).camera
    assert ("to the right" in make("room", seed).captions[2]) == (arc.arc_deg > 0)


def test_a_take_is_a_truth_and_gives_contexts() -> None:
    take = Take(make("fall", 0), SMALL)
    assert isinstance(take, Truth)
    assert take.first_frame().indices == (0,)
    context = take.prefix(0.3)
    assert context.indices == (0, 1, 2, 3, 4)
    np.testing.assert_array_equal(context.frames, take.video.frames[:5])
    assert [take.caption("full"), take.caption("medium"), take.caption("short")] == list(take.scene.captions)
    assert take.camera.intrinsics.shape == (25, 3, 3)


def test_a_film_may_be_shot_at_any_time() -> None:
    scene = make("ball_behind_screen", 0)
    whole = shoot(scene, SMALL.times_s(), 64, 64)
    shifted = shoot(scene, SMALL.times_s() - 0.25, 64, 64)
    np.testing.assert_array_equal(whole.rgb[:-4], shifted.rgb[4:])
    before = shifted.trajectory.position_m[:, index(shifted, "ball"), 0]
    np.testing.assert_allclose(np.diff(before), before[1] - before[0])  # it was rolling already


def test_mistakes_are_explained() -> None:
    with pytest.raises(WsimError, match="unknown family of worlds 'rain'"):
        make("rain", 0)
    with pytest.raises(WsimError, match="no parameter 'hidden'"):
        make("ball_behind_screen", 0, hidden=0.3)
    with pytest.raises(WsimError, match="negative"):
        make("fall", -1)
