"""Questions whose answer nobody has simulated: prompts and found videos, read by the free half of a probe."""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from wsim.contracts import (
    Capability,
    ClipFormat,
    FreeProbe,
    Json,
    MetricSpec,
    NeedsHint,
    Probe,
    Reading,
    Request,
    Scenario,
    Track,
    Unmeasurable,
)
from wsim.errors import WsimError
from wsim.runs.prompts import Prompt
from wsim.runs.results import Calibration
from wsim.video import Video

SMALLEST_SIDE = 16  # pixels: in less, nothing can be followed


@dataclass(frozen=True)
class Unsimulated:
    """Stands where the truth of a scenario would be: all that is known are hints."""

    hints: Mapping[str, Json]

    @property
    def video(self) -> Video:
        """There is none.

        Raises:
            WsimError: always.
        """
        raise WsimError(
            "nobody has simulated what should be seen",
            where="a scenario made of words or of a found video",
            remedy="ask a model; the oracle can answer simulated scenarios only",
        )


@dataclass(frozen=True)
class FreeHalf:
    """A probe that asks prompts and reads the answers without a simulator.

    Attributes:
        instrument: the probe whose free half reads.
        prompts: what is asked, in order.
    """

    name: str
    version: int
    question: str
    metrics: tuple[MetricSpec, ...]
    min_duration_s: float
    instrument: FreeProbe
    prompts: tuple[Prompt, ...]
    needs: Mapping[Track, frozenset[Capability]]

    def scenarios(
        self, clip: ClipFormat, *, track: Track, seed: int, limit: int | None = None
    ) -> Iterator[Scenario]:
        """One prompt after another; the request is the same for every probe that reads its answer."""
        for prompt in self.prompts[:limit]:
            name = f"prompt={prompt.suite}.{prompt.id}"
            size = (clip.height, clip.width)
            sample = zlib.crc32(f"{seed}|{name}".encode()) % 2**31
            yield Scenario(
                id=f"{self.name}/{track}/{name}",
                cluster=name,
                request=Request(clip.num_frames, size, clip.fps, sample, text=prompt.text),
                truth=Unsimulated({**prompt.hints, "prompt": prompt.text}),
                parameters={"prompt": prompt.id},
            )

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """Read a video, unless there is too little of it or it contradicts what is known of it."""
        truth = scenario.truth
        hints = truth.hints if isinstance(truth, Unsimulated) else {}
        refused = too_little(video) or contradiction(video, hints)
        return refused or self.instrument.measure_free(video, hints)


def free_half(probe: Probe, prompts: tuple[Prompt, ...] = ()) -> Probe:
    """The free half of a probe, as a probe of the track `text`.

    Raises:
        WsimError: the probe can read simulated worlds only.
    """
    if not isinstance(probe, FreeProbe):
        raise WsimError(
            f"{probe.name} needs a simulator: it cannot read videos that answer no scenario",
            where="the SUITE[/PROBE] argument",
            remedy="`wsim list probes` marks those that can read any video",
        )
    half = FreeHalf(
        probe.name, probe.version, probe.question, probe.metrics, probe.min_duration_s, probe, prompts,
        {"text": frozenset({"text"})},
    )  # fmt: skip
    return cast(Probe, half)


def not_asked(probe: Probe, hints: Mapping[str, Json]) -> str | None:
    """Why a probe cannot be asked about a video of which only these hints are known; None if it can."""
    instrument = probe.instrument if isinstance(probe, FreeHalf) else probe
    if not isinstance(instrument, NeedsHint) or hints.get(instrument.needed_hint) is not None:
        return None
    return f"no {instrument.needed_hint} given"


def own_scale(probe: Probe, clip: ClipFormat) -> Calibration:
    """Where nothing is simulated there is no measured ceiling: the ends are those of the metric's range."""
    spec = probe.metrics[0]
    higher = spec.better == "higher"
    return Calibration(
        probe=probe.name,
        probe_version=probe.version,
        track="text",
        format=str(clip),
        ceiling=spec.high if higher else spec.low,
        null=spec.low if higher else spec.high,
        null_control="floor",
        controls={},
        codec="",
        clusters=0,
        valid=True,
    )


def too_little(video: Video) -> Unmeasurable | None:
    """Why nobody could judge a video, whatever is asked of it; some probes need more, none takes less."""
    from wsim.perception.watching import FEWEST_FRAMES, TOO_SHORT, TOO_SMALL

    if len(video) < FEWEST_FRAMES:
        return Unmeasurable(TOO_SHORT)
    return Unmeasurable(TOO_SMALL) if min(video.size) < SMALLEST_SIDE else None


def contradiction(video: Video, hints: Mapping[str, Json]) -> Unmeasurable | None:
    """Why a video cannot be what the hints say that it is."""
    event_s, region, camera = hints.get("event_s"), hints.get("region"), hints.get("camera")
    if isinstance(event_s, int | float) and not 0 < event_s * video.fps < len(video) - 1:
        return Unmeasurable("the event is not in the clip")
    if isinstance(region, list):
        x, y, width, height = (float(cast(float, part)) for part in region)
        if x + width > video.size[1] + 0.5 or y + height > video.size[0] + 0.5:
            return Unmeasurable("the region is not in the picture")
    if camera is None:
        return None
    from wsim.perception.movers import stands_still

    still = stands_still(video.frames)
    if camera == "still" and not still:
        return Unmeasurable("camera moves")
    return Unmeasurable("camera stands still") if camera == "moves" and still else None
