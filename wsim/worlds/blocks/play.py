"""Playing a world of blocks: one step after the other, from actions to a history.

A key acts for exactly as long as it is down; what happens once happens at the first step at or after its
time.

    jump    off the ground, as high as `JUMP_HEIGHT`
    place   puts a block of the kind in the hand before the block that is aimed at, if one is in the hand and
            the agent does not stand there
    break   takes the block that is aimed at; it goes into the hand if that is empty or holds its kind, and is
            lost otherwise. Levers, what they move, and the lowest layer do not break
    use     turns the lever that is aimed at, and changes its cells, unless the agent stands in one of them
"""

import math
from collections.abc import Iterable
from functools import lru_cache
from typing import TypeVar

import numpy as np

from wsim.errors import WsimError
from wsim.worlds.blocks import agent, broken_laws
from wsim.worlds.blocks.grid import Grid, aimed_at, first_grid, inside, number_of
from wsim.worlds.blocks.history import STEPS_PER_S, Edit, Hand, History, Turned
from wsim.worlds.blocks.keys import ONCE, blocks_of, check_actions
from wsim.worlds.blocks.kinds import AIR, KINDS, LEVER_KINDS, NUMBER
from wsim.worlds.physics.trajectory import WorldEvent
from wsim.worlds.scene import Cell, Lever, Scene, Vec3, Violation

Item = TypeVar("Item")
_ROUNDED = 1e-9  # steps: a time that is meant to be a step is that step
_BELOW = 1e-6  # cells: how near the ground must be to stand on it


def history(scene: Scene, until_s: float) -> History:
    """What happens from time zero to `until_s` at least; it does not depend on how far it is followed.

    Raises:
        WsimError: blocks, actions or broken laws that make no sense.
    """
    return _history(scene, max(0, math.ceil(until_s * STEPS_PER_S - _ROUNDED)))


def grid_at(scene: Scene, time_s: float) -> Grid:
    """The numbers of the kinds of all cells at a time; air is 0.

    Raises:
        WsimError: as for `history`.
    """
    return history(scene, max(time_s, scene.duration_s)).grid_at(time_s)


@lru_cache(maxsize=8)
def _history(scene: Scene, steps: int) -> History:
    play = _Play(scene, steps)
    for step in range(steps):
        play.happen(step)
        play.move(step)
    play.happen(steps)
    return play.result()


