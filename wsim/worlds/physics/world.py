"""A simulated world from step to step.

A step is: what is due (bodies that come and go, broken laws), what moves by hand, contacts, impacts, causes
and their effects, forces. The same scene gives the same history whoever asks.

Axis letters: `step`.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import mujoco
import numpy as np

from wsim.worlds.physics import effects, rotations
from wsim.worlds.physics import restitution as impact
from wsim.worlds.physics.bodies import Bodies, Path
from wsim.worlds.physics.by_hand import carry_along
from wsim.worlds.physics.contact_log import ContactLog
from wsim.worlds.physics.effects import STEP_S, Started, step_from
from wsim.worlds.physics.model import build
from wsim.worlds.physics.prescribed import poses
from wsim.worlds.scene import NEVER_S, Cause, Effect, Scene

Pair = tuple[int, int]


class World:
    """What the scene asks of every step.

    Attributes:
        bodies: the simulated bodies, and MuJoCo's state.
        index: number of every body, by name.
        log: of contacts.
        caused_s: when causes have come about.
        q: positions of all joints at every step so far.
        rates: velocities and accelerations at every step so far.
    """

    def __init__(self, scene: Scene, steps: int) -> None:
        self.scene = scene
        self.steps = steps
        self.model = build(scene)
        self.bodies = Bodies(scene, self.model)
        self.index = {body.name: i for i, body in enumerate(scene.bodies)}
        self.log = ContactLog(list(self.index), self.model.body_of_geom)
        self.q = np.zeros((steps, self.model.mujoco.nq))
        self.rates = np.zeros((steps, 2, self.model.mujoco.nv))
        self.caused_s: dict[Cause, float] = effects.causes_by_time(scene)
        self._awaited = list(effects.causes_by_contact(scene))
        self._planned: set[Started] = set()
        self._due: dict[int, list[Callable[[int], None]]] = {}
        self._by_hand = [np.zeros((steps, len(self.model.prescribed), width)) for width in (3, 4, 6)]
        self._move_by_hand(0)
        self._drive(0)
        self.bodies.begin(list(self.model.joints))
        self._plan_existence()
        self._plan_effects()

    @property
    def happening(self) -> tuple[Started, ...]:
        """The effects of the causes that have come about so far."""
        return effects.started(self.scene, self.caused_s)

    def at(self, step: int, act: Callable[[int], None]) -> None:
        """Let something be done at the beginning of a step."""
        self._due.setdefault(step, []).append(act)

    def go_on(self, step: int, caused_s: Mapping[Cause, float]) -> None:
        """The world is at a step by which causes have come about; their effects until then have happened."""
        if len(caused_s) > len(self.caused_s):
            self.caused_s = dict(caused_s)
            self._awaited = [cause for cause in self._awaited if cause not in caused_s]
            self._move_by_hand(step)
            self._plan_effects()

    def run(self, first: int = 0, watch: Callable[[int], None] | None = None) -> None:
        """From a step to the last.

        Args:
            first: where the world is; what was due before it has been done.
            watch: is told of every step before anything happens in it.
        """
        mj, data = self.model.mujoco, self.bodies.data
        qpos, qvel, qacc = data.qpos, data.qvel, data.qacc  # views, made once
        self._moves[first] = True
        for step in range(first, self.steps):
            if watch:
                watch(step)
            for act in self._due.pop(step, ()):
                act(step)
            driven = self._drive(step)
            mujoco.mj_step1(mj, data)
            if data.ncon or self.log.touching:
                self._contacts(step)
            if data.nefc and self._pushed():
                carry_along(self.model, data, self.bodies.by_hand)
            self.q[step] = qpos
            mujoco.mj_step2(mj, data)
            if data.nefc:
                self.log.press(data)
            # qvel is now half a step ahead of the pose, and qacc belongs to the pose.
            self.rates[step, 0] = qvel - 0.5 * STEP_S * qacc
            self.rates[step, 1] = qacc
            for index, path in self.bodies.paths.items():
                followed, rates = driven.get(index, (None, None))
                self.rates[step, :, self.model.joints[index].v] = rates if followed is path else path(step)[1]
        self.log.close()

    def _drive(self, step: int) -> dict[int, tuple[Path, Any]]:
        """Move what is moved by hand or held; returns the paths that were followed, and their rates."""
        data, driven = self.bodies.data, {}
        if self._moves[step]:
            data.mocap_pos[:], data.mocap_quat[:] = self._by_hand[0][step], self._by_hand[1][step]
            self.bodies.by_hand[self.model.prescribed] = self._by_hand[2][step]
            self._pushing = set(np.flatnonzero(self.bodies.by_hand.any(axis=1)).tolist())
        for index, path in self.bodies.paths.items():
            joint = self.model.joints[index]
            data.qpos[joint.q], rates = path(step)
            data.qvel[joint.v] = rates[0]
            driven[index] = (path, rates)
        return driven

    def _move_by_hand(self, step: int) -> None:
        """Work out where the bodies that are not simulated will be from a step on."""
        times_s, happening = np.arange(step, self.steps) * STEP_S, self.happening
        for slot, index in enumerate(self.model.prescribed):
            states = poses(self.scene, self.scene.bodies[index], times_s, happening)
            for array, state in zip(self._by_hand, states, strict=True):
                array[step:, slot] = state
        changes = [np.diff(array, axis=0).any(axis=(1, 2)) for array in self._by_hand]
        self._moves = np.concatenate([[True], np.logical_or.reduce(changes)])
        self._moves[step] = True

    # Contacts

    def _contacts(self, step: int) -> None:
        """Note which contacts begin and end, let bounce what should, and set off what waits for a touch."""
        data = self.bodies.data
        new = self.log.look(data)
        changed = bool(data.ncon) and self._hit(step, new)
        self.log.end(step)
        for cause in [cause for cause in self._awaited if self._has_come(cause, step)]:
            self._awaited.remove(cause)
            self.caused_s[cause] = step * STEP_S
            changed = self._set_off(step) or changed
        if changed:
            mujoco.mj_step1(self.model.mujoco, data)
            self.log.look(data)

    def _pushed(self) -> bool:
        """Whether anything that is moved by hand touches something."""
        return bool(self._pushing) and not self._pushing.isdisjoint(self.log.bodies)

    def _hit(self, step: int, new: set[Pair]) -> bool:
        """Impacts of this step; returns whether there were any."""
        data, restitution = self.bodies.data, self.bodies.restitution
        by_hand, pushed = self.bodies.by_hand if self._pushing else None, self._pushed()
        hits, fast = None, impact.fast_contacts(self.model, data, new, restitution, by_hand, pushed)
        if fast:
            mujoco.mj_forward(self.model.mujoco, data)  # for the accelerations
            hits = impact.impacts(self.model, data, fast, restitution, by_hand if pushed else None)
        if new or hits:
            self._note(step, new, hits)
        if hits:
            impact.exchange(self.model, data, hits)
        return hits is not None

    def _note(self, step: int, new: set[Pair], hits: impact.Hits | None) -> None:
        """Write down the contacts that begin and the impacts, one for a pair of bodies."""
        now_s = step * STEP_S
        touched_s: dict[Pair, float] = {}
        impulses: dict[Pair, float] = {}
        if hits:
            normal = hits.impulse_n_s[:, 0].tolist()
            for (low, high), age_s, impulse in zip(
                hits.bodies.tolist(), hits.age_s.tolist(), normal, strict=True
            ):
                touched_s[low, high] = min(touched_s.get((low, high), now_s), now_s - age_s)
                impulses[low, high] = impulses.get((low, high), 0.0) + impulse
        for pair in sorted(new):
            self.log.begin(pair, touched_s.get(pair, now_s))
        for pair, impulse in impulses.items():
            self.log.hit(pair, touched_s[pair], impulse)

    # Existence, causes and effects

    def _plan_existence(self) -> None:
        for index, body in enumerate(self.scene.bodies):
            if body.from_s > 0.0 or body.until_s <= 0.0:
                self.bodies.exist(index, False)
            for time_s, yes in ((body.from_s, True), (body.until_s, False)):
                if 0.0 < time_s < NEVER_S:
                    self.at(step_from(time_s), self._existing(index, yes))

    def _has_come(self, cause: Cause, step: int) -> bool:
        one, other = (self.index[name] for name in cause.bodies)
        touching = (min(one, other), max(one, other)) in self.log.touching
        return touching and step >= step_from(cause.time_s)

    def _set_off(self, step: int) -> bool:
        """Effects of a cause that has just come about; returns whether one of them acted at once."""
        self._move_by_hand(step)
        self._plan_effects()
        at_once = self._due.pop(step, ())
        for act in at_once:
            act(step)
        return bool(at_once)

    def _plan_effects(self) -> None:
        """What effects do to existence; how they move bodies is the matter of `prescribed`."""
        for one in self.happening:
            if one in self._planned:
                continue
            self._planned.add(one)
            index, kind = self.index[one.effect.body], one.effect.kind
            begin, end = step_from(one.start_s), step_from(one.until_s)
            if kind in ("appear", "disappear"):
                yes = kind == "appear"
                self.at(begin, self._existing(index, yes))
                self.at(end, self._existing(index, not yes))
            elif kind == "shatter":
                self.at(begin, partial(self._shatter, one.effect))

    def _existing(self, index: int, yes: bool) -> Callable[[int], None]:
        return lambda _: self.bodies.exist(index, yes)

    def _shatter(self, effect: Effect, _: int) -> None:
        """Pieces take the place and the motion of a body, and move apart from its centre."""
        whole, index = self.scene.body(effect.body), self.index[effect.body]
        centre, turn, velocity, spin = self.bodies.state(index)
        self.bodies.exist(index, False)
        as_built = rotations.inverse(np.array(whole.rotation))
        for name in effect.others:
            piece = self.scene.body(name)
            offset = np.array(piece.position_m) - np.array(whole.position_m)
            arm = rotations.rotate(turn, rotations.rotate(as_built, offset))
            away = effect.amount * arm / max(float(np.linalg.norm(arm)), 1e-9)
            own = rotations.multiply(turn, rotations.multiply(as_built, np.array(piece.rotation)))
            moves = velocity + np.cross(spin, arm) + away
            self.bodies.place(self.index[name], centre + arm, own, moves, spin)
