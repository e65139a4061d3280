"""What `wsim render` was told that holds for clips to look at and for data sets."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wsim.cli.arguments import parse_clip

if TYPE_CHECKING:
    from wsim.contracts import ClipFormat
    from wsim.worlds.truth import Detail


@dataclass(frozen=True)
class Asked:
    """The options, as they were given."""

    world: str
    out: Path
    seed: int
    size: str
    fps: float
    frames: int | None
    pairs: tuple[str, ...]
    detail: "Detail"
    twins: bool

    def clip(self, duration_s: float) -> "ClipFormat":
        """The format of a clip; by default it lasts as long as the scene."""
        frames = 1 if not self.fps > 0 else round(duration_s * self.fps) + 1
        return parse_clip(self.frames or frames, self.size, self.fps)

    @property
    def families(self) -> tuple[str, ...]:
        """Their names.

        Raises:
            WsimError: there is no such family.
        """
        from wsim.worlds.datasets.plan import chosen_families

        return chosen_families(self.world)

    def parameters(self) -> dict[str, Any]:
        """What `-m` says of the parameters, which all of the families must have.

        Raises:
            WsimError: one of the families has no such parameter, or not of this kind.
        """
        from wsim.models.options import bind, split_options
        from wsim.worlds.families import FAMILIES

        parameters: dict[str, Any] = {}
        for family in self.families:
            options = {"seed": "0", **split_options(self.pairs)}
            parameters = bind(FAMILIES[family].make, options, where=f"family {family}")
            del parameters["seed"]
        return parameters
