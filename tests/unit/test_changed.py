"""How much of a picture has changed: things that come and go are told from another room."""

import numpy as np
import pytest
from jaxtyping import Bool, UInt8

from wsim.perception.changed import changed_share

EVERYWHERE: Bool[np.ndarray, "height width"] = np.ones((64, 64), dtype=bool)


def with_ball(row: int, column: int, radius: float) -> UInt8[np.ndarray, "height width 3"]:
    """A dark ball before a striped wall."""
    rows, columns = np.indices((64, 64))
    wall = np.where((columns // 8 % 2 == 0)[..., None], (200, 190, 170), (150, 160, 180)).astype(np.uint8)
    wall[np.hypot(rows - row, columns - column) <= radius] = (30, 40, 120)
    return wall


def test_what_stays_has_not_changed_in_another_light_either() -> None:
    wall = with_ball(20, 20, 5)
    dimmer = (wall * 0.95).round().astype(np.uint8)
    assert changed_share(wall, wall, EVERYWHERE) == 0.0
    assert changed_share(dimmer, wall, EVERYWHERE) < 0.01


@pytest.mark.parametrize(("row", "column", "radius"), [(20, 20, 8), (40, 44, 4), (63, 0, 4)])
def test_a_thing_that_grows_or_goes_elsewhere_is_two_places_at_most(
    row: int, column: int, radius: float
) -> None:
    before, after = with_ball(20, 20, 4), with_ball(row, column, radius)
    assert changed_share(after, before, EVERYWHERE) > 0.015
    assert changed_share(after, before, EVERYWHERE, things=2) == 0.0


def test_another_room_is_not_hidden_by_two_things() -> None:
    before = with_ball(20, 20, 4)
    other = np.roll(before, 4, axis=1)
    assert changed_share(other, before, EVERYWHERE, things=2) > 0.3


def test_only_what_should_not_change_is_looked_at() -> None:
    before, after = with_ball(20, 20, 4), with_ball(20, 20, 8)
    beside = EVERYWHERE.copy()
    beside[5:35, 5:35] = False
    assert changed_share(after, before, beside) == 0.0
    assert changed_share(after, before, ~EVERYWHERE, things=2) == 0.0
