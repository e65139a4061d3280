"""Whether two runs answer the same questions, and what differs without making a comparison wrong."""

from typing import NamedTuple

from wsim.contracts import MetricSpec
from wsim.errors import WsimError
from wsim.runs.manifest import Manifest


class Mismatch(NamedTuple):
    """One thing that two runs do not have in common, as each has it."""

    what: str
    one: str
    other: str

    def __str__(self) -> str:
        return f"{self.what} is {self.one} in one and {self.other} in the other"


def mismatches(a: Manifest, b: Manifest) -> list[Mismatch]:
    """All that makes two runs answer different questions; none when they can be compared.

    The benchmark (name, version, digest), the track, the seed, and for every probe that both ran its version
    and the signature of the metric that is scored: name, unit, direction and bounds.
    """
    facts: list[tuple[str, object, object]] = [
        (f"benchmark {name}", a.benchmark[name], b.benchmark[name]) for name in ("name", "version", "digest")
    ]
    facts += [("track", a.track, b.track), ("seed", a.seed, b.seed)]
    theirs = {entry.name: entry for entry in b.probes}
    for mine in (entry for entry in a.probes if entry.name in theirs):
        yours = theirs[mine.name]
        facts.append((f"version of probe {mine.name}", mine.version, yours.version))
        one, other = (metric_signature(entry.metrics[0]) for entry in (mine, yours))
        facts.append((f"scored metric of {mine.name}", one, other))
    return [Mismatch(what, str(one), str(other)) for what, one, other in facts if one != other]


def metric_signature(metric: MetricSpec) -> str:
    """What a value of a metric means: `skill|1|higher|0..1`."""
    return f"{metric.name}|{metric.unit}|{metric.better}|{metric.low:g}..{metric.high:g}"


def refuse_strangers(a: Manifest, b: Manifest, *, where: str) -> None:
    """Stop two runs from being compared that did not answer the same questions.

    Raises:
        WsimError: they did not; the message names everything that differs.
    """
    found = mismatches(a, b)
    if found:
        raise WsimError(
            f"the runs cannot be compared: {'; '.join(str(one) for one in found)}",
            where=where,
            remedy="score both with the same benchmark, track and seed; "
            "`wsim measure RUN` brings stored videos to the probes of today",
        )


def cautions(a: Manifest, b: Manifest) -> list[str]:
    """What differs without making the comparison wrong, one sentence each."""
    found = []
    if a.clip != b.clip:
        found.append(f"clip formats differ: {a.clip} and {b.clip}; each run has the scale of its own format")
    theirs = {entry.name: entry for entry in b.probes}
    for entry in a.probes:
        twin = theirs.get(entry.name)
        if twin is not None and twin.instrument != entry.instrument:
            found.append(f"the source of {entry.name} differs between the runs, at the same version")
    found += [f"run {manifest.run} is partial" for manifest in (a, b) if manifest.partial]
    found += [f"run {m.run} is {m.status}" for m in (a, b) if m.status != "complete"]
    return found
