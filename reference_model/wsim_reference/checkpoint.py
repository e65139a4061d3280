"""Weights on disk: a folder with digests, verified before anything is built from it.

config.json     format_version, model, train, metrics, files (bytes and sha256 of the others)
vocab.json      the words
autoencoder.safetensors, transformer-00001.safetensors, ...   bfloat16, each under 16 MB

A file may lie in a sibling folder instead, named by `in` beside its digest: checkpoints of one training share
their autoencoder.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor, nn

from wsim.errors import WsimError
from wsim_reference.autoencoder import Autoencoder
from wsim_reference.config import ModelConfig, config_from_json
from wsim_reference.dit import DiffusionTransformer
from wsim_reference.text import Vocabulary, vocabulary_from_json

FORMAT_VERSION = 1
SHARD_BYTES = 15_500_000  # files stay under 16 MB, which every host and mail server takes
PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")  # of files and siblings: no way out of the folder
PARTS = ("autoencoder", "transformer")


@dataclass(frozen=True)
class Checkpoint:
    """A verified model in memory.

    Attributes:
        digest: SHA-256 over the digests of all files and the configuration.
        codec_digest: SHA-256 over those of the autoencoder alone: what was trained further has the same.
        facts: the `train` and `metrics` sections, as they were written.
    """

    config: ModelConfig
    vocabulary: Vocabulary
    autoencoder: Autoencoder
    transformer: DiffusionTransformer
    digest: str
    codec_digest: str
    facts: Mapping[str, Any]


def build(config: ModelConfig) -> dict[str, nn.Module]:
    """The two networks with fresh random weights, by part."""
    return {
        "autoencoder": Autoencoder(config.autoencoder),
        "transformer": DiffusionTransformer(config.transformer, config.autoencoder.channels),
    }


def save(
    folder: Path,
    config: ModelConfig,
    vocabulary: Vocabulary,
    weights: Mapping[str, Mapping[str, Tensor]],
    facts: Mapping[str, Any],
) -> None:
    """Write a checkpoint. The same weights give the same bytes.

    Args:
        folder: made if it does not exist; files of these names are replaced.
        config: the sizes.
        vocabulary: the words.
        weights: for each of `PARTS`, its state dict.
        facts: JSON that says how it was trained and how good it is.
    """
    folder.mkdir(parents=True, exist_ok=True)
    contents = {"vocab.json": vocabulary.to_json().encode()}
    for part in PARTS:
        shards = _shards({name: value.to(torch.bfloat16) for name, value in weights[part].items()})
        for i, shard in enumerate(shards, start=1):
            name = f"{part}.safetensors" if len(shards) == 1 else f"{part}-{i:05}.safetensors"
            contents[name] = safetensors.torch.save(shard)
    files = {name: {"bytes": len(data), "sha256": _sha256(data)} for name, data in contents.items()}
    head = {"format_version": FORMAT_VERSION, "model": config.to_json(), "files": files, **facts}
    for name, data in contents.items():
        _write(folder / name, data)
    _write_head(folder, head)


def share(folder: Path, sibling: Path) -> None:
    """Keep what a checkpoint has in common with a sibling only there; the weights that load are the same.

    Args:
        folder: of the checkpoint.
        sibling: another one beside it. Both must stay beside each other from now on.

    Raises:
        WsimError: either cannot be read, or they are not beside each other.
    """
    if folder.resolve().parent != sibling.resolve().parent or folder.resolve() == sibling.resolve():
        raise WsimError(
            f"{folder.name} cannot share files with {sibling.name}",
            where=str(folder),
            remedy="put the two checkpoints next to each other in one folder",
        )
    head, other = (_read_head(place) for place in (folder, sibling))
    own = {name: entry for name, entry in other["files"].items() if "in" not in entry}
    common = [name for name, entry in head["files"].items() if own.get(name) == entry]
    files = {n: entry | ({"in": sibling.name} if n in common else {}) for n, entry in head["files"].items()}
    head.pop("config_sha256")
    _write_head(folder, head | {"files": files})
    for name in common:
        (folder / name).unlink()


def _write_head(folder: Path, head: Mapping[str, Any]) -> None:
    text = json.dumps({**head, "config_sha256": seal(head)}, indent=1, sort_keys=True)
    _write(folder / "config.json", (text + "\n").encode())


def _write(path: Path, data: bytes) -> None:
    """In one move, so that a kill or a full disk leaves the old file or the new one."""
    partial = path.with_name(f"{path.name}.partial")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def load(folder: Path) -> Checkpoint:
    """Read and verify a checkpoint.

    Raises:
        WsimError: a file is missing, has the wrong size or digest, or its tensors do not fit the model.
    """
    head = _read_head(folder)
    contents = {
        name: _read_verified(_place(folder, name, entry), entry) for name, entry in head["files"].items()
    }
    config = config_from_json(head["model"], str(folder / "config.json"))
    if "vocab.json" not in contents:
        raise _damaged("vocab.json is not listed", folder / "config.json")
    networks = build(config)
    for part, network in networks.items():
        shards = [data for name, data in sorted(contents.items()) if name.startswith(f"{part}")]
        _fill(network, shards, folder, part)
    autoencoder, transformer = networks["autoencoder"], networks["transformer"]
    assert isinstance(autoencoder, Autoencoder) and isinstance(transformer, DiffusionTransformer)
    return Checkpoint(
        config=config,
        vocabulary=vocabulary_from_json(contents["vocab.json"].decode(), folder / "vocab.json"),
        autoencoder=autoencoder.to(memory_format=torch.channels_last),  # type: ignore[call-overload]
        transformer=transformer,
        digest=head["config_sha256"],
        codec_digest=_codec_digest(head),
        facts={key: head[key] for key in ("train", "metrics") if key in head},
    )


def seal(head: Mapping[str, Any]) -> str:
    """SHA-256 of config.json without its own digest, whatever the order of its keys."""
    return _sha256(json.dumps(head, sort_keys=True, allow_nan=False).encode())


def _codec_digest(head: Mapping[str, Any]) -> str:
    """Of the autoencoder's sizes and weights, under whatever folder these lie."""
    weights = {n: entry["sha256"] for n, entry in head["files"].items() if n.startswith("autoencoder")}
    return _sha256(json.dumps([head["model"]["autoencoder"], weights], sort_keys=True).encode())


