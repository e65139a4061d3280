"""Batches for training: which clips, told how, mirrored, spoiled, all drawn from the number of the step.

A clip whose caption tells of left or right comes with its mirror image, and each of the two captions is wrong
of the other clip: nothing but the side tells them apart. Wrong events are always among the wrong captions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from wsim.metrics.encoder.clips import Example
from wsim.metrics.encoder.library import Library
from wsim.metrics.encoder.losses import Batch
from wsim.metrics.encoder.shards import Frames
from wsim.metrics.encoder.sides import sides_of
from wsim.metrics.encoder.spoiling import KINDS, OF_PICTURES, UNLAWFUL, is_visible, spoiled
from wsim.metrics.encoder.tellings import Telling, mirrored
from wsim.metrics.encoder.words import Words

_MIRRORED, _ALIKE, _BROKEN, _SPOILED = 0.3, 0.1, 0.125, 0.2  # shares of a batch
_LEAST_AMOUNT = 0.1


@dataclass(frozen=True, eq=False)
class Shown:
    """A clip as it is shown, and what is said of it.

    Attributes:
        example: the clip.
        flip: whether it is mirrored.
        telling: true of it as it is shown, and wrong.
    """

    example: Example
    flip: bool
    telling: Telling

    @property
    def frames(self) -> Frames:
        """As they are shown."""
        return self.seen(self.example.frames)

    @property
    def places(self) -> np.ndarray:
        """Of what is shown."""
        sign = np.array((1.0, -1.0 if self.flip else 1.0, 1.0), np.float32)
        return np.asarray(self.example.places * sign)

    @property
    def has_sides(self) -> bool:
        """Whether a mirror makes the caption wrong."""
        return mirrored(self.telling.true) != self.telling.true

    def seen(self, frames: Frames) -> Frames:
        """Other frames, mirrored if this clip is."""
        return frames[:, :, ::-1] if self.flip else frames

    def turned(self) -> "Shown":
        """The mirror image of what is shown."""
        return replace(self, flip=not self.flip, telling=_turned(self.telling))


@dataclass(frozen=True)
class Spoiled:
    """A spoiled clip: 0 and 0.0 where it cannot be told from the lawful one.

    Attributes:
        frames: the pictures.
        kind: 1 and so on by the order of `KINDS`.
        amount: 0..1.
    """

    frames: Frames
    kind: int
    amount: float


def draw(library: Library, words: Words, size: int, rng: np.random.Generator) -> Batch:
    """A batch of about `size` lawful clips, mirror images among them, and a third as many spoiled ones."""
    pairs = int(_MIRRORED * size)
    broken = [library.broken[i] for i in _some(len(library.broken), int(_BROKEN * size), rng)]
    alike = [library.alike[i] for i in _some(len(library.alike), int(_ALIKE * size), rng)]
    originals = [each.number for each in broken]
    left = max(1, size - pairs - len(broken) - len(alike))
    more = [i for i in _some(len(library.clips), left + len(broken), rng) if i not in originals][:left]
    examples = [*(library.clips[i] for i in (*originals, *more)), *alike]
    shown = [_shown(example, rng) for example in examples]
    unlawful = [
        _as_spoiled(own.frames, own.seen(each.frames), UNLAWFUL, each.severity)
        for own, each in zip(shown, broken, strict=False)
    ]
    soft = [_spoil(shown[i].frames, rng) for i in _some(len(shown), int(_SPOILED * size), rng)]
    return batch_of(shown, pairs, [*unlawful, *soft], words, rng)


def batch_of(
    shown: Sequence[Shown],
    pairs: int,
    wrong: Sequence[Spoiled],
    words: Words,
    rng: np.random.Generator,
) -> Batch:
    """Clips and texts as tensors; the first texts are those of the lawful clips, which come first.

    Args:
        shown: lawful clips.
        pairs: how many of them get their mirror image beside them, of those in which it makes a difference.
        wrong: spoiled clips.
        words: that are known.
        rng: draws what the wrong captions are wrong in.
    """
    paired = [each for each in shown if each.has_sides][:pairs]
    rows = [*shown, *(each.turned() for each in paired)]
    own = [each.telling.true for each in rows]
    texts = own + [text for each in shown for text in _wrong_texts(each, each in paired, rng)]
    lawful = [Spoiled(each.frames, 0, 0.0) for each in rows]
    amounts = np.zeros((len(rows) + len(wrong), len(KINDS)), np.float32)
    for row, each in enumerate(wrong, start=len(rows)):
        amounts[row, each.kind - 1] = each.amount
    return Batch(
        torch.from_numpy(np.stack([each.frames for each in (*lawful, *wrong)])),
        torch.from_numpy(words.batch(texts)),
        torch.from_numpy(np.array([[text == mine for text in texts] for mine in own])),
        torch.from_numpy(np.stack([each.places for each in rows])),
        torch.from_numpy(np.stack([each.example.counts for each in rows])),
        torch.from_numpy(np.stack([each.example.nouns for each in rows])),
        torch.from_numpy(np.stack([_sides(each) for each in rows])),
        torch.from_numpy(np.stack([sides_of(text) for text in texts])),
        torch.tensor([each.kind for each in (*lawful, *wrong)]),
        torch.from_numpy(amounts),
    )


def _some(among: int, count: int, rng: np.random.Generator) -> list[int]:
    """Different numbers, fewer where there are no more."""
    return [int(i) for i in rng.choice(among, min(among, count), replace=False)] if among else []


def _shown(example: Example, rng: np.random.Generator) -> Shown:
    own = Shown(example, False, example.tellings[int(rng.integers(len(example.tellings)))])
    return own.turned() if rng.random() < 0.5 else own


def _turned(telling: Telling) -> Telling:
    return Telling(mirrored(telling.true), {kind: mirrored(text) for kind, text in telling.wrong.items()})


def _wrong_texts(shown: Shown, paired: bool, rng: np.random.Generator) -> list[str]:
    """A wrong event, the other sides unless a mirror image brings them, and something else that is wrong."""
    wrong = dict(shown.telling.wrong)
    texts = [wrong.pop("event")] if "event" in wrong else []
    if shown.has_sides and not paired:
        texts.append(mirrored(shown.telling.true))
    kinds = sorted(wrong)
    return [*texts, wrong[kinds[int(rng.integers(len(kinds)))]]] if kinds else texts


def _sides(shown: Shown) -> np.ndarray:
    """All that the fullest caption tells."""
    sides = sides_of(shown.example.tellings[0].true)
    return -sides if shown.flip else sides


def _spoil(frames: Frames, rng: np.random.Generator) -> Spoiled:
    kind, amount = OF_PICTURES[int(rng.integers(len(OF_PICTURES)))], float(rng.uniform(_LEAST_AMOUNT, 1.0))
    return _as_spoiled(frames, spoiled(frames, kind, amount, rng), kind, amount)


def _as_spoiled(lawful: Frames, frames: Frames, kind: str, amount: float) -> Spoiled:
    seen = is_visible(lawful, frames)
    return Spoiled(frames, 1 + KINDS.index(kind) if seen else 0, amount if seen else 0.0)
