"""Are things still themselves when the picture cuts away and back?"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from wsim.contracts import Event, Json, Reading, Region, Unmeasurable
from wsim.perception.vivid import Vivid
from wsim.video import Video
from wsim.worlds.families import FAMILIES
from wsim.worlds.scene import Scene
from wsim_probes.history import HistoryProbe
from wsim_probes.permanence.free_shots import SAME, Comparison, compared_shots

_SECOND_SHOT = 0.5  # share of the clip: the first cut and half of the second shot are given


class Shots(HistoryProbe):
    """Shots can be compared without a simulator too, where it is said that they show the same things."""

    needed_hint = "same_objects"

    def measure_free(self, video: Video, hints: Mapping[str, Json]) -> Reading | Unmeasurable:
        """Read any clip of several shots.

        Args:
            video: any clip.
            hints: `same_objects`, `yes` where every shot shows the same things; without it a cut to something
                else is lawful, and nothing is said.
        """
        said = compared_shots(video, hints)
        return said if isinstance(said, Unmeasurable) else self._free_reading(said, video.fps)

    def _free_reading(self, said: Comparison, fps: float) -> Reading:
        right, first = said.verdict == SAME, said.shot.first
        return Reading(
            metrics={
                "right": float(right),
                "margin": said.margin,
                "timing_error": 0.0 if right else self.latest_s,
                "departure": min(said.largest_lab, 100.0),
            },
            verdict=said.verdict,
            lawful=right,
            events=() if right else (Event(first, said.verdict),),
            overlays=tuple(_place(thing, first, said.verdict) for thing in said.things),
            notes=f"The shot that begins at {first / fps:.2f} s, beside the first: {said.verdict}.",
        )


def _place(thing: Vivid, frame: int, label: str) -> Region:
    """A box around what is missing or new, drawn where the shot begins."""
    rows, columns = (np.flatnonzero(thing.masks.any(axis=(0, axis))) for axis in (2, 1))
    x0, x1, y0, y1 = (float(n) for n in (columns[0], columns[-1] + 1, rows[0], rows[-1] + 1))
    return Region(frame, frame + 3, ((x0, y0), (x1, y0), (x1, y1), (x0, y1)), label)


def shots() -> Shots:
    """Three shots of a box, a cylinder and a ball that rolls, from two sides; the third is from the first.

    Given are the first shot and half of the second; the caption, which goes along, says that the picture
    cuts back, and when it does is free until the last tenth of the clip. The third shot must show the same
    things where they stood, and the ball where it has rolled to: not another colour or shape, not in each
    other's place, none missing. Without a second cut the clip shows the wrong view, which is none of these;
    with more than one it is unmeasurable.

    Without a scenario, the vivid things of every shot are compared by hue (`wsim.perception.vivid`): one of
    another hue in place of one that was there is a fault, and where the view is the same so is one that is
    gone or new. The shape of what moves is not judged (`wsim_probes.permanence.free_shots`).
    """
    return Shots(
        name="permanence/shots",
        version=3,
        question="Are the things in the third shot those of the first?",
        family="shots",
        lawful="the same",
        window=(0.85, 1.0),
        prefix_s=_half_of_the_second_shot,
        latest_s=0.2,
        tracks=("video",),
        words=True,
        breaks=_broken_at_the_second_cut,
        graded=("recolour",),
        cuts=1,
    )


def _half_of_the_second_shot(scene: Scene) -> float:
    return _SECOND_SHOT * scene.duration_s


def _broken_at_the_second_cut(scene: Scene) -> Mapping[str, Scene]:
    """What is given shows things after the first cut already, so they change at the second."""
    twins = FAMILIES["shots"].twins(scene).violated
    cut_s = scene.cuts[1].time_s
    return {
        name: twin.replace(violations=tuple(replace(broken, time_s=cut_s) for broken in twin.violations))
        for name, twin in twins.items()
    }