def _shards(tensors: Mapping[str, Tensor]) -> list[dict[str, Tensor]]:
    """Greedy parts in order of name, so that the bytes do not depend on the order of registration."""
    shards: list[dict[str, Tensor]] = [{}]
    filled = 0
    for name in sorted(tensors):
        size = tensors[name].numel() * tensors[name].element_size()
        if filled + size > SHARD_BYTES and shards[-1]:
            shards.append({})
            filled = 0
        shards[-1][name] = tensors[name].detach().cpu().contiguous()
        filled += size
    return shards


def _read_head(folder: Path) -> dict[str, Any]:
    path = folder / "config.json"
    try:
        head: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        version, files, _ = head["format_version"], head["files"], head["model"]
        body = {key: value for key, value in head.items() if key != "config_sha256"}
        whole = seal(body) == head["config_sha256"] and isinstance(files, dict)
    except FileNotFoundError as error:
        raise WsimError(
            "this folder holds no reference model: config.json is missing",
            where=str(folder),
            remedy="give a folder written by `python -m wsim_reference.train`, or no path at all",
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(f"config.json cannot be read: {error!r}", path) from error
    if version != FORMAT_VERSION:
        raise WsimError(
            f"checkpoint format {version} is unknown; this version reads format {FORMAT_VERSION}",
            where=str(path),
            remedy="install the version of wsim that wrote it",
        )
    if not whole:
        raise _damaged("config.json does not match its own digest", path)
    return head


def _place(folder: Path, name: str, entry: Mapping[str, Any]) -> Path:
    """Where a file is: in the folder, or in a sibling of it."""
    sibling = entry.get("in")
    for part in (name, sibling):
        if part is not None and not PLAIN_NAME.fullmatch(str(part)):
            raise _damaged(f"{part!r} is no name of a file beside it", folder / "config.json")
    place = folder if sibling is None else folder.resolve().parent / str(sibling)
    if not place.is_dir():
        raise WsimError(
            f"the checkpoint shares {name} with {sibling!r}, which is not there",
            where=str(folder),
            remedy=f"put the folder {sibling!r} of the same training next to it",
        )
    return place / name


def _read_verified(path: Path, entry: Mapping[str, Any]) -> bytes:
    if not path.is_file():
        raise _damaged(f"{path.name} is missing", path)
    data = path.read_bytes()
    if len(data) != entry["bytes"]:
        raise _damaged(f"{path.name} has {len(data)} bytes instead of {entry['bytes']}", path)
    if _sha256(data) != entry["sha256"]:
        raise _damaged(f"{path.name} does not match its digest", path)
    return data


def _fill(network: nn.Module, shards: list[bytes], folder: Path, part: str) -> None:
    """Copy the tensors into the network; names and shapes must fit exactly."""
    found: dict[str, Tensor] = {}
    for data in shards:
        found |= safetensors.torch.load(data)
    expected = {name: value.shape for name, value in network.state_dict().items()}
    missing, unknown = sorted(set(expected) - set(found)), sorted(set(found) - set(expected))
    if missing:
        raise _damaged(f"the {part} lacks the tensor {missing[0]!r} ({len(missing)} missing)", folder)
    if unknown:
        raise _damaged(f"the {part} has an unknown tensor {unknown[0]!r} ({len(unknown)} unknown)", folder)
    for name, shape in expected.items():
        if found[name].shape != shape:
            raise _damaged(f"{name!r} has shape {list(found[name].shape)} instead of {list(shape)}", folder)
    network.load_state_dict({name: value.float() for name, value in found.items()})
    network.eval().requires_grad_(False)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _damaged(problem: str, where: Path) -> WsimError:
    return WsimError(
        f"the checkpoint is damaged: {problem}",
        where=str(where),
        remedy="restore the folder from where it came from; half a model is never run",
    )
