"""What hands and levers do in a world of blocks, and what broken laws change."""

import dataclasses

import numpy as np
import pytest

from wsim.errors import WsimError
from wsim.worlds.blocks.broken_laws import View, out_of_view
from wsim.worlds.blocks.grid import aimed_at, first_grid
from wsim.worlds.blocks.kinds import NUMBER
from wsim.worlds.blocks.play import grid_at, history
from wsim.worlds.scene import Action, Agent, Blocks, CameraPath, Fill, Lever, Scene, Violation

EYES = CameraPath((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), 70.0)
WALL = (8, 5, 2)  # in front of the eye
LAMP = (8, 7, 2)
LEVER = Lever("switch", WALL, (LAMP,), "lamp_off", "lamp_on")


def scene_of(*actions: Action, player: Agent | None = None, levers: tuple[Lever, ...] = ()) -> Scene:
    """A wall three cells ahead of an agent that looks along +x."""
    fills = (Fill("stone", (0, 0, 0), (15, 15, 0)), Fill("brick", (8, 0, 1), (8, 15, 3)))
    player = player or Agent((5.5, 5.5, 1.0), 0.0, holds="brick", count=2)
    return Scene("test", 0, 2.0, (), EYES, blocks=Blocks((16, 16, 6), fills, player, actions, levers))


def test_a_block_is_placed_before_the_block_that_is_aimed_at() -> None:
    scene = scene_of(Action("place", 0.5))
    (edit,) = history(scene, 2.0).edits
    assert (edit.time_s, edit.cell, edit.old, edit.new) == (0.5, (7, 5, 2), 0, NUMBER["brick"])
    assert grid_at(scene, 0.49)[7, 5, 2] == 0
    assert grid_at(scene, 0.5)[7, 5, 2] == NUMBER["brick"]


def test_the_hand_counts() -> None:
    story = history(scene_of(*(Action("place", 0.2 * n) for n in range(1, 5))), 2.0)
    assert [hand.count for hand in story.hands] == [2, 1, 0]
    assert [event.kind for event in story.events] == ["place", "place"]


def test_no_block_is_placed_where_the_agent_stands() -> None:
    player = Agent((7.4, 5.5, 1.0), 0.0, holds="brick", count=2)
    assert not history(scene_of(Action("place", 0.5), player=player), 1.0).edits


def test_a_broken_block_goes_into_the_hand_if_it_holds_its_kind_or_is_empty() -> None:
    for holds, count, then in (
        ("brick", 2, ("brick", 3)),
        ("sand", 0, ("brick", 1)),
        ("sand", 4, ("sand", 4)),
    ):
        player = Agent((5.5, 5.5, 1.0), 0.0, holds=holds, count=count)
        story = history(scene_of(Action("break", 0.5), player=player), 1.0)
        assert (story.hand_at(1.0).kind, story.hand_at(1.0).count) == then
        assert story.grid_at(1.0)[WALL] == 0


def test_what_is_out_of_reach_does_not_break() -> None:
    player = Agent((3.4, 5.5, 1.0), 0.0)
    assert not history(scene_of(Action("break", 0.5), player=player), 1.0).edits


def test_the_lowest_layer_does_not_break() -> None:
    player = Agent((5.5, 5.5, 1.0), 0.0, -80.0)
    assert not history(scene_of(Action("break", 0.5), player=player), 1.0).edits


def test_whoever_breaks_the_block_below_falls() -> None:
    fills = (Fill("stone", (0, 0, 0), (15, 15, 3)),)
    blocks = Blocks((16, 16, 8), fills, Agent((5.5, 5.5, 4.0), 0.0, -89.0), (Action("break", 0.1),))
    story = history(Scene("test", 0, 2.0, (), EYES, blocks=blocks), 2.0)
    assert story.feet[-1].tolist() == [5.5, 5.5, 3.0]


def test_a_lever_changes_its_cells_there_and_back() -> None:
    story = history(scene_of(Action("use", 0.5), Action("use", 1.0), levers=(LEVER,)), 2.0)
    kinds = [int(story.grid_at(time_s)[LAMP]) for time_s in (0.4, 0.6, 1.1)]
    assert kinds == [NUMBER["lamp_off"], NUMBER["lamp_on"], NUMBER["lamp_off"]]
    assert [story.lever_at("switch", time_s) for time_s in (0.4, 0.6, 1.1)] == [False, True, False]
    assert [event.kind for event in story.events] == ["use", "switch:switch"] * 2
    assert int(story.grid_at(0.6)[WALL]) == NUMBER["lever_on"]


def test_levers_do_not_break() -> None:
    assert not history(scene_of(Action("break", 0.5), levers=(LEVER,)), 1.0).edits


def test_a_ray_finds_the_block_that_small_steps_find() -> None:
    rng = np.random.default_rng(0)
    grid = (rng.random((12, 12, 12)) < 0.06).astype(np.uint8)
    grid[6, 6, 6] = 0
    for direction in rng.normal(size=(200, 3)):
        x, y, z = (direction / np.linalg.norm(direction)).tolist()
        origin = (6.4, 6.5, 6.6)
        steps = np.arange(0.0, 5.0, 1e-3)
        cells = np.floor(np.array(origin) + steps[:, None] * np.array([x, y, z])).astype(int)
        solid = grid[tuple(cells.T.clip(0, 11))] != 0
        found = aimed_at(grid, origin, (x, y, z), 4.9)
        if solid[:4800].any():
            assert found is not None
            assert grid[found[0]] != 0
            assert found[0] == tuple(cells[solid.argmax()].tolist()) or grid[found[1]] == 0
        elif found is not None:  # it only cuts a corner
            assert grid[found[0]] != 0


