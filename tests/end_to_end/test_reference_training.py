"""Training across processes and from real worlds, each at the smallest size that shows it."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from wsim import ClipFormat
from wsim.errors import WsimError
from wsim.worlds.blocks.keys import action_matrix
from wsim.worlds.families import make
from wsim_reference.config import PRESETS
from wsim_reference.train import data, staging
from wsim_reference.train.plan import Bucket, ClipPlan, plan_clip

MEMBER = """
import sys, torch
from pathlib import Path
from wsim.optimiser import MuonAdam
from wsim_reference.train.processes import Group, Seat, join, leave
rank = int(sys.argv[1])
group = join(Seat(rank, 2, rank, Path(sys.argv[2]).as_uri()))
weight = torch.zeros(3, requires_grad=True)
weight.grad = torch.full((3,), float(rank + 1))
group.average_gradients([weight])
print(weight.grad.tolist(), group.agree(10.0 * (rank + 1)), torch.get_num_threads())
torch.manual_seed(0)
layers = [torch.nn.Sequential(torch.nn.Linear(40, 48), torch.nn.Linear(48, 40)) for _ in (0, 1)]
layers[1].load_state_dict(layers[0].state_dict())
for model, together in zip(layers, (group, Group())):
    optimiser = MuonAdam(model, (), 0.9, together)
    for step in range(3):
        for place, value in enumerate(model.parameters()):
            value.grad = torch.randn(value.shape, generator=torch.Generator().manual_seed(10 * step + place))
        optimiser.step(0.1)
print(all(torch.equal(a, b) for a, b in zip(*(model.parameters() for model in layers))))
group.wait()
leave(group)
"""


def test_two_processes_average_and_agree_and_share_the_optimiser_s_work(tmp_path: Path) -> None:
    members = [
        subprocess.Popen(
            [sys.executable, "-c", MEMBER, str(rank), str(tmp_path / "meet")],
            stdout=subprocess.PIPE,
            text=True,
        )
        for rank in (0, 1)
    ]
    said = [member.communicate(timeout=120)[0].strip() for member in members]
    assert said == ["[1.5, 1.5, 1.5] 10.0 1\nTrue"] * 2


def test_shards_are_rendered_from_the_worlds_and_read_back(tmp_path: Path) -> None:
    config = PRESETS["nano"]
    bucket = Bucket(5, 32, 48)
    rendered = [staging.film_clip(plan_clip(number, bucket, config, True), True) for number in (0, 1)]
    staging.render_shard((0, bucket), tmp_path, config, 2, True)
    clips = data.open_clips(tmp_path, [0], 2)
    assert len(clips) == 2 and [one.bucket for one in clips.items] == [bucket, bucket]
    for one, other in zip(rendered, clips.items, strict=True):
        assert one.frames.shape == (5, 32, 48, 3) and one.frames.std() > 1
        assert np.array_equal(one.frames, other.frames) and one.captions == other.captions
        assert np.array_equal(one.camera.world_from_camera, other.camera.world_from_camera)
        assert one.moving is not None and other.moving is not None
        assert np.array_equal(one.moving, other.moving) and one.format == other.format
    with pytest.raises(OSError):
        data.open_clips(tmp_path, [0, 1], 4)  # nothing opens as half a split


def test_a_played_world_brings_its_actions(tmp_path: Path) -> None:
    clip = ClipFormat(9, 32, 32, 8.0)
    plan = ClipPlan(make("walk", 1_000_001, duration_s=2.0), clip, start_s=0.5)
    filmed = staging.film_clip(plan, validation=False)
    data.write_shard(tmp_path / "00000", [filmed])
    (read,) = data.open_clips(tmp_path, [0], 1).items
    assert read.actions is not None and read.actions.shape == (9, 12) and read.moving is None
    expected = action_matrix(plan.scene, np.arange(14) / 8.0)[4:13]
    assert np.array_equal(read.actions, expected) and read.actions.any()
    turned = np.abs(np.diff(read.camera.world_from_camera[:, 0, 2]))
    assert turned.max() > 0.01  # the camera is the player's eyes


def test_what_is_staged_is_not_rendered_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny = PRESETS["nano"].replace(sizes=(), lengths=(), rates=(), num_frames=1)
    first = staging.stage(tmp_path, tiny, 2, 2, validation=False, processes=1)
    monkeypatch.setattr(staging, "_render", lambda *_: pytest.fail("rendered again"))
    again = staging.stage(tmp_path, tiny, 2, 2, validation=False, processes=1)
    for one, two in zip(first.items, again.items, strict=True):
        assert np.array_equal(one.frames, two.frames) and one.captions == two.captions


def test_a_killed_renderer_ends_the_staging_and_what_is_whole_stays(tmp_path: Path) -> None:
    tiny = PRESETS["nano"].replace(sizes=(), lengths=(), rates=(), num_frames=5)
    staging.stage(tmp_path, tiny, 2, 2, validation=False, processes=1)

    def kill() -> None:
        while not (children := multiprocessing.active_children()):
            time.sleep(0.01)
        os.kill(children[0].pid or 0, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(WsimError, match="died") as caught:
        staging.stage(tmp_path, tiny, 400, 2, validation=False, processes=1)
    killer.join()
    assert caught.value.remedy and next(tmp_path.glob("training-*/00000.json")).exists()
