"""Still rooms that a camera moves through: how questions about them are posed, and their doses.

The way of the camera is settled by its first half second, which the track `video` gives, or by the first
frame and the caption (`image`); an answer in which the camera does otherwise says nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from wsim.contracts import ClipFormat, Scenario, Track
from wsim.perception.motion import Points, gain, reproject
from wsim.perception.tracks import enlargement, to_clip
from wsim.video import Video
from wsim.worlds.families import make
from wsim.worlds.scene import Scene, ViolationKind
from wsim.worlds.take import Take
from wsim.worlds.violations.severity import broken
from wsim_probes.posing import given, known_frames, pose, take_of, world_seed

PATH_S = 1.5
PREFIX_S = 0.5
GAIN: Mapping[Track, tuple[float, float]] = {"video": (0.4, 1.8), "image": (0.15, np.inf)}
ASTRAY = "camera did not follow"


Bounds: TypeAlias = tuple[float, float]
# From a lawful scene, a severity in 0..1 and the time from which it shows, to the broken scene.
Break: TypeAlias = Callable[[Scene, float, float], Scene]


def law(kind: ViolationKind, body: str = "") -> Break:
    """A law of the world broken by degrees."""
    return lambda scene, severity, start_s: broken(scene, kind, severity, start_s, body)


@dataclass(frozen=True)
class Room:
    """Which rooms a probe asks about.

    Attributes:
        probe: `suite/probe`.
        camera: its way, as the family `room` names it.
        breaks: what must not happen, by name.
    """

    probe: str
    camera: str
    breaks: Mapping[str, Break]

    def pose(self, clip: ClipFormat, track: Track, place: tuple[int, int], *, words: bool) -> Scenario:
        """One room, broken from the first frame that is not given; `words`: whether the track needs them."""
        duration_s = max(PATH_S, clip.duration_s)
        scene = make("room", world_seed(self.probe, *place), camera=self.camera, duration_s=duration_s)
        take = Take(scene, clip)
        context = given(take, track, PREFIX_S)
        start_s = (context.indices[-1] + 0.5) / clip.fps
        return pose(
            probe=self.probe,
            track=track,
            place=place,
            role="lawful",
            family=f"room.{self.camera}",
            take=take,
            context=context,
            alternatives={
                name: Take(change(scene, 1.0, start_s), clip) for name, change in self.breaks.items()
            },
            parameters={"camera": self.camera},
            words=words,
        )

    def dosed(self, scenario: Scenario, dose: str, severity: float) -> Video | None:
        """The room broken a little; None where that is not asked about."""
        if dose not in self.breaks:
            return None
        take = take_of(scenario)
        start_s = (known_frames(scenario) - 0.5) / take.clip.fps
        return Take(self.breaks[dose](take.scene, severity, start_s), take.clip).video


def followed(
    scenario: Scenario, before: Points, after: Points, frames: tuple[int, int], within: Bounds | None = None
) -> tuple[bool, float]:
    """Whether the camera went where it had to between two frames, and the share of the way that it went.

    Args:
        scenario: whose truth knows the depth and the camera.
        before: places in pixels at a short side of 512.
        after: those of the same points in the other frame.
        frames: the two frames.
        within: the shares that will do; those of the track by default.
    """
    truth = take_of(scenario)
    scale = enlargement(truth.clip.height, truth.clip.width)
    here, there = to_clip(before, scale), to_clip(after, scale)
    expected = reproject(here, truth.film.render.depth_m[frames[0]], truth.camera, *frames)
    known = np.isfinite(expected).all(axis=1)
    share = gain((there - here)[known], (expected - here)[known])
    low, high = within or GAIN["image" if scenario.parameters["track"] == "image" else "video"]
    return low <= share <= high, float(np.clip(share, -10.0, 10.0))
