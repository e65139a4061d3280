"""Who touches whom, from when to when, and how hard: to the step, for bodies and not for their primitives.

Axis letters: `contact`.
"""

from copy import copy
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Int32, Int64

from wsim.worlds.physics.effects import STEP_S
from wsim.worlds.physics.trajectory import WorldEvent

_MIN_GAP_STEPS = 4  # a contact that is lost for less than 1/120 s has not ended: it was trembling


Pair: TypeAlias = tuple[int, int]
# Of the contacts that are seen at once: a number for the pair of each, the pairs, and the bodies.
Contacts: TypeAlias = tuple[Int64[np.ndarray, " contact"], set[Pair], set[int]]


class ContactLog:
    """A log of contacts between bodies of a scene.

    Attributes:
        events: `contact_begin`, `impact` and `contact_end`, whose amount is the normal impulse in N s.
        touching: the pairs of bodies in contact, the lower index first.
        bodies: those with a contact when it looked last.
    """

    def __init__(self, names: list[str], body_of_geom: Int64[np.ndarray, " geom"]) -> None:
        self.events: list[WorldEvent] = []
        self.touching: set[Pair] = set()
        self.bodies: set[int] = set()
        self._names = names
        self._body_of_geom = body_of_geom
        self._impulse = np.zeros(len(names) ** 2)
        self._seen = b""
        self._known: dict[bytes, Contacts] = {b"": (np.zeros(0, np.int64), set(), set())}
        self._codes = np.zeros(0, dtype=np.int64)  # of the pair of every contact seen
        self._forces = np.zeros(0)  # on them, summed over the steps since these contacts were first seen
        self._pairs: set[tuple[int, int]] = set()
        self._new: set[tuple[int, int]] = set()
        self._lost: dict[tuple[int, int], int] = {}  # pairs out of touch for the moment, since which step

    def copied(self) -> "ContactLog":
        """A log that goes on from here by itself."""
        log = copy(self)
        log.events, log.touching, log._lost = list(self.events), set(self.touching), dict(self._lost)
        log._impulse, log._forces = self._impulse.copy(), self._forces.copy()
        return log

    def look(self, data: Any) -> set[tuple[int, int]]:
        """Take notice of MuJoCo's contacts; returns the pairs that have just come to touch."""
        geoms = data.contact.geom
        seen = geoms.tobytes()
        if seen != self._seen:
            self._add_up()
            self._seen = seen
            if seen not in self._known:
                self._known[seen] = self._decoded(geoms)
            self._codes, self._pairs, self.bodies = self._known[seen]
            self._forces = np.zeros(len(self._codes))
            self._new = self._pairs - self.touching
        return self._new

    def _decoded(self, geoms: Int32[np.ndarray, "contact 2"]) -> Contacts:
        pairs = np.sort(self._body_of_geom[geoms], axis=1)
        codes = pairs @ np.array([len(self._names), 1])
        return codes, {(low, high) for low, high in pairs.tolist()}, set(pairs.ravel().tolist())

    def begin(self, pair: tuple[int, int], time_s: float) -> None:
        """Two bodies touch."""
        self._add_up()
        self.touching.add(pair)
        self._new = self._pairs - self.touching
        self._impulse[pair[0] * len(self._names) + pair[1]] = 0.0
        self._note(time_s, "contact_begin", pair)

    def hit(self, pair: tuple[int, int], time_s: float, impulse_n_s: float) -> None:
        """Two bodies hit each other."""
        self._note(time_s, "impact", pair, impulse_n_s)
        self._impulse[pair[0] * len(self._names) + pair[1]] += impulse_n_s

    def press(self, data: Any) -> None:
        """Count the normal forces of the step; after `mj_step2`. Only contacts that press have a row."""
        self._forces += data.efc_force[data.contact.efc_address]

    def _add_up(self) -> None:
        """Forces to impulses: only when other contacts come, for it is slow."""
        np.add.at(self._impulse, self._codes, STEP_S * self._forces)
        self._forces = np.zeros(len(self._codes))

    def end(self, step: int) -> None:
        """Let go of pairs that have been out of touch for long enough."""
        if len(self.touching) == len(self._pairs):  # nothing that touched is lost
            self._lost.clear()
            return
        for pair in self.touching - self._pairs:
            self._lost.setdefault(pair, step)
        for pair, since in sorted(self._lost.items()):
            if pair in self._pairs:
                del self._lost[pair]
            elif step - since >= _MIN_GAP_STEPS:
                self._release(pair, since)

    def close(self) -> None:
        """The last step is over: whatever is lost has ended."""
        for pair, since in sorted(self._lost.items()):
            self._release(pair, since)

    def _release(self, pair: tuple[int, int], step: int) -> None:
        self._add_up()
        del self._lost[pair]
        self.touching.discard(pair)
        impulse = float(self._impulse[pair[0] * len(self._names) + pair[1]])
        self._note(step * STEP_S, "contact_end", pair, impulse)

    def _note(self, time_s: float, kind: str, pair: tuple[int, int], amount: float = 0.0) -> None:
        self.events.append(WorldEvent(time_s, kind, (self._names[pair[0]], self._names[pair[1]]), amount))
