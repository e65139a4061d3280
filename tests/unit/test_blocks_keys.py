"""Actions as numbers per frame, and back."""

import numpy as np
import pytest

from wsim.errors import WsimError
from wsim.worlds.blocks.keys import ACTIONS, action_matrix, actions_of_matrix, scripted
from wsim.worlds.families import make
from wsim.worlds.film import film
from wsim.worlds.scene import Action, Agent, Blocks, CameraPath, Fill, Scene

TIMES_S = np.arange(17) / 16


def scene_of(*actions: Action) -> Scene:
    blocks = Blocks((8, 8, 4), (Fill("stone", (0, 0, 0), (7, 7, 0)),), Agent((4.5, 4.5, 1.0), 0.0), actions)
    return Scene("test", 0, 1.0, (), CameraPath((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), 70.0), blocks=blocks)


def test_a_column_says_for_which_share_of_the_interval_a_key_is_down() -> None:
    matrix = action_matrix(scene_of(Action("forward", 1.5 / 16, 2 / 16)), TIMES_S)
    np.testing.assert_allclose(matrix[:5, ACTIONS.index("forward")], [0.0, 0.5, 1.0, 0.5, 0.0])
    assert matrix.sum() == pytest.approx(2.0)


def test_what_happens_once_is_counted_in_its_interval() -> None:
    matrix = action_matrix(scene_of(Action("place", 3 / 16), Action("place", 3.4 / 16)), TIMES_S)
    assert matrix[:, ACTIONS.index("place")].tolist() == [0, 0, 0, 2] + [0] * 13


def test_actions_come_back_from_their_matrix() -> None:
    actions = (
        Action("forward", 0.5 / 16, 5.25 / 16),
        Action("turn_left", 2 / 16, 3 / 16),
        Action("jump", 4 / 16),
        Action("turn_left", 9.75 / 16, 2.25 / 16),
        Action("break", 12 / 16),
    )
    found = actions_of_matrix(action_matrix(scene_of(*actions), TIMES_S), TIMES_S)
    assert [action.kind for action in found] == [action.kind for action in actions]
    for one, other in zip(found, actions, strict=True):
        assert one.time_s == pytest.approx(other.time_s, abs=1e-8)
        assert one.duration_s == pytest.approx(other.duration_s, abs=1e-8)


@pytest.mark.parametrize("seed", range(3))
def test_the_matrix_of_what_comes_back_is_the_same_matrix(seed: int) -> None:
    scene = make("walk", seed)
    times_s = np.arange(25) / 16
    matrix = action_matrix(scene, times_s)
    again = action_matrix(scripted(scene, actions_of_matrix(matrix, times_s)), times_s)
    np.testing.assert_allclose(matrix, again, atol=1e-8)


def test_other_actions_in_the_same_world_give_other_pictures() -> None:
    scene, times_s = make("walk", 1), np.array([0.0, 0.5])
    scripts = [(), (Action("forward", 0.1, 0.3),), (Action("turn_left", 0.1, 0.3),), (Action("jump", 0.1),)]
    films = [film(scripted(scene, script), times_s, 32, 32).rgb for script in scripts]
    for index, one in enumerate(films):
        np.testing.assert_array_equal(one[0], films[0][0])
        for other in films[index + 1 :]:
            assert np.abs(one[1].astype(int) - other[1]).mean() > 2.0


def test_what_is_no_matrix_of_actions_is_refused() -> None:
    with pytest.raises(WsimError, match="are no shares"):
        actions_of_matrix(np.full((17, 12), 2.0), TIMES_S)
    with pytest.raises(WsimError, match="are no shares"):
        actions_of_matrix(np.zeros((17, 3)), TIMES_S)
    with pytest.raises(WsimError, match="must increase"):
        action_matrix(scene_of(), np.zeros(4))


def test_a_scene_without_blocks_has_no_actions() -> None:
    with pytest.raises(WsimError, match="no world of blocks"):
        action_matrix(make("fall", 0), TIMES_S)
