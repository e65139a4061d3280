"""Bringing weights from where they were published, and proving them right before they count."""

from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.request import urlopen

from wsim.errors import ExitCode, WsimError
from wsim.metrics.weights import load_variables, weights_folder
from wsim.runs.durable import make_folder, publish, telling

_SECONDS = 60.0  # without a byte
_PIECE_BYTES = 1 << 20
_I3D = (
    "https://raw.githubusercontent.com/google-deepmind/kinetics-i3d/"
    "0667e889a5904b4dc122e0ded4c332f49f8df42c/data/checkpoints/rgb_scratch/"
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where weights were published.

    Attributes:
        about: what they are, with the licence.
        main: the file that names the whole.
        files: name of every file and its address.
    """

    about: str
    main: str
    files: Mapping[str, str]


SOURCES: Mapping[str, Source] = {
    "i3d": Source(
        "I3D of FVD: DeepMind's rgb_scratch, Apache-2.0, 51 MB",
        "model.ckpt.index",
        {name: _I3D + name for name in ("model.ckpt.index", "model.ckpt.data-00000-of-00001")},
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
        _, identity = load_variables(Path(temporary) / source.main)
        if not identity.right:
            raise WsimError(
                f"what came is not what was wanted: {identity}",
                where=str(source.files[source.main]),
                remedy="nothing was kept; get the weights elsewhere and try `wsim weights verify FILE`",
            )
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
