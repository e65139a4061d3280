"""Does a probe keep its contract: names, stable scenarios, nothing given away, pure and bounded readings?"""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise
from typing import get_args

import numpy as np

from wsim.contracts import (
    TRACK_CAPABILITY,
    TRACKS,
    Capability,
    ClipFormat,
    MetricSpec,
    Probe,
    Scenario,
    Track,
    formats_of,
)
from wsim.models.controls import freeze
from wsim.testing.findings import Finding, failed, run_check, warning
from wsim.testing.readings import measured_twice, reading_findings, said_in_words
from wsim.video import Video

SMALL = ClipFormat(25, 64, 64, 16.0)
OTHER = ClipFormat(13, 48, 64, 8.0)
ID = re.compile(r"[a-z0-9/=._-]+")
SUITE_PROBE = re.compile(r"[a-z0-9_]+/[a-z0-9_]+")


def check_probe(
    probe: Probe, clip: ClipFormat | None = None, *, tracks: Sequence[Track] | None = None, seed: int = 3
) -> list[Finding]:
    """Check a probe on two worlds of every track it offers.

    Args:
        probe: the probe.
        clip: the format to pose its scenarios at; by default a small one, as long as the question takes.
        tracks: which of its tracks; all by default.
        seed: of the scenarios.

    Returns:
        One finding or more for each check; see `assert_ok`.
    """
    findings = run_check("declaration", partial(_declaration, probe))
    if any(finding.level == "failed" for finding in findings):
        return findings
    clip = clip or SMALL.lasting(probe.min_duration_s)
    chosen = tracks or tuple(track for track in TRACKS if track in probe.needs)
    for track in chosen:
        # The histories are those of the world, not of the track, and rendering them all takes time.
        findings += _check_track(probe, clip, track, seed, histories=track == chosen[-1])
    return findings


def _check_track(
    probe: Probe, clip: ClipFormat, track: Track, seed: int, *, histories: bool
) -> list[Finding]:
    name = f"{track}: scenarios"
    try:
        asked = list(probe.scenarios(clip, track=track, seed=seed, limit=2))
    except Exception as error:
        return [failed(name, f"{type(error).__name__}: {error}")]
    if not asked:
        return [failed(name, "there are none")]
    findings = run_check(name, partial(_ids, probe, asked, track, name))
    findings += run_check(f"{track}: stable", partial(_stable, probe, asked, clip, track, seed))
    findings += run_check(f"{track}: what is told", partial(_told, probe, asked, clip, track))
    readings = partial(_readings, probe, asked[0], f"{track}: readings")
    findings += run_check(f"{track}: readings", readings)
    if histories:
        name = f"{track}: alternatives"
        findings += run_check(name, partial(_alternatives, probe, asked[0], name))
    return findings


def _declaration(probe: Probe) -> Iterator[Finding]:
    name = "declaration"
    if not SUITE_PROBE.fullmatch(probe.name):
        yield failed(name, f"the name must be suite/probe in lower case, not {probe.name!r}")
    if not isinstance(probe.version, int) or probe.version < 1:
        yield failed(name, f"the version must be a whole number from 1, not {probe.version!r}")
    if not probe.question.strip() or "\n" in probe.question:
        yield failed(name, "the question must be one sentence")
    if not probe.min_duration_s > 0:
        yield failed(name, f"min_duration_s must be positive, not {probe.min_duration_s}")
    if not probe.needs or set(probe.needs) - set(TRACKS):
        yield failed(name, f"needs must name tracks among {', '.join(TRACKS)}, not {list(probe.needs)}")
    for track, needed in probe.needs.items():
        poorer = {TRACK_CAPABILITY[other] for other in TRACKS[: TRACKS.index(track) + 1]}
        if needed - set(get_args(Capability)) or not needed & poorer:
            yield failed(name, f"needs[{track!r}] must hold one of {sorted(poorer)}, not {sorted(needed)}")
    yield from _metrics(probe.metrics)


def _metrics(metrics: Sequence[MetricSpec]) -> Iterator[Finding]:
    name = "declaration"
    if not metrics:
        yield failed(name, "a probe needs at least one metric")
        return
    if len({spec.name for spec in metrics}) < len(metrics):
        yield failed(name, "two metrics share a name")
    for spec in metrics:
        if not spec.low < spec.high or spec.better not in ("higher", "lower") or not spec.meaning:
            yield failed(name, f"metric {spec.name!r}: needs low < high, a direction and a meaning")
    if not np.isfinite([metrics[0].low, metrics[0].high]).all():
        yield failed(name, f"the scored metric {metrics[0].name!r} must be bounded")


