"""A model behind an address: `http://host:port`. The protocol is small, and every call may be repeated.

| call | meaning |
|---|---|
| `GET /v1/model` | what the model says of itself (`wsim.models.wire`) |
| `PUT /v1/videos/ID` | a request; ID is its digest, 64 hexadecimal digits. A second PUT changes nothing |
| `GET /v1/videos/ID` | `{"status": "queued", "running", "done" or "failed", "error": "..."}` |
| `GET /v1/videos/ID/file` | the video, .mkv, .webm or .mp4 |
| `DELETE /v1/videos/ID` | forget it |

A server that has forgotten a video (404) is asked again. `wsim.models.serve` is a server.
"""

import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from wsim.contracts import ModelInfo, Request
from wsim.errors import WsimError
from wsim.models.connection import Connection, Refused
from wsim.models.fitting import Fit, fitted
from wsim.models.received import decode_received, largest_bytes
from wsim.models.wire import info_from_json, request_to_json
from wsim.video import Video

VERSION = 1
GONE = 404
FORGETS = 3  # how often a server may forget one video


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
        told = info_from_json(self._connection.get_json("/v1/model"))
        settings = {**told.settings, **({"fit": self._fit} if self._fit != "refuse" else {})}
        return replace(told, adapter=f"wsim.models.remote/{VERSION}+{told.adapter}", settings=settings)

    def generate(self, requests: Sequence[Request]) -> Iterator[Video]:
        """Ask for the videos in order, some of them ahead.

        Raises:
            WsimError: the server is away or too slow, its model failed, or what it sent cannot be used.
        """
        ahead: deque[Request] = deque()
        for request in map(_sendable, requests):
            self._submit(request)
            ahead.append(request)
            if len(ahead) >= self._parallel:
                yield self._collect(ahead.popleft())
        while ahead:
            yield self._collect(ahead.popleft())

    def _submit(self, request: Request) -> None:
        self._connection.put_json(_place(request), request_to_json(request))

    def _collect(self, request: Request) -> Video:
        """Wait for a video and fetch it."""
        place, latest = _place(request), time.monotonic() + self._timeout_s
        self._wait(request, place, latest)
        where = f"{self._connection.address}{place}"
        data = self._connection.call("GET", f"{place}/file", limit=largest_bytes(request.format))
        with suppress(WsimError):  # the server forgets by itself, sooner or later
            self._connection.call("DELETE", place)
        video = decode_received(data, request.format, where=where)
        return fitted(video, request.format, name="the video", where=where, fit=self._fit)

    def _wait(self, request: Request, place: str, latest: float) -> None:
        forgotten = 0
        while True:
            try:
                status, said = _status(self._connection.get_json(place))
            except Refused as error:
                forgotten += 1
                if error.status != GONE or forgotten > FORGETS:
                    raise
                self._submit(request)
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


def _sendable(request: Request) -> Request:
    """JSON knows one kind of number; actions arrive as float32, so they are sent and named as such."""
    return (
        request if request.actions is None else replace(request, actions=request.actions.astype(np.float32))
    )


def _place(request: Request) -> str:
    return f"/v1/videos/{request.digest}"


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
