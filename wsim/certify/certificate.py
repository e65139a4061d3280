"""A certificate: what was promised, what was found, and whether it still holds for the source at hand."""

import ast
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, is_dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from wsim.certify.figures import Alarms, Response, Rival
from wsim.contracts import Probe
from wsim.errors import WsimError

SCHEMA = "wsim.certificate/1"

# The bounds of a certificate; a figure that misses one is published as it is, and the probe is provisional.
MOST_FALSE_ALARMS = 0.05
LEAST_SPEARMAN = 0.9  # in size: the score falls as the dose rises
LEAST_AUROC = {"full": 0.85, "quarter": 0.7}  # from pixels
MOST_ADVERSARY = 0.05
LEAST_AUROC_ADVERSARY = 0.95
LEAST_ORACLE = 0.95


@dataclass(frozen=True, slots=True)
class Bound:
    """One promise: what, the figure found, the bound, and whether it is met."""

    what: str
    found: float | None
    bound: float
    met: bool


@dataclass(frozen=True)
class Certificate:
    """Everything that is known of a probe on one track at one clip format."""

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

    def bounds(self) -> list[Bound]:
        """Every promise of DESIGN's certificate that these figures can be held to."""
        found = [
            Bound("lawful renders reach the ceiling", self.lawful.score, LEAST_ORACLE, self._oracle()),
            _most("false alarms on lawful renders", self.lawful.false_alarms, MOST_FALSE_ALARMS),
            Bound("the scale spans half the metric", float(self.instrument), 1.0, self.instrument),
            Bound("errors of the instrument", float(self.errors), 0.0, self.errors == 0),
        ]
        for name, seen in self.nuisances.items():
            found.append(_most(f"false alarms under {name}", seen.false_alarms, MOST_FALSE_ALARMS))
        for name, response in self.doses.items():
            found.append(_least(f"dose response to {name}", -response.spearman, LEAST_SPEARMAN))
            found.append(_least(f"AUROC of {name} in full", response.auroc_full, LEAST_AUROC["full"]))
            if response.graded:
                quarter = response.auroc_quarter
                found.append(_least(f"AUROC of a quarter of {name}", quarter, LEAST_AUROC["quarter"]))
        for name, rival in self.adversaries.items():
            found.append(_most(f"strict skill of {name}", rival.strict_skill, MOST_ADVERSARY))
            found.append(_least(f"AUROC against {name}", rival.auroc, LEAST_AUROC_ADVERSARY))
        return found

    def _oracle(self) -> bool:
        return self.lawful.score >= LEAST_ORACLE

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
        return Certificate(**data)
    except (ValueError, KeyError, TypeError) as error:
        raise WsimError(
            f"no certificate: {error}", where=str(where), remedy="make it again with `wsim validate`"
        ) from error


def _response(data: dict[str, Any]) -> Response:
    lists = {name: tuple(value) for name, value in data.items() if isinstance(value, list)}
    return Response(**{**data, **lists})


def _most(what: str, found: float, bound: float) -> Bound:
    return Bound(what, found, bound, found <= bound)


def _least(what: str, found: float | None, bound: float) -> Bound:
    return Bound(what, found, bound, found is not None and found >= bound)


def source_digest(probe: Probe) -> str:
    """SHA-256 over the source that a reading depends on.

    The module of the probe and whatever it imports from its own package and from `wsim.perception`,
    followed through: a changed reading changes it, a changed report does not.
    """
    own = type(probe).__module__.partition(".")[0]
    files = _closure(type(probe).__module__, (own, "wsim.perception"))
    parts = [f"{name}:{hashlib.sha256(path.read_bytes()).hexdigest()}" for name, path in files]
    made = repr(probe) if is_dataclass(probe) else probe.name  # a description is part of the instrument
    return hashlib.sha256("|".join([*parts, f"{made}/{probe.version}"]).encode()).hexdigest()


def _closure(module: str, packages: Sequence[str]) -> list[tuple[str, Path]]:
    found: dict[str, Path] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        spec = None if name in found else find_spec(name)
        if spec is None or not spec.origin or not spec.origin.endswith(".py"):
            continue
        found[name] = Path(spec.origin)
        waiting += [
            m for m in _imports(found[name]) if any(m == p or m.startswith(f"{p}.") for p in packages)
        ]
    return sorted(found.items())


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
