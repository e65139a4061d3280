"""What a result was made with: the source of the instrument, the commit of wsim, the versions around it."""

import dataclasses
import hashlib
import inspect
import platform
import subprocess
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import wsim
from wsim.contracts import Probe
from wsim.described import described

PACKAGES = (
    "av",
    "diffusers",
    "mujoco-core",
    "numba",
    "numpy",
    "opencv-python-headless",
    "scipy",
    "torch",
    "transformers",
)


def instrument_digest(probe: Probe) -> str:
    """SHA-256 of the source file of the probe: it changes whenever a reading might have.

    Of the free half of a probe it is the file of that probe.
    """
    probe = getattr(probe, "instrument", probe)
    try:
        source = inspect.getsourcefile(type(probe))
        return _file_digest(Path(source)) if source else _unknown(probe)
    except (TypeError, OSError):
        return _unknown(probe)


def code_digest(probe: Probe) -> str:
    """SHA-256 of all that a calibration depends on: the source of wsim and of the probe's package.

    Probes that are dataclasses may be made with other settings; these count too.
    """
    kind = type(probe)
    parts = [_tree_digest(name) for name in ("wsim", kind.__module__.partition(".")[0])]
    parts += [instrument_digest(probe), kind.__qualname__]
    if dataclasses.is_dataclass(probe):
        parts.append(described(probe))
    return hashlib.sha256("|".join(parts).encode()).hexdigest()


def metrics_digest() -> str:
    """SHA-256 of the source of the metrics: features are kept by it, as scales are by their code."""
    return _tree_digest("wsim.metrics")


def wsim_version() -> dict[str, Any]:
    """Version of wsim and, when it runs from a checkout of its own, the commit and whether it was edited."""
    root = Path(wsim.__file__).resolve().parent.parent
    commit = _git(root, "rev-parse", "HEAD") if (root / ".git").exists() else None
    status = _git(root, "status", "--porcelain", "--untracked-files=no") if commit else None
    return {"version": wsim.__version__, "commit": commit, "dirty": bool(status) if commit else None}


def packages() -> dict[str, str]:
    """Versions of the packages that can change a pixel or a reading; absent ones are left out."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, str | None]:
    """Python, platform, and the name of the accelerator when torch is already loaded and sees one."""
    torch = sys.modules.get("torch")
    device = None
    if torch is not None and torch.cuda.is_available():
        device = str(torch.cuda.get_device_name())
    return {"python": platform.python_version(), "platform": platform.platform(), "device": device}


def _git(root: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _unknown(probe: Probe) -> str:
    """For classes typed into a prompt: no source to read, so at least the name and version."""
    kind = type(probe)
    return hashlib.sha256(f"{kind.__module__}.{kind.__qualname__}/{probe.version}".encode()).hexdigest()


def _file_digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@cache
def _tree_digest(package: str) -> str:
    """SHA-256 over every Python file of a top-level package or module; "" when it has none."""
    try:
        spec = find_spec(package)
    except (ValueError, ImportError):
        return ""
    if spec is None:
        return ""
    folders = [Path(place) for place in spec.submodule_search_locations or ()]
    files = sorted(path for folder in folders for path in folder.rglob("*.py"))
    if not files and spec.origin and Path(spec.origin).is_file():
        files = [Path(spec.origin)]
    return hashlib.sha256("|".join(_file_digest(path) for path in files).encode()).hexdigest()
