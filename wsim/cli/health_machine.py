"""What `wsim doctor` finds of the machine: cores, memory, disk, folders that can be written to, weights."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psutil

from wsim.cli.health import Line, nearest, writable
from wsim.errors import WsimError
from wsim.runs.cores import usable_cores

LEAST_FREE_GB = 1.0
LEAST_MEMORY_GB = 2.0


def machine() -> Iterator[Line]:
    """Cores that this process may use, and memory that is free."""
    yield Line("cores", f"{usable_cores()} of {psutil.cpu_count() or 1}")
    memory = psutil.virtual_memory()
    short = memory.available / 1e9 < LEAST_MEMORY_GB
    yield Line(
        "memory",
        f"{memory.available / 1e9:.0f} of {memory.total / 1e9:.0f} GB free",
        "close other programs, and leave --jobs at 1" if short else "",
    )


def numba_cache() -> Iterator[Line]:
    """Where compiled kernels are kept decides whether the first render of every process takes seconds."""
    import wsim.worlds

    beside = Path(wsim.worlds.__file__).parent / "__pycache__"
    folder = Path(os.environ.get("NUMBA_CACHE_DIR") or beside)
    if writable(folder):
        yield Line("numba cache", str(folder))
    else:
        remedy = (
            "set NUMBA_CACHE_DIR to a folder that you may write to; kernels compile anew in every process"
        )
        yield Line("numba cache", f"{folder} cannot be written to", remedy)


def video_cache() -> Iterator[Line]:
    """What runs share: where it is, how large, and the room that is left there."""
    from wsim.runs.cache import entries
    from wsim.runs.store import cache_folder

    folder = cache_folder()
    if not writable(folder):
        remedy = "set WSIM_CACHE to a folder that you may write to"
        yield Line("video cache", f"{folder} cannot be written to", remedy)
        return
    size_bytes = sum(entry.size_bytes for entry in entries(folder))
    yield Line("video cache", f"{folder}, {size_bytes / 1e6:.0f} MB")
    yield _room(folder, "or set WSIM_CACHE to another disk; `wsim cache prune` makes some")


def shared_cache() -> Iterator[Line]:
    """A cache at a URL, if there is one: whether it can be written to, read and tidied."""
    from wsim.runs.store import shared_cache as configured

    try:
        far = configured()
    except WsimError as error:
        yield Line("shared cache", error.problem, error.remedy)
        return
    if far:
        problem = far.problem()
        remedy = "check the name in WSIM_CACHE, the network, and your rights there" if problem else ""
        yield Line("shared cache", f"{far.url}{f' cannot be used: {problem}' if problem else ''}", remedy)


def run_folders() -> Iterator[Line]:
    """Where `wsim score` writes unless it is told otherwise."""
    folder = Path("runs").absolute()
    if writable(folder):
        yield Line("run folders", str(folder))
    else:
        remedy = "go to a folder that you may write to, or give --out with every command"
        yield Line("run folders", f"{folder} cannot be written to", remedy)


def weights() -> Iterator[Line]:
    """Weights that some metrics look through; everything else works without them."""
    from wsim.metrics.fetching import SOURCES

    for name, source in SOURCES.items():
        try:
            found = source.find()
        except WsimError:
            yield Line(f"weights {name}", f"absent: {source.about}", hint=f"wsim weights fetch {name}")
        else:
            yield Line(f"weights {name}", str(found))


def _room(folder: Path, otherwise: str) -> Line:
    free_gb = shutil.disk_usage(nearest(folder)).free / 1e9
    return Line(
        "disk", f"{free_gb:.0f} GB free", "" if free_gb >= LEAST_FREE_GB else f"make room, {otherwise}"
    )
