"""What a probe said of every clip of its certificate: one JSON line each, so that work can go on later.

An observation is keyed by what was shown: the condition, its level and the scenario. Lines of another key
(another source of the probe, other seeds) live in another file.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, TypeAlias

Condition: TypeAlias = Literal[
    "lawful", "nuisance", "dose", "adversary", "foreign", "crosstalk", "metamorphic", "reversed"
]
Key: TypeAlias = tuple[str, str, float, str]  # condition, name, level, scenario


@dataclass(frozen=True, slots=True)
class Observation:
    """One clip.

    Attributes:
        condition: what kind of clip it is.
        name: which of that kind (`blur`, `vanish`, `freeze`). level: how much.
        scenario: the question. cluster: its world.
        value: of the scored metric; None when the clip was unmeasurable.
        lawful: whether the probe called it lawful.
        verdict: what it was read as, or why it was unmeasurable.
        response: of the metric in which a dose shows, higher when more lawful; None when unmeasurable.
        error: what went wrong inside the probe, empty when nothing did.
        made_s, read_s: how long it took to make the clip, and to read it.
    """

    condition: Condition
    name: str
    level: float
    scenario: str
    cluster: str
    value: float | None
    lawful: bool
    verdict: str
    response: float | None = None
    error: str = ""
    made_s: float = 0.0
    read_s: float = 0.0

    @property
    def key(self) -> Key:
        """What was shown."""
        return (self.condition, self.name, self.level, self.scenario)


class Notebook:
    """Observations on disk, appended one line at a time; a torn last line is dropped."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known = {seen.key: seen for seen in self._read()}

    def _read(self) -> Iterator[Observation]:
        if not self.path.exists():
            return
        for line in self.path.read_text(encoding="utf-8").splitlines():
            try:
                yield Observation(**json.loads(line))
            except (ValueError, TypeError):
                continue

    def __contains__(self, key: Key) -> bool:
        return key in self._known

    def add(self, seen: Observation) -> None:
        """Keep one more."""
        self._known[seen.key] = seen
        self.path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps(asdict(seen), allow_nan=False) + "\n"
        with self.path.open("a", encoding="utf-8") as file:
            if file.tell() and not self._ends_well():
                line = "\n" + line
            file.write(line)

    def _ends_well(self) -> bool:
        with self.path.open("rb") as file:
            file.seek(-1, 2)
            return file.read(1) == b"\n"

    def all(self) -> list[Observation]:
        """Everything that was seen, in an order that does not depend on who saw it first."""
        return sorted(self._known.values(), key=lambda seen: seen.key)
