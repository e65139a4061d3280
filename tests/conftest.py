"""Shared set-up: shape and type checks switched on, caches of the user left alone, one thread a process."""

import atexit
import gc
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

os.environ["WSIM_CACHE"] = tempfile.mkdtemp(prefix="wsim-test-cache-")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import jaxtyping
from jaxtyping import install_import_hook

sys.path.append(str(Path(__file__).resolve().parent / "fixtures"))
from wsim_checks import checked

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {
    "wsim": ROOT / "wsim",
    "wsim_probes": ROOT / "probes/wsim_probes",
    "wsim_reference": ROOT / "reference_model/wsim_reference",
    "wsim_reports": ROOT / "reports/wsim_reports",
    "wsim_benchmarks": ROOT / "benchmarks/wsim_benchmarks",
}


def checked_modules() -> list[str]:
    """Every module of the project but the compiled kernels, which a checker would have to wrap."""
    names = []
    for package, folder in PACKAGES.items():
        for path in sorted(folder.rglob("*.py")):
            if re.search(r"^(from|import) numba", path.read_text(encoding="utf-8"), re.MULTILINE):
                continue
            relative = path.relative_to(folder).with_suffix("")
            parts = [package, *[part for part in relative.parts if part != "__init__"]]
            names.append(".".join(parts))
    return [name for name in names if name not in PACKAGES]  # a package name would cover its kernels too


def pytest_collection_finish() -> None:
    """Thousands of tests are many objects: the collector need not look through them again and again."""
    gc.collect()
    gc.freeze()


atexit.register(shutil.rmtree, os.environ["WSIM_CACHE"], ignore_errors=True)
jaxtyping.jaxtyped = checked  # what the hook writes over every function
install_import_hook(checked_modules(), "beartype.beartype")
