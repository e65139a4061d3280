"""Weights of LPIPS: AlexNet of torchvision and heads of the package `lpips`, known by SHA-256 of the files.

Both were published as `.pth`, which is a pickle. A file is read only after its digest has proved it to be the
one that was published, from the same bytes, and by the reader of torch that makes nothing but tensors; any
other file is refused unread. Neither package is imported.
"""

import hashlib
import io
import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor

from wsim.errors import ExitCode, WsimError
from wsim.metrics.lpips import Lpips
from wsim.metrics.weights import weights_folder

VERSION = "alex-v0.1"


@dataclass(frozen=True, slots=True)
class Published:
    """One file: its name, the digest that proves it, and what it is."""

    name: str
    sha256: str
    about: str


TRUNK = Published(
    "alexnet-owt-7be5be79.pth",
    "7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02",
    "AlexNet of torchvision, IMAGENET1K_V1",
)
HEADS = Published(
    "alex.pth",
    "df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0",
    "heads of LPIPS 0.1 over AlexNet",
)


def find_trunk() -> Path:
    """AlexNet in the folder for weights, else where torch keeps what other packages downloaded.

    Raises:
        WsimError: in neither.
    """
    return _first(TRUNK, (weights_folder() / "lpips", Path(_torch_home()) / "hub/checkpoints"))


def find_heads() -> Path:
    """The heads in the folder for weights, else in the package `lpips`.

    Raises:
        WsimError: in neither.
    """
    package = find_spec("lpips")
    inside = (package.submodule_search_locations if package else None) or ()
    return _first(HEADS, (weights_folder() / "lpips", *(Path(place) / "weights/v0.1" for place in inside)))


def load_lpips(trunk: Path | None = None, heads: Path | None = None, *, device: str = "cpu") -> Lpips:
    """LPIPS with the weights that were published.

    Args:
        trunk: the file of AlexNet; else it is looked for.
        heads: the file of the heads; else they are looked for.
        device: of torch.

    Raises:
        WsimError: a file is not there, damaged, or another one.
    """
    return Lpips(
        read_proved(trunk or find_trunk(), TRUNK),
        read_proved(heads or find_heads(), HEADS),
        f"{VERSION}:ok",
        device=device,
    )


def read_proved(path: Path, published: Published) -> dict[str, Tensor]:
    """The tensors of a published file, which is read only if it is that file.

    Raises:
        WsimError: it cannot be opened, or its digest is another.
    """
    content = _content(path)
    found = hashlib.sha256(content).hexdigest()
    if found != published.sha256:
        raise WsimError(
            f"this is not {published.about}: SHA-256 {found[:8]}, not {published.sha256[:8]}",
            where=str(path),
            remedy="it was not opened further; `wsim weights fetch lpips` brings the right one",
        )
    tensors: dict[str, Tensor] = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    return tensors


def digest_of_file(path: Path) -> str:
    """SHA-256 of the file, which is not read as anything.

    Raises:
        WsimError: it cannot be opened.
    """
    return hashlib.sha256(_content(path)).hexdigest()


def prove(folder: Path) -> None:
    """Refuse a folder that does not hold both files.

    Raises:
        WsimError: one is missing, damaged, or another.
    """
    load_lpips(folder / TRUNK.name, folder / HEADS.name)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise WsimError(
            f"cannot be read: {error.strerror or error}", where=str(path), remedy="give the file itself"
        ) from error


def _first(published: Published, places: tuple[Path, ...]) -> Path:
    for place in places:
        if (place / published.name).is_file():
            return place / published.name
    raise WsimError(
        f"the weights of LPIPS are not here: {published.about} ({published.name})",
        where=str(places[0]),
        remedy=f"`wsim weights fetch lpips` brings them; or put {published.name} there",
        exit_code=ExitCode.INCOMPLETE,
    )


def _torch_home() -> str:
    """Where torch keeps downloads; the place is only looked into."""
    cache = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    return str(Path(os.environ.get("TORCH_HOME", f"{cache}/torch")).expanduser())
