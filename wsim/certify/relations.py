"""Metamorphic relations: other ways of showing the same, which must not move a reading; time, which may.

* mirror: question and clip are seen in a mirror.
* hue: all colours of the clip turn by ten degrees about grey, as a camera's white balance would do it.
* scale: the question is posed at half as many pixels again each way, or fewer, and answered in these.
* time: the clip runs backwards after the given frames; only for probes that read the arrow of time.
"""

from dataclasses import replace
from typing import Protocol, runtime_checkable

import cv2
import numpy as np

from wsim.certify.restaged import mirrored, restaged
from wsim.contracts import ClipFormat, Probe, Scenario
from wsim.perception.tracks import one_thread
from wsim.video import Video

MIRROR, HUE, SCALE = "mirror", "hue", "scale"
_HUE_DEG = 10.0
_SCALE = 1.5


@runtime_checkable
class ReadsArrow(Protocol):
    """A probe that says that it reads the arrow of time: a lawful clip run backwards is unlawful."""

    @property
    def reads_arrow(self) -> bool:
        """Whether it does."""
        ...


def reads_arrow(probe: Probe) -> bool:
    """Whether a clip that runs backwards must be called unlawful."""
    return isinstance(probe, ReadsArrow) and probe.reads_arrow


def in_a_mirror(scenario: Scenario) -> tuple[Scenario, Video] | None:
    """The mirrored question, and the mirrored truth pixel by pixel; None where it cannot be mirrored."""
    other = restaged(scenario, mirrored)
    if other is None:
        return None
    frames = np.ascontiguousarray(scenario.truth.video.frames[:, :, ::-1])
    context = scenario.request.context
    if context is not None:
        given = replace(context, frames=frames[list(context.indices)])
        other = replace(other, request=replace(other.request, context=given))
    return other, Video(frames, scenario.truth.video.fps)


def other_hue(video: Video) -> Video:
    """Hues turned by ten degrees; 8-bit HSV of OpenCV counts hue in half degrees of a float picture."""
    with one_thread():
        frames = []
        for frame in video.frames:
            hsv = cv2.cvtColor(frame.astype(np.float32) / 255.0, cv2.COLOR_RGB2HSV)
            hsv[..., 0] = (hsv[..., 0] + _HUE_DEG) % 360.0
            frames.append(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB))
    return Video((np.stack(frames) * 255.0).round().clip(0, 255).astype(np.uint8), video.fps)


def larger(clip: ClipFormat) -> ClipFormat:
    """The clip at half as many pixels again each way."""
    return replace(clip, height=round(_SCALE * clip.height), width=round(_SCALE * clip.width))


def backwards(scenario: Scenario) -> Video:
    """The lawful clip from its end to its beginning."""
    truth = scenario.truth.video
    return Video(truth.frames[::-1].copy(), truth.fps)
