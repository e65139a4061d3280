"""Worlds for probes that read any video: told in words alone, so every lawful video is a right answer.

What settles the answer is the law itself. The caption says what is to be seen; where, when and how fast is
left to the model, and nothing of it is judged.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from wsim.certify.doses import Dose
from wsim.contracts import ClipFormat, Scenario
from wsim.video import Video
from wsim.worlds.families import make
from wsim.worlds.scene import Scene, ViolationKind
from wsim.worlds.take import Take
from wsim.worlds.violations.severity import SEVERITIES, broken
from wsim_probes.posing import pose, world_indices, world_seed

SHORTEST_S = 1.5


@dataclass(frozen=True)
class Breach:
    """A law that is broken in the middle of a world: its kind, and when, as a share of the clip."""

    kind: ViolationKind
    at: float = 0.4
    body: bool = True


def _none(scene: Scene) -> Mapping[str, Scene]:
    return {}


@dataclass(frozen=True)
class LawfulWorlds:
    """Worlds of some families, in turn.

    Attributes:
        probe: whose worlds they are.
        families: name -> the body that the law is broken on.
        breaches: what is broken, by name; those that have an amount are graded.
        twins: other violated scenes of a scene, by name.
    """

    probe: str
    families: Mapping[str, str]
    breaches: Mapping[str, Breach]
    twins: Callable[[Scene], Mapping[str, Scene]] = _none

    def scenarios(self, clip: ClipFormat, *, seed: int, limit: int | None) -> Iterator[Scenario]:
        """One world for every index, of the families in turn."""
        names = list(self.families)
        for index in world_indices(limit):
            family = names[index % len(names)]
            long_s = max(SHORTEST_S, clip.duration_s)
            scene = make(family, world_seed(self.probe, seed, index), duration_s=long_s)
            yield pose(
                probe=self.probe,
                track="text",
                place=(seed, index),
                role=family,
                family=family,
                take=Take(scene, clip),
                context=None,
                alternatives={name: Take(twin, clip) for name, twin in self._violated(scene).items()},
                parameters={"family": family},
                words=True,
            )

    def _violated(self, scene: Scene) -> dict[str, Scene]:
        whole = {name: self.broken(scene, breach, 1.0) for name, breach in self.breaches.items()}
        return {**whole, **self.twins(scene)}

    @property
    def doses(self) -> tuple[Dose, ...]:
        """The breaches that have an amount."""
        scales = {name: SEVERITIES[breach.kind] for name, breach in self.breaches.items()}
        return tuple(Dose(name, scale.unit, scale.full) for name, scale in scales.items() if scale.graded)

    def dosed(self, scenario: Scenario, name: str, severity: float) -> Video | None:
        """A twin that is broken to a degree."""
        take = scenario.truth
        if not isinstance(take, Take) or name not in self.breaches:
            return None
        return Take(self.broken(take.scene, self.breaches[name], severity), take.clip).video

    def broken(self, scene: Scene, breach: Breach, severity: float) -> Scene:
        """The violated scene."""
        body = self.families[scene.family] if breach.body else ""
        return broken(scene, breach.kind, severity, breach.at * scene.duration_s, body)
