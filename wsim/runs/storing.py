"""Videos stored by threads of their own, so that a model begins with the next one at once.

FFV1 takes 2.5 s of a processor for 64 frames at 720p, and a disk some 30 ms for the four waits that make a
file and its description survive a power cut; neither needs the thread that owns the model.
"""

import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from types import TracebackType

from wsim.contracts import Json
from wsim.runs.store import VideoStore
from wsim.video import Video

THREADS = 4  # encoders leave Python's lock alone: with them one run stores four videos at a time


class Storing:
    """A store that is added to in the background; whoever asks for a video waits until it is there.

    Args:
        store: where they are kept.
        threads: how many write; with 0 `put` returns when the video is stored.
    """

    def __init__(self, store: VideoStore, threads: int = THREADS) -> None:
        self._store = store
        self._threads = ThreadPoolExecutor(threads, "storing") if threads else None
        self._lock = threading.Lock()
        self._under_way: dict[str, Future[None]] = {}

    def __enter__(self) -> "Storing":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait until everything that was made is stored, also when the run is broken off."""
        if self._threads:
            self._threads.shutdown()

    def has(self, key: str) -> bool:
        """Whether a video is there, or will be."""
        with self._lock:
            if key in self._under_way:
                return True
        return self._store.has(key)

    def get(self, key: str) -> Video | None:
        """As `VideoStore.get`; raises what storing it raised."""
        self._settle(key)
        return self._store.get(key)

    def put(self, key: str, video: Video, description: Mapping[str, Json]) -> "Future[None]":
        """Store a video, whole or not at all; the future raises what `VideoStore.put` does."""
        if self._threads is None:
            stored: Future[None] = Future()
            self._store.put(key, video, description)
            stored.set_result(None)
            return stored
        with self._lock:
            stored = self._threads.submit(self._store.put, key, video, description)
            self._under_way[key] = stored
        stored.add_done_callback(lambda done: self._over(key, done))
        return stored

    def discard(self, key: str) -> None:
        """As `VideoStore.discard`."""
        self._settle(key)
        self._store.discard(key)

    def _settle(self, key: str) -> None:
        with self._lock:
            under_way = self._under_way.get(key)
        if under_way is not None:
            wait([under_way])
            under_way.result()

    def _over(self, key: str, done: "Future[None]") -> None:
        with self._lock:
            if self._under_way.get(key) is done:
                del self._under_way[key]
