"""Careful HTTP with one server: every answer has a largest size and a latest time, failures are tried again.

Redirections are not followed: the token would go with them.
"""

import http.client
import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

from wsim.errors import ExitCode, WsimError

TOKEN = "WSIM_TOKEN"  # an environment variable: options are written into manifests
BUSY = frozenset({429, 502, 503, 504})
LARGEST_JSON = 1 << 20
CALL_S = 60.0  # a single exchange, from its beginning to its last byte
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.25, 15.0
_CHUNK = 1 << 16


class Refused(WsimError):
    """The server understood and said no; `status` is the HTTP status."""

    status = 0


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Never."""
        return None


class Connection:
    """A base address and how patiently it is asked.

    Args:
        address: `http://host:port`, or https, perhaps with a path.
        retries: how often a call is tried again when the server is away or busy.
        call_s: seconds for one call.

    Raises:
        WsimError: it is no such address.
    """

    def __init__(self, address: str, retries: int = 5, call_s: float = CALL_S) -> None:
        self.address = _checked(address)
        self.retries, self.call_s = retries, call_s
        local = urllib.parse.urlsplit(self.address).hostname in ("localhost", "127.0.0.1", "::1")
        proxies = [urllib.request.ProxyHandler({})] if local else []
        self._opener = urllib.request.build_opener(_Stay(), *proxies)

    def get_json(self, path: str) -> Any:
        """GET, read as JSON.

        Raises:
            WsimError: as `call`, or it is no JSON.
        """
        return self._json(self.call("GET", path), path)

    def put_json(self, path: str, content: Any) -> Any:
        """PUT, which may be tried again: the server knows the name of what it is given."""
        return self._json(self.call("PUT", path, body=json.dumps(content, allow_nan=False).encode()), path)

    def call(self, method: str, path: str, *, body: bytes | None = None, limit: int = LARGEST_JSON) -> bytes:
        """One call, tried again while the server is away or busy, with longer and longer pauses.

        Args:
            method: GET, PUT or DELETE, all of which may be repeated.
            path: below the address.
            body: JSON.
            limit: bytes that the answer may have.

        Raises:
            Refused: the server said no.
            WsimError: it is away, too slow, or says too much.
        """
        pause_s = FIRST_PAUSE_S
        for attempt in range(self.retries + 1):
            try:
                return self._once(method, path, body, limit)
            except urllib.error.HTTPError as error:
                with error:
                    if error.code not in BUSY or attempt == self.retries:
                        raise self._refused(error) from error
            except (OSError, http.client.HTTPException) as error:  # refused, reset, timed out, cut off
                if attempt == self.retries:
                    raise self._away(error) from error
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _once(self, method: str, path: str, body: bytes | None, limit: int) -> bytes:
        headers = {"Accept": "*/*"} | ({"Content-Type": "application/json"} if body else {})
        if token := os.environ.get(TOKEN):
            headers["Authorization"] = f"Bearer {token}"
        call = urllib.request.Request(self.address + path, body, headers, method=method)
        latest = time.monotonic() + self.call_s
        with self._opener.open(call, timeout=self.call_s) as answer:
            return self._read(answer.read1, limit, latest, path)

    def _read(self, read: Callable[[int], bytes], limit: int, latest: float, path: str) -> bytes:
        """All of an answer, if it comes in time and is not too large."""
        data = bytearray()
        while chunk := read(_CHUNK):
            data += chunk
            if len(data) > limit:
                raise WsimError(
                    f"the answer has more than the {limit} bytes that it may have",
                    where=self.address + path,
                    remedy="the server must send what was asked for and nothing else",
                )
            if time.monotonic() > latest:
                raise TimeoutError("the answer takes too long")
        return bytes(data)

    def _json(self, data: bytes, path: str) -> Any:
        try:
            return json.loads(data, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            raise WsimError(
                "the answer is no JSON",
                where=self.address + path,
                remedy="is this a server of wsim's protocol? see docs/your-model.md",
            ) from error

    def _refused(self, error: urllib.error.HTTPError) -> Refused:
        said = _line(error.read(2000).decode("utf-8", "replace"))
        remedy = "`python -m wsim.models.serve MODEL` shows what a server must answer"
        remedies = {401: f"set {TOKEN} to the server's token", 403: f"set {TOKEN} to the server's token"}
        refused = Refused(
            f"the server said {error.code}: {said}" if said else f"the server said {error.code}",
            where=error.url or self.address,
            remedy=remedies.get(error.code, remedy),
        )
        refused.status = error.code
        return refused

    def _away(self, error: Exception) -> WsimError:
        reason = getattr(error, "reason", None) or error
        return WsimError(
            f"the server does not answer: {_line(str(reason)) or type(error).__name__}",
            where=self.address,
            remedy="start it and give the same command again; everything finished so far is kept",
            exit_code=ExitCode.INCOMPLETE,
        )


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no JSON")


def _line(text: str) -> str:
    """Somebody else's words, on one short line without control characters."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:300]


def _checked(address: str) -> str:
    try:
        parts = urllib.parse.urlsplit(address)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or parts.username or parts.password or parts.query or parts.fragment:
        raise WsimError(
            f"{address!r} is no address of a server",
            where="the MODEL argument",
            remedy=f"write http://host:port; a token goes into the environment variable {TOKEN}",
        )
    return address.rstrip("/")
