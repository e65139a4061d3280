"""The read-out against alternatives, on discs that roll out from behind a screen."""

import io
from typing import Any

import numpy as np
import pytest

from wsim.perception.alternatives import NONE, Alternatives, Variant
from wsim.perception.background import stillness
from wsim.perception.colour import difference, lab, lab_of, match_exposure

SIZE, WINDOW = 64, 5
COLOURS = {"red": (200, 50, 45), "blue": (50, 80, 200), "green": (40, 150, 60)}


def backdrop() -> np.ndarray:
    """Grey wall with a soft texture, brown floor, a beige screen."""
    rng = np.random.default_rng(0)
    picture = np.full((SIZE, SIZE, 3), (150, 152, 158), float)
    picture[44:] = (120, 105, 90)
    picture += rng.normal(0, 4, (SIZE, SIZE, 1))
    picture[14:50, 20:36] = (200, 190, 160)
    return picture


def draw(x: float | None, colour: str = "red") -> np.ndarray:
    """One frame; an antialiased disc of radius 7 behind the screen."""
    picture = backdrop()
    if x is not None:
        rows, columns = np.mgrid[0:SIZE, 0:SIZE]
        cover = np.clip(7.5 - np.hypot(columns - x, rows - 40), 0, 1)
        cover[14:50, 20:36] = 0
        picture += cover[..., None] * (np.array(COLOURS[colour]) - picture)
    return picture.round().clip(0, 255).astype(np.uint8)


def window(late: float = 0.0, colour: str = "red") -> np.ndarray:
    return np.stack([draw(30 + 3.5 * (t - late + 2), colour) for t in range(WINDOW)])


@pytest.fixture(scope="module")
def question() -> Alternatives:
    offsets = range(-4, 5)
    return Alternatives(
        {
            "kept": [Variant(float(o), window(o), abs(o) == 4) for o in offsets],
            "vanished": [Variant(0.0, np.stack([draw(None)] * WINDOW))],
            "recoloured": [
                Variant(float(o), window(o, c), abs(o) == 4, c) for c in ("blue", "green") for o in offsets
            ],
            "frozen": [Variant(0.0, np.stack([draw(10)] * WINDOW))],
        },
        lawful="kept",
    )


