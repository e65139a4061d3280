"""Means over worlds of numbers that every clip, or every pair with its lawful render, has by itself."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

import wsim
from wsim.metrics.features import Signed
from wsim.metrics.networks import ClipNumber
from wsim.metrics.pairs import PAIRS, PairNumber, ReadsPairs
from wsim.runs.looking import Seen, Task
from wsim.runs.manifest import Manifest
from wsim.runs.pairing import pair_rows
from wsim.runs.results import Record, SetMetric
from wsim.runs.scoring import FEW_CLUSTERS, NOTHING, plain
from wsim.stats import cluster_mean

NO_TRUTH = "no simulator stands behind these videos, so there are no lawful renders to hold them against"
NOT_SETTLED = "no question of this run gave a picture and left frames to make; words alone settle none"
NO_READING = "no clip has a reading: nothing moves or changes"
SOME = "clips without a reading left out"


def clip_row(
    name: str, number: ClipNumber, network: Signed, seen: Sequence[Seen], manifest: Manifest
) -> SetMetric:
    """A number of single clips, beside the same of the lawful renders."""
    column = number.column
    mine = _finite([(one.generated[:, column], one.answered) for one in seen])
    others = _finite([(one.lawful[:, column], one.records) for one in seen if len(one.lawful)])
    if not mine[0]:
        return SetMetric(name, number.better, NOTHING, unavailable=NO_READING)
    found = cluster_mean(*mine)
    return SetMetric(
        name, number.better, plain(found),
        cluster_mean(*others).mean if others[0] else None,
        _signature(name, network, manifest, f"gen{found.n}"),
        _flags(found.clusters, found.n < sum(len(one.answered) for one in seen)),
    )  # fmt: skip


def paired_rows(name: str, reader: ReadsPairs, tasks: Sequence[Task], manifest: Manifest) -> list[SetMetric]:
    """All numbers of one reader of pairs, over the pairs of all probes."""
    numbers = PAIRS[name].numbers
    if all(task.probe is None for task in tasks):
        return pairs_unavailable(name, NO_TRUTH, "")
    read = [(rows, records) for records, rows in (pair_rows(reader, task) for task in tasks) if records]
    if not read:
        return pairs_unavailable(name, NOT_SETTLED, "")
    return [
        _paired([(rows[:, column], records) for rows, records in read], number, reader, manifest)
        for column, number in enumerate(numbers)
    ]


def pairs_unavailable(name: str, why: str, remedy: str) -> list[SetMetric]:
    """The names of a reader's numbers, with why they are not there."""
    return [
        SetMetric(number.name, number.better, NOTHING, unavailable=why, remedy=remedy)
        for number in PAIRS[name].numbers
    ]


def _paired(
    read: Sequence[tuple[Float64[np.ndarray, " _"], Sequence[Record]]],
    number: PairNumber,
    reader: Signed,
    manifest: Manifest,
) -> SetMetric:
    values, clusters = _finite(read)
    if not values:
        side = min(manifest.clip.height, manifest.clip.width)
        why = f"frames of {side} pixels are too small: it needs {number.least_side_px}"
        return SetMetric(number.name, number.better, NOTHING, unavailable=why)
    found = cluster_mean(values, clusters)
    return SetMetric(
        number.name, number.better, plain(found), None,
        _signature(number.name, reader, manifest, "given-left-out", f"pairs{found.n}"),
        _flags(found.clusters, found.n < sum(len(records) for _, records in read)),
    )  # fmt: skip


def _finite(
    parts: Sequence[tuple[Float64[np.ndarray, " _"], Sequence[Record]]],
) -> tuple[list[float], list[str]]:
    """The numbers that are there, and their worlds."""
    there = [
        (float(value), record.cluster)
        for values, records in parts
        for value, record in zip(values, records, strict=True)
        if np.isfinite(value)
    ]
    return [value for value, _ in there], [cluster for _, cluster in there]


def _flags(clusters: int, some: bool) -> tuple[str, ...]:
    few = ("few clusters",) if clusters < FEW_CLUSTERS else ()
    return (*few, SOME) if some else few


def _signature(name: str, looker: Signed, manifest: Manifest, *more: str) -> str:
    clip = manifest.clip
    return "|".join((
        name, f"{looker.name}={looker.weights_fingerprint}", f"rs={looker.preprocess_id}",
        f"T{clip.num_frames}@{clip.fps:g}", f"{clip.height}x{clip.width}", *more, "fp32",
        f"wsim{wsim.__version__}",
    ))  # fmt: skip
