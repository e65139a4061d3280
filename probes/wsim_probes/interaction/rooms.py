"""Is it still the room that was given? Rooms of the same colours are told apart by their edges."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, UInt8

from wsim.contracts import Scenario
from wsim.perception.alternatives import Answer
from wsim.perception.changed import changed_share
from wsim.video import Frames
from wsim.worlds.take import Take
from wsim_probes.history import HistoryProbe
from wsim_probes.history_bank import LAWFUL, LOST
from wsim_probes.posing import known_frames, take_of

_SAME = 6  # grey levels by which pixels that stay the same may differ in a render


@dataclass(frozen=True)
class RoomProbe(HistoryProbe):
    """Which history does the end of the clip show, in the room that was given and no other?

    Attributes:
        most_changed: of what stands still, how much may look otherwise than in the given frames.
        things: how many small things may look otherwise all the same.
    """

    most_changed: float = 0.0
    things: int = 0

    def _said(self, scenario: Scenario, frames: Frames) -> tuple[str, Answer]:
        histories = self._histories(scenario)
        name, answer = histories.read(frames)
        if name == LAWFUL:
            unchanging = np.asarray(~histories.alternatives.mask.any(axis=0))
            take, known, last = take_of(scenario), known_frames(scenario), histories.window[-1]
            changed = room_changed(take, known, frames, last, unchanging, self.things)
            name = LOST if changed > self.most_changed else LAWFUL
        return name, answer


def room_changed(
    take: Take,
    known: int,
    frames: UInt8[np.ndarray, "time height width 3"],
    at: int,
    unchanging: Bool[np.ndarray, "height width"],
    things: int = 0,
) -> float:
    """Of what should stay as it was given, how much looks otherwise in a later frame of the same clip.

    Args:
        take: the lawful history.
        known: how many frames were given, one at least.
        frames: the clip.
        at: the later frame.
        unchanging: where the histories do not differ.
        things: how many small things may look otherwise all the same.
    """
    truth = take.video.frames[[known - 1, at]].astype(np.int16)
    clear = np.abs(truth[0] - truth[1]).max(axis=-1) <= _SAME
    return changed_share(frames[at], frames[known - 1], np.asarray(unchanging & clear), things)
