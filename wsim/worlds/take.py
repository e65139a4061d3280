"""A scene filmed at a clip format: the truth behind a scenario."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

from wsim.contracts import Camera, ClipFormat, Context
from wsim.video import Video
from wsim.worlds.film import Film, film
from wsim.worlds.physics.trajectory import Trajectory
from wsim.worlds.scene import Scene

CaptionLength: TypeAlias = Literal["full", "medium", "short"]
CAPTION_LENGTHS: tuple[CaptionLength, ...] = ("full", "medium", "short")


@dataclass(frozen=True)
class Take:
    """Implements `contracts.Truth`; nothing is simulated or rendered until it is asked for."""

    scene: Scene
    clip: ClipFormat

    def __getstate__(self) -> dict[str, object]:
        """What travels to another process: the question, not megabytes of film that can be made again."""
        return {"scene": self.scene, "clip": self.clip}

    @cached_property
    def film(self) -> Film:
        """Everything that is known of every frame."""
        return film(self.scene, self.clip.times_s(), self.clip.height, self.clip.width)

    @cached_property
    def video(self) -> Video:
        """The pictures."""
        return Video(self.film.rgb, self.clip.fps)

    @property
    def camera(self) -> Camera:
        """Pose and intrinsics of every frame."""
        return self.film.render.camera

    @property
    def trajectory(self) -> Trajectory:
        """The state of every body at every frame."""
        return self.film.trajectory

    def caption(self, length: CaptionLength = "full") -> str:
        """What happens, in words that are true."""
        return self.scene.captions[CAPTION_LENGTHS.index(length)]

    def prefix(self, duration_s: float) -> Context:
        """The frames at or before `duration_s`, for a model that carries on."""
        frames = self.clip.frames_until(duration_s)
        return Context(self.video.frames[:frames], tuple(range(frames)))

    def first_frame(self) -> Context:
        """The frame at time zero."""
        return self.prefix(0.0)
