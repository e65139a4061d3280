"""Bringing weights from where they were published, and proving them right before they count."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.request import urlopen

from wsim.errors import ExitCode, WsimError
from wsim.metrics.weights import find_i3d, load_variables, weights_folder
from wsim.runs.durable import make_folder, publish, telling

_SECONDS = 60.0  # without a byte
_PIECE_BYTES = 1 << 20
_I3D = (
    "https://raw.githubusercontent.com/google-deepmind/kinetics-i3d/"
    "0667e889a5904b4dc122e0ded4c332f49f8df42c/data/checkpoints/rgb_scratch/"
)
_I3D_MAIN = "model.ckpt.index"
_ALEXNET = "https://download.pytorch.org/models/alexnet-owt-7be5be79.pth"
_HEADS = (
    "https://raw.githubusercontent.com/richzhang/PerceptualSimilarity/"
    "c82f1ed07d9b5004b4b41ae7b07ec53468ba3e40/lpips/weights/v0.1/alex.pth"
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where weights were published.

    Attributes:
        about: what they are, with the licence.
        main: the file that names the whole.
        files: name of every file and its address.
        prove: refuses a folder whose files are not the right ones.
        find: the file that is there; raises `WsimError` when there is none.
    """

    about: str
    main: str
    files: Mapping[str, str]
    prove: Callable[[Path], None]
    find: Callable[[], Path]


def prove_i3d(folder: Path) -> None:
    """Refuse a checkpoint that is not the network of FVD.

    Raises:
        WsimError: it is damaged, or another network.
    """
    _, identity = load_variables(folder / _I3D_MAIN)
    if not identity.right:
        raise WsimError(
            f"what came is not what was wanted: {identity}",
            where=_I3D_MAIN,
            remedy="nothing was kept; get the weights elsewhere and try `wsim weights verify FILE`",
        )


def _prove_lpips(folder: Path) -> None:
    from wsim.metrics.lpips_weights import prove

    prove(folder)


def _find_lpips() -> Path:
    from wsim.metrics.lpips_weights import find_heads, find_trunk

    find_heads()
    return find_trunk()


SOURCES: Mapping[str, Source] = {
    "i3d": Source(
        "I3D of FVD: DeepMind's rgb_scratch, Apache-2.0, 51 MB",
        _I3D_MAIN,
        {name: _I3D + name for name in (_I3D_MAIN, "model.ckpt.data-00000-of-00001")},
        prove_i3d,
        find_i3d,
    ),
    "lpips": Source(
        "LPIPS over AlexNet: torchvision's trunk, BSD-3, 244 MB; heads of lpips, BSD-2, 6 kB",
        "alexnet-owt-7be5be79.pth",
        {"alexnet-owt-7be5be79.pth": _ALEXNET, "alex.pth": _HEADS},
        _prove_lpips,
        _find_lpips,
    ),
}


def fetch(name: str, folder: Path | None = None) -> Path:
    """Bring weights into the folder for weights; nothing is left there that is not right.

    Returns:
        The file that names them.

    Raises:
        WsimError: no such weights; they cannot be reached; what came is damaged or something else.
    """
    if name not in SOURCES:
        raise WsimError(
            f"{name!r} are no weights that can be fetched",
            where="wsim weights fetch",
            remedy=f"give one of: {', '.join(SOURCES)}",
        )
    source, home = SOURCES[name], make_folder((folder or weights_folder()) / name)
    with telling(home), TemporaryDirectory(dir=home, prefix=".fetching-") as temporary:
        for file, address in source.files.items():
            _download(address, Path(temporary) / file, home)
        source.prove(Path(temporary))
        for file in source.files:
            publish(Path(temporary) / file, home / file)
    return home / source.main


def _download(address: str, path: Path, home: Path) -> None:
    try:
        with urlopen(address, timeout=_SECONDS) as reply, path.open("wb") as sink:
            while piece := reply.read(_PIECE_BYTES):
                sink.write(piece)
    except (URLError, TimeoutError, ConnectionError, HTTPException) as error:
        raise WsimError(
            f"cannot be reached: {getattr(error, 'reason', None) or error}",
            where=address,
            remedy=f"on a machine that reaches it, put this file and those beside it into {home}",
            exit_code=ExitCode.INCOMPLETE,
        ) from error
