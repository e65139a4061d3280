"""The files of a pipeline: where they lie, which of them count, and that nothing in them runs as code.

Only safetensors are read, unless the user says that pickled weights may be. A pipeline that names a class
from anywhere but diffusers or transformers would bring code of its own; it is refused.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wsim.errors import ExitCode, WsimError

INDEX = "model_index.json"
_LIBRARIES = frozenset({"diffusers", "transformers"})
_COUNTING = frozenset({".safetensors", ".json", ".txt", ".model", ".jinja"})  # weights, configurations, words
_PICKLED = frozenset({".bin", ".pt", ".pth", ".ckpt"})
_PINNED = re.compile(r"\w[\w.-]*/\w[\w.-]*@[0-9a-f]{40}")


def find_pipeline(source: str, *, variant: str | None = None, pickle: bool = False) -> tuple[Path, str]:
    """The folder of a pipeline, and its name for people.

    Args:
        source: a folder with `model_index.json`, or `ORG/NAME@REVISION` with all 40 digits of the revision.
        variant: of the weight files on the hub (`fp16`).
        pickle: also bring pickled weights, where there are no others.

    Raises:
        WsimError: neither; the hub cannot be reached and has not been before.
    """
    folder = Path(source)
    if folder.is_dir():
        if not (folder / INDEX).is_file():
            raise WsimError(
                f"this folder is no pipeline: it has no {INDEX}",
                where=source,
                remedy="give a folder written by save_pretrained of a whole pipeline",
            )
        return folder, folder.resolve().name
    if not _PINNED.fullmatch(source):
        raise WsimError(
            f"{source!r} is neither a folder nor ORG/NAME@REVISION",
            where="diffusers:SOURCE",
            remedy="give all 40 digits of the revision: a branch can change under a number",
        )
    place, _, revision = source.partition("@")
    return _from_hub(place, revision, variant, pickle), f"{place}@{revision[:8]}"


def _from_hub(place: str, revision: str, variant: str | None, pickle: bool) -> Path:
    """Bring the files that the pipeline itself wants, or find them in the cache of the hub."""
    from diffusers import DiffusionPipeline

    try:
        return Path(
            DiffusionPipeline.download(
                place,
                revision=revision,
                variant=variant,
                use_safetensors=None if pickle else True,
                trust_remote_code=False,
            )
        )
    except (OSError, ValueError) as error:
        raise WsimError(
            f"the pipeline cannot be had: {str(error).splitlines()[0]}",
            where=f"{place}@{revision}",
            remedy="check name, revision and access (`hf auth login` if it is gated); without a network it "
            "must have been fetched before",
            exit_code=ExitCode.INCOMPLETE,
        ) from error


def read_index(folder: Path) -> dict[str, Any]:
    """`model_index.json`, after a look at what it would load.

    Raises:
        WsimError: damaged, or it names classes that are neither of diffusers nor of transformers.
    """
    try:
        index: dict[str, Any] = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        kind = index["_class_name"]
        classes = {name: value for name, value in index.items() if isinstance(value, list)}
        strange = [name for name, (library, _) in classes.items() if library not in {*_LIBRARIES, None}]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise WsimError(
            f"{INDEX} cannot be read: {type(error).__name__}: {error}",
            where=str(folder),
            remedy="save the pipeline again, or fetch it again",
        ) from error
    strange = [name for name in strange if name != "safety_checker"]
    if not isinstance(kind, str) or strange:
        raise WsimError(
            f"it brings code of its own: {', '.join(strange) or kind}",
            where=str(folder / INDEX),
            remedy="only classes of diffusers and transformers are loaded; for others write a factory",
        )
    return index


def pipeline_digest(folder: Path, *, pickle: bool = False) -> str:
    """SHA-256 over every weight, configuration and vocabulary of the pipeline, by path, in order.

    With `pickle`, pickled weights count too: they may be what is read.
    """
    whole = hashlib.sha256()
    for path in sorted(_files(folder, _COUNTING | _PICKLED if pickle else _COUNTING)):
        whole.update(f"{path.relative_to(folder).as_posix()} {file_digest(path)}\n".encode())
    return whole.hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _files(folder: Path, counting: frozenset[str]) -> Iterator[Path]:
    """The index and what lies in the folders of its components."""
    yield folder / INDEX
    for name, value in read_index(folder).items():
        if isinstance(value, list) and Path(name).name == name:
            for path in (folder / name).rglob("*"):
                if path.suffix in counting and path.is_file():
                    yield path
