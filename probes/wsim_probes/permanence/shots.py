"""Are things still themselves when the picture cuts away and back?"""

from collections.abc import Mapping
from dataclasses import replace

from wsim.worlds.families import FAMILIES
from wsim.worlds.scene import Scene
from wsim_probes.history import HistoryProbe

_SECOND_SHOT = 0.5  # share of the clip: the first cut and half of the second shot are given


def shots() -> HistoryProbe:
    """Three shots of a box, a cylinder and a ball that rolls, from two sides; the third is from the first.

    Given are the first shot and half of the second; the caption, which goes along, says that the picture
    cuts back, and when it does is free until the last tenth of the clip. The third shot must show the same
    things where they stood, and the ball where it has rolled to: not another colour or shape, not in each
    other's place, none missing. Without a second cut the clip shows the wrong view, which is none of these;
    with more than one it is unmeasurable.
    """
    return HistoryProbe(
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
