"""The clips of a data set rendered on the fly, for training: nothing is written to disk.

Axis letters: `time`, `height`, `width`.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch.utils.data import IterableDataset, get_worker_info

from wsim.contracts import ClipFormat
from wsim.errors import WsimError
from wsim.worlds.datasets.plan import DatasetPlan, Sample, chosen_families
from wsim.worlds.take import CAPTION_LENGTHS
from wsim.worlds.truth import Detail

Item = dict[str, Any]


def stream(
    families: str | Sequence[str] = "all",
    clip: ClipFormat = ClipFormat(25, 64, 64, 16.0),  # noqa: B008  (immutable)
    *,
    seed: int = 0,
    twins: bool = False,
    detail: Detail = "light",
    parameters: Mapping[str, int | float | bool | str] | None = None,
    start: int = 0,
    clips: int | None = None,
    block: int = 1,
    rank: int = 0,
    ranks: int = 1,
) -> "Stream":
    """Worlds without end as a torch dataset. Clip N is clip N of `wsim render --clips` with equal settings.

    Args:
        families: `all`, names with commas between them, or a sequence of names; they come in turn.
        clip: length, size and rate.
        seed: of the first world of every family.
        twins: whether every lawful clip is followed by its violated twins.
        detail: `full` adds depth, ids, amodal masks and the camera.
        parameters: of the families; all of them must have these.
        start: the first number. Items carry theirs: to go on, start after the last one that was used.
        clips: how many lawful clips there are in all, from number 0 on; None for no end.
        block: how many numbers a worker renders before the next worker's turn. With the batch size of the
            `DataLoader` (and no twins), batches come in the order of the numbers with any number of workers.
        rank: of this process in distributed training, 0 up to `ranks`.
        ranks: how many processes share the clips.

    Raises:
        WsimError: an unknown family, or numbers that make no sense.
    """
    if start < 0 or block < 1 or not 0 <= rank < ranks or (clips is not None and clips < 0):
        raise WsimError(
            f"start {start}, clips {clips}, block {block}, rank {rank} of {ranks} make no stream",
            where="wsim.worlds.stream(...)",
            remedy="count from 0; give a block and ranks of at least 1, and a rank below ranks",
        )
    plan = DatasetPlan(chosen_families(families), clip, seed, twins, detail, parameters or {})
    return Stream(plan, start, clips, block, rank, ranks)


class Stream(IterableDataset[Item]):
    """Clips in the order of their numbers, shared out among ranks and workers without repeats."""

    def __init__(
        self, plan: DatasetPlan, start: int, clips: int | None, block: int, rank: int, ranks: int
    ) -> None:
        self.plan, self.start, self.clips = plan, start, clips
        self.block, self.rank, self.ranks = block, rank, ranks

    def __iter__(self) -> Iterator[Item]:
        """The items of this rank and, inside a `DataLoader`, of this worker."""
        for number in self._numbers():
            for sample in self.plan.samples(number):
                yield item_of(sample, self.plan.detail)

    def _numbers(self) -> Iterator[int]:
        worker = get_worker_info()
        worker_id, workers = (worker.id, worker.num_workers) if worker else (0, 1)
        mine, stride = self.rank * workers + worker_id, self.ranks * workers
        for place in itertools.count(mine * self.block, stride * self.block):
            for number in range(self.start + place, self.start + place + self.block):
                if self.clips is not None and number >= self.clips:
                    return
                yield number


def item_of(sample: Sample, detail: Detail) -> Item:
    """A clip as tensors, and what it is.

    Returns:
        `frames` uint8[time height width 3], sRGB; `captions`, full, medium and short; `key`, `number`,
        `family`, `seed` and `twin` ("" for a lawful clip); `lawful`, whether no law is broken. With full
        detail also `depth_m` float32, `ids` int16 and `amodal` int64 (bit k is body k), each
        [time height width], and `world_from_camera` [time 4 4] and `intrinsics` [time 3 3], float64.
    """
    take = sample.take
    item: Item = {
        "frames": torch.from_numpy(take.video.frames),
        "captions": tuple(take.caption(length) for length in CAPTION_LENGTHS),
        "key": sample.key,
        "number": sample.number,
        "family": take.scene.family,
        "seed": take.scene.seed,
        "twin": sample.twin,
        "lawful": not take.scene.violations,
    }
    if detail == "full":
        picture, camera = take.film.render, take.camera
        item |= {
            "depth_m": torch.from_numpy(picture.depth_m),
            "ids": torch.from_numpy(picture.ids),
            "amodal": torch.from_numpy(picture.amodal.view(np.int64)),  # few operations take unsigned ones
            "world_from_camera": torch.from_numpy(camera.world_from_camera),
            "intrinsics": torch.from_numpy(camera.intrinsics),
        }
    return item
