"""`wsim doctor`: is everything that wsim needs here, and in working order?"""

import importlib
import importlib.util
import os
import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import typer

from wsim.errors import ExitCode, WsimError

PACKAGES = (
    "numpy",
    "scipy",
    "opencv-python-headless",
    "av",
    "numba",
    "mujoco-core",
    "jaxtyping",
    "typer",
    "rich",
)
LEAST_FREE_GB = 1.0


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at; `remedy` is set when it is not in order."""

    what: str
    found: str
    remedy: str = ""


def doctor() -> None:
    """Look at the installation and say in words what is not in order."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    troubles = 0
    for examine in (_python, _packages, _torch, _torchvision, _codecs, _numba, _cache, _plugins):
        for line in _safely(examine):
            troubles += bool(line.remedy)
            mark = ("no ", "red") if line.remedy else ("ok ", "green")
            console.print(Text.assemble(mark, f"{line.what:<16}", line.found), soft_wrap=True)
            if line.remedy:
                console.print(Text(f"{'':<19}{line.remedy}", "yellow"), soft_wrap=True)
    console.print(f"\nto be mended: {troubles}" if troubles else "\neverything is in order")
    if troubles:
        raise typer.Exit(ExitCode.INCOMPLETE)


def _safely(examine: Callable[[], Iterator[Line]]) -> Iterator[Line]:
    """A broken installation must not break the doctor."""
    try:
        yield from examine()
    except Exception as error:
        what = examine.__name__.lstrip("_")
        yield Line(what, f"{type(error).__name__}: {error}", "reinstall wsim in a fresh environment")


def _python() -> Iterator[Line]:
    import wsim

    yield Line("wsim", f"{wsim.__version__}, {Path(wsim.__file__).parent}")
    yield Line("python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")


def _packages() -> Iterator[Line]:
    found, missing = [], []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    yield Line("packages", ", ".join(found))
    if missing == ["opencv-python-headless"] and importlib.util.find_spec("cv2"):
        missing = []
    if missing:
        yield Line("missing", ", ".join(missing), f"pip install {' '.join(missing)}")


def _torch() -> Iterator[Line]:
    import torch

    if torch.cuda.is_available():
        yield Line("torch", f"{torch.__version__}, on {torch.cuda.get_device_name(0)}")
    else:
        built = (
            f"built for CUDA {torch.version.cuda}, but no GPU is seen" if torch.version.cuda else "CPU build"
        )
        yield Line("torch", f"{torch.__version__}, {built}, {torch.get_num_threads()} threads")


def _torchvision() -> Iterator[Line]:
    """Absent and healthy are both fine; broken breaks other packages on import."""
    if importlib.util.find_spec("torchvision") is None:
        yield Line("torchvision", "absent (wsim does not need it)")
        return
    number = version("torchvision")
    try:
        importlib.import_module("torchvision")
    except Exception as error:
        line = str(error).splitlines()[0] if str(error) else type(error).__name__
        yield Line(
            "torchvision",
            f"{number}, broken: {line}. It was built for another torch; wsim works without it, but "
            "torchmetrics, transformers and diffusers fail to import beside it.",
            "pip uninstall torchvision, or install the one that matches torch",
        )
    else:
        yield Line("torchvision", f"{number}, healthy")


def _codecs() -> Iterator[Line]:
    import av

    wanted = ("ffv1", "libx264")
    missing = [name for name in wanted if not _encodes(name)]
    if missing:
        yield Line("codecs", f"no encoder for {', '.join(missing)}", "pip install --force-reinstall av")
    else:
        yield Line("codecs", f"{', '.join(wanted)} (PyAV {av.__version__})")


def _encodes(name: str) -> bool:
    import av

    try:
        av.codec.Codec(name, "w")
    except ValueError:
        return False
    return True


def _numba() -> Iterator[Line]:
    """Where compiled kernels are kept decides whether the first render of every process takes seconds."""
    import wsim.worlds

    beside = Path(wsim.worlds.__file__).parent / "__pycache__"
    folder = Path(os.environ.get("NUMBA_CACHE_DIR") or beside)
    if _writable(folder):
        yield Line("numba cache", str(folder))
    else:
        remedy = (
            "set NUMBA_CACHE_DIR to a folder that you may write to; kernels compile anew in every process"
        )
        yield Line("numba cache", f"{folder} cannot be written to", remedy)


def _cache() -> Iterator[Line]:
    from wsim.runs.store import cache_folder

    folder = cache_folder()
    if not _writable(folder):
        yield Line(
            "video cache",
            f"{folder} cannot be written to",
            "set WSIM_CACHE to a folder that you may write to",
        )
        return
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) if folder.exists() else 0
    yield Line("video cache", f"{folder}, {size / 1e6:.0f} MB")
    free_gb = shutil.disk_usage(_nearest(folder)).free / 1e9
    remedy = "" if free_gb >= LEAST_FREE_GB else "make room, or set WSIM_CACHE to another disk"
    yield Line("disk", f"{free_gb:.0f} GB free", remedy)


def _plugins() -> Iterator[Line]:
    from wsim.registry import plugins

    for group in ("probes", "models", "reports"):
        broken = []
        for plugin in plugins(group).values():
            try:
                plugin.load()
            except WsimError as error:
                broken.append((plugin, error.problem))
            except Exception as error:
                broken.append((plugin, f"{type(error).__name__}: {error}"))
        yield Line(group, f"{len(plugins(group)) - len(broken)} of {len(plugins(group))} load")
        for plugin, problem in broken:
            yield Line(f"  {plugin.name}", problem, f"reinstall {plugin.origin.split()[0]}")


def _nearest(folder: Path) -> Path:
    """The folder, or its nearest parent that exists."""
    return next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())


def _writable(folder: Path) -> bool:
    return os.access(_nearest(folder), os.W_OK)
