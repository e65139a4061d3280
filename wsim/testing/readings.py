"""What a probe may say of a video: finite numbers within bounds, frames inside the clip, short reasons."""

import math
from collections.abc import Iterator

from wsim.contracts import Box, Overlay, Probe, Reading, Region, Scenario, Trail, Unmeasurable
from wsim.testing.findings import Finding, failed
from wsim.video import Video

LONGEST_REASON = 60


def measured_twice(
    probe: Probe, scenario: Scenario, video: Video, name: str
) -> tuple[Reading | Unmeasurable, list[Finding]]:
    """The reading, and whether a second one differs or the first wrote into the video."""
    before = Video(video.frames, video.fps).digest
    impure = []
    first = probe.measure(scenario, video)
    if Video(video.frames, video.fps).digest != before:
        impure.append(failed(name, f"{scenario.id}: measuring wrote into the video"))
    if first != probe.measure(scenario, video):
        impure.append(failed(name, f"{scenario.id}: two readings of one video differ"))
    return first, impure


def reading_findings(
    probe: Probe, said: Reading | Unmeasurable, video: Video, name: str
) -> Iterator[Finding]:
    """Whether a reading is well formed."""
    if isinstance(said, Unmeasurable):
        if not 0 < len(said.reason) <= LONGEST_REASON:
            yield failed(name, f"a reason is a short phrase, not {said.reason!r}")
        return
    if not isinstance(said, Reading):
        yield failed(name, f"measure gave {type(said).__name__}, not Reading or Unmeasurable")
        return
    if not said.verdict:
        yield failed(name, "a reading needs a verdict")
    yield from _metric_findings(probe, said, name)
    if any(not 0 <= event.frame < len(video) for event in said.events):
        yield failed(name, "an event lies outside the clip")
    frames = [frame for overlay in said.overlays for frame in _frames_of(overlay)]
    if any(not 0 <= frame < len(video) for frame in frames):
        yield failed(name, "an overlay lies outside the clip")


def said_in_words(said: Reading | Unmeasurable) -> str:
    """The verdict, or why there is none."""
    return f"unmeasurable: {said.reason}" if isinstance(said, Unmeasurable) else repr(said.verdict)


def _metric_findings(probe: Probe, said: Reading, name: str) -> Iterator[Finding]:
    specs = {spec.name: spec for spec in probe.metrics}
    if set(said.metrics) != set(specs):
        yield failed(name, f"metrics are {sorted(said.metrics)}, declared were {sorted(specs)}")
    for metric, value in said.metrics.items():
        if not math.isfinite(value):
            yield failed(name, f"metric {metric!r} is {value}")
        elif (spec := specs.get(metric)) and not spec.low <= value <= spec.high:
            yield failed(name, f"metric {metric!r} is {value:g}, outside {spec.low:g} to {spec.high:g}")


def _frames_of(overlay: Overlay) -> tuple[int, ...]:
    match overlay:
        case Box():
            return (overlay.frame,)
        case Trail():
            return overlay.frames
        case Region():
            return (overlay.first_frame, overlay.last_frame)
