"""A model behind an address: `http://host:port`. The protocol is small, and every call may be repeated.

| call | meaning |
|---|---|
| `GET /v1/model` | what the model says of itself (`wsim.models.wire`) |
| `PUT /v1/videos/ID` | a request; ID is its digest, 64 hexadecimal digits. A second PUT changes nothing |
| `GET /v1/videos/ID` | `{"status": "queued", "running", "done" or "failed", "error": "..."}` |
| `GET /v1/videos/ID/file` | the video, .mkv, .webm or .mp4 |
| `DELETE /v1/videos/ID` | forget it |

A model with a codec of its own says `round_trips`, and answers the same calls at `/v1/codings/ID`: what is
PUT there is a video, ID its digest, and its file is that video encoded and decoded.

A server that has forgotten a video (404) is asked again. `wsim.models.serve` is a server.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from wsim.contracts import ClipFormat, ModelInfo, Request
from wsim.errors import WsimError
from wsim.models.connection import Connection, Refused
from wsim.models.fitting import Fit, fitted
from wsim.models.received import decode_received, largest_bytes
from wsim.models.wire import coding_to_json, info_from_json, request_to_json
from wsim.video import Video

VERSION = 1
GONE = 404
FORGETS = 3  # how often a server may forget one video


@dataclass(frozen=True)
class _Task:
    """A place at the server, what is put there, and the clip that comes of it."""

    place: str
    content: Callable[[], dict[str, Any]]
    clip: ClipFormat


class RemoteModel:
    """Asks a server.

    Args:
        address: `http://host:port`.
        timeout_s: seconds for one video, queue included.
        retries: how often a call is tried again when the server is away or busy.
        poll_s: seconds between two looks at a video that is being made.
        parallel: how many requests lie at the server at a time.
        fit: what becomes of videos at another size, length or rate.

    Raises:
        WsimError: it is no address.
    """

    def __init__(
        self,
        address: str,
        timeout_s: float = 1800.0,
        retries: int = 5,
        poll_s: float = 0.5,
        parallel: int = 2,
        fit: Fit = "refuse",
    ) -> None:
        self._connection = Connection(address, retries)
        self._timeout_s, self._poll_s, self._fit = timeout_s, poll_s, fit
        self._parallel = max(1, parallel)

    @cached_property
    def info(self) -> ModelInfo:
        """What the server says, and that it was asked over HTTP. The address is no part of it.

        Raises:
            WsimError: the server is away, or what it says makes no sense.
        """
        told = info_from_json(self._said)
        settings = {**told.settings, **({"fit": self._fit} if self._fit != "refuse" else {})}
        return replace(told, adapter=f"wsim.models.remote/{VERSION}+{told.adapter}", settings=settings)

    @property
    def has_codec(self) -> bool:
        """Whether the server says that its model has a codec of its own; not if nothing is said of it."""
        return bool(self.info and self._said.get("round_trips"))  # `info` looks whether it makes sense

    @cached_property
    def _said(self) -> Any:
        return self._connection.get_json("/v1/model")

    def generate(self, requests: Sequence[Request]) -> Iterator[Video]:
        """Ask for the videos in order, some of them ahead.

        Raises:
            WsimError: the server is away or too slow, its model failed, or what it sent cannot be used.
        """
        ahead: deque[_Task] = deque()
        for request in map(_sendable, requests):
            task = _Task(f"/v1/videos/{request.digest}", partial(request_to_json, request), request.format)
            self._submit(task)
            ahead.append(task)
            if len(ahead) >= self._parallel:
                yield self._collect(ahead.popleft(), self._fit)
        while ahead:
            yield self._collect(ahead.popleft(), self._fit)

    def _submit(self, task: _Task) -> None:
        self._connection.put_json(task.place, task.content())

    def _collect(self, task: _Task, fit: Fit) -> Video:
        """Wait for a video and fetch it."""
        self._wait(task, time.monotonic() + self._timeout_s)
        where = f"{self._connection.address}{task.place}"
        data = self._connection.call("GET", f"{task.place}/file", limit=largest_bytes(task.clip))
        with suppress(WsimError):  # the server forgets by itself, sooner or later
            self._connection.call("DELETE", task.place)
        video = decode_received(data, task.clip, where=where)
        return fitted(video, task.clip, name="the video", where=where, fit=fit)

    def _wait(self, task: _Task, latest: float) -> None:
        place, forgotten = task.place, 0
        while True:
            try:
                status, said = _status(self._connection.get_json(place))
            except Refused as error:
                forgotten += 1
                if error.status != GONE or forgotten > FORGETS:
                    raise
                self._submit(task)
                continue
            if status == "done":
                return
            if status == "failed":
                with suppress(WsimError):
                    self._connection.call("DELETE", place)
                raise self._failed(f"the model elsewhere failed: {said}", place)
            if time.monotonic() > latest:
                raise self._failed(f"no video after {self._timeout_s:g} s; it is {status}", place)
            time.sleep(self._poll_s)

    def _failed(self, problem: str, place: str) -> WsimError:
        return WsimError(
            problem,
            where=self._connection.address + place,
            remedy="the log of the server tells more; -m timeout_s=SECONDS waits longer",
        )


class RemoteCodedModel(RemoteModel):
    """One with a codec of its own; implements `RoundTrips` as well."""

    def round_trip(self, video: Video) -> Video:
        """Encode and decode, by the server; the frames travel there and back without loss.

        Raises:
            WsimError: the server is away or too slow, its codec failed, or what it sent is of another size,
                length or rate.
        """
        clip = ClipFormat(len(video), *video.size, video.fps)
        task = _Task(f"/v1/codings/{video.digest}", partial(coding_to_json, video), clip)
        self._submit(task)
        return self._collect(task, "refuse")


def remote_model(
    address: str,
    timeout_s: float = 1800.0,
    retries: int = 5,
    poll_s: float = 0.5,
    parallel: int = 2,
    fit: Fit = "refuse",
) -> RemoteModel:
    """The model behind an address, with its codec if the server says that it has one.

    Raises:
        WsimError: it is no address, the server is away, or what it says makes no sense.
    """
    options = (timeout_s, retries, poll_s, parallel, fit)
    model = RemoteModel(address, *options)
    return RemoteCodedModel(address, *options) if model.has_codec else model


def _sendable(request: Request) -> Request:
    """JSON knows one kind of number; actions arrive as float32, so they are sent and named as such."""
    return (
        request if request.actions is None else replace(request, actions=request.actions.astype(np.float32))
    )


def _status(content: Any) -> tuple[str, str]:
    """The status of a video, and what was said of it, whatever came."""
    told = content if isinstance(content, dict) else {}
    status = str(told.get("status"))
    if status not in ("queued", "running", "done", "failed"):
        raise WsimError(
            f"the server gave the status {status[:40]!r}",
            where="a video that is being made",
            remedy="it is one of queued, running, done, failed",
        )
    return status, " ".join(str(told.get("error") or "no reason given").split())[:300]
