"""Paint: areas, times and fading in closed form, on the surface and in the picture."""

import dataclasses

import numpy as np
import pytest

from wsim.errors import WsimError
from wsim.worlds.physics.trajectory import at_rest
from wsim.worlds.rendering.paint import paint_layers, painted_area_m2
from wsim.worlds.rendering.render import render
from wsim.worlds.scene import Body, CameraPath, Material, Scene, Stroke, Violation

LENGTH_M, RADIUS_M = 0.8, 0.06
BLUE, RED = (0.1, 0.2, 0.8), (0.8, 0.1, 0.1)
STROKE = Stroke("board", (0.2, 1.0), ((-0.4, 0.0), (0.4, 0.0)), RADIUS_M, BLUE)
BOARD = Body("board", "box", (0.8, 0.5, 0.02), (0.0, 0.0, 0.0), Material("solid", (0.9, 0.9, 0.88)))


def board(*strokes: Stroke, **changes: object) -> Scene:
    camera = CameraPath((0.0, 0.0, 2.5), (0.0, 0.0, 0.0))
    return Scene("test", 0, 1.5, (BOARD,), camera, strokes=strokes or (STROKE,)).replace(**changes)


def area(scene: Scene, *times_s: float) -> np.ndarray:
    return painted_area_m2(scene, "board", np.array(times_s))


def swept(time_s: float) -> float:
    """Area of a disc swept along the stroke until a time."""
    share = np.clip((time_s - 0.2) / 0.8, 0, 1)
    return 2 * RADIUS_M * LENGTH_M * share + np.pi * RADIUS_M**2


def blue_pixels(scene: Scene, times_s: tuple[float, ...], alive: bool = True) -> np.ndarray:
    trajectory = at_rest(scene, np.array(times_s))
    trajectory.alive[:] = alive
    seen = render(scene, trajectory, 160, 160)
    rgb = seen.rgb.astype(int)
    scale_m2 = ((2.5 - 0.02) / seen.camera.intrinsics[0, 0, 0]) ** 2
    return np.count_nonzero(rgb[..., 2] > rgb[..., 0] + 60, axis=(1, 2)) * scale_m2


def test_the_area_of_a_stroke_as_it_grows() -> None:
    times_s = (0.2, 0.4, 0.6, 1.0, 1.5)
    np.testing.assert_allclose(area(board(), *times_s), [swept(t) for t in times_s], rtol=0.03)
    assert area(board(), 0.1999)[0] == 0


def test_the_picture_shows_as_much_paint_as_there_is() -> None:
    times_s = (0.1, 0.5, 1.2)
    np.testing.assert_allclose(
        blue_pixels(board(), times_s), [0.0, swept(0.5), swept(1.2)], rtol=0.06, atol=1e-4
    )


def test_a_texel_is_stamped_when_the_disc_reaches_it() -> None:
    (layer,) = paint_layers(board())
    _, rows, columns = layer.stamp_s.shape
    u = layer.origin_m[0] + layer.texel_m * (np.arange(columns) + 0.5)
    v = layer.origin_m[1] + layer.texel_m * (np.arange(rows) + 0.5)
    uu, vv = np.meshgrid(u, v)
    covered = (np.abs(vv) < RADIUS_M) & (np.abs(uu) < LENGTH_M / 2 - RADIUS_M)
    reach = uu - np.sqrt(np.maximum(RADIUS_M**2 - vv**2, 0))
    expected = 0.2 + np.maximum(reach + LENGTH_M / 2, 0) / LENGTH_M * 0.8
    np.testing.assert_allclose(layer.stamp_s[0][covered], expected[covered], atol=1e-9)


def test_a_bent_stroke_and_a_dot() -> None:
    bent = Stroke("board", (0.0, 0.5, 1.0), ((-0.3, -0.2), (0.0, 0.2), (0.3, -0.2)), 0.03, BLUE)
    legs = 2 * 0.5 * 0.06 + np.pi * 0.03**2  # less the overlap at the bend
    assert legs * 0.95 < area(board(bent), 1.0)[0] < legs
    dot = Stroke("board", (0.5,), ((0.1, 0.1),), 0.05, BLUE)
    np.testing.assert_allclose(area(board(dot), 0.4, 0.6), [0, np.pi * 0.05**2], rtol=0.03)


def test_overlapping_strokes_count_once_and_the_later_lies_on_top() -> None:
    across = dataclasses.replace(STROKE, times_s=(1.1, 1.4), colour=RED)
    both = board(across, STROKE)
    assert area(both, 1.5)[0] == area(board(), 1.5)[0]
    assert blue_pixels(both, (1.05,))[0] > 0.9 * swept(1.0)
    assert blue_pixels(both, (1.5,))[0] == 0


def test_paint_ends_at_the_border_of_the_board() -> None:
    over = dataclasses.replace(STROKE, points_m=((0.4, 0.0), (1.2, 0.0)))
    expected = 2 * RADIUS_M * 0.4 + np.pi * RADIUS_M**2 / 2
    np.testing.assert_allclose(area(board(over), 1.5), [expected], rtol=0.03)


@pytest.mark.parametrize("amount", [0.0, 0.25, 0.5, 1.0])
def test_fading_takes_the_oldest_part(amount: float) -> None:
    faded = board().violated(Violation("mark_fades", 1.2, "board", amount))
    before, after = area(faded, 1.199, 1.2)
    assert before == area(board(), 1.199)[0]
    assert after == pytest.approx(before * (1 - amount), rel=1e-3)
    (layer,) = paint_layers(faded)
    gone, left = (layer.stamp_s[layer.painted(0.0) | keep] for keep in _gone_and_left(layer))
    if 0 < amount < 1:
        assert gone.max() <= left.min()


def _gone_and_left(layer):  # type: ignore[no-untyped-def]
    at_all = layer.stamp_s < 1e8
    return at_all & (layer.erase_s < 1e8), at_all & (layer.erase_s > 1e8)


def test_what_is_painted_after_the_fading_stays() -> None:
    faded = board().violated(Violation("mark_fades", 0.6, "board", 1.0))
    at, end = area(faded, 0.6, 1.5)
    assert at == 0
    assert end == pytest.approx(swept(1.0) - swept(0.6), rel=0.03)
    assert blue_pixels(faded, (0.6,))[0] == 0


def test_an_unpainted_body_has_no_paint() -> None:
    scene = board(strokes=())
    assert paint_layers(scene) == ()
    assert area(scene, 0.0, 1.0).tolist() == [0.0, 0.0]
    with pytest.raises(KeyError):
        painted_area_m2(scene, "nobody", np.zeros(1))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"body": "nobody"}, "cannot be painted on 'nobody'"),
        ({"times_s": (0.2,)}, "2 points and 1 times"),
        ({"times_s": (0.5, 0.2)}, "has no path"),
        ({"radius_m": 0.0}, "leaves no mark"),
    ],
)
def test_impossible_strokes_are_refused(changes: dict[str, object], problem: str) -> None:
    with pytest.raises(WsimError, match=problem):
        paint_layers(board(dataclasses.replace(STROKE, **changes)))  # type: ignore[arg-type]
