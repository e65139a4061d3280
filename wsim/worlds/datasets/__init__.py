"""Worlds in bulk: shards of clips with their truth, the same clips on the fly, and exports."""

from wsim.worlds.datasets.manifest import read_manifest
from wsim.worlds.datasets.plan import DatasetPlan, Sample, chosen_families
from wsim.worlds.datasets.reader import read_shards
from wsim.worlds.datasets.shards import write_dataset

__all__ = [
    "DatasetPlan", "Sample", "chosen_families", "read_manifest", "read_shards", "write_dataset",
]  # fmt: skip
