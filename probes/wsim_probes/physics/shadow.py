"""Does a shadow stay with what throws it?"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, UInt8

from wsim.contracts import Scenario
from wsim.perception.alternatives import Answer
from wsim.perception.background import stillness
from wsim.perception.colour import difference, lab, match_exposure
from wsim.perception.soft import soften
from wsim.perception.tint import untinted
from wsim.video import Frames
from wsim.worlds.families import FAMILIES
from wsim.worlds.scene import Scene
from wsim_probes.history import HistoryProbe
from wsim_probes.history_bank import LAWFUL, LOST

_HALF = 0.49  # share of the clip; the law breaks in its middle
_TWO_PLACES = 0.1  # of the floor: a thing of a seventh of the height, where it was and where it is
_SOFT = 0.023  # of the height


@dataclass(frozen=True)
class _Shadow(HistoryProbe):
    """The scene is still the same where all that differs is a small thing that has changed its place.

    A plain floor is told by its grain alone, and a bystander that is moved shows in two places, 7 % of it:
    of lawful answers (development seed 554, 64x64) 4 of 60 were called another scene for it. But for a tenth
    of the floor, 0.98 and more of the scene is explained in those, and 0.1 at most where it is panned away.
    """

    def _said(self, scenario: Scenario, frames: Frames) -> tuple[str, Answer]:
        name, answer = super()._said(scenario, frames)
        histories = self._histories(scenario)
        if name != LOST or histories.replay is not None:
            return name, answer
        shown = untinted(frames, histories.given)[list(histories.window)]
        floor = np.asarray(~histories.alternatives.mask.any(axis=0))
        same = all(_same_but_a_thing(shown[i], histories.plain[i], floor) for i in (0, -1))
        return (LAWFUL if same else LOST), answer


def _same_but_a_thing(
    frame: UInt8[np.ndarray, "height width 3"],
    plain: UInt8[np.ndarray, "height width 3"],
    floor: Bool[np.ndarray, "height width"],
) -> bool:
    here, there = (soften(lab(picture), _SOFT * len(plain)) for picture in (frame, plain))
    gap = difference(match_exposure(here, there, floor), there)
    lasting = floor & (gap <= np.quantile(gap[floor], 1.0 - _TWO_PLACES))
    return stillness(frame, plain, lasting).same_scene()


def shadow() -> HistoryProbe:
    """A ball bounces or a box slides over a sunny floor; read against renders in which its shadow does not.

    Given is the first half: how it moves, and where its shadow lies. One distant light throws it, so the
    shadow of every point is that point moved along one direction onto the floor (the constraint of Kee,
    O'Brien and Farid, ACM Trans. Graphics 32, 2013): the two halves share it. The shadow must not be
    missing or lie beside where it is thrown. Both may be early or late by a tenth of a second, together.
    Version 3 asked the same, and took a bystander that is elsewhere for another scene.
    """
    return _Shadow(
        name="physics/shadow",
        version=4,
        question="Does a shadow stay with what throws it?",
        family="shadow",
        lawful="goes along",
        window=(0.6, 1.0),
        prefix_s=_first_half,
        latest_s=0.1,
        tracks=("video",),
        breaks=_other_shadows,
        graded=("detached",),
    )


def _first_half(scene: Scene) -> float:
    return _HALF * scene.duration_s


def _other_shadows(scene: Scene) -> Mapping[str, Scene]:
    violated = FAMILIES["shadow"].twins(scene).violated
    return {"missing": violated["shadow_missing"], "detached": violated["shadow_detached"]}
