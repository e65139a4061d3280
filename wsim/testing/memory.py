"""Does a model hold on to memory, request after request?

The resident memory of the process, and the memory of the GPU where torch has one, is read after every answer.
The slope is the mean of the steps between readings without their largest quarter: what grows once or twice,
as when a pool is enlarged, does not move it, and what grows with every request does.
"""

import gc
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise

import psutil

from wsim.contracts import ClipFormat, Model
from wsim.testing.asked import answer_of, richest_request
from wsim.testing.findings import Finding, warning

FIRST_SEED = 100
WARM_UP = 2  # answers before the first reading: caches fill, kernels are compiled
LEAST_BYTES = 256 * 1024  # a request; what is smaller is lost among the pages of the allocator
ADVICE = "keep no videos, requests or graphs between calls: torch.inference_mode(), bounded caches, del"


def holds_memory(model: Model, clip: ClipFormat, repeats: int) -> Iterator[Finding]:
    """Ask `repeats` requests that differ in their seeds, and tell what memory has grown by, bytes a request.

    A slope of half a clip is told, and of 256 kB at least; smaller ones cannot be seen in a few requests.
    """
    readings: dict[str, list[int]] = {name: [] for name in meters()}
    with _quick_collections():
        for index in range(WARM_UP + repeats):
            answer_of(model, richest_request(model.info, clip, seed=FIRST_SEED + index))
            gc.collect()
            if index >= WARM_UP - 1:
                for name, read in meters().items():
                    readings.setdefault(name, []).append(read())
    clip_bytes = clip.num_frames * clip.height * clip.width * 3
    for name, sizes_bytes in readings.items():
        yield _judged(name, sizes_bytes, repeats, max(LEAST_BYTES, clip_bytes // 2))


@contextmanager
def _quick_collections() -> Iterator[None]:
    """What is there already is not looked through again: with millions of objects that takes seconds.

    A host that has frozen objects of its own keeps them frozen: thawing knows no difference between the two.
    """
    if gc.get_freeze_count():
        yield
        return
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def meters() -> Mapping[str, Callable[[], int]]:
    """What can be read here, in bytes, by name."""
    found: dict[str, Callable[[], int]] = {"memory": lambda: int(psutil.Process().memory_info().rss)}
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available() and torch.cuda.is_initialized():
        found["GPU memory"] = lambda: int(torch.cuda.memory_allocated())
    return found


def growth(sizes_bytes: Sequence[int]) -> float:
    """Bytes from one reading to the next, without the largest quarter of the steps.

    Example:
        >>> growth([10, 12, 14, 16, 18]), growth([10, 10, 90, 90, 90]), growth([10])
        (2.0, 0.0, 0.0)
    """
    steps = sorted(after - before for before, after in pairwise(sizes_bytes))
    usual = steps[: len(steps) - math.ceil(len(steps) / 4)]
    return sum(usual) / len(usual) if usual else 0.0


def _judged(name: str, sizes_bytes: list[int], repeats: int, least_bytes: int) -> Finding:
    slope_bytes = growth(sizes_bytes)
    if slope_bytes < least_bytes:
        steady = f"steady over {repeats} requests, {_size(sizes_bytes[-1])}"
        return Finding(
            name, "ok", f"{steady} (growth under {_size(least_bytes)} a request would not be seen)"
        )
    message = f"grows by {_size(slope_bytes)} a request, {_size(1000 * slope_bytes)} over a thousand"
    return warning(name, message, ADVICE)


def _size(number_bytes: float | int) -> str:
    """In GB, MB or kB.

    Example:
        >>> _size(12_345_678), _size(64 * 1024)
        ('12 MB', '66 kB')
    """
    unit, scale = next((pair for pair in (("GB", 1e9), ("MB", 1e6)) if number_bytes >= pair[1]), ("kB", 1e3))
    digits = 1 if number_bytes < 10 * scale else 0
    return f"{number_bytes / scale:.{digits}f} {unit}"
