"""A cache at a URL, shared by machines, with the local one before it: read through, written through.

Every file in it can be made again, so trouble with the URL never ends a run: it is told once, in words, and
the local cache goes on. What could not be sent is noted beside it and sent when the URL answers again.
"""

import os
import threading
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from wsim.errors import WsimError
from wsim.runs.durable import TEMPORARY

TRIES = 3
FIRST_PAUSE_S = 0.5  # between tries, doubled each time
AWAY_S = 60.0  # a URL that did not answer is left alone for so long
UNSENT = "unsent"  # a folder of empty files, named like what is still to be sent
# Object stores show an object whole or not at all; elsewhere a file is written aside and renamed.
OBJECT_STORES = frozenset({"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "oss", "memory"})
FINAL = (PermissionError, FileNotFoundError, NotImplementedError)  # trying again cannot help
T = TypeVar("T")


def is_url(text: str) -> bool:
    """Whether this names a place by a scheme.

    Example:
        >>> is_url("s3://bucket/run"), is_url("runs/mine")
        (True, False)
    """
    return "://" in text


class _Away(Exception):
    """The URL cannot be used now; why has been told. `later`: what was to be sent may go another time."""

    def __init__(self, later: bool) -> None:
        super().__init__(later)
        self.later = later


class SharedCache:
    """The files of a local folder, and those of the same names below a URL.

    Args:
        url: whatever fsspec reaches: `s3://bucket/cache`, `gs://`, `file://`.
        folder: the local cache.

    Raises:
        WsimError: the scheme is unknown, or its package is not installed.
    """

    def __init__(self, url: str, folder: Path) -> None:
        import fsspec

        self.url, self.folder = url.rstrip("/"), folder
        try:
            self._remote, self._root = fsspec.core.url_to_fs(self.url)
        except (ImportError, ValueError) as error:
            raise WsimError(
                f"a cache cannot be there: {' '.join(str(error).split())[:200]}",
                where=f"WSIM_CACHE={self.url}",
                remedy="s3:// needs `pip install 'wsim[s3]'`, gs:// gcsfs; a folder of this machine, nothing",
            ) from error
        self._away_until = 0.0
        self._told: set[str] = set()

    def bring(self, *paths: Path) -> bool:
        """Make files of the local cache be there, from the URL if need be; all of them or none.

        Args:
            paths: below the local folder, in the order in which they appear there; the last one is asked for
                first, since it is the one that was sent last.
        """
        if all(path.exists() for path in paths):
            return True
        arrived = [(self._aside(path), path) for path in paths]
        try:
            for aside, path in reversed(arrived):
                self._try("read", self._get, path, aside)
            for aside, path in arrived:
                aside.replace(path)
        except (_Away, FileNotFoundError):
            return False
        finally:
            for aside, _ in arrived:
                aside.unlink(missing_ok=True)
        return True

    def holds(self, path: Path) -> bool:
        """Whether a file of this name is at the URL; brings nothing."""
        with suppress(_Away, FileNotFoundError):
            return bool(self._try("read", self._remote.exists, self._name(path)))
        return False

    def send(self, *paths: Path) -> None:
        """Copy files of the local cache to the URL, in this order, and before them what could not be sent."""
        waiting = [] if self._is_away else self._unsent()
        try:
            for path in [*waiting, *paths]:
                if path.exists():
                    self._try("written to", self._put, path)
                self._note(path).unlink(missing_ok=True)
        except _Away as away:
            for path in paths if away.later else ():
                self._note(path).parent.mkdir(parents=True, exist_ok=True)
                self._note(path).touch()

    def drop(self, *paths: Path) -> None:
        """Remove files at the URL; those of the local cache are the caller's."""
        for path in paths:
            self._note(path).unlink(missing_ok=True)
            with suppress(_Away, FileNotFoundError):
                self._try("tidied", self._remote.rm_file, self._name(path))

    def problem(self) -> str:
        """What is wrong with the URL, tried with a small file; empty when nothing is."""
        probe = f"{self._root}/.tried-by-{os.getpid()}"
        try:
            self._make_parent(probe)
            self._remote.pipe_file(probe, b"wsim")
            whole = self._remote.cat_file(probe) == b"wsim"
            self._remote.rm_file(probe)
        except Exception as error:  # every file system has its own
            return _words(error)
        return "" if whole else "it gives back something else than was written"

    def _try(self, what: str, work: Callable[..., T], *arguments: Any) -> T:
        """Do it, several times if trying again may help.

        Raises:
            FileNotFoundError: nothing is there (not when writing: then it is the place that is missing).
            _Away: it cannot be done; a warning has said why, once for every reason.
        """
        if self._is_away:
            raise _Away(later=True)
        for attempt in range(TRIES):
            try:
                return work(*arguments)
            except FINAL as error:
                if isinstance(error, FileNotFoundError) and what != "written to":
                    raise
                self._tell(f"may not be {what}", error, "check its name, and your rights there")
                raise _Away(later=False) from error
            except Exception as error:  # every file system has its own
                reason = error
                if attempt + 1 < TRIES:
                    time.sleep(FIRST_PAUSE_S * 2**attempt)
        self._away_until = time.monotonic() + AWAY_S
        self._tell("cannot be reached", reason, "what is made meanwhile is sent later")
        raise _Away(later=True) from reason

    def _unsent(self) -> list[Path]:
        """What could not be sent; descriptions last, since they make videos count."""
        notes = self.folder / UNSENT
        waiting = [self.folder / note.relative_to(notes) for note in notes.rglob("*") if note.is_file()]
        return sorted(waiting, key=lambda path: (path.suffix == ".json", path))

    @property
    def _is_away(self) -> bool:
        return time.monotonic() < self._away_until

    def _get(self, path: Path, aside: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._remote.get_file(self._name(path), str(aside))

    def _put(self, path: Path) -> None:
        name = self._name(path)
        if _protocols(self._remote) & OBJECT_STORES:
            self._remote.put_file(str(path), name)
            return
        self._make_parent(name)
        parent, _, last = name.rpartition("/")
        aside = f"{parent}/.{last}.{uuid4().hex}{TEMPORARY}"
        try:
            self._remote.put_file(str(path), aside)
            self._remote.mv(aside, name)
        except BaseException:
            with suppress(Exception):
                self._remote.rm_file(aside)
            raise

    def _make_parent(self, name: str) -> None:
        if not _protocols(self._remote) & OBJECT_STORES:
            self._remote.makedirs(name.rpartition("/")[0], exist_ok=True)

    def _name(self, path: Path) -> str:
        return f"{self._root}/{path.relative_to(self.folder).as_posix()}"

    def _aside(self, path: Path) -> Path:
        return path.with_name(f".{path.stem}.{os.getpid()}.{threading.get_ident()}{TEMPORARY}{path.suffix}")

    def _note(self, path: Path) -> Path:
        return self.folder / UNSENT / path.relative_to(self.folder)

    def _tell(self, problem: str, error: Exception, remedy: str) -> None:
        if problem not in self._told:
            self._told.add(problem)
            told = f"the cache {self.url} {problem}: {_words(error)}; {remedy}. The local one goes on"
            warnings.warn(told, RuntimeWarning, stacklevel=2)


def _protocols(remote: Any) -> frozenset[str]:
    told = remote.protocol
    return frozenset((told,) if isinstance(told, str) else told)


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
