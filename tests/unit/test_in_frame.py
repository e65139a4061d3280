"""How much of a body lies in the picture."""

import numpy as np
import pytest

from wsim.worlds.film import film
from wsim.worlds.scene import Body, CameraPath, Material, Scene

HALF_WIDTH_M = 4.0 * np.tan(np.radians(20.0))  # of the picture, at the place of the ball


def ball_at(x_m: float, radius_m: float = 0.3) -> Scene:
    ball = Body("ball", "sphere", (radius_m, 0.0, 0.0), (x_m, 0.0, 0.0), Material())
    screen = Body("screen", "box", (0.5, 0.01, 0.5), (-1.0, -1.0, 0.0), Material())
    return Scene("test", 0, 1.0, (ball, screen), CameraPath((0.0, -4.0, 0.0), (0.0, 0.0, 0.0), 40.0))


@pytest.mark.parametrize("size", [(64, 64), (64, 112), (200, 160)])
def test_a_ball_on_the_edge_of_the_picture_is_half_in_frame(size: tuple[int, int]) -> None:
    edge_m = HALF_WIDTH_M * size[1] / min(size)
    # Seen at a slant the ball's outline reaches a little farther out than in: just under half is inside.
    shares = [
        film(ball_at(x), np.zeros(1), *size).in_frame[0, 0] for x in (0.0, edge_m, -edge_m, edge_m + 0.4)
    ]
    np.testing.assert_allclose(shares, [1.0, 0.5, 0.5, 0.0], atol=0.06)


def test_hidden_is_not_outside() -> None:
    shown = film(ball_at(-1.2), np.zeros(1), 64, 64)
    assert 0.6 < shown.in_frame[0, 0] < 1.0
    assert shown.visible[0, 0] < 0.5
    np.testing.assert_allclose(shown.amodal_fraction, shown.in_frame * shown.visible)


def test_what_does_not_exist_or_lies_behind_the_camera_is_not_in_frame() -> None:
    shown = film(ball_at(0.0).with_body("ball", until_s=-1.0), np.zeros(1), 32, 32)
    assert shown.in_frame[0, 0] == 0.0
    behind = ball_at(0.0).with_body("ball", position_m=(0.0, -6.0, 0.0))
    assert film(behind, np.zeros(1), 32, 32).in_frame[0, 0] == 0.0
