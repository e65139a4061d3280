"""Is as much water there after it was poured as before?"""

from collections.abc import Mapping

import numpy as np
from jaxtyping import UInt8

from wsim.contracts import Reading, Scenario, Unmeasurable
from wsim.perception.colour import difference, lab, match_exposure
from wsim.perception.soft import soften
from wsim.perception.tint import untinted
from wsim.video import Video
from wsim.worlds.scene import Scene, Violation
from wsim_probes.history import HistoryProbe
from wsim_probes.history_bank import LAWFUL
from wsim_probes.posing import answer_frames, take_of

TREMBLES = "the vessel does not stand still"
_SEEN, _BREAKS = 0.48, 0.50  # shares of the clip
_UPPER, _LOWER = "upper water", "lower water"


class Poured(HistoryProbe):
    """Levels are seen against a vessel: where it trembles, they may tremble as much and be what they were."""

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """Water that is no further from the law than its vessel from its place has broken none."""
        said = super().measure(scenario, video)
        if isinstance(said, Unmeasurable) or said.lawful:
            return said
        frames = answer_frames(scenario, video)
        _, answer = self._said(scenario, frames)
        trembles = answer.distances[LAWFUL] <= self._vessel_lab(scenario, frames)
        return Unmeasurable(TREMBLES) if trembles else said

    def _vessel_lab(self, scenario: Scenario, clip: UInt8[np.ndarray, "length height width 3"]) -> float:
        """How far the vessel is from where it stands, wherever all histories show it alike."""
        histories, take = self._histories(scenario), take_of(scenario)
        asked, when = histories.alternatives, list(histories.window)
        shown = untinted(clip, histories.given)[when]
        here, there = (soften(lab(frames), asked.blur_px) for frames in (shown, histories.plain))
        gap = difference(match_exposure(here, there, ~asked.mask), there)
        number = [body.name for body in take.scene.bodies].index("vessel")
        vessel = (take.film.render.ids[when] == number) & ~asked.mask
        return float(gap[vessel].mean()) if vessel.any() else 0.0


def fluid_volume() -> Poured:
    """Water runs from one chamber of a vessel into the other; read against renders in which some is lost.

    Given is the first half, most of it with the water running: both levels, and how fast they change. The
    rest is settled by continuity, and by the speed sqrt(2 g h) with which it leaves under a level h
    (Torricelli, De motu aquarum, 1644), which the given part shows at work. What is lost above must arrive
    below: no water comes from nowhere or goes there, and no level stays while water runs. It may be early
    or late by 0.15 s, which is a small part of either level. A vessel that trembles by a centimetre, half a
    pixel of 64 rows, is 2.4 to 6.4 LAB units off and the water in it 1.8 to 3.6, and less in all of twelve
    worlds (development seed 540); water of another volume in a vessel that stands still is far off alone.
    """
    return Poured(
        name="physics/fluid_volume",
        version=5,
        question="Is as much water there after it was poured as before?",
        family="pour",
        lawful="volume kept",
        window=(0.65, 1.0),
        prefix_s=_first_half,
        latest_s=0.15,
        tracks=("video",),
        breaks=_other_volumes,
        graded=("more below", "more above"),
    )


def _first_half(scene: Scene) -> float:
    return _SEEN * scene.duration_s


def _other_volumes(scene: Scene) -> Mapping[str, Scene]:
    """Each begins right after the given frames."""
    from_s = _BREAKS * scene.duration_s
    broken = {
        "more below": Violation("fluid_gain", from_s, _LOWER, amount=1.8),
        "less below": Violation("fluid_gain", from_s, _LOWER, amount=0.35),
        "more above": Violation("fluid_gain", from_s, _UPPER, amount=1.8),
        "level below stays": Violation("freeze", from_s, _LOWER),
        "level above stays": Violation("freeze", from_s, _UPPER),
    }
    return {name: scene.violated(violation) for name, violation in broken.items()}