def jpeg(frames: np.ndarray, quality: int = 50) -> np.ndarray:
    import cv2

    coded = [cv2.imencode(".jpg", f[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1] for f in frames]
    return np.stack([cv2.imdecode(c, cv2.IMREAD_COLOR)[..., ::-1] for c in coded])


def soft_and_noisy(frames: np.ndarray) -> np.ndarray:
    from scipy.ndimage import gaussian_filter

    noise = np.random.default_rng(1).normal(0, 6, frames.shape)
    return (gaussian_filter(frames.astype(float), (0, 1, 1, 0)) + noise).round().clip(0, 255).astype(np.uint8)


def exposed(frames: np.ndarray, gain: float) -> np.ndarray:
    return (frames * gain).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("late", range(-3, 4))
def test_a_late_ball_has_not_vanished_and_how_late_is_found_exactly(question: Any, late: int) -> None:
    answer = question.read(window(late))
    assert (answer.name, answer.nuisance) == ("kept", late)
    assert answer.margin > 0.5 and answer.fit < 0.05


@pytest.mark.parametrize(
    "spoil",
    [jpeg, soft_and_noisy, lambda f: exposed(f, 1.08), lambda f: exposed(f, 0.92)],
    ids=["jpeg", "blur and noise", "brighter", "darker"],
)
@pytest.mark.parametrize(
    ("shown", "name"),
    [
        (window(2), "kept"),
        (window(0, "blue"), "recoloured"),
        (window(0, "green"), "recoloured"),
        (np.stack([draw(None)] * WINDOW), "vanished"),
        (np.stack([draw(10)] * WINDOW), "frozen"),
    ],
)
def test_nuisances_do_not_change_the_class(question: Any, spoil: Any, shown: np.ndarray, name: str) -> None:
    assert question.read(spoil(shown)).name == name


def test_the_new_colour_is_named(question: Any) -> None:
    assert question.read(window(1, "green")).label == "green"


def test_the_sign_of_the_margin_follows_the_class(question: Any) -> None:
    assert question.read(window()).margin > 0.9
    assert question.read(np.stack([draw(None)] * WINDOW)).margin < -0.9


def test_neither_noise_nor_blank_nor_another_scene_is_a_history(question: Any) -> None:
    rng = np.random.default_rng(2)
    noise = rng.integers(0, 256, (WINDOW, SIZE, SIZE, 3), dtype=np.uint8)
    blank = np.full((WINDOW, SIZE, SIZE, 3), 127, np.uint8)
    other = 255 - np.stack([draw(None)] * WINDOW)
    for frames in (noise, blank, 0 * blank, other):
        assert question.read(frames).name == NONE


def test_the_edge_of_a_family_is_none_of_these(question: Any) -> None:
    answer = question.read(window(-4))
    assert (answer.name, answer.nearest) == (NONE, "kept")


def test_histories_that_cannot_be_told_apart_are_refused() -> None:
    same = [Variant(0.0, window())]
    with pytest.raises(ValueError, match="do not differ"):
        Alternatives({"kept": same, "vanished": same}, lawful="kept")
    with pytest.raises(ValueError, match="another class"):
        Alternatives({"kept": same}, lawful="kept")


def test_lab_agrees_with_published_values() -> None:
    # sRGB primaries under D65, Lindbloom's calculator.
    assert np.allclose(lab_of((1.0, 0.0, 0.0)), (53.24, 80.09, 67.20), atol=0.1)
    assert np.allclose(lab_of((0.0, 0.0, 1.0)), (32.30, 79.19, -107.86), atol=0.1)
    assert np.allclose(lab(np.full((2, 3), 119, np.uint8))[0], (50.03, 0, 0), atol=0.1)


def test_huber_is_continuous_with_slope_one_beyond_the_knee() -> None:
    far = np.zeros((5, 3), dtype=np.float32)
    far[:, 1] = 1.0, 9.999, 10.0, 20.0, 21.0
    assert difference(far, np.zeros((1, 3), np.float32)) == pytest.approx(
        [0.05, 5.0, 5.0, 15.0, 16.0], abs=2e-3
    )
    black, white = lab(np.zeros((1, 3), np.uint8)), lab(np.full((1, 3), 255, np.uint8))
    assert difference(black, white)[0] == pytest.approx(95.0, abs=0.01)


class TestStillness:
    everywhere = np.ones((SIZE, SIZE), bool)

    def test_the_same_picture_through_nuisances(self) -> None:
        given = draw(None)
        for frame in (given, jpeg(given[None])[0], soft_and_noisy(given[None])[0]):
            seen = stillness(frame, given, self.everywhere)
            assert seen.moved == 0 and seen.same_scene()

    @pytest.mark.parametrize("shift", [2, 3, 5, 8, -4, 15])
    def test_a_shift_of_the_whole_picture_is_seen(self, shift: int) -> None:
        given = draw(None)
        seen = stillness(np.roll(given, shift, axis=1), given, self.everywhere)
        assert not seen.same_scene()

    @pytest.mark.parametrize("size", [64, 128, 200])
    def test_a_zoom_is_seen_at_any_size(self, size: int) -> None:
        import cv2

        given = cv2.resize(draw(None), (size, size), interpolation=cv2.INTER_CUBIC)
        inner = given[size // 20 : -size // 20, size // 20 : -size // 20]
        zoomed = cv2.resize(inner, (size, size), interpolation=cv2.INTER_LINEAR)
        everywhere = np.ones((size, size), bool)
        assert stillness(given, given, everywhere).same_scene()
        assert not stillness(zoomed, given, everywhere).same_scene()

    def test_noise_and_blank_are_not_the_scene(self) -> None:
        given = draw(None)
        noise = np.random.default_rng(3).integers(0, 256, given.shape, dtype=np.uint8)
        for frame in (noise, np.full_like(given, 127), 0 * given):
            assert not stillness(frame, given, self.everywhere).same_scene()

    def test_what_may_change_is_left_out(self) -> None:
        unchanging = self.everywhere.copy()
        unchanging[30:52] = False
        assert stillness(draw(50), draw(None), unchanging).explained > 0.95


def test_reading_is_pure(question: Any) -> None:
    frames = soft_and_noisy(window(1))
    buffer = io.BytesIO()
    np.save(buffer, frames)
    first, second = question.read(frames), question.read(frames)
    assert first == second and np.array_equal(frames, np.load(io.BytesIO(buffer.getvalue())))


class TestPlainGround:
    """Hardly any pattern, and one small thing that carries nearly all contrast."""

    everywhere = np.ones((SIZE, SIZE), bool)

    def ground(self, thing: bool) -> np.ndarray:
        grain = np.random.default_rng(5).normal(0.0, 2.0, (SIZE, SIZE, 1))
        picture = np.repeat(200.0 + grain, 3, axis=-1)
        if thing:
            picture[2:9, 2:9] = 60.0
        return picture.round().astype(np.uint8)

    def test_a_thing_that_goes_is_no_change_of_exposure(self) -> None:
        here, there = lab(self.ground(False)), lab(self.ground(True))
        matched = match_exposure(here, there, self.everywhere)
        assert np.abs(matched - here).max() < 0.2

    def test_a_change_of_exposure_is_undone(self) -> None:
        given = draw(None)
        darker = (0.9 * given).round().astype(np.uint8)
        here, there = lab(darker), lab(given)
        left = difference(match_exposure(here, there, self.everywhere), there)
        assert left.mean() < 0.2 * difference(here, there).mean()

    def test_a_shift_of_it_is_seen(self) -> None:
        given = self.ground(True)
        assert not stillness(np.roll(given, 6, axis=1), given, self.everywhere).same_scene()

    def test_a_thing_that_goes_does_not_move_the_picture(self) -> None:
        seen = stillness(self.ground(False), self.ground(True), self.everywhere)
        assert seen.moved == 0 and seen.same_scene()

    @pytest.mark.parametrize("to", [None, (2, 20), (24, 24)])
    def test_a_thing_that_goes_or_jumps_does_not_move_the_picture(self, to: tuple[int, int] | None) -> None:
        given, shown = self.corner((4, 4)), self.corner(to)
        seen = stillness(shown, given, self.everywhere)
        assert seen.moved == 0 and seen.same_scene()

    @pytest.mark.parametrize("by", [(6, 0), (-12, 0), (0, 14), (6, 10)])
    def test_a_camera_that_moves_is_told_from_a_thing_that_does(self, by: tuple[int, int]) -> None:
        shown = np.roll(self.corner((4, 4)), by, axis=(0, 1))
        assert not stillness(shown, self.corner((4, 4)), self.everywhere).same_scene()

    def corner(self, place: tuple[int, int] | None) -> np.ndarray:
        """A little floor below the wall, and perhaps a thing before it."""
        picture = self.ground(False)
        picture[40:] -= 16
        if place is not None:
            picture[place[0] : place[0] + 7, place[1] : place[1] + 7] = 60
        return picture


def test_departure_is_from_the_plain_history_and_distance_from_the_nearest(question: Any) -> None:
    late = question.read(window(2))
    assert late.name == "kept" and late.distances["kept"] == pytest.approx(0.0, abs=1e-6)
    assert late.departure > 1.0 and question.read(window()).departure == pytest.approx(0.0, abs=1e-6)
