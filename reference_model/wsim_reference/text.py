"""Words to numbers: the vocabulary of the captions, and hash buckets for every other word."""

import json
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from wsim.errors import WsimError

PADDING, NULL = 0, 1  # NULL stands for "no caption", so that attention always has something to read
BUCKETS = 64
_FIRST_WORD = 2 + BUCKETS


def split_words(text: str) -> list[str]:
    """Lower-case words and numbers; punctuation is dropped."""
    return re.findall(r"[a-z0-9]+", text.lower())


@dataclass(frozen=True)
class Vocabulary:
    """The known words. Ids: 0 padding, 1 null, 2 to 65 hash buckets, then the words in order."""

    words: tuple[str, ...]

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {word: _FIRST_WORD + i for i, word in enumerate(self.words)}

    @property
    def size(self) -> int:
        """How many ids there are."""
        return _FIRST_WORD + len(self.words)

    def encode(self, text: str | None, length: int) -> list[int]:
        """Exactly `length` ids. No words at all (None, "", "?!") is the null token; too many are cut."""
        ids = [self._ids.get(word, _bucket(word)) for word in split_words(text or "")[:length]]
        ids = ids or [NULL]
        return ids + [PADDING] * (length - len(ids))

    def unknown(self, text: str | None) -> tuple[str, ...]:
        """The words that it has no id for, each once, in order: they fall into hash buckets."""
        return tuple(dict.fromkeys(word for word in split_words(text or "") if word not in self._ids))

    def decode(self, ids: Iterable[int]) -> str:
        """The words again; unknown ones come back as `<unknown>`, padding and null as nothing."""
        kept = [i for i in ids if i not in (PADDING, NULL)]
        return " ".join(self.words[i - _FIRST_WORD] if i >= _FIRST_WORD else "<unknown>" for i in kept)

    def to_json(self) -> str:
        """The content of `vocab.json`."""
        return json.dumps({"buckets": BUCKETS, "words": list(self.words)}, indent=1) + "\n"


def _bucket(word: str) -> int:
    return 2 + zlib.crc32(word.encode()) % BUCKETS


def vocabulary_of(captions: Iterable[str]) -> Vocabulary:
    """All words of the captions, in alphabetical order."""
    return Vocabulary(tuple(sorted({word for caption in captions for word in split_words(caption)})))


def vocabulary_from_json(text: str, where: Path) -> Vocabulary:
    """The inverse of `Vocabulary.to_json`.

    Raises:
        WsimError: the file is of another version, or damaged.
    """
    try:
        data = json.loads(text)
        words, buckets = tuple(data["words"]), data["buckets"]
    except (ValueError, KeyError, TypeError) as error:
        raise WsimError(
            f"not a vocabulary: {error}", where=str(where), remedy="restore the file from the release"
        ) from error
    if buckets != BUCKETS:
        raise WsimError(
            f"the vocabulary has {buckets} hash buckets, this version has {BUCKETS}",
            where=str(where),
            remedy="use the weights that came with this version",
        )
    return Vocabulary(words)
