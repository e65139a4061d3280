"""Samplers that reject: what is hidden, too small or cut off is seen before it is accepted."""

from collections.abc import Iterator

import pytest

from wsim.errors import WsimError
from wsim.worlds.families.accept import first_good, shown
from wsim.worlds.scene import Body, CameraPath, Material, Scene

CAMERA = CameraPath((0.0, -4.0, 0.5), (0.0, 0.0, 0.5), 40.0)


def scene_of(*bodies: Body) -> Scene:
    return Scene("test", 0, 1.0, bodies, CAMERA)


def ball(x_m: float = 0.0, radius_m: float = 0.5) -> Body:
    return Body("ball", "sphere", (radius_m, 0.0, 0.0), (x_m, 0.0, 0.5), Material())


def screen(x_m: float) -> Body:
    return Body("screen", "box", (0.5, 0.02, 0.6), (x_m, -1.0, 0.5), Material())


def test_the_first_accepted_attempt_is_taken() -> None:
    drawn: Iterator[int] = iter(range(100))
    assert first_good(lambda: next(drawn), lambda number: number > 6) == 7
    assert next(drawn) == 8


def test_a_sampler_that_finds_nothing_says_so() -> None:
    with pytest.raises(WsimError, match="none of 3 drawn scenes"):
        first_good(lambda: 1, lambda _: False, tries=3)


def test_a_ball_in_plain_sight_is_shown_with_its_radius_in_pixels_at_64() -> None:
    # 0.5 m at 4 m with 40 degrees: 32 / tan(20 deg) * 0.5 / sqrt(16 - 0.25) = 11.07 px
    assert shown(scene_of(ball()), {"ball": (1.0, 11.0)}, (0.0, 0.5))
    assert not shown(scene_of(ball()), {"ball": (1.0, 11.2)}, (0.0, 0.5))


def test_a_half_hidden_ball_is_half_visible() -> None:
    scene = scene_of(ball(), screen(0.5))
    assert shown(scene, {"ball": (0.4, 10.0)}, (0.0,))
    assert not shown(scene, {"ball": (0.6, 10.0)}, (0.0,))


def test_a_ball_cut_by_the_border_is_not_whole() -> None:
    scene = scene_of(ball(1.2))
    assert not shown(scene, {"ball": (0.5, 8.0)}, (0.0,))
    assert shown(scene, {"ball": (0.5, 8.0)}, (0.0,), whole=False)


def test_a_body_that_is_not_there_yet_is_not_shown() -> None:
    scene = scene_of(ball()).with_body("ball", from_s=0.5)
    assert shown(scene, {"ball": (1.0, 10.0)}, (0.5, 0.9))
    assert not shown(scene, {"ball": (1.0, 10.0)}, (0.4, 0.9))
