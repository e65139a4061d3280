"""Models that hold on to memory are found, with the slope; those that fill a cache once are not."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wsim.contracts import ClipFormat, ModelInfo, Request
from wsim.testing import check_model
from wsim.testing import memory as memory_module
from wsim.testing.findings import Finding
from wsim.testing.memory import WARM_UP, holds_memory
from wsim.video import Video

CLIP = ClipFormat(5, 16, 16, 8.0)
MEGABYTE = 10**6


class Keeping:
    """Keeps `held_bytes` of every answer, and `once_bytes` of the answer of that number."""

    info = ModelInfo("keeping", "toy/1", "0" * 64, frozenset({"text"}))

    def __init__(self, held_bytes: int = 0, once_bytes: int = 0, once: int = 5) -> None:
        self._kept: list[np.ndarray] = []
        self._held_bytes, self._once_bytes, self._once, self._asked = held_bytes, once_bytes, once, 0

    @property
    def kept_bytes(self) -> int:
        return sum(kept.nbytes for kept in self._kept)

    def generate(self, requests: Sequence[Request]) -> Iterator[Video]:
        for request in requests:
            self._asked += 1
            size = self._held_bytes + (self._once_bytes if self._asked == self._once else 0)
            self._kept.append(np.ones(size, np.uint8))
            rng = np.random.default_rng(request.seed)
            yield Video(rng.integers(0, 255, (5, 16, 16, 3), dtype=np.uint8), request.fps)


def judged(model: Any) -> Finding:
    (finding,) = [one for one in holds_memory(model, CLIP, 6) if one.check == "memory"]
    return finding


@pytest.fixture
def metered(monkeypatch: pytest.MonkeyPatch) -> Callable[[Keeping], Keeping]:
    """Lets the memory of the process be what a model has kept, to the byte."""

    def so(model: Keeping) -> Keeping:
        monkeypatch.setattr(memory_module, "meters", lambda: {"memory": lambda: 10**9 + model.kept_bytes})
        return model

    return so


def test_a_leak_is_told_with_its_size_and_what_to_do(metered: Callable[[Keeping], Keeping]) -> None:
    finding = judged(metered(Keeping(held_bytes=40 * MEGABYTE)))
    assert finding.level == "warning" and "inference_mode" in finding.advice
    assert finding.message == "grows by 40 MB a request, 40 GB over a thousand"


def test_a_model_that_forgets_is_steady(metered: Callable[[Keeping], Keeping]) -> None:
    finding = judged(metered(Keeping()))
    assert finding.level == "ok" and "steady over 6 requests" in finding.message


def test_what_grows_once_is_no_leak(metered: Callable[[Keeping], Keeping]) -> None:
    assert judged(metered(Keeping(once_bytes=40 * MEGABYTE))).level == "ok"


def test_the_memory_of_a_real_process_is_read() -> None:
    """In a fresh one: what a long-lived process gives back meanwhile would hide a leak."""
    script = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_memory_growth import MEGABYTE, Keeping, judged
print(*(judged(model).level for model in (Keeping(40 * MEGABYTE), Keeping(), Keeping(0, 40 * MEGABYTE))))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=200)
    assert done.stdout.split() == ["warning", "ok", "ok"], done.stderr


def test_every_request_has_a_seed_of_its_own_so_caches_by_request_grow() -> None:
    asked: list[Request] = []

    class Watching(Keeping):
        def generate(self, requests: Sequence[Request]) -> Iterator[Video]:
            asked.extend(requests)
            return super().generate(requests)

    judged(Watching())
    assert len({request.digest for request in asked}) == len(asked) == WARM_UP + 6


def test_memory_of_a_gpu_is_judged_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    allocated = iter(range(0, 10**12, 7 * MEGABYTE))
    meters = {"memory": lambda: 10**9, "GPU memory": lambda: next(allocated)}
    monkeypatch.setattr(memory_module, "meters", lambda: meters)
    steady, growing = holds_memory(Keeping(), CLIP, 6)
    assert (steady.check, steady.level) == ("memory", "ok")
    assert growing.check == "GPU memory" and growing.message.startswith("grows by 7.0 MB a request")


def test_the_check_watches_memory_unless_told_not_to(metered: Callable[[Keeping], Keeping]) -> None:
    leaking = {one.check: one for one in check_model(metered(Keeping(held_bytes=40 * MEGABYTE)), CLIP)}
    assert leaking["memory"].level == "warning"
    assert "memory" not in {one.check for one in check_model(Keeping(), CLIP, repeats=0)}
