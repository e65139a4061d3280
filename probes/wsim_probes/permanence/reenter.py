"""Does a ball that left the picture come back as itself, and does nothing come back where nothing left?"""

import numpy as np
from jaxtyping import UInt8

from wsim.contracts import Reading, Scenario, Unmeasurable
from wsim.perception.colour import difference, lab, match_exposure
from wsim.perception.noise_floor import noise_floor
from wsim.perception.soft import soften
from wsim.video import Video
from wsim.worlds.derived.histories import pictures
from wsim.worlds.scene import Scene
from wsim_probes.history import Ask, HistoryProbe
from wsim_probes.posing import answer_frames, take_of

OUT_OF_PLACE = "a frame is out of place"
_LEAP_LAB, _FLOORS, _TIMES_USUAL = 2.0, 1.5, 4.0  # of one frame: beyond what codecs do, and the other frames

_GONE = 0.40  # share of the clip: a rolling ball has left the picture at a speed that was seen
_TURNING_BACK = 0.64  # the camera is on its way back at a speed that was seen


class Reenter(HistoryProbe):
    """A view that comes back is shown before, so given frames in another order may end as the truth does."""

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """What comes back comes back to stay: no frame at the end may show something else."""
        said = super().measure(scenario, video)
        if (
            isinstance(said, Reading)
            and said.lawful
            and self._leaps(scenario, answer_frames(scenario, video))
        ):
            return Unmeasurable(OUT_OF_PLACE)
        return said

    def _leaps(self, scenario: Scenario, clip: UInt8[np.ndarray, "length height width 3"]) -> bool:
        """Whether one frame is far from the lawful history, late as it is, to which the others are near."""
        histories = self._histories(scenario)
        asked, take = histories.alternatives, take_of(scenario)
        late = round(asked.read(clip[list(histories.window)]).nuisance * take.clip.fps)
        due = pictures(take.scene, take.clip, [frame - late for frame in histories.window])
        here, there = (soften(lab(f), asked.blur_px) for f in (clip[list(histories.window)], due))
        gap = difference(match_exposure(here, there, ~asked.mask), there)
        away_lab = (gap * asked.mask).sum(axis=(1, 2)) / np.maximum(asked.mask.sum(axis=(1, 2)), 1)
        shown = clip[: len(histories.given)]
        floor_lab = noise_floor(shown, histories.given, float(asked.mask.mean()), asked.blur_px)
        most_lab = max(_LEAP_LAB + _FLOORS * floor_lab, _TIMES_USUAL * float(np.median(away_lab)))
        return float(away_lab.max()) > most_lab


def reenter() -> Reenter:
    """Out of the picture and back, read against rendered histories.

    Asked in three ways: a ball rolls out and off something outside, the camera turns away from a ball that
    lies still and back again, and the camera does so where there is no ball. Given are frames until the
    ball has left, or the camera is turning back; the caption, which goes along, says that the ball comes
    back, and when is free by a quarter of a second. It must come back once, in its colour and size.
    Where one frame at the end shows something else than the others, nothing has come back to stay.
    """
    return Reenter(
        name="permanence/reenter",
        version=4,
        question="Does what left the picture come back as it was, and nothing else?",
        family="out_and_back",
        asks=(
            Ask("rolls", (("by", "bounce"),)),
            Ask("camera_turns", (("by", "pan"),)),
            Ask("nothing_there", (("by", "pan"),), control="empty"),
        ),
        lawful="came back",
        window=(0.84, 1.0),
        prefix_s=_until_it_is_out,
        latest_s=0.25,
        tracks=("video",),
        words=True,
        graded=("recolour", "resize"),
    )


def _until_it_is_out(scene: Scene) -> float:
    return (_TURNING_BACK if scene.camera.turn_deg else _GONE) * scene.duration_s