def _ids(probe: Probe, asked: Sequence[Scenario], track: Track, name: str) -> Iterator[Finding]:
    ids = [scenario.id for scenario in asked]
    if len(set(ids)) < len(ids):
        yield failed(name, "two scenarios share an id")
    if wrong := [text for text in ids if not ID.fullmatch(text)]:
        yield failed(name, f"{wrong[0]!r} has characters outside [a-z0-9/=._-]")
    if wrong := [text for text in ids if not text.startswith(f"{probe.name}/{track}/")]:
        yield failed(name, f"{wrong[0]!r} does not start with {probe.name}/{track}/")
    clusters = [scenario.cluster for scenario in asked]
    if len(set(clusters)) != 2:
        yield failed(name, f"limit=2 gave {len(set(clusters))} clusters: a limit counts clusters")
    if sum(a != b for a, b in pairwise(clusters)) >= len(set(clusters)):
        yield failed(name, "the scenarios of a cluster do not stand together")


def _stable(
    probe: Probe, asked: Sequence[Scenario], clip: ClipFormat, track: Track, seed: int
) -> Iterator[Finding]:
    name = f"{track}: stable"
    again = list(probe.scenarios(clip, track=track, seed=seed, limit=1))
    before = asked[: len(again)]
    if not again or _places(again) != _places(before):
        yield failed(name, "limit=1 is not a prefix of limit=2")
    elif [one.request.digest for one in again] != [one.request.digest for one in before]:
        yield failed(name, "asked twice, the scenarios differ")
    elif again[0].truth.video.digest != asked[0].truth.video.digest:
        yield failed(name, "asked twice, the truth has other pixels")
    other = list(probe.scenarios(clip, track=track, seed=seed + 1, limit=1))
    if {s.request.digest for s in other} & {s.request.digest for s in asked}:
        yield failed(name, "another seed gives one of the same requests")
    if OTHER.duration_s >= probe.min_duration_s:
        resized = list(probe.scenarios(OTHER, track=track, seed=seed, limit=1))
        if [one.id for one in resized] != [one.id for one in before]:
            yield warning(name, "the ids depend on the clip format, so runs of two formats cannot be paired")


def _places(scenarios: Sequence[Scenario]) -> list[tuple[str, str]]:
    return [(scenario.id, scenario.cluster) for scenario in scenarios]


def _told(probe: Probe, asked: Sequence[Scenario], clip: ClipFormat, track: Track) -> Iterator[Finding]:
    """A request holds what the track allows, in the right format, and never the answer."""
    name, needed = f"{track}: what is told", probe.needs[track]
    for scenario in asked:
        request, context = scenario.request, scenario.request.context
        if request.format not in formats_of(probe, clip):
            yield failed(name, f"{scenario.id} asks for {request.format}, not {clip}")
        told: set[Capability] = set()
        told |= {"text"} if request.text is not None else set()
        told |= {"camera"} if request.camera is not None else set()
        told |= {"actions"} if request.actions is not None else set()
        if context is not None:
            prefix = context.indices == tuple(range(len(context.indices)))
            told.add("first_frame" if context.indices == (0,) else "context" if prefix else "keyframes")
            yield from _context_findings(name, scenario, clip)
        # Words may go along, and the path of a camera of which frames show how it moves.
        allowed = needed | {"text"} | ({"first_frame", "camera"} if "context" in needed else set())
        if told - allowed:
            yield failed(name, f"{scenario.id} tells {sorted(told - allowed)} beyond {sorted(allowed)}")


def _context_findings(name: str, scenario: Scenario, clip: ClipFormat) -> Iterator[Finding]:
    context, truth = scenario.request.context, scenario.truth.video
    assert context is not None
    if len(context.indices) >= clip.num_frames:
        yield failed(name, f"{scenario.id} is given the whole clip")
    elif not np.array_equal(truth.frames[list(context.indices)], context.frames):
        yield failed(name, f"{scenario.id}: the given frames are not those of the truth")
    if list(context.indices) != sorted(set(context.indices)):
        yield failed(name, f"{scenario.id}: indices must be strictly increasing")


def _readings(probe: Probe, scenario: Scenario, name: str) -> Iterator[Finding]:
    truth = scenario.truth.video
    if ClipFormat(len(truth), *truth.size, truth.fps) != scenario.request.format:
        yield failed(name, f"{scenario.id}: the truth is not in the format that is asked for")
    said, impure = measured_twice(probe, scenario, truth, name)
    yield from impure
    yield from reading_findings(probe, said, truth, name)
    if not getattr(said, "lawful", False):
        yield warning(name, f"{scenario.id}: the lawful render is read as {said_in_words(said)}")
    (frozen,) = freeze().generate([scenario.request])
    yield from reading_findings(probe, probe.measure(scenario, frozen), frozen, name)


def _alternatives(probe: Probe, scenario: Scenario, name: str) -> Iterator[Finding]:
    """What must not happen must not be read as lawful."""
    for history, alternative in scenario.alternatives.items():
        video: Video = alternative.video
        said = probe.measure(scenario, video)
        yield from reading_findings(probe, said, video, name)
        if getattr(said, "lawful", False):
            yield warning(name, f"{scenario.id}: the alternative {history!r} is read as lawful")
