"""Storing behind the model's back: `put` comes back at once, and whoever needs the video waits for it."""

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wsim.contracts import Json
from wsim.errors import WsimError
from wsim.runs.store import VideoStore
from wsim.runs.storing import Storing
from wsim.video import Video

LIMIT_S = 60.0
VIDEO = Video(np.full((2, 8, 8, 3), 7, np.uint8), 8.0)


class Held(VideoStore):
    """Stores nothing until it is let."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.let = threading.Event()

    def put(self, key: str, video: Video, description: Mapping[str, Json]) -> None:
        assert self.let.wait(LIMIT_S)
        super().put(key, video, description)


class Full(VideoStore):
    def put(self, key: str, video: Video, description: Mapping[str, Json]) -> None:
        raise WsimError("the disk is full", where=str(self.folder), remedy="make room")


def test_a_video_on_its_way_is_there_and_whoever_asks_for_it_waits(tmp_path: Path) -> None:
    store = Held(tmp_path)
    with Storing(store) as storing:
        stored = storing.put("ab12", VIDEO, {})
        assert storing.has("ab12") and not store.has("ab12") and not stored.done()
        threading.Timer(0.05, store.let.set).start()
        found = storing.get("ab12")
        assert found is not None and found.digest == VIDEO.digest
        assert stored.done() and not storing.has("cd34")


def test_what_is_on_its_way_can_be_forgotten(tmp_path: Path) -> None:
    store = Held(tmp_path)
    with Storing(store) as storing:
        storing.put("ab12", VIDEO, {})
        store.let.set()
        storing.discard("ab12")
        assert not storing.has("ab12")


def test_leaving_waits_for_all_of_them(tmp_path: Path) -> None:
    store = Held(tmp_path)
    with pytest.raises(KeyboardInterrupt), Storing(store, threads=1) as storing:
        for key in ("ab12", "cd34", "ef56"):
            storing.put(key, VIDEO, {})
        store.let.set()
        raise KeyboardInterrupt
    assert list(store.keys()) == ["ab12", "cd34", "ef56"]


@pytest.mark.parametrize("threads", [0, 2])
def test_a_full_disk_is_told_to_whoever_waits(tmp_path: Path, threads: int) -> None:
    def store_one(storing: Storing) -> Any:
        return storing.put("ab12", VIDEO, {}).result()

    with Storing(Full(tmp_path), threads) as storing, pytest.raises(WsimError, match="the disk is full"):
        store_one(storing)
    assert not storing.has("ab12")


def test_without_threads_it_is_stored_when_put_comes_back(tmp_path: Path) -> None:
    store = VideoStore(tmp_path)
    with Storing(store, threads=0) as storing:
        assert storing.put("ab12", VIDEO, {}).done() and store.has("ab12")
