"""A model behind an address answers as it does here; servers that fail, lie or go on for ever do not win."""

import dataclasses
import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any

import numpy as np
import pytest

from wsim.contracts import Camera, ClipFormat, Context, ModelInfo, Request, RoundTrips
from wsim.errors import WsimError
from wsim.models import connection, jobs
from wsim.models.controls import noise, pan
from wsim.models.oracle import Oracle
from wsim.models.remote import RemoteCodedModel, RemoteModel
from wsim.models.resolve import resolve_model
from wsim.models.serve import Server
from wsim.models.wire import (
    coding_from_json,
    coding_to_json,
    info_from_json,
    info_to_json,
    request_from_json,
    request_to_json,
)
from wsim.testing import assert_ok, check_model
from wsim.video import Video, write_lossless

INFO = info_to_json(noise().info)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "FIRST_PAUSE_S", 0.01)
    monkeypatch.delenv("WSIM_TOKEN", raising=False)


def request(seed: int = 1, **changes: Any) -> Request:
    frames = np.random.default_rng(seed).integers(0, 256, (2, 16, 24, 3), dtype=np.uint8)
    made = Request(5, (16, 24), 8.0, seed, "a ball – ✓", Context(frames, (0, 1)))
    return dataclasses.replace(made, **changes)


@contextmanager
def listening(server: ThreadingHTTPServer) -> Iterator[str]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_requests_come_back_from_json() -> None:
    rng = np.random.default_rng(0)
    camera = Camera(rng.normal(size=(5, 4, 4)), rng.normal(size=(5, 3, 3)))
    asked = request(camera=camera, actions=rng.random((5, 12)).astype(np.float32))
    again = request_from_json(json.loads(json.dumps(request_to_json(asked), allow_nan=False)))
    assert again.digest == asked.digest


@pytest.mark.parametrize(
    "change",
    [
        {"num_frames": 10**9},
        {"size": [16]},
        {"fps": float("nan")},
        {"extra": 1},
        {"schema": "wsim.request/2"},
        {"context": {"indices": [0], "frames": ["not base64!"]}},
        {"context": {"indices": [1, 0], "frames": request_to_json(request())["context"]["frames"]}},
        {"context": {"indices": [0, 7], "frames": request_to_json(request())["context"]["frames"]}},
        {"size": [8, 8]},
        {"actions": [[1.0]] * 4},
        {"actions": [[1.0], [1.0, 2.0]] * 2},
        {"camera": {"world_from_camera": [[[0.0]]], "intrinsics": []}},
    ],
)
def test_requests_that_make_no_sense_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(WsimError):
        request_from_json({**request_to_json(request()), **change})


def test_what_a_model_says_of_itself_comes_back() -> None:
    said = ModelInfo(
        "m", "a/1", "ab" * 32, frozenset({"text", "first_frame"}), (ClipFormat(5, 16, 24, 8.0),),
        {"steps": 3}, frozenset({"first_frame"}), "cd" * 32,
    )  # fmt: skip
    assert info_from_json(json.loads(json.dumps(info_to_json(said)))) == said


@pytest.mark.parametrize(
    "change", [{"digest": "../../etc"}, {"codec": "x"}, {"name": "a\x1b[2J"}, {"accepts": ["minds"]}]
)
def test_models_that_say_nonsense_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(WsimError, match="what the model says of itself makes no sense"):
        info_from_json({**INFO, **change})


def test_a_model_answers_from_elsewhere_as_it_does_here() -> None:
    requests = [request(seed) for seed in (1, 2, 3)]
    with listening(Server(noise(), port=0)) as address:
        model = resolve_model(address, {"poll_s": "0.01"})
        videos = list(model.generate(requests))
        assert_ok(check_model(model, ClipFormat(5, 16, 24, 8.0)))
        info = model.info
    assert [video.digest for video in videos] == [video.digest for video in noise().generate(requests)]
    own = noise().info
    assert (info.name, info.digest, info.accepts) == (own.name, own.digest, own.accepts)
    assert info.adapter == f"wsim.models.remote/1+{own.adapter}"


@dataclasses.dataclass
class Moody:
    """Fails on one seed, and gives the wrong length on another."""

    def generate(self, requests: Sequence[Request]) -> Iterator[Video]:
        for asked in requests:
            if asked.seed == 2:
                raise RuntimeError("out of\nmemory")
            frames = np.zeros((asked.num_frames + (asked.seed == 3), *asked.size, 3), np.uint8)
            yield Video(frames, asked.fps)

    @property
    def info(self) -> ModelInfo:
        return ModelInfo("moody", "m/1", None, frozenset({"text"}))


