"""The model goes on while its videos are measured and the next probe finds its scale.

No clock decides: each side waits for a mark that the other sets only when both are at work.
"""

import dataclasses
import json
import os
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from wsim.contracts import Json, Request
from wsim.runs.calibrate import CLUSTERS
from wsim.runs.execute import execute
from wsim.runs.folder import RunFolder
from wsim.runs.records import RecordLog
from wsim.runs.results import Record
from wsim.runs.store import VideoStore
from wsim.video import Video

sys.path.insert(0, str(Path(__file__).parent.parent / "fixtures"))
import wsim_toy as toy
from wsim_toy_faults import Waiting, wait_for


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WSIM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)  # no power is cut here, and it is slow


def test_the_model_makes_the_last_video_before_the_first_is_measured(tmp_path: Path) -> None:
    model = toy.Painter(log=tmp_path / "asked")
    probe = Waiting(twins=1, log=tmp_path / "asked", lines=6)
    plan = toy.plan(model, probe, clusters=6)
    assert execute(model, plan, tmp_path / "out", executor="processes").counts["ok"] == 6
    assert [record.cluster for record in RunFolder(tmp_path / "out").records.read()] == [
        f"world={world:04d}" for world in range(6)
    ]


def test_the_model_makes_the_last_video_before_the_first_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, put, kept = toy.Painter(log=tmp_path / "asked"), VideoStore.put, []

    def slowly(store: VideoStore, key: str, video: Video, description: Mapping[str, Json]) -> None:
        wait_for(lambda: len((tmp_path / "asked").read_text().splitlines()) == 6)
        put(store, key, video, description)

    def watched(log: RecordLog, record: Record) -> None:
        kept.append(record.video in {entry["pixels"] for entry in described(tmp_path / "out/videos")})
        append(log, record)

    append = RecordLog.append
    monkeypatch.setattr(VideoStore, "put", slowly)
    monkeypatch.setattr(RecordLog, "append", watched)
    plan = toy.plan(model, toy.Rise(twins=1), clusters=6)
    assert execute(model, plan, tmp_path / "out", executor="processes").counts["ok"] == 6
    assert kept == [True] * 6  # no record before its video


def described(videos: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in videos.glob("??/[!.]*.json")]


@dataclasses.dataclass
class Patient(toy.Painter):
    """Makes its last video for the first probe only when the second one has found its scale."""

    scale: Path = Path()
    threads: list[str] = dataclasses.field(default_factory=list)

    def generate(self, requests: Sequence[Request]) -> Iterator[Video]:
        for video, request in zip(super().generate(requests), requests, strict=True):
            self.threads.append(threading.current_thread().name)
            if request.seed == 2:
                wait_for(lambda: "toy/again" in self.scale.read_text())
            yield video


class Coded(toy.Painter):
    """Has a codec, and remembers in which thread it was used."""

    def __init__(self) -> None:
        super().__init__()
        self.threads: list[str] = []

    def round_trip(self, video: Video) -> Video:
        self.threads.append(threading.current_thread().name)
        return video


def test_the_next_scale_is_found_while_the_model_works(tmp_path: Path) -> None:
    model = Patient(scale=tmp_path / "out/calibration.json")
    plan = toy.plan(model, toy.Rise(twins=1), toy.Rise("toy/again", twins=1), clusters=3)
    assert execute(model, plan, tmp_path / "out", executor="processes").counts["ok"] == 6
    assert set(model.threads) == {threading.current_thread().name}


def test_a_model_and_its_codec_stay_in_one_thread(tmp_path: Path) -> None:
    model = Coded()
    plan = toy.plan(model, toy.Rise(twins=1), clusters=2)
    assert execute(model, plan, tmp_path / "out", executor="processes").status == "complete"
    assert model.threads == [threading.current_thread().name] * CLUSTERS
    (scale,) = [kept for _, kept in RunFolder(tmp_path / "out").calibrations().values()]
    assert scale.codec == "painter" and scale.ceiling == pytest.approx(1.0)
