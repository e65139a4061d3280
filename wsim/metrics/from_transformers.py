"""Networks of the package transformers, whatever its version is and whatever torchvision lies beside it.

transformers imports torchvision wherever it finds one. One that was built for another torch breaks on import,
and takes every network with it; wsim needs none, so a broken one is hidden while transformers is imported.
"""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from packaging.version import Version

from wsim.errors import ExitCode, WsimError


class NotInstalled(WsimError):
    """What is missing is software, not weights."""


def from_transformers(*names: str, what: str, since: str) -> tuple[Any, ...]:
    """Classes of transformers.

    Args:
        names: of the classes.
        what: they are for, as in "V-JEPA 2".
        since: the first version that has them.

    Raises:
        NotInstalled: transformers is missing, older than that, or cannot be imported.
    """
    try:
        with broken_torchvision_hidden():
            package = importlib.import_module("transformers")
            if (version := _version(package)) < Version(since):
                raise NotInstalled(
                    f"transformers {version} has no {what}: it came with {since}",
                    where="the installed packages",
                    remedy=f"pip install 'transformers>={since}'; all else works with {version}",
                    exit_code=ExitCode.INCOMPLETE,
                )
            return tuple(getattr(package, name) for name in names)
    except (ImportError, RuntimeError, AttributeError) as error:  # RuntimeError: of its fourth version
        raise NotInstalled(
            f"transformers is not available, so {what} is not ({' '.join(str(error).split())[:200]})",
            where="the installed packages",
            remedy="pip install 'wsim[clip]'; `wsim doctor` says whether torchvision stands in the way",
            exit_code=ExitCode.INCOMPLETE,
        ) from error


@contextmanager
def broken_torchvision_hidden() -> Iterator[None]:
    """Within, a torchvision that cannot be imported is not found either."""
    if _is_healthy("torchvision"):
        yield
        return
    kept = {name: module for name, module in sys.modules.items() if name == "torchvision"}
    sys.modules["torchvision"] = None  # type: ignore[assignment]  # neither found nor imported
    _look_again(sys.modules.get("transformers.utils.import_utils"))
    try:
        yield
    finally:
        del sys.modules["torchvision"]
        sys.modules.update(kept)


def _is_healthy(package: str) -> bool:
    """Whether it can be imported; of an absent one, that it cannot: hiding it changes nothing."""
    try:
        importlib.import_module(package)
    except Exception:
        return False
    return True


def _look_again(known: Any) -> None:
    """What a transformers that was imported before remembers of torchvision is forgotten."""
    if hasattr(known, "_torchvision_available"):  # of its fourth version
        known._torchvision_available = False
    for name in dir(known):
        if name.startswith("is_torchvision"):  # of its fifth, which keeps the answers
            getattr(getattr(known, name), "cache_clear", lambda: None)()


def _version(package: Any) -> Version:
    return Version(getattr(package, "__version__", "0"))
