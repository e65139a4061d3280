"""Does a thing keep its size and colour while it is in plain sight?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, UInt8

from wsim.certify.doses import Dose
from wsim.contracts import (
    Capability,
    ClipFormat,
    Event,
    Json,
    MetricSpec,
    Reading,
    Scenario,
    Track,
    Unmeasurable,
)
from wsim.perception.identities import Identity
from wsim.perception.things import Things, colour_at, in_plain_sight, things, trail_of
from wsim.perception.trajectory_fit import tolerance
from wsim.video import Video
from wsim_probes.lawful_worlds import SHORTEST_S, Breach, LawfulWorlds

NO_THING = "no whole thing in sight"

_FEWEST = 8  # whole views of a thing
_LIGHTNESS = np.array([0.5, 1.0, 1.0])  # shade and exposure change lightness, not what a thing is
_COLOUR_LAB, _COLOUR_MARGIN = 20.0, 40.0  # a pattern that turns and a hard codec stay below 17
_SIZE_LOG, _SIZE_MARGIN = 0.16, 0.3  # of the diameter: a sixth more or less
_BESIDE_IT = 3  # views before a change and after it

_WORLDS = LawfulWorlds(
    "permanence/constancy",
    {"fall": "ball", "bounce": "ball"},
    {"recolour": Breach("recolour"), "resize": Breach("resize")},
)


class Constancy:
    """Colour and size of whatever moves, against what they were when it was first seen.

    Colour is the mean LAB of the middle of a thing, lightness at half weight, and departs from that of its
    first views by the largest running median of five. Size is the log diameter of a disc of its area; what
    comes nearer grows lawfully, so a change of size is what happens from three views to the next three
    beyond twice its usual pace: growth that is slow and even cannot be told from an approach and is not
    judged. constant = tolerance(colour) x tolerance(size), as in dm_control. Only views in plain sight
    count (`wsim.perception.things`). Any lawful video is a right answer: nothing but the law is asked.
    """

    name = "permanence/constancy"
    version = 3
    question = "Does what moves keep its size and colour in plain sight?"
    needs: Mapping[Track, frozenset[Capability]] = {"text": frozenset({"text"})}
    metrics = (
        MetricSpec("constant", "score", "higher", 0.0, 1.0, "product of tolerances on colour and size"),
        MetricSpec("colour_drift", "LAB", "lower", 0.0, 200.0, "furthest departure of the colour"),
        MetricSpec("size_drift", "log", "lower", 0.0, 10.0, "largest sudden change of the log diameter"),
        MetricSpec("things", "count", "higher", 0.0, 1000.0, "things that were seen whole"),
    )
    min_duration_s = SHORTEST_S
    any_world = True
    doses: tuple[Dose, ...] = _WORLDS.doses

    def scenarios(
        self, clip: ClipFormat, *, track: Track, seed: int, limit: int | None = None
    ) -> Iterator[Scenario]:
        """A thrown and a bouncing ball in turn."""
        return _WORLDS.scenarios(clip, seed=seed, limit=limit)

    def dosed(self, scenario: Scenario, dose: str, severity: float) -> Video | None:
        """It grows to less than twice its size, or changes part of the way to another colour."""
        return _WORLDS.dosed(scenario, dose, severity)

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """As any video is read."""
        return self.measure_free(video, {})

    def measure_free(self, video: Video, hints: Mapping[str, Json]) -> Reading | Unmeasurable:
        """Read any clip of one shot by a camera that stands still.

        Args:
            video: any clip.
            hints: `masks`, a file of masks.
        """
        found = things(video, hints)
        if isinstance(found, Unmeasurable):
            return found
        seen = found.found if found.given else found.moving
        drifts = [drift for thing in seen if (drift := _drift(thing, found, video.frames)) is not None]
        return _reading(drifts, video.fps) if drifts else Unmeasurable(NO_THING)


@dataclass(frozen=True)
class _Drift:
    """How far one thing departs from what it was, and the frames at which it is furthest."""

    thing: Identity
    colour_lab: float
    colour_frame: int
    size_log: float
    size_frame: int

    @property
    def constant(self) -> float:
        colour = tolerance(self.colour_lab, (0.0, _COLOUR_LAB), _COLOUR_MARGIN)
        return colour * tolerance(self.size_log, (0.0, _SIZE_LOG), _SIZE_MARGIN)

    @property
    def verdict(self) -> str:
        over = {
            "changes colour": self.colour_lab / _COLOUR_LAB,
            "changes size": self.size_log / _SIZE_LOG,
        }
        worst = max(over, key=lambda name: over[name])
        return worst if over[worst] > 1.0 else "constant"


def _drift(thing: Identity, found: Things, frames: UInt8[np.ndarray, "time height width 3"]) -> _Drift | None:
    views = in_plain_sight(thing, found, frames)
    if len(views) < _FEWEST:
        return None
    colours = np.stack([colour_at(frames, view) for view in views]) * _LIGHTNESS
    first = np.median(colours[: max(3, len(views) // 4)], axis=0)
    colour = _running(np.linalg.norm(colours - first, axis=1))
    size = _sudden(0.5 * np.log([view.area_px for view in views]))
    worst_colour, worst_size = int(colour.argmax()), int(size.argmax())
    return _Drift(
        thing,
        float(colour[worst_colour]),
        views[worst_colour].frame,
        float(size[worst_size]),
        views[worst_size].frame,
    )


def _sudden(size_log: Float64[np.ndarray, " sample"]) -> Float64[np.ndarray, " sample"]:
    """How much more the size changes at a view than it usually does: what comes nearer grows all the time."""
    steps = np.zeros(len(size_log))
    for i in range(_BESIDE_IT, len(size_log) - _BESIDE_IT + 1):
        after, before = size_log[i : i + _BESIDE_IT], size_log[i - _BESIDE_IT : i]
        steps[i] = abs(np.median(after) - np.median(before))
    usual = float(np.median(steps[_BESIDE_IT : len(size_log) - _BESIDE_IT + 1]))
    return np.maximum(steps - 2.0 * usual, 0.0)


def _running(values: Float64[np.ndarray, " sample"]) -> Float64[np.ndarray, " sample"]:
    """Running median of five: one bad view is no change."""
    padded = np.pad(values, 2, mode="edge")
    return np.array([np.median(padded[i : i + 5]) for i in range(len(values))])


def _reading(drifts: list[_Drift], fps: float) -> Reading:
    worst = min(drifts, key=lambda drift: drift.constant)
    broken = [drift for drift in drifts if drift.verdict != "constant"]
    events = []
    for drift in broken:
        frame = drift.colour_frame if drift.verdict == "changes colour" else drift.size_frame
        events.append(Event(frame, drift.verdict, (f"thing {drift.thing.number}",), 1.0 - drift.constant))
    return Reading(
        metrics={
            "constant": float(np.mean([drift.constant for drift in drifts])),
            "colour_drift": min(worst.colour_lab, 200.0),
            "size_drift": min(worst.size_log, 10.0),
            "things": float(min(len(drifts), 1000)),
        },
        verdict=worst.verdict,
        lawful=not broken,
        events=tuple(sorted(events, key=lambda event: event.frame)),
        overlays=tuple(trail_of(drift.thing, drift.verdict) for drift in drifts),
        notes=(
            f"The least constant of {len(drifts)} departs by {worst.colour_lab:.0f} LAB in colour and by "
            f"{np.expm1(worst.size_log):.0%} in diameter."
        ),
    )
