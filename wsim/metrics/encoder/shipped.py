"""The weights of the encoder on disk: half precision, with the words they know and a digest of all of it.

The weights that come with wsim are known by their digest; altered ones are refused, and others that somebody
trained go by their own digest in every signature.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from importlib.resources import as_file, files
from pathlib import Path

import safetensors
import safetensors.torch
from torch import Tensor

from wsim.contracts import Json
from wsim.errors import ExitCode, WsimError
from wsim.metrics.encoder.towers import Encoder, Size
from wsim.metrics.encoder.words import Words
from wsim.runs.durable import publish, telling, temporary_name

NAME = "encoder.safetensors"
FORMAT = "wsim.encoder/1"


def write_weights(path: Path, encoder: Encoder, words: Words, facts: Mapping[str, Json]) -> Path:
    """Write the weights with how they came about.

    Raises:
        WsimError: the disk is full or cannot be written to.
    """
    tensors = {name: value.detach().half().contiguous() for name, value in encoder.state_dict().items()}
    size = {**asdict(encoder.size)}
    metadata = {
        "format": FORMAT,
        "size": json.dumps(size, sort_keys=True),
        "words": " ".join(words.words),
        "facts": json.dumps(dict(facts), sort_keys=True),
    }
    metadata["digest"] = _digest(metadata, tensors)
    temporary = temporary_name(path)
    with telling(path):
        temporary.write_bytes(safetensors.torch.save(tensors, metadata))
        publish(temporary, path)
    return path


def read_weights(path: Path | None = None) -> tuple[Encoder, Words, str]:
    """The networks, the words they know, and the digest of both.

    Args:
        path: of weights that `train` wrote; None for those that come with wsim.

    Raises:
        WsimError: missing, damaged, altered, or of another version.
    """
    if path is not None:
        return _read(path)
    with as_file(files("wsim.metrics.encoder").joinpath(NAME)) as shipped:
        return _read(shipped)


def begin_from(encoder: Encoder, words: Words, path: Path) -> None:
    """Put in the weights of an earlier training; parts that it did not have stay as they are.

    Raises:
        WsimError: as for `read_weights`; or they know other words, or are of networks of other sizes.
    """
    earlier, known, _ = read_weights(path)
    weights, own = earlier.state_dict(), encoder.state_dict()
    fits = all(name in own and own[name].shape == value.shape for name, value in weights.items())
    if known != words or not fits:
        raise WsimError(
            "these weights are of other networks: their sizes or words differ",
            where=str(path),
            remedy="leave --start out, and learn from the beginning",
        )
    encoder.load_state_dict(weights, strict=False)


def _read(path: Path) -> tuple[Encoder, Words, str]:
    if not path.is_file():
        raise WsimError(
            "the weights of the in-domain encoder are not here, nor are fvd[wsim], kvd[wsim] and clip[wsim]",
            where=str(path),
            remedy="install wsim again, or train them: `python -m wsim.metrics.encoder.train --help`",
            exit_code=ExitCode.INCOMPLETE,
        )
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            metadata: dict[str, str] = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, safetensors.SafetensorError) as error:
        raise _refused(path, f"cannot be read: {error}") from error
    if metadata.get("format") != FORMAT:
        raise _refused(path, f"are of the format {metadata.get('format')!r}, not {FORMAT!r}")
    if metadata.get("digest") != _digest(metadata, tensors):
        raise _refused(path, "are not what was written: their digest differs")
    words = Words(tuple(metadata["words"].split()))
    encoder = Encoder(Size(**json.loads(metadata["size"])))
    encoder.load_state_dict({name: value.float() for name, value in tensors.items()})
    return encoder.eval(), words, metadata["digest"]


def _digest(metadata: Mapping[str, str], tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 of everything but itself."""
    digest = hashlib.sha256()
    for name, text in sorted(metadata.items()):
        if name != "digest":
            digest.update(f"{name}={text}\n".encode())
    for name, value in sorted(tensors.items()):
        digest.update(f"{name}{tuple(value.shape)}{value.dtype}".encode())
        digest.update(value.contiguous().numpy().tobytes())
    return digest.hexdigest()


def _refused(path: Path, problem: str) -> WsimError:
    return WsimError(
        f"the weights of the in-domain encoder {problem}",
        where=str(path),
        remedy="install wsim again, or give the file that `python -m wsim.metrics.encoder.train` wrote",
    )