class _Play:
    """The state of a world at one step, and what has happened up to then."""

    def __init__(self, scene: Scene, steps: int) -> None:
        self.scene, self.blocks = scene, blocks_of(scene)
        _check(scene)
        self.first = first_grid(self.blocks)
        self.grid = self.first.copy()
        self.actions = broken_laws.heeded(scene.violations, self.blocks.actions)
        edges_s = np.arange(steps + 1) / STEPS_PER_S
        start = self.blocks.agent
        self.strides = agent.walked(self.actions, start.yaw_deg, edges_s).tolist()
        self.yaw_deg = agent.yaw_deg(start.yaw_deg, self.actions, edges_s)
        self.pitch_deg = agent.pitch_deg(start.pitch_deg, self.actions, edges_s)
        self.gravity = max(0.0, -scene.gravity_m_s2[2] / self.blocks.cell_m)

        self.feet = _in_cells(start.position_m, self.blocks.cell_m)
        self._filled = (self.feet, frozenset(agent.cells_of_body(self.feet)))
        self.path = [self.feet]
        self.rise_per_s, self.standing, self.unsure = 0.0, False, True
        self.holds, self.count, self.wrong_by = start.holds, start.count, 0
        self.on = {lever.name: lever.on for lever in self.blocks.levers}
        self.edits: list[Edit] = []
        self.hands = [Hand(0.0, self.holds, self.count, self.count)]
        self.levers = [Turned(0.0, name, on) for name, on in self.on.items()]
        self.events: list[WorldEvent] = []
        self.late: list[tuple[int, tuple[Cell, ...], int, str]] = []  # effects that come after their cause
        self.presses = _by_step((a.time_s, a.kind) for a in self.actions if a.kind in ONCE)
        self.laws = _by_step((v.time_s, v) for v in broken_laws.of_blocks(scene))
        if agent.in_blocks(self.grid, self.feet):
            raise WsimError(
                f"the agent stands in a block at {start.position_m} m",
                where=f"Blocks(agent=...) of {scene.family} {scene.seed}",
                remedy="put its feet where there is air, two cells high",
            )

    def result(self) -> History:
        start = self.blocks.agent
        return History(
            self.first, np.array(self.path), start.yaw_deg, start.pitch_deg, self.actions, tuple(self.edits),
            tuple(self.hands), tuple(self.levers), tuple(self.events),
        )  # fmt: skip

    def happen(self, step: int) -> None:
        """Whatever is due at this step and takes no time."""
        due = [effect for effect in self.late if effect[0] <= step]
        self.late = [effect for effect in self.late if effect[0] > step]
        for _, cells, kind, cause in due:
            self._change(step, cells, kind, cause)
        for violation in self.laws.get(step, ()):
            self._break_law(step, violation)
        for key in self.presses.get(step, ()):
            if key == "jump":
                self._jump(step)
            elif key == "place":
                self._place(step)
            elif key == "break":
                self._break(step)
            else:
                self._use(step)

    def move(self, step: int) -> None:
        """From this step to the next."""
        x, y = self.strides[step]
        for axis, distance in ((0, x), (1, y)):
            if distance:
                self.feet, _ = agent.moved(self.grid, self.feet, axis, distance)
                self.unsure = True
        if self.unsure:
            self.standing = self.rise_per_s <= 0.0 and self._on_ground()
            self.unsure = False
        if not self.standing:
            self._fall(step)
        self.path.append(self.feet)

    def _on_ground(self) -> bool:
        x, y, z = self.feet
        return agent.in_blocks(self.grid, (x, y, z - _BELOW))

    def _fall(self, step: int) -> None:
        """Free fall for one step, exact at its end."""
        dt = 1.0 / STEPS_PER_S
        drop = self.rise_per_s * dt - 0.5 * self.gravity * dt * dt
        self.feet, stopped = agent.moved(self.grid, self.feet, 2, drop)
        self.unsure = True
        if stopped and drop <= 0.0:
            if self.rise_per_s < 0.0:
                self._tell(step + 1, "land", amount=-self.rise_per_s * self.blocks.cell_m)
            self.rise_per_s = 0.0
        else:
            self.rise_per_s = (0.0 if stopped else self.rise_per_s) - self.gravity * dt

    def _jump(self, step: int) -> None:
        if self.rise_per_s <= 0.0 and self._on_ground():
            self.rise_per_s = math.sqrt(2.0 * self.gravity * agent.JUMP_HEIGHT)
            self.standing, self.unsure = False, False
            self._tell(step, "jump")

    def _aimed_at(self, step: int) -> tuple[Cell, Cell] | None:
        """The block in the middle of the picture, if it is near, and the cell before it."""
        x, y, z = self.feet
        direction = agent.gaze(float(self.yaw_deg[step]), float(self.pitch_deg[step]))
        return aimed_at(self.grid, (x, y, z + agent.EYE_HEIGHT), direction, agent.REACH)

    def _place(self, step: int) -> None:
        aim = self._aimed_at(step)
        if aim is None or self.count == 0 or not inside(self.grid, aim[1]) or self._stands_in(aim[1]):
            return
        self._hold(step, self.holds, self.count - 1)
        self._edit(step, aim[1], NUMBER[self.holds], "place")
        self._tell(step, "place", amount=float(self.count))

    def _break(self, step: int) -> None:
        aim = self._aimed_at(step)
        if aim is None or not inside(self.grid, aim[0]) or aim[0][2] == 0 or aim[0] in self._fixed():
            return
        kind = KINDS[self.grid[aim[0]]]
        if self.count == 0 or kind == self.holds:
            self._hold(step, kind, self.count + 1)
        self._edit(step, aim[0], AIR, "break")
        self._tell(step, "break", amount=float(self.count))

    def _fixed(self) -> set[Cell]:
        return {cell for lever in self.blocks.levers for cell in (lever.cell, *lever.cells)}

    def _use(self, step: int) -> None:
        aim = self._aimed_at(step)
        lever = next((one for one in self.blocks.levers if aim is not None and one.cell == aim[0]), None)
        if lever is None:
            return
        on = not self.on[lever.name]
        kind = NUMBER[lever.on_kind if on else lever.off_kind]
        if kind != AIR and any(self._stands_in(cell) for cell in lever.cells):
            return
        self._tell(step, "use", (lever.name,))
        self._tell(step, f"switch:{lever.name}", (lever.name,), float(on))
        self.on[lever.name] = on
        self.levers.append(Turned(step / STEPS_PER_S, lever.name, on))
        self._edit(step, lever.cell, NUMBER[LEVER_KINDS[on]], "use")
        self._take_effect(step, lever, kind)

    def _take_effect(self, step: int, lever: Lever, kind: int) -> None:
        effect = broken_laws.effect_of(self.scene.violations, self.blocks, lever, step / STEPS_PER_S)
        if effect is None:
            return
        cells, delay_s = effect
        cause = f"switch:{lever.name}"
        if delay_s > 0.0:
            self.late.append((step + math.ceil(delay_s * STEPS_PER_S - _ROUNDED), cells, kind, cause))
        else:
            self._change(step, cells, kind, cause)

    def _break_law(self, step: int, violation: Violation) -> None:
        if violation.kind == "counter_wrong":
            self.wrong_by += round(violation.amount)
            self._hold(step, self.holds, self.count)
        eye = (self.feet[0], self.feet[1], self.feet[2] + agent.EYE_HEIGHT)
        view = broken_laws.View(eye, float(self.yaw_deg[step]), float(self.pitch_deg[step]))
        for cell, kind in broken_laws.changed_cells(self.scene, violation, self.grid, self.first, view):
            self._change(step, (cell,), kind, f"violation:{violation.kind}")

    def _stands_in(self, cell: Cell) -> bool:
        if self._filled[0] != self.feet:
            self._filled = (self.feet, frozenset(agent.cells_of_body(self.feet)))
        return cell in self._filled[1]

    def _change(self, step: int, cells: tuple[Cell, ...], kind: int, cause: str) -> None:
        """Change cells, but put no block where the agent stands."""
        for cell in cells:
            if kind == AIR or not self._stands_in(cell):
                self._edit(step, cell, kind, cause)

    def _edit(self, step: int, cell: Cell, kind: int, cause: str) -> None:
        old = int(self.grid[cell])
        if old != kind:
            self.edits.append(Edit(step / STEPS_PER_S, cell, old, kind, cause))
            self.grid[cell] = kind
            self.unsure = True

    def _hold(self, step: int, kind: str, count: int) -> None:
        self.holds, self.count = kind, count
        self.hands.append(Hand(step / STEPS_PER_S, kind, count, max(0, count + self.wrong_by)))

    def _tell(self, step: int, kind: str, who: tuple[str, ...] = (), amount: float = 0.0) -> None:
        self.events.append(WorldEvent(step / STEPS_PER_S, kind, who, amount))


def _check(scene: Scene) -> None:
    blocks = blocks_of(scene)
    check_actions(blocks.actions)
    number_of(blocks.agent.holds, "Agent(holds=...)")
    broken_laws.check(scene)
    if blocks.cell_m <= 0.0 or blocks.agent.count < 0:
        raise WsimError(
            f"cells of {blocks.cell_m:g} m and {blocks.agent.count} blocks in the hand cannot be",
            where=f"Blocks of {scene.family} {scene.seed}",
            remedy="give cells a size and the agent 0 blocks or more",
        )


def _by_step(timed: Iterable[tuple[float, Item]]) -> dict[int, list[Item]]:
    """What is due at which step, in the order of time."""
    steps: dict[int, list[Item]] = {}
    for time_s, item in sorted(timed, key=lambda pair: pair[0]):
        steps.setdefault(max(0, math.ceil(time_s * STEPS_PER_S - _ROUNDED)), []).append(item)
    return steps


def _in_cells(place_m: Vec3, cell_m: float) -> Vec3:
    x, y, z = (part / cell_m for part in place_m)
    return (x, y, z)