VIOLATED = {
    "block_changes": Violation("block_changes", 0.8, vector=(7.0, 5.0, 2.0), other="air"),
    "action_ignored": Violation("action_ignored", 0.4),
    "counter_wrong": Violation("counter_wrong", 0.8, "in hand", 3.0),
    "reseeded": Violation("reseeded", 0.8, amount=0.5),
}


@pytest.mark.parametrize("kind", VIOLATED)
def test_a_broken_law_changes_something_and_nothing_before_its_time(kind: str) -> None:
    lawful = scene_of(Action("place", 0.5), Action("turn_left", 1.0, 0.5))
    violation = VIOLATED[kind]
    story, broken = history(lawful, 2.0), history(lawful.violated(violation), 2.0)
    before = [edit for edit in broken.edits if edit.time_s < violation.time_s]
    assert before == [edit for edit in story.edits if edit.time_s < violation.time_s]
    assert (story.edits, story.hands) != (broken.edits, broken.hands)


@pytest.mark.parametrize("kind", VIOLATED)
def test_severity_zero_breaks_nothing(kind: str) -> None:
    lawful = scene_of(Action("place", 0.5), Action("turn_left", 1.0, 0.5))
    story = history(lawful, 2.0)
    broken = history(lawful.violated(dataclasses.replace(VIOLATED[kind], amount=0.0)), 2.0)
    assert story.edits == broken.edits
    assert [hand.shown for hand in broken.hands][: len(story.hands)] == [hand.shown for hand in story.hands]
    assert len({hand.shown for hand in broken.hands[1:]}) == 1


def test_only_so_many_actions_are_ignored() -> None:
    presses = [Action("place", 0.5), Action("place", 1.0)]
    broken = scene_of(*presses).violated(Violation("action_ignored", 0.4, amount=1.0))
    assert [edit.time_s for edit in history(broken, 2.0).edits] == [1.0]


def test_effects_go_missing_come_late_or_are_undone() -> None:
    lawful = scene_of(Action("use", 0.5), levers=(LEVER,))
    for kind, amount, lit in (
        ("effect_missing", 1.0, [False, False, False]),
        ("effect_delayed", 0.5, [False, False, True]),
        ("effect_undone", 1.0, [False, True, False]),
    ):
        time_s = 1.2 if kind == "effect_undone" else 0.2
        story = history(lawful.violated(Violation(kind, time_s, "switch", amount)), 2.0)
        assert [int(story.grid_at(t)[LAMP]) == NUMBER["lamp_on"] for t in (0.4, 0.9, 1.5)] == lit
        assert story.lever_at("switch", 1.5)


def test_an_effect_elsewhere_changes_the_other_lever_s_cells() -> None:
    other = Lever("other", (8, 2, 2), ((8, 9, 2),), "lamp_off", "lamp_on")
    lawful = scene_of(Action("use", 0.5), levers=(LEVER, other))
    story = history(lawful.violated(Violation("effect_elsewhere", 0.1, "switch", other="other")), 2.0)
    assert int(story.grid_at(1.0)[LAMP]) == NUMBER["lamp_off"]
    assert int(story.grid_at(1.0)[8, 9, 2]) == NUMBER["lamp_on"]


def test_only_blocks_out_of_view_are_reseeded_and_more_for_a_larger_share() -> None:
    fills = (Fill("stone", (0, 0, 0), (15, 15, 0)), Fill("grass", (0, 0, 1), (15, 15, 1)))
    blocks = Blocks((16, 16, 6), fills, Agent((8.5, 8.5, 2.0), 90.0))
    scene = Scene("test", 3, 2.0, (), EYES, blocks=blocks)
    changed = []
    for amount in (0.25, 1.0):
        edits = history(scene.violated(Violation("reseeded", 0.5, amount=amount)), 1.0).edits
        changed.append({(edit.cell, edit.new) for edit in edits})
        assert all(
            out_of_view(np.array(edit.cell), View((8.5, 8.5, 3.62), 90.0, 0.0), 70.0) for edit in edits
        )
    assert changed[0] < changed[1]
    assert len(changed[0]) == pytest.approx(len(changed[1]) / 4, abs=1)
    assert not any(cell[1] > 11 and abs(cell[0] - 8) < 3 for cell, _ in changed[1])


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"fills": (Fill("cheese", (0, 0, 0), (1, 1, 1)),)}, "unknown kind"),
        ({"fills": (Fill("stone", (0, 0, 0), (16, 1, 1)),)}, "outside a grid"),
        ({"shape": (0, 4, 4)}, "empty or too large"),
        ({"cell_m": 0.0}, "cannot be"),
    ],
)
def test_blocks_that_make_no_sense_are_refused(change: dict[str, object], problem: str) -> None:
    scene = scene_of()
    assert scene.blocks is not None
    with pytest.raises(WsimError, match=problem):
        history(scene.replace(blocks=dataclasses.replace(scene.blocks, **change)), 1.0)


def test_later_fills_win() -> None:
    blocks = Blocks(
        (4, 4, 4),
        (Fill("stone", (0, 0, 0), (3, 3, 3)), Fill("air", (1, 1, 1), (2, 2, 3))),
        Agent((1.5, 1.5, 1.0), 0.0),
    )
    grid = first_grid(blocks)
    assert (grid == NUMBER["stone"]).sum() == 64 - 12
