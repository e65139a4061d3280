"""Whether a thing is there in every frame in which it must be, and whether there is only one of it.

A law of motion is fitted to the frames in which a thing is seen, and knows nothing of the others: a ball that
comes and goes, or leaves copies of itself behind, keeps it to the letter. So what is read of the law is
multiplied by `Attendance.mark`. Its borders rest on six worlds of each of eight probes (development seed
505, 64x64, 25 frames), as they are and through every nuisance of the certificates: things of known colours
are then found in every frame, and none is found twice.

Axis letters: `time` frames of the clip.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Int

from wsim.contracts import Event, MetricSpec, Reading
from wsim.perception.objects import Blob, find_objects
from wsim.perception.outline import Outline
from wsim.worlds.palette import PALETTE
from wsim.worlds.take import Take

SEEN = MetricSpec(
    "seen", "share", "higher", 0.0, 1.0, "frames in which it was found, of those in which it must be"
)

_NOTHING, _ALL = 0.5, 0.9  # shares of the frames that are worth nothing, and everything
_AS_LARGE = 0.4  # of the smallest that the thing is when it is seen whole: less is no second one
_WRONG = 0.5
_IN_SIGHT = 0.5  # of a body must be uncovered, or it is not asked where it is


@dataclass(frozen=True)
class Attendance:
    """How steadily one thing was there, after the given frames.

    Attributes:
        name: of the body. thing: in words.
        seen: share of the frames in which it was found, of those in which it must be in sight, 0..1.
        twice: share of the frames in which there was a second one of its colour and size, 0..1.
        ends: whether most frames without it come after the last one with it.
        frame: the first in which it was missing or there twice; the first that was asked about if none.
    """

    name: str
    thing: str
    seen: float
    twice: float
    ends: bool
    frame: int

    @property
    def mark(self) -> float:
        """Soft mark in 0..1: 0 where half of the frames lack it or show two, 1 where hardly any do."""
        return _worth(self.seen) * _worth(1.0 - self.twice)

    @property
    def fault(self) -> str:
        """`doubled`, `vanished` (is gone in the end), `flickers` (comes and goes), or nothing."""
        if self.mark >= _WRONG:
            return ""
        if _worth(1.0 - self.twice) <= _worth(self.seen):
            return "doubled"
        return "vanished" if self.ends else "flickers"

    def upon(self, reading: Reading) -> Reading:
        """What was read of a law, of a thing that was there only so far: the first metric is the score.

        A law that is broken is told rather than that the thing flickers, since what passes behind or into
        another is out of sight too; a thing that is gone, or there twice, is told before any law.
        """
        score = next(iter(reading.metrics))
        value = reading.metrics[score] * self.mark
        told = replace(reading, metrics={**reading.metrics, score: value, SEEN.name: self.seen})
        broken = not reading.lawful and reading.verdict != "vanished"
        if not self.fault or (self.fault == "flickers" and broken):
            return told
        event = Event(self.frame, self.fault, (self.name,), 1.0 - value)
        return replace(told, verdict=self.fault, lawful=False, events=(event,), notes=self._words())

    def _words(self) -> str:
        if self.fault == "doubled":
            return f"There is a second {self.thing} in {self.twice:.0%} of the frames."
        how = "and then no more" if self.ends else "on and off"
        return f"The {self.thing} is seen in {self.seen:.0%} of the frames in which it must be, {how}."


def attendance(
    take: Take,
    name: str,
    shown: Sequence[Blob | Outline | None],
    found: Sequence[Sequence[Blob]],
    frames: range,
) -> Attendance:
    """Watch one body of a lawful world in a clip.

    It must be in sight where the lawful one is, whole, and wherever it was seen both before and after. Once
    it has touched the border it may be gone until it comes back: not every law tells how fast things are.

    Args:
        take: the lawful history.
        name: of the body.
        shown: where it was found in every frame of the clip.
        found: all coloured things of every frame.
        frames: in which it must be seen, after the given ones. A second one counts until the end of the clip,
            unless the lawful one is not the only thing of its colour.
    """
    body = take.scene.body(name)
    due, least_px = _due(take, name)
    missing = _missing(shown, due)
    asked = np.arange(len(shown)) >= frames.start
    double = asked & _two_or_more(body.colour_name, least_px, found)
    if double.any() and _elsewhere_too(take, name, least_px):
        double[:] = False
    asked &= np.arange(len(shown)) < frames.stop
    here = np.array([one is not None for one in shown])
    lost = np.flatnonzero(missing & asked)
    last = int(np.flatnonzero(here).max(initial=-1))
    wrong = np.flatnonzero((missing & asked) | double)
    return Attendance(
        name=name,
        thing=f"{body.colour_name} {body.noun}",
        seen=1.0 - len(lost) / max(int((asked & (here | missing)).sum()), 1),
        twice=float(double[frames.start :].mean()) if frames.start < len(double) else 0.0,
        ends=bool(2 * (lost > last).sum() > len(lost)),
        frame=int(wrong[0]) if len(wrong) else frames.start,
    )


def worst(*attended: Attendance) -> Attendance:
    """Of several things, or stretches of a clip, where the least is right."""
    return min(attended, key=lambda one: one.mark)


def _worth(share: float) -> float:
    return float(np.clip((share - _NOTHING) / (_ALL - _NOTHING), 0.0, 1.0))


def _due(take: Take, name: str) -> tuple[Bool[np.ndarray, " time"], float]:
    """(where the lawful one is whole and in sight, the smallest area in pixels that may be a second one)."""
    index = [body.name for body in take.scene.bodies].index(name)
    mask = take.film.render.ids == index
    edge = mask[:, [0, -1]].any(axis=(1, 2)) | mask[:, :, [0, -1]].any(axis=(1, 2))
    area_px: Int[np.ndarray, " time"] = mask.sum(axis=(1, 2))
    whole = (area_px > 0) & ~edge & (take.film.visible[:, index] >= _IN_SIGHT)
    return whole, _AS_LARGE * float((area_px[whole] if whole.any() else area_px).min())


def _missing(
    shown: Sequence[Blob | Outline | None], due: Bool[np.ndarray, " time"]
) -> Bool[np.ndarray, " time"]:
    found = np.zeros(len(shown), dtype=bool)
    last = max((index for index, one in enumerate(shown) if one is not None), default=-1)
    outside = False
    for index, one in enumerate(shown):
        outside = one.at_border if one is not None else outside
        found[index] = one is None and not outside and (due[index] or index < last)
    return found


def _two_or_more(colour: str, least_px: float, found: Sequence[Sequence[Blob]]) -> Bool[np.ndarray, " time"]:
    large = [sum(blob.colour == colour and blob.area_px >= least_px for blob in blobs) for blobs in found]
    return np.array(large) > 1


def _elsewhere_too(take: Take, name: str, least_px: float) -> bool:
    """Whether the lawful clip shows that colour apart from the body: then two of it say nothing.

    Walls and floors of some worlds are coloured enough to be found.
    """
    index, chosen = [body.name for body in take.scene.bodies].index(name), [0, len(take.video) // 2, -1]
    mask, colour = take.film.render.ids[chosen] == index, take.scene.body(name).colour_name
    found = find_objects(take.video.frames[chosen], PALETTE, least_area_px=0.5 * least_px)
    boxes = [(blob.frame, *blob.box) for blobs in found for blob in blobs if blob.colour == colour]
    return any(not mask[frame, y0:y1, x0:x1].any() for frame, x0, y0, x1, y1 in boxes)
