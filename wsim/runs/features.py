"""Features of the videos of a run, computed once: kept by what they are features of, and of which network.

A part is up to `PART` videos, in the order in which they are asked for. Its key is made of the digests of
the pixels and of all that makes the network, so whoever computes it, in whatever order, computes the same:
videos that go through a network together move each other's features in the last digit.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from wsim.contracts import digest_of
from wsim.metrics.features import FeatureExtractor, Signed, features_of
from wsim.runs import provenance
from wsim.runs.durable import make_folder, write_whole
from wsim.runs.store import cache_folder, shared_cache
from wsim.video import Video

PART = 16
Rows = Float64[np.ndarray, "_ _"]  # one a video


def parts(digests: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Neighbours that go through a network together."""
    for start in range(0, len(digests), PART):
        yield tuple(digests[start : start + PART])


def kept(network: Signed, part: Sequence[str]) -> Rows | None:
    """The features of these videos if they are there and whole."""
    path, far = _path(network, part), shared_cache()
    if far:
        far.bring(path)
    try:
        content = path.read_bytes()
        digest, values = content[:32], np.frombuffer(content[32:], dtype="<f8")
    except (OSError, ValueError):
        return None
    if hashlib.sha256(content[32:]).digest() != digest or values.size % len(part):
        return None
    return values.reshape(len(part), -1).copy()


def keep(network: Signed, part: Sequence[str], values: Rows) -> None:
    """Keep the features of these videos.

    Raises:
        WsimError: the disk is full or the cache cannot be written to.
    """
    path = _path(network, part)
    make_folder(path.parent)
    content = np.ascontiguousarray(values, dtype="<f8").tobytes()
    write_whole(path, hashlib.sha256(content).digest() + content)
    if far := shared_cache():
        far.send(path)


def compute(
    networks: Sequence[FeatureExtractor], part: Sequence[str], videos: Callable[[], Sequence[Video]]
) -> None:
    """Make sure that every network has looked at these videos; they are fetched only if one has not.

    Raises:
        WsimError: a video cannot be looked at; the cache cannot be written to.
    """
    missing = [network for network in networks if kept(network, part) is None]
    if missing:
        seen = videos()
        with one_thread():
            for network in missing:
                keep(network, part, features_of(network, seen).values)


@contextmanager
def one_thread() -> Iterator[None]:
    """Sums on the CPU depend on how many threads share them; here it is one, in every process."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _path(network: Signed, part: Sequence[str]) -> Path:
    key = digest_of({
        "schema": "wsim.features/1", "network": network.name, "weights": network.weights_fingerprint,
        "preprocessing": network.preprocess_id, "code": provenance.metrics_digest(), "videos": list(part),
    })  # fmt: skip
    return cache_folder() / "features" / key[:2] / f"{key}.f64"
