"""A certificate: what was promised, what was found, and whether it still holds for the source at hand."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from wsim.certify.bounds import Bound, least, most
from wsim.certify.figures import Alarms, Moved, Response, Rival
from wsim.errors import WsimError

SCHEMA = "wsim.certificate/3"

# The bounds of a certificate; a figure that misses one is published as it is, and the probe is provisional.
MOST_FALSE_ALARMS = 0.05
LEAST_READ = 0.5  # strict skill counts what cannot be read as nothing: a probe must not go blind
LEAST_SPEARMAN = 0.9  # in size: the score falls as the dose rises
LEAST_AUROC = {"full": 0.85, "quarter": 0.7}  # from pixels
MOST_ADVERSARY = 0.05
LEAST_AUROC_ADVERSARY = 0.95
LEAST_ORACLE = 0.95
MOST_CROSS_TALK = 0.1
MOST_MOVED = 0.05
LEAST_FLIPPED = 0.95


@dataclass(frozen=True)
class Certificate:
    """Everything that is known of a probe on one track at one clip format.

    Attributes:
        kinds: which violations of the simulator every dose is made of.
        crosstalk: lawful answers with a fault that the question is not about. `reasons` why some may fire,
            or move a reading.
        metamorphic: readings that must not move. reversed_time: those that must flip, where a probe says so.
        stages: seconds that went into each kind of clip, made and read.
        codecs: of the nuisances that are a model's own codec, the digest of the weights.
    """

    probe: str
    version: int
    track: str
    clip: str
    source: str
    quick: bool
    seed: int
    ceiling: float
    null: float
    instrument: bool
    lawful: Alarms
    nuisances: Mapping[str, Alarms]
    doses: Mapping[str, Response]
    adversaries: Mapping[str, Rival]
    errors: int
    seconds: float
    foreign: Mapping[str, Rival] = field(default_factory=dict)
    kinds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    crosstalk: Mapping[str, Alarms] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    metamorphic: Mapping[str, Moved] = field(default_factory=dict)
    reversed_time: Alarms | None = None
    stages: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    codecs: Mapping[str, str] = field(default_factory=dict)

    def bounds(self) -> list[Bound]:
        """Every promise of DESIGN's certificate that these figures can be held to."""
        found = [
            least("ceiling", "lawful renders reach the ceiling", self.lawful.score, LEAST_ORACLE),
            most(
                "false alarms", "false alarms on lawful renders", self.lawful.false_alarms, MOST_FALSE_ALARMS
            ),
            least("instrument", "the scale spans enough of the metric", float(self.instrument), 1.0),
            most("instrument", "errors of the instrument", float(self.errors), 0.0),
        ]
        for name, seen in self.nuisances.items():
            found.append(
                most("nuisances", f"false alarms under {name}", seen.false_alarms, MOST_FALSE_ALARMS)
            )
            found.append(least("read", f"clips that are read under {name}", seen.coverage, LEAST_READ))
        return found + self._doses() + self._rivals() + self._relations()

    def _doses(self) -> list[Bound]:
        found = []
        for name, seen in self.doses.items():
            found.append(least("full", f"AUROC of {name} in full", seen.auroc_full, LEAST_AUROC["full"]))
            if seen.spearman is not None:
                found.append(least("dose", f"dose response to {name}", -seen.spearman, LEAST_SPEARMAN))
            if seen.graded:
                what, least_quarter = f"AUROC of a quarter of {name}", LEAST_AUROC["quarter"]
                found.append(least("quarter", what, seen.auroc_quarter, least_quarter))
        return found

    def _rivals(self) -> list[Bound]:
        found = []
        for name, rival in self.adversaries.items():
            found.append(most("adversary", f"strict skill of {name}", rival.strict_skill, MOST_ADVERSARY))
            found.append(least("told apart", f"AUROC against {name}", rival.auroc, LEAST_AUROC_ADVERSARY))
        return found

    def _relations(self) -> list[Bound]:
        """What other faults, and other ways of seeing the same, must not change."""
        found = [
            most("cross-talk", f"cross-talk of {name}", seen.alarmed, MOST_CROSS_TALK)
            for name, seen in self.crosstalk.items()
            if name not in self.reasons
        ]
        found += [
            most("moved", f"readings moved by {name}", seen.moved, MOST_MOVED)
            for name, seen in self.metamorphic.items()
            if name not in self.reasons
        ]
        if self.reversed_time is not None:
            flipped = self.reversed_time.false_alarms
            found.append(least("arrow", "the arrow flips with time", flipped, LEAST_FLIPPED))
        return found

    @property
    def provisional(self) -> bool:
        """Whether any promise is not kept, or the certificate is a quick one."""
        return self.quick or any(not bound.met for bound in self.bounds())

    def to_json(self) -> str:
        """As it is published."""
        shown = {"schema": SCHEMA, "provisional": self.provisional, **asdict(self)}
        shown["bounds"] = [asdict(bound) for bound in self.bounds()]
        return json.dumps(shown, indent=1, allow_nan=False) + "\n"


def certificate_from_json(text: str, where: Path) -> Certificate:
    """The inverse of `Certificate.to_json`.

    Raises:
        WsimError: it is no certificate, or one of another version of the format.
    """
    try:
        data: dict[str, Any] = json.loads(text)
        if data.pop("schema") != SCHEMA:
            raise ValueError("another format")
        for derived in ("provisional", "bounds"):
            data.pop(derived)
        data["lawful"] = Alarms(**data["lawful"])
        data["nuisances"] = {name: Alarms(**seen) for name, seen in data["nuisances"].items()}
        data["doses"] = {name: _response(seen) for name, seen in data["doses"].items()}
        for kind in ("adversaries", "foreign"):
            data[kind] = {name: Rival(**seen) for name, seen in data[kind].items()}
        data["kinds"] = {name: tuple(kinds) for name, kinds in data["kinds"].items()}
        data["crosstalk"] = {name: Alarms(**seen) for name, seen in data["crosstalk"].items()}
        data["metamorphic"] = {name: Moved(**seen) for name, seen in data["metamorphic"].items()}
        data["reversed_time"] = Alarms(**data["reversed_time"]) if data["reversed_time"] else None
        data["stages"] = {name: (made, read) for name, (made, read) in data["stages"].items()}
        return Certificate(**data)
    except (ValueError, KeyError, TypeError) as error:
        raise WsimError(
            f"no certificate: {error}", where=str(where), remedy="make it again with `wsim validate`"
        ) from error


def _response(data: dict[str, Any]) -> Response:
    lists = {name: tuple(value) for name, value in data.items() if isinstance(value, list)}
    return Response(**{**data, **lists})
