"""An empty gripper leaves nothing behind in any room: the end must be that of the room which was given."""

from itertools import islice, pairwise

import numpy as np

from wsim.certify.nuisances import NUISANCES
from wsim.contracts import ClipFormat, Reading
from wsim.video import Video
from wsim_probes.interaction.stack import stack

CLIP = ClipFormat(num_frames=25, height=64, width=64, fps=16.0)


def test_the_lawful_end_of_another_room_is_another_scene() -> None:
    probe = stack()
    posed = list(islice(probe.scenarios(CLIP, track="video", seed=521, limit=6), 18))
    empty = [one for one in posed if one.parameters["ask"] == "empty_gripper"][3:]
    for other, scenario in pairwise(empty):
        assert scenario.request.context is not None
        known = len(scenario.request.context.indices)
        frames = np.concatenate([scenario.truth.video.frames[:known], other.truth.video.frames[known:]])
        said = probe.measure(scenario, Video(frames, CLIP.fps))
        assert isinstance(said, Reading) and not said.lawful
    coded = probe.measure(empty[0], NUISANCES["h264 crf 35"](empty[0].truth.video))
    assert isinstance(coded, Reading) and coded.lawful
