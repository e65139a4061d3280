"""Videos by content: under a key that says who made them and what was asked (`wsim.runs.asker`).

A run folder holds its own store, so that it can be carried to another machine; when the weights have
a digest, the same files are hard-linked into a cache that runs share.
"""

import json
import os
import shutil
import warnings
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from wsim.contracts import Json
from wsim.errors import WsimError
from wsim.runs.durable import make_folder, publish, telling, temporary_name, write_error, write_whole
from wsim.runs.shared import SharedCache, is_url
from wsim.video import Video, VideoError, read_video, write_lossless


def cache_folder() -> Path:
    """`$WSIM_CACHE`, else `~/.cache/wsim`; before a cache at a URL, `$WSIM_CACHE_LOCAL`, else the same."""
    told = os.environ.get("WSIM_CACHE", "")
    if is_url(told):
        told = os.environ.get("WSIM_CACHE_LOCAL", "")
    return Path(told or Path.home() / ".cache" / "wsim")


def shared_cache() -> SharedCache | None:
    """The cache at a URL behind the local one, if `$WSIM_CACHE` names one.

    Raises:
        WsimError: no cache can be there.
    """
    url = os.environ.get("WSIM_CACHE", "")
    return _shared(url, cache_folder()) if is_url(url) else None


_shared = cache(SharedCache)  # one a process, that remembers whether the URL answered


class VideoStore:
    """Videos in `folder`, and, if given, in a cache shared between runs, perhaps with one at a URL behind it.

    Layout: `3f/3fa9….mkv` (FFV1, exact) beside `3f/3fa9….json` (what it is, and the digest of its pixels).
    The JSON is written last; a video without one is not there.
    """

    def __init__(self, folder: Path, *, shared: Path | None = None, far: SharedCache | None = None) -> None:
        self.folder = folder
        self.shared = shared
        self.far = far

    def has(self, key: str) -> bool:
        """Whether a video seems to be there, from now on here too; `get` is what verifies it."""
        return self._is_here(key) or (self.far is not None and self.far.bring(*self._shared_paths(key)))

    def could_have(self, key: str) -> bool:
        """Whether a video seems to be there or at the URL; brings nothing here."""
        return self._is_here(key) or (self.far is not None and self.far.holds(self._shared_paths(key)[-1]))

    def get(self, key: str) -> Video | None:
        """The video, if it is there and its pixels are the ones that were stored; from now on here too.

        Raises:
            WsimError: it cannot be put into the run's own folder, which would not be whole without it.
        """
        if not self.has(key):
            return None
        for folder in self._folders():
            video = _read_verified(folder, key)
            if video is not None:
                if folder != self.folder:
                    with telling(self.path(key)):
                        _link(folder, self.folder, key)
                return video
        return None

    def pixels(self, key: str) -> str | None:
        """The digest of the pixels as it was stored, without reading the video."""
        found = self.description(key).get("pixels")
        return None if found is None else str(found)

    def description(self, key: str) -> dict[str, Any]:
        """What is said of the video, without reading it: who was asked what, its size, its pixels' digest.

        Empty when it is not there.
        """
        for folder in self._folders():
            with suppress(OSError, ValueError, TypeError):
                return dict(json.loads(_description_path(folder, key).read_text(encoding="utf-8")))
        return {}

    def path(self, key: str) -> Path:
        """Where the video lies in the run's own folder."""
        return _video_path(self.folder, key)

    def keys(self) -> Iterator[str]:
        """Every key in the run's own folder, sorted."""
        names = (path.stem for path in self.folder.glob("??/*.json"))  # temporary ones begin with a dot
        yield from sorted(name for name in names if not name.startswith("."))

    def put(self, key: str, video: Video, description: Mapping[str, Json]) -> None:
        """Store a video, whole or not at all.

        Raises:
            WsimError: the disk is full (exit code 3) or the folder cannot be written to (2).
        """
        path = _video_path(self.folder, key)
        make_folder(path.parent)
        temporary = temporary_name(path)
        with telling(path):
            try:
                write_lossless(temporary, video)
                publish(temporary, path)
            except VideoError as error:
                if isinstance(error.__cause__, OSError):
                    raise write_error(path, error.__cause__) from error
                raise
            finally:
                temporary.unlink(missing_ok=True)
        size: list[Json] = list(video.size)
        entry = {
            **description,
            "key": key,
            "pixels": video.digest,
            "frames": len(video),
            "size": size,
            "fps": float(video.fps),
        }
        write_whole(_description_path(self.folder, key), json.dumps(entry, indent=1, allow_nan=False))
        if self.shared is not None:
            self._share(self.shared, key)

    def discard(self, key: str) -> None:
        """Forget a video, in the shared cache too: it turned out not to answer this request."""
        for folder in self._folders():
            _description_path(folder, key).unlink(missing_ok=True)
            _video_path(folder, key).unlink(missing_ok=True)
        if self.far is not None:
            self.far.drop(*reversed(self._shared_paths(key)))

    def _share(self, shared: Path, key: str) -> None:
        """Failure is no error: the cache saves time, the run's own file is what counts."""
        try:
            _link(self.folder, shared, key)
        except OSError as error:
            problem = f"the video cache {shared} cannot be used: {error.strerror or error}"
            warnings.warn(problem, RuntimeWarning, stacklevel=3)
            return
        if self.far is not None:
            self.far.send(*self._shared_paths(key))

    def _is_here(self, key: str) -> bool:
        return any(_description_path(folder, key).exists() for folder in self._folders())

    def _folders(self) -> tuple[Path, ...]:
        return (self.folder,) if self.shared is None else (self.folder, self.shared)

    def _shared_paths(self, key: str) -> tuple[Path, Path]:
        """Video and description in the cache; the description last, it makes the video count."""
        folder = self.shared or self.folder
        return _video_path(folder, key), _description_path(folder, key)


def _video_path(folder: Path, key: str) -> Path:
    return folder / key[:2] / f"{key}.mkv"


def _description_path(folder: Path, key: str) -> Path:
    return folder / key[:2] / f"{key}.json"


def _read_verified(folder: Path, key: str) -> Video | None:
    """The video if its pixel digest is right; otherwise None, and a damaged file is set aside."""
    description = _description_path(folder, key)
    if not description.exists():
        return None
    try:
        entry: dict[str, Any] = json.loads(description.read_text(encoding="utf-8"))
        # The rate comes from the description: containers keep a rounded one.
        video = Video(read_video(_video_path(folder, key)).frames, float(entry["fps"]))
        if video.digest == entry["pixels"]:
            return video
        problem = "its pixels are not the ones that were stored"
    except (WsimError, OSError, ValueError, KeyError, TypeError) as error:
        problem = error.problem if isinstance(error, WsimError) else str(error)
    warnings.warn(
        f"stored video {key[:12]} in {folder} is damaged and was set aside: {problem}",
        RuntimeWarning,
        stacklevel=3,
    )
    for path in (description, _video_path(folder, key)):
        with suppress(OSError):
            path.replace(path.with_name(path.name + ".damaged"))
    return None


def _link(source: Path, target: Path, key: str) -> None:
    """Make a stored video appear in another store: by hard link, or by a copy across file systems.

    Raises:
        OSError: it cannot.
    """
    for name in (_video_path, _description_path):  # the description last: it makes the video count
        path = name(target, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = temporary_name(path)
        try:
            try:
                os.link(name(source, key), temporary)
            except OSError:
                shutil.copyfile(name(source, key), temporary)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)  # POSIX renames nothing when both are the same file
