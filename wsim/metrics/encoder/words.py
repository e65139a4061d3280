"""Captions as numbers: the words that captions are made of, and one number for every other word."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Int64

PADDING, START, UNKNOWN, STOP = 0, 1, 2, 3
_FIRST_WORD = 4
MOST_TOKENS = 96  # longer texts are cut; the longest caption of a world has fewer


@dataclass(frozen=True)
class Words:
    """The known words. Ids: 0 padding, 1 start, 2 unknown, 3 the end of a sentence, then the words."""

    words: tuple[str, ...]

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {".": STOP, **{word: _FIRST_WORD + i for i, word in enumerate(self.words)}}

    @property
    def size(self) -> int:
        """How many ids there are."""
        return _FIRST_WORD + len(self.words)

    def ids(self, text: str) -> list[int]:
        """From 1 to `MOST_TOKENS` ids, the start first.

        Example:
            >>> Words(("a", "ball")).ids("A ball, Quixote.")
            [1, 4, 5, 2, 3]
        """
        found = re.findall(r"[a-z0-9]+|\.", text.lower())
        return [START, *(self._ids.get(word, UNKNOWN) for word in found)][:MOST_TOKENS]

    def batch(self, texts: Sequence[str]) -> Int64[np.ndarray, "text token"]:
        """Ids of several texts, padded to the longest."""
        rows = [self.ids(text) for text in texts]
        padded = np.full((len(rows), max(map(len, rows))), PADDING, dtype=np.int64)
        for row, ids in zip(padded, rows, strict=True):
            row[: len(ids)] = ids
        return padded
