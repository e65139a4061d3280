"""The weights of the in-domain encoder that come with wsim: small, known, and worth something."""

import re
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np

from wsim.contracts import ClipFormat
from wsim.metrics.encoder.clips import HELD_OUT_SEEDS
from wsim.metrics.encoder.features import load_in_domain
from wsim.metrics.encoder.shipped import NAME, read_weights
from wsim.worlds.families import make
from wsim.worlds.take import Take

MOST_BYTES = 8 * 2**20
DOCS = Path(__file__).parents[2] / "docs" / "metrics.md"


def test_they_are_small_and_told_of() -> None:
    with as_file(files("wsim.metrics.encoder").joinpath(NAME)) as path:
        assert path.stat().st_size <= MOST_BYTES
    told = re.findall(r"wsim=([0-9a-f]{8})", DOCS.read_text(encoding="utf-8"))
    assert len(told) > 1 and set(told) == {read_weights()[2][:8]}  # in the text, and in what a command prints


def test_captions_find_their_scenes() -> None:
    network, clip = load_in_domain(), ClipFormat(25, 64, 64, 16.0)
    takes = [Take(make("still_life", HELD_OUT_SEEDS + 50_000 + i), clip) for i in range(8)]
    seen = network.forward(np.stack([take.video.frames for take in takes])).astype(np.float64)
    found = network.likeness(seen, [take.caption("full") for take in takes]).argmax(axis=1)
    assert int((found == np.arange(8)).sum()) >= 7
