"""What `wsim doctor` says of one thing, and how it looks without being stopped by what is broken."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

REINSTALL = "reinstall wsim in a fresh environment"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at.

    Attributes:
        what: its name, at most 16 letters.
        found: the state that it is in.
        remedy: what to do; set when it is not in order.
        hint: how to come by it; set when it is absent and need not be there.
    """

    what: str
    found: str
    remedy: str = ""
    hint: str = ""


def safely(examine: Callable[[], Iterator[Line]]) -> Iterator[Line]:
    """The lines of one examination. A broken installation must not break the doctor."""
    try:
        yield from examine()
    except Exception as error:
        yield Line(examine.__name__.replace("_", " "), in_a_line(error), REINSTALL)


def in_a_line(error: BaseException) -> str:
    """Type and message of an error, on one line of at most 200 characters."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]


def nearest(folder: Path) -> Path:
    """The folder, or its nearest parent that exists."""
    return next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())


def writable(folder: Path) -> bool:
    """Whether a file can really be made in the folder, or where the folder would be made.

    Rights alone do not tell: a disk may be full or mounted to be read, and root is told yes everywhere.
    """
    try:
        with tempfile.TemporaryFile(dir=nearest(folder)) as file:
            file.write(b"wsim")
    except OSError:
        return False
    return True
