"""Does a ball that left the picture come back as itself, and does nothing come back where nothing left?"""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import UInt8

from wsim.contracts import Event, Json, Reading, Scenario, Trail, Unmeasurable
from wsim.perception.colour import difference, lab, match_exposure
from wsim.perception.noise_floor import noise_floor
from wsim.perception.soft import soften
from wsim.video import Video
from wsim.worlds.derived.histories import pictures
from wsim.worlds.scene import Scene
from wsim_probes.history import Ask, HistoryProbe
from wsim_probes.permanence.free_reenter import CAME_BACK, Return, returns_of
from wsim_probes.posing import answer_frames, known_frames, take_of

OUT_OF_PLACE = "a frame is out of place"
_LEAP_LAB, _FLOORS, _TIMES_USUAL = 2.0, 1.5, 4.0  # of one frame: beyond what codecs do, and the other frames
_SLACK, _LEAST_SLACK_RAD = 0.25, 0.03  # of the whole turn: neighbouring views; what turns less stands still
_SOFT, _HALF = 0.02, 0.5  # of the height; of the distance to what it may be

_GONE = 0.40  # share of the clip: a rolling ball has left the picture at a speed that was seen
_TURNING_BACK = 0.64  # the camera is on its way back at a speed that was seen


class Reenter(HistoryProbe):
    """A view that comes back is shown before, so given frames in another order may end as the truth does."""

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """What comes back comes back to stay: no frame at the end may show something else, nor on the way."""
        said, frames = super().measure(scenario, video), answer_frames(scenario, video)
        if (
            isinstance(said, Reading)
            and said.lawful
            and (self._leaps(scenario, frames) or _turns_away_again(scenario, frames))
        ):
            return Unmeasurable(OUT_OF_PLACE)
        return said

    def measure_free(self, video: Video, hints: Mapping[str, Json]) -> Reading | Unmeasurable:
        """Read any clip of one shot by a camera that stands still.

        Args:
            video: any clip.
            hints: `event_s`, when the thing leaves; `region`, where; `same_objects`, `yes` where it is said
                that what comes back is what left; `masks`.
        """
        found = returns_of(video, hints)
        return found if isinstance(found, Unmeasurable) else self._free_reading(found, video.fps)

    def _free_reading(self, found: Sequence[Return], fps: float) -> Reading:
        wrong = [back for back in found if back.verdict != CAME_BACK]
        worst = min(found, key=lambda back: back.margin)
        said = ", ".join(f"{back.verdict} at {back.after.views[0].frame / fps:.2f} s" for back in found)
        return Reading(
            metrics={
                "right": float(not wrong),
                "margin": worst.margin,
                "timing_error": self.latest_s if wrong else 0.0,
                "departure": min(max(back.colour_lab for back in found), 100.0),
            },
            verdict=worst.verdict if wrong else CAME_BACK,
            lawful=not wrong,
            events=tuple(Event(back.after.views[0].frame, back.verdict) for back in wrong),
            overlays=tuple(trail for back in found for trail in _trails(back)),
            notes=f"What left the picture, when it comes in again: {said}.",
        )

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


def _turns_away_again(scenario: Scenario, clip: UInt8[np.ndarray, "length height width 3"]) -> bool:
    """Whether a camera that is on its way back shows, in between, views further away than it has been since.

    A frame shows the lawful view that it is nearest to. It is out of place where it is less than half as far
    from that one as from any view that is no further away: 16 given frames have six of the end among them,
    so that four of them in random order may end as the truth does. When the camera comes back is free.
    """
    take, known = take_of(scenario), known_frames(scenario)
    ahead = take.camera.world_from_camera[:, :3, 2]
    turned_rad = np.arccos(np.clip(ahead @ ahead[0], -1.0, 1.0))
    slack_rad = _SLACK * float(turned_rad.max())
    if slack_rad < _LEAST_SLACK_RAD:
        return False
    stride, sigma_px = max(1, clip.shape[1] // 64), _SOFT * clip.shape[1]
    views, made = (soften(lab(f), sigma_px)[:, ::stride, ::stride] for f in (take.video.frames, clip[known:]))
    furthest_rad = float(turned_rad[known - 1])
    for frame in made:
        gaps = np.array([difference(frame, view).mean() for view in views])
        due = np.where(turned_rad <= furthest_rad + slack_rad, gaps, np.inf)
        if gaps.min() < _HALF * due.min():
            return True
        furthest_rad = min(furthest_rad, float(turned_rad[due.argmin()]))
    return False


def _trails(back: Return) -> tuple[Trail, Trail]:
    """Until it leaves, and from when it is back."""
    stays = {"leaves": back.before.views, back.verdict: back.after.views}
    before, after = (
        Trail(tuple(view.frame for view in views), tuple((view.x, view.y) for view in views), label)
        for label, views in stays.items()
    )
    return before, after


def reenter() -> Reenter:
    """Out of the picture and back, read against rendered histories.

    Asked in three ways: a ball rolls out and off something outside, the camera turns away from a ball that
    lies still and back again, and the camera does so where there is no ball. Given are frames until the
    ball has left, or the camera is turning back; the caption, which goes along, says that the ball comes
    back, and when is free by a quarter of a second. It must come back once, in its colour and size.
    Where one frame at the end shows something else than the others, nothing has come back to stay; and where
    the camera turns, a frame on its way back must not turn away from it again.

    Without a scenario: a thing that goes out across the border, and the only one that comes in there while
    nothing else is outside, in colour and size (`wsim_probes.permanence.free_reenter`).
    """
    return Reenter(
        name="permanence/reenter",
        version=7,
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
