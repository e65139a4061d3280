"""`python -m wsim.models.serve MODEL`: any model behind an address, with nothing but the standard library.

It speaks the protocol of `wsim.models.remote`, makes one video at a time, touches no file, and forgets the
oldest videos. By default only programs of this machine reach it. With the environment variable WSIM_TOKEN
set, callers must know it; encryption is left to a proxy.
"""

import argparse
import hmac
import json
import os
import re
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from wsim.contracts import Model, Privileged, Request, RoundTrips
from wsim.errors import WsimError
from wsim.models.connection import TOKEN
from wsim.models.jobs import Full, Jobs
from wsim.models.options import split_options
from wsim.models.resolve import resolve_model
from wsim.models.wire import coding_from_json, info_to_json, request_from_json
from wsim.video import Video

LARGEST_REQUEST = 256 << 20
PORT = 8765
_PLACE = re.compile(r"/v1/(?P<kind>videos|codings)/(?P<id>[0-9a-f]{64})(?P<file>/file)?")


class Answered(Exception):
    """Ends the handling of a call: status and what is said."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(status, said)
        self.status, self.said = status, said


class Server(ThreadingHTTPServer):
    """A model with its videos. `port` 0 takes any free one: `server_address[1]` says which.

    Raises:
        WsimError: the model answers scenarios, not requests.
    """

    daemon_threads = True

    def __init__(self, model: Model, host: str = "127.0.0.1", port: int = PORT, token: str = "") -> None:
        if isinstance(model, Privileged):
            raise WsimError(
                f"{model.info.name} answers scenarios, not requests",
                where="MODEL",
                remedy="serve a model that generates videos",
            )
        self.model, self.token, self.jobs = model, token, Jobs(model)
        super().__init__((host, port), Handler)

    def server_close(self) -> None:
        """Stop listening, and making videos."""
        super().server_close()
        self.jobs.close()


class Handler(BaseHTTPRequestHandler):
    """One call."""

    server: Server
    server_version = "wsim"
    sys_version = ""
    timeout: ClassVar[float | None] = 60.0  # seconds in which nothing comes

    def do_GET(self) -> None:
        """What the model is, what became of a video, or the video."""
        self._answer(self._get)

    def do_PUT(self) -> None:
        """A request."""
        self._answer(self._put)

    def do_DELETE(self) -> None:
        """Forget a video."""
        self._answer(self._delete)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Requests and refusals are told; that somebody looks again is not."""
        if self.command == "PUT" or not str(code).startswith("2"):
            super().log_request(code, size)

    def log_message(self, format: str, *args: Any) -> None:
        """One line a call, on stderr; what a caller sent is told as Python would write it."""
        print(f"{self.client_address[0]} {ascii(format % args)[1:-1]}", file=sys.stderr)

    def _get(self) -> tuple[int, bytes, str]:
        if self.path == "/v1/model":
            model = self.server.model
            return _json(200, info_to_json(model.info, round_trips=isinstance(model, RoundTrips)))
        place = self._place()
        job = self.server.jobs.get(place["id"])
        if job is None:
            raise Answered(404, "no such video")
        if not place["file"]:
            return _json(200, {"status": job.status, "error": job.error or None})
        if job.status != "done":
            raise Answered(409, f"the video is {job.status}")
        return 200, job.data, "video/x-matroska"

    def _put(self) -> tuple[int, bytes, str]:
        place = self._place()
        body = self._body()
        if place["kind"] == "codings" and not isinstance(self.server.model, RoundTrips):
            raise Answered(404, "this model has no codec")
        read: Callable[[object], Request | Video] = (
            request_from_json if place["kind"] == "videos" else coding_from_json
        )
        try:
            asked = read(json.loads(body))
        except (ValueError, RecursionError, WsimError) as error:
            raise Answered(400, error.problem if isinstance(error, WsimError) else "no JSON") from error
        if place["file"] or asked.digest != place["id"]:
            raise Answered(400, "the name of a video is the digest of its request")
        try:
            return _json(202, {"status": self.server.jobs.put(asked).status})
        except Full as error:
            raise Answered(503, "too many requests are waiting") from error

    def _delete(self) -> tuple[int, bytes, str]:
        self.server.jobs.forget(self._place()["id"])
        return _json(200, {})

    def _answer(self, handle: Any) -> None:
        try:
            self._authorise()
            status, data, kind = handle()
        except Answered as answered:
            status, data, kind = _json(answered.status, {"error": answered.said})
        except Exception as error:  # a server goes on; the caller is told no more than that
            self.log_message("%s", f"{type(error).__name__}: {error}")
            status, data, kind = _json(500, {"error": "the server failed"})
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(data)

    def _authorise(self) -> None:
        given = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.server.token and not hmac.compare_digest(given.encode(), self.server.token.encode()):
            raise Answered(401, "the token is missing or wrong")

    def _place(self) -> "re.Match[str]":
        place = _PLACE.fullmatch(self.path)
        if place is None:
            raise Answered(404, "no such place")
        return place

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal():
            raise Answered(411, "Content-Length is missing")
        if int(length) > LARGEST_REQUEST:
            raise Answered(413, f"requests have {LARGEST_REQUEST} bytes at most")
        return self.rfile.read(int(length))


def _json(status: int, content: Any) -> tuple[int, bytes, str]:
    return status, json.dumps(content, allow_nan=False).encode(), "application/json"


def main(arguments: list[str] | None = None) -> int:
    """Serve a model until somebody presses Ctrl-C; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m wsim.models.serve", description="Serve a model.")
    parser.add_argument("model", metavar="MODEL", help="as for wsim score")
    parser.add_argument("-m", metavar="KEY=VALUE", action="append", default=[], help="an option of the model")
    parser.add_argument("--host", default="127.0.0.1", help="127.0.0.1: this machine only")
    parser.add_argument("--port", type=int, default=PORT, help="0 takes any free one")
    asked = parser.parse_args(arguments)
    try:
        model = resolve_model(asked.model, split_options(asked.m))
        server = Server(model, asked.host, asked.port, os.environ.get(TOKEN, ""))
    except WsimError as error:
        print(error, file=sys.stderr)
        return int(error.exit_code)
    with server:
        print(f"{model.info.name} at http://{asked.host}:{server.server_address[1]}", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
