"""Does anything appear or disappear in full view?"""

from collections.abc import Iterator, Mapping

import numpy as np
from jaxtyping import UInt8

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
from wsim.perception.things import Things, diameter, things, trail_of
from wsim.video import Video
from wsim_probes.lawful_worlds import SHORTEST_S, Breach, LawfulWorlds
from wsim_probes.permanence.plain_sight import End, excused, seen, sudden_ends

_JUMP = 1.6  # diameters off its way in one frame

_WORLDS = LawfulWorlds(
    "permanence/presence",
    {"fall": "ball", "puck": "ball", "bounce": "ball"},
    {"vanish": Breach("vanish"), "teleport": Breach("teleport")},
)


class Presence:
    """A ledger of births and deaths, without a palette and without a simulator.

    What moves is told from the median background and joined to identities (`wsim.perception.movers`,
    `identities`), or masks are given. A thing may begin or stop being seen at the border, while it shrinks
    behind something, beside another thing, or where the picture does not change (it has come to rest and
    become background); any other beginning or end is unexplained, and so is a leap off its way. Score:
    share of the things that have none; the natural unit is unexplained events per second in which a thing
    is seen. Any lawful video is a right answer: the law is all that is asked, and nothing of it need be
    given. Cameras that move, cuts, and pictures in which fragments come and go are unmeasurable.
    """

    name = "permanence/presence"
    version = 3
    question = "Does nothing appear or disappear in full view?"
    needs: Mapping[Track, frozenset[Capability]] = {"text": frozenset({"text"})}
    metrics = (
        MetricSpec("kept", "share", "higher", 0.0, 1.0, "things that neither come nor go in full view"),
        MetricSpec("rate", "1/s", "lower", 0.0, 100.0, "unexplained events per second of a thing seen"),
        MetricSpec("things", "count", "higher", 0.0, 1000.0, "things that were followed"),
    )
    min_duration_s = SHORTEST_S
    any_world = True

    def scenarios(
        self, clip: ClipFormat, *, track: Track, seed: int, limit: int | None = None
    ) -> Iterator[Scenario]:
        """A thrown, a rolling, a bouncing ball in turn."""
        return _WORLDS.scenarios(clip, seed=seed, limit=limit)

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """As any video is read."""
        return self.measure_free(video, {})

    def measure_free(self, video: Video, hints: Mapping[str, Json]) -> Reading | Unmeasurable:
        """Read any clip of one shot by a camera that stands still.

        Args:
            video: any clip.
            hints: `masks`, a file of masks; `count`, how many things there are to be seen at most.
        """
        found = things(video, hints)
        if isinstance(found, Unmeasurable):
            return found
        ends = _unexplained(found, video.frames)
        count = hints.get("count")
        surplus = _surplus(found, count) if isinstance(count, int) else None
        return _reading(found, [*ends, *([surplus] if surplus else [])], video.fps)


def _unexplained(found: Things, frames: UInt8[np.ndarray, "time height width 3"]) -> list[End]:
    kept = [end for end in sudden_ends(found, frames) if not excused(end, found)]
    leaps = [leap for thing in found.found if (leap := _leap(thing)) is not None]
    return sorted([*kept, *leaps], key=lambda end: (end.frame, end.kind, end.thing.number))


def _leap(thing: Identity) -> End | None:
    """The first place at which it is not where it was heading, by more than its size, in one frame."""
    for before, here, after in zip(thing.blobs, thing.blobs[1:], thing.blobs[2:], strict=False):
        if after.frame - here.frame != 1 or here.frame - before.frame != 1:
            continue
        heading = np.array([2 * here.x - before.x, 2 * here.y - before.y])
        off = min(np.hypot(*(heading - [after.x, after.y])), np.hypot(after.x - here.x, after.y - here.y))
        if off > _JUMP * diameter(thing):
            return End(after.frame, "leaps", thing, after)
    return None


def _surplus(found: Things, count: int) -> End | None:
    """The first of three frames in a row in which more whole things are seen than there are."""
    frames = sorted({frame for thing in found.found for frame in thing.frames})
    more = [frame for frame in frames if sum(t.at(frame) is not None for t in found.found) > count]
    for first, last in zip(more, more[2:], strict=False):
        if last - first == 2:
            newest = max((t for t in found.found if t.at(first) is not None), key=lambda t: t.number)
            return End(first, "one too many", newest, seen(newest, first))
    return None


def _reading(found: Things, ends: list[End], fps: float) -> Reading:
    guilty = {end.thing.number for end in ends}
    seconds = sum(len(thing.blobs) for thing in found.found) / fps
    total = len(found.found)
    verdict = ends[0].kind if ends else "kept"
    said = ", ".join(f"one {end.kind} at {end.frame / fps:.2f} s" for end in ends[:4])
    return Reading(
        metrics={
            "kept": 1.0 - len(guilty) / total,
            "rate": min(len(ends) / seconds, 100.0),
            "things": float(min(total, 1000)),
        },
        verdict=verdict,
        lawful=not ends,
        events=tuple(Event(end.frame, end.kind, (f"thing {end.thing.number}",)) for end in ends),
        overlays=(
            *(trail_of(thing, f"thing {thing.number}") for thing in found.found),
            *(end.box for end in ends),
        ),
        notes=f"{total} followed for {seconds:.1f} s in all; {said or 'none comes or goes unexplained'}.",
    )