def test_a_failure_elsewhere_is_told_and_the_others_are_answered() -> None:
    with listening(Server(Moody(), port=0)) as address:
        model = RemoteModel(address, poll_s=0.01)
        for seed, said in ((2, "RuntimeError: out of memory"), (3, "got 6x16x24@8, wanted 5x16x24@8")):
            with pytest.raises(WsimError, match="the model elsewhere failed") as caught:
                list(model.generate([request(seed)]))
            assert said in caught.value.problem
        assert len(list(model.generate([request(1)]))) == 1


class Coded(Moody):
    """With a codec that halves the brightness, and fails on short clips or makes them shorter."""

    def round_trip(self, video: Video) -> Video:
        if len(video) == 2:
            raise RuntimeError("no latent for so few")
        return Video(video.frames[: 3 if len(video) == 4 else None] // 2, video.fps)


def test_a_codec_elsewhere_codes_as_it_does_here() -> None:
    frames = np.random.default_rng(3).integers(0, 256, (5, 16, 24, 3), dtype=np.uint8)
    video = Video(frames, 24000 / 1001)
    with listening(Server(Coded(), port=0)) as address:
        model = resolve_model(address, {"poll_s": "0.01"})
        assert isinstance(model, RoundTrips)
        back = model.round_trip(video)
        assert back.digest == Coded().round_trip(video).digest
        for count, said in (
            (2, "RuntimeError: no latent for so few"),
            (4, r"codec made \(3, 16, 24, 3\) of \(4"),
        ):
            with pytest.raises(WsimError, match=f"the model elsewhere failed: .*{said}"):
                model.round_trip(Video(frames[:count], 8.0))
        assert len(list(model.generate([request(1)]))) == 1


def test_a_model_without_a_codec_says_so_and_refuses() -> None:
    with listening(Server(noise(), port=0)) as address:
        model = resolve_model(address)
        assert not isinstance(model, RoundTrips)
        asker = RemoteCodedModel(address)
        with pytest.raises(WsimError, match=r"the server said 404.*this model has no codec"):
            asker.round_trip(black(3, 8, 8))
    silent = {key: value for key, value in INFO.items() if key != "round_trips"}
    for said, there in ((INFO, False), (silent, False), ({**INFO, "round_trips": True}, True)):
        with listening(Liar(model=(200, said))) as address:
            assert isinstance(resolve_model(address), RoundTrips) == there


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "wsim.coding/2"},
        {"frames": []},
        {"size": [8, 16]},
        {"fps": 0.0},
        {"seed": 1},
        {"frames": ["no"]},
    ],
)
def test_videos_that_make_no_sense_are_not_coded(change: dict[str, Any]) -> None:
    told = coding_to_json(black(2, 16, 8))
    assert coding_from_json(json.loads(json.dumps(told))).digest == black(2, 16, 8).digest
    with pytest.raises(WsimError):
        coding_from_json({**told, **change})


def test_frames_that_would_fill_the_memory_are_not_unpacked() -> None:
    picture = coding_to_json(black(1, 1024, 1024))["frames"][0]
    told = {"schema": "wsim.coding/1", "size": [1024, 1024], "fps": 8.0, "frames": [picture] * 1025}
    with pytest.raises(WsimError, match="so many large frames cannot be used"):
        coding_from_json(told)


@pytest.mark.parametrize("limits", [{"MOST_KEPT": 2}, {"MOST_KEPT_BYTES": 1 << 12}])
def test_a_server_forgets_the_oldest(limits: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in limits.items():
        monkeypatch.setattr(jobs, name, value)
    kept = jobs.Jobs(noise())
    requests = [request(seed) for seed in range(5)]
    for asked in requests:
        job = kept.put(asked)
        while job.status != "done":
            time.sleep(0.005)
    known = [kept.get(asked.digest) is not None for asked in requests]
    assert known == [False, False, "MOST_KEPT" in limits, "MOST_KEPT" in limits, True]
    kept.close()


def test_a_token_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(Server(pan(), port=0, token="secret")) as address:
        with pytest.raises(WsimError, match="401") as caught:
            _ = RemoteModel(address).info
        assert "WSIM_TOKEN" in caught.value.remedy
        monkeypatch.setenv("WSIM_TOKEN", "secret")
        assert RemoteModel(address).info.name == "pan"


def test_the_oracle_is_not_served() -> None:
    with pytest.raises(WsimError, match="answers scenarios"):
        Server(Oracle("truth"), port=0)


@pytest.mark.parametrize(
    "address", ["http://", "http://a:b@host", "http://host:99999", "https://host/?q=1", "http://host:0"]
)
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(WsimError, match="no address of a server"):
        resolve_model(address)


def test_a_server_that_is_away_is_said_to_be() -> None:
    with listening(Server(pan(), port=0)) as address:
        pass
    with pytest.raises(WsimError, match="the server does not answer") as caught:
        _ = RemoteModel(address, retries=1).info
    assert caught.value.exit_code == 3


def file_of(video: Video) -> bytes:
    buffer = BytesIO()
    write_lossless(buffer, video)
    return buffer.getvalue()


def black(num_frames: int, height: int, width: int) -> Video:
    return Video(np.zeros((num_frames, height, width, 3), np.uint8), 8.0)


class Liar(ThreadingHTTPServer):
    """Says what it is told to, by method and the end of the path; a list is used up."""

    daemon_threads = True

    def __init__(self, **says: Any) -> None:
        self.says = {"model": (200, INFO), "PUT": (202, {}), "status": (200, {"status": "done"}), **says}
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), LiarHandler)


