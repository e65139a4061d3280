"""What is asked has to be made: no given frame shows it, and it must be in the room which was given."""

from itertools import islice, pairwise

import numpy as np

from wsim.certify.nuisances import NUISANCES
from wsim.contracts import ClipFormat, Reading
from wsim.video import Video
from wsim_probes.interaction.stack import stack
from wsim_probes.posing import known_frames, take_of

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


def test_the_block_is_seen_as_it_is_brought_and_hidden_where_it_stands() -> None:
    for scenario in islice(stack().scenarios(CLIP, track="video", seed=543, limit=1), 2):
        take, known = take_of(scenario), known_frames(scenario)
        names = [body.name for body in take.scene.bodies]
        top = names.index("block 1" if scenario.parameters["ask"] == "on_one" else "block 2")
        seen_px = (take.film.render.ids == top).sum(axis=(1, 2))
        assert seen_px[:5].max() > 0.8 * seen_px[-1]
        assert seen_px[known - 4 : known].min() > 0 and seen_px[known - 4 : known].max() < 0.45 * seen_px[-1]
