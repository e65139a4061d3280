"""TensorFlow's checkpoints (`NAME.index` and `NAME.data-00000-of-00001`), read without TensorFlow.

The index is a sorted string table as LevelDB writes them: blocks of entries whose keys share a prefix with
the one before, a block of handles to the blocks, and a footer of 48 bytes with a magic number. A value is a
protocol buffer that says where the tensor lies, its type, its shape and its masked CRC-32C
(`tensor_bundle.proto`). Nothing in the files is run; every tensor is checked.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32

from wsim.errors import WsimError

_MAGIC = 0xDB4775248B80FB57
_FOOTER_BYTES = 48
_FLOAT32 = 1  # DT_FLOAT of types.proto


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a tensor lies, and what it is."""

    dtype: int
    shape: tuple[int, ...]
    shard: int
    offset: int
    size: int
    masked_crc32c: int


def is_checkpoint(path: Path) -> bool:
    """Whether a path, with or without `.index`, names a checkpoint."""
    prefix = _prefix(path)
    return bool(prefix.name) and prefix.with_name(prefix.name + ".index").is_file()


def read_index(path: Path) -> dict[str, Entry]:
    """All tensors of a checkpoint by name.

    Args:
        path: `NAME`, `NAME.index` or a file of data.

    Raises:
        WsimError: the file is missing, damaged, compressed, or no index.
    """
    return _read_index(path)[0]


def read_tensors(path: Path) -> tuple[dict[str, Float32[np.ndarray, "..."]], dict[str, int]]:
    """All float32 tensors of a checkpoint, and their masked checksums; others (a step counter) are left out.

    Raises:
        WsimError: a file is missing or damaged: a checksum that does not fit counts.
    """
    from wsim.metrics.crc32c import masked_crc32c

    prefix = _prefix(path)
    entries, shards = _read_index(path)
    data = {shard: _bytes_of(prefix, f".data-{shard:05d}-of-{shards:05d}") for shard in range(shards)}
    tensors, checksums = {}, {}
    for name, entry in entries.items():
        if entry.dtype != _FLOAT32:
            continue
        raw = data.get(entry.shard, b"")[entry.offset : entry.offset + entry.size]
        whole = len(raw) == entry.size == 4 * int(np.prod(entry.shape))
        if not whole or masked_crc32c(raw) != entry.masked_crc32c:
            raise _damaged(prefix, f"the tensor {name} does not match its checksum")
        tensors[name] = np.frombuffer(raw, dtype="<f4").reshape(entry.shape).astype(np.float32)
        checksums[name] = entry.masked_crc32c
    return tensors, checksums


def _read_index(path: Path) -> tuple[dict[str, Entry], int]:
    """The entries, and the number of data files."""
    prefix = _prefix(path)
    data = _bytes_of(prefix, ".index")
    if len(data) < _FOOTER_BYTES or struct.unpack("<Q", data[-8:])[0] != _MAGIC:
        raise _damaged(prefix, "the index has no footer of a checkpoint")
    try:
        footer = data[-_FOOTER_BYTES:-8]
        _, at = _handle(footer, 0)  # the handle of an index of meta blocks, which are empty
        where, _ = _handle(footer, at)
        values = {
            key.decode("utf-8"): value
            for _, handle in _block(data, *where)
            for key, value in _block(data, *_handle(handle, 0)[0])
        }
        header = _fields(values.pop(""))
        return {name: _entry(value) for name, value in values.items()}, int(header.get(1, 1))
    except (IndexError, KeyError, struct.error, UnicodeDecodeError, TypeError, ValueError) as error:
        raise _damaged(prefix, f"the index cannot be read ({type(error).__name__}: {error})") from error


def _block(data: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of a block: what a key shares with the one before is not repeated."""
    block, kind = data[offset : offset + size], data[offset + size]
    if kind != 0:
        raise ValueError("a compressed block")
    (restarts,) = struct.unpack("<I", block[-4:])
    end, at, key = len(block) - 4 * (restarts + 1), 0, b""
    while at < end:
        shared, at = _varint(block, at)
        fresh, at = _varint(block, at)
        length, at = _varint(block, at)
        if at + fresh + length > end:
            raise ValueError("an entry beyond its block")
        key = key[:shared] + block[at : at + fresh]
        yield key, block[at + fresh : at + fresh + length]
        at += fresh + length


def _entry(value: bytes) -> Entry:
    """BundleEntryProto: 1 dtype, 2 shape, 3 shard, 4 offset, 5 size, 6 masked checksum."""
    fields = _fields(value)
    shape = tuple(int(_fields(dim).get(1, 0)) for number, dim in _messages(fields.get(2, b"")) if number == 2)
    numbers = [int(fields.get(number, 0)) for number in (1, 3, 4, 5, 6)]
    return Entry(numbers[0], shape, *numbers[1:])


def _fields(message: bytes) -> dict[int, Any]:
    """The last value of every field of a protocol buffer."""
    return dict(_messages(message))


def _messages(message: bytes) -> Iterator[tuple[int, Any]]:
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, kind = tag >> 3, tag & 7
        if kind == 0:
            value, at = _varint(message, at)
            yield number, value
        elif kind == 2:
            length, at = _varint(message, at)
            yield number, message[at : at + length]
            at += length
        elif kind in (1, 5):
            width = 8 if kind == 1 else 4
            yield number, int.from_bytes(message[at : at + width], "little")
            at += width
        else:
            raise ValueError(f"a field of wire type {kind}")


def _handle(data: bytes, at: int) -> tuple[tuple[int, int], int]:
    """Offset and size of a block, and where the next thing begins."""
    offset, at = _varint(data, at)
    size, at = _varint(data, at)
    return (offset, size), at


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Seven bits a byte, the lowest first."""
    value, shift = 0, 0
    while True:
        octet = data[at]
        value |= (octet & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if octet < 0x80:
            return value, at


def _prefix(path: Path) -> Path:
    known = path.suffix == ".index" or path.suffix.startswith(".data-")
    return path.with_suffix("") if known else path


def _bytes_of(prefix: Path, ending: str) -> bytes:
    file = prefix.with_name(prefix.name + ending)
    try:
        return file.read_bytes()
    except OSError as error:
        raise WsimError(
            f"cannot read the checkpoint: {error.strerror or error}",
            where=str(file),
            remedy="give NAME of NAME.index and NAME.data-00000-of-00001, which lie side by side",
        ) from error


def _damaged(prefix: Path, problem: str) -> WsimError:
    return WsimError(problem, where=str(prefix), remedy="the file is damaged or something else; get it again")
