"""One writer at a URL: a file there says who writes and when it last said so."""

import json
import os
import platform
import time
from typing import Any

from wsim.errors import WsimError

WRITER = "writer.json"  # stands at the URL while somebody writes there


class Writer:
    """This process, as the one that writes to a place.

    Args:
        remote: the file system of fsspec.
        root: the place in it.
        url: the place, for people.
        stale_s: a writer that said nothing for so long is dead.
    """

    def __init__(self, remote: Any, root: str, url: str, stale_s: float) -> None:
        self._remote, self._root, self._url, self._stale_s = remote, root, url, stale_s

    def take(self) -> None:
        """Take the place, or keep it.

        Raises:
            WsimError: somebody else writes there.
        """
        self.refuse_another()
        self._remote.makedirs(self._root, exist_ok=True)
        self.sign()

    def sign(self) -> None:
        """Say who writes, and that it lives."""
        said = {"host": platform.node(), "pid": os.getpid(), "at": time.time()}
        self._remote.pipe_file(f"{self._root}/{WRITER}", json.dumps(said).encode())

    def leave(self) -> None:
        """Let others write there."""
        self._remote.rm_file(f"{self._root}/{WRITER}")

    def refuse_another(self) -> None:
        """Make sure that nobody else writes there.

        Raises:
            WsimError: somebody does.
        """
        path = f"{self._root}/{WRITER}"
        self._remote.invalidate_cache()
        if not self._remote.exists(path):
            return
        try:
            holder = json.loads(self._remote.cat_file(path))
            here, pid = holder["host"] == platform.node(), int(holder["pid"])
            free = here and (pid == os.getpid() or not _alive(pid))
            free = free or time.time() - float(holder["at"]) > self._stale_s
        except (ValueError, KeyError, TypeError):
            return
        if not free:
            raise WsimError(
                f"the run is being written by process {pid} on {holder['host']}",
                where=self._url,
                remedy=f"wait for it, give another place with --out, or, if it is gone, remove {WRITER}",
            )


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
