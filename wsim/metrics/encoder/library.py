"""All that a training run has on disk: clips, more still lives of things alike, and clips of broken worlds.

What a step may draw from depends on its number alone, and not on how fast rendering is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wsim.metrics.encoder import shards
from wsim.metrics.encoder.clips import (
    TRAINING_SEEDS,
    Example,
    filmed,
    kept_alike,
    kept_clip,
    read_shard,
    scene_of,
)
from wsim.metrics.encoder.spoiling import twins, weakened
from wsim.runs.durable import make_folder
from wsim.runs.parent import end_with_parent

CLIPS, ALIKE, BROKEN = "clips", "alike", "broken"
_ALIKE_EVERY, _BROKEN_EVERY = 4, 2  # shards of clips
_IN_FULL = 0.5  # share of broken worlds in which the law does not hold at all
_LEAST_SEVERITY = 0.2
_ROUND = 20  # half a round of families, so that both halves of it are broken in turn


@dataclass(frozen=True)
class Broken:
    """A clip in which a law is broken.

    Attributes:
        frames: the pictures.
        number: of the lawful clip that it is otherwise.
        severity: 0..1, the degree.
    """

    frames: shards.Frames
    number: int
    severity: float


class Library:
    """What has been read of a folder so far."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.clips: list[Example] = []
        self.alike: list[Example] = []
        self.broken: list[Broken] = []
        self.shards = 0

    def reaches(self, count: int) -> bool:
        """Read the first shards of clips, with what goes with them; False while some are not there yet."""
        while self.shards < count:
            parts = list(_parts(self.shards))
            if not all(shards.is_there(self.out / name, shard) for name, shard in parts):
                return False
            for name, shard in parts:
                self._read(name, shard)
            self.shards += 1
        return True

    def sizes(self) -> dict[str, int]:
        """How much of everything has been read."""
        return {CLIPS: len(self.clips), ALIKE: len(self.alike), BROKEN: len(self.broken)}

    def _read(self, name: str, shard: int) -> None:
        folder = self.out / name
        if name == BROKEN:
            self.broken += [Broken(frames, **record) for frames, record in shards.read(folder, shard)]
        else:
            {CLIPS: self.clips, ALIKE: self.alike}[name].extend(read_shard(folder, shard))


def _parts(shard: int) -> Iterator[tuple[str, int]]:
    """The folders and shards that go with a shard of clips."""
    yield CLIPS, shard
    if shard % _ALIKE_EVERY == 0:
        yield ALIKE, shard // _ALIKE_EVERY
    if shard % _BROKEN_EVERY == _BROKEN_EVERY - 1:  # the clips that they break are there
        yield BROKEN, shard // _BROKEN_EVERY


def render_library(out: Path, count: int) -> None:
    """Write the first shards of clips, and what goes with them, if they are not there yet.

    Raises:
        WsimError: the folder cannot be written to, or the disk is full.
    """
    end_with_parent()
    made = {CLIPS: kept_clip, ALIKE: kept_alike, BROKEN: kept_broken}
    for name in made:
        make_folder(out / name)
    for name, shard in (part for each in range(count) for part in _parts(each)):
        if not shards.is_there(out / name, shard):
            shards.write(out / name, shard, made[name])


def kept_broken(number: int) -> shards.Kept:
    """Of worlds with a broken law, what a shard keeps of the one with a number."""
    rng = np.random.default_rng([TRAINING_SEEDS, 1, number])
    clip = broken_clip(number)
    scene = scene_of(clip, TRAINING_SEEDS)
    severity = 1.0 if rng.random() < _IN_FULL else float(rng.uniform(_LEAST_SEVERITY, 1.0))
    violated = twins(scene)
    twin = violated[int(rng.integers(len(violated)))]
    spoiled = twin if severity == 1.0 else weakened(twin, scene, severity)
    return filmed(spoiled).video.frames, {"number": clip, "severity": severity}


def broken_clip(number: int) -> int:
    """Which clip is broken: every other one, now the even, now the odd ones, as families come in rounds."""
    return _BROKEN_EVERY * number + number // _ROUND % _BROKEN_EVERY
