"""Training across processes and from real worlds, each at the smallest size that shows it."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from wsim import ClipFormat
from wsim.worlds.families import make
from wsim.worlds.take import Take
from wsim_reference.train import data

MEMBER = """
import sys, torch
from pathlib import Path
from wsim_reference.train.processes import join, leave
rank = int(sys.argv[1])
group = join(rank, 2, Path(sys.argv[2]))
weight = torch.zeros(3, requires_grad=True)
weight.grad = torch.full((3,), float(rank + 1))
group.average_gradients([weight])
print(weight.grad.tolist(), group.agree(10.0 * (rank + 1)), torch.get_num_threads())
group.wait()
leave(group)
"""


def test_two_processes_average_and_agree(tmp_path: Path) -> None:
    members = [
        subprocess.Popen(
            [sys.executable, "-c", MEMBER, str(rank), str(tmp_path / "meet")],
            stdout=subprocess.PIPE,
            text=True,
        )
        for rank in (0, 1)
    ]
    said = [member.communicate(timeout=120)[0].strip() for member in members]
    assert said == ["[1.5, 1.5, 1.5] 10.0 1"] * 2


def test_shards_are_rendered_from_the_worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "SHARD_CLIPS", 4)
    clip = ClipFormat(5, 32, 32, 4.0)
    for shard in (0, 1):
        data.render_shard(shard, tmp_path, clip, validation=True)
    clips = data.open_clips(tmp_path, [0, 1], 7)
    assert len(clips) == 7 and clips.moving is not None and clips.moving.shape == (7, 5, 32, 32)
    records = json.loads((tmp_path / "00001.json").read_text())
    assert [record["family"] for record in records] == list(data.FAMILIES)
    plan = data.plan_clip(5, validation=True)
    take = Take(make(plan.family, plan.seed, **plan.options), clip)
    assert np.array_equal(clips.clip(5), take.video.frames)
    assert clips.captions[5] == tuple(take.caption(length) for length in data.LENGTHS)
    assert clips.moving[3].any() and not clips.moving[0].any()  # a ball falls; in a room nothing moves