class LiarHandler(BaseHTTPRequestHandler):
    server: Liar

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        last = self.path.rpartition("/")[2]
        what = last if last in ("model", "file") else "status" if self.command == "GET" else self.command
        self.server.asked.append(what)
        said = self.server.says.get(what, (200, {}))
        status, content = said.pop(0) if isinstance(said, list) else said
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_PUT = do_DELETE = answer

    def log_message(self, format: str, *args: Any) -> None: ...


def test_a_busy_and_forgetful_server_is_asked_again() -> None:
    busy = [(503, {}), (429, {}), (202, {}), (202, {})]
    forgets = [(404, {}), (200, {"status": "running"}), (502, b"<html>"), (200, {"status": "done"})]
    liar = Liar(PUT=busy, status=forgets, file=(200, file_of(black(5, 16, 24))))
    with listening(liar) as address:
        (video,) = RemoteModel(address, poll_s=0.01).generate([request()])
    assert len(video) == 5
    assert liar.asked == ["PUT"] * 3 + ["status", "PUT", "status", "status", "status", "file", "DELETE"]


@pytest.mark.parametrize(
    ("says", "problem"),
    [
        ({"status": (200, [])}, "the server gave the status 'None'"),
        ({"status": (200, {"status": "failed", "error": "no\nmemory"})}, "failed: no memory"),
        ({"status": (404, {})}, "the server said 404"),
        ({"status": (200, b"\xff\xfe")}, "the answer is no JSON"),
        ({"status": (200, b"[" * 200_000)}, "the answer is no JSON"),
        ({"status": (200, b'{"status": NaN}')}, "the answer is no JSON"),
        ({"PUT": (302, {})}, "the server said 302"),
        ({"PUT": (400, {"error": "bad"})}, 'the server said 400: {"error": "bad"}'),
        ({"PUT": (200, b"x" * (2 << 20))}, "more than the 1048576 bytes"),
        ({"file": (200, b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n")}, "neither Matroska, WebM nor MP4"),
        ({"file": (200, b"\x1aE\xdf\xa3 and nothing else")}, "no video"),
        ({"file": (200, file_of(black(5, 16, 24))[:-200])}, ""),
        ({"file": (200, file_of(black(300, 16, 24)))}, "far more than the 5x16x24@8"),
        ({"file": (200, file_of(black(1, 1200, 1200)))}, "far too large"),
        ({"file": (200, file_of(black(6, 16, 24)))}, "wrong length: the video has 6 frames, 5"),
    ],
)
def test_answers_that_cannot_be_used_are_refused(says: dict[str, Any], problem: str) -> None:
    with listening(Liar(**says)) as address, pytest.raises(WsimError) as caught:
        list(RemoteModel(address, poll_s=0.01, retries=0).generate([request()]))
    assert problem in caught.value.problem and len(str(caught.value).splitlines()) == 3


def test_waiting_ends() -> None:
    expected = pytest.raises(WsimError, match=r"no video after 0\.05 s; it is queued")
    with listening(Liar(status=(200, {"status": "queued"}))) as address, expected:
        list(RemoteModel(address, timeout_s=0.05, poll_s=0.01).generate([request()]))


class Slow(LiarHandler):
    """Says nothing at all, or a letter at a time for ever."""

    letters = True

    def answer(self) -> None:
        with suppress(OSError):  # the caller has gone
            self.send_response(200)
            self.end_headers()
            while not self.server.over.wait(0.05):
                self.wfile.write(b" " * self.letters)

    do_GET = answer


@pytest.mark.parametrize("letters", [True, False])
def test_a_server_that_never_ends_is_given_up(letters: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Slow, "letters", letters)
    monkeypatch.setattr(Slow, "do_GET", Slow.answer)
    server = Liar()
    server.RequestHandlerClass, server.over = Slow, threading.Event()
    with listening(server) as address:
        start = time.monotonic()
        with pytest.raises(WsimError, match=r"the server does not answer: .*(too long|timed out)") as caught:
            connection.Connection(address, retries=1, call_s=0.3).get_json("/v1/model")
        assert time.monotonic() - start < 10 and caught.value.exit_code == 3
        server.over.set()


def test_larger_videos_may_be_resampled() -> None:
    with listening(Liar(file=(200, file_of(black(10, 32, 48))))) as address:
        (video,) = RemoteModel(address, fit="resample").generate([request()])
    assert (len(video), video.size) == (5, (16, 24))
