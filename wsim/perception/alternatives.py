"""Which history does a video show? Read-out against rendered alternatives.

Every class of history is a *family* of renders over its nuisance (how late, how fast, how bright): a ball
that comes out three frames late has not vanished. The distance to a class is the minimum over its family,
measured only where the histories differ from each other, against the renders as they are and softened. A
clip that is near to none of them, or whose best match lies at the edge of a family, shows none of these.
Families are rendered over time; in space the smoothing of clip and renders holds a pixel of 64 rows.

Axis letters: `time` frames of the read-out window, `pixel` pixels where the histories differ.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np
from jaxtyping import Bool, Float32, Float64, UInt8

from wsim.perception.colour import difference, lab, match_exposure
from wsim.perception.render_bank import Masked, distinct, masked, where_they_differ
from wsim.perception.soft import soften

NONE: Final = "none of these"

_NEAR = 0.5  # of the separation: beyond it a clip lies nearer to the border than to any history
_FAR_LAB = 12.0  # mean difference beyond which a clip is no history at all, however separate they are
_SOFTER = 2.0  # of the smoothing: what generators blur is compared with renders blurred as much
_LEAST_EXPLAINED = 0.3  # of the picture outside the question, against a picture of one colour


@dataclass(frozen=True)
class Variant:
    """One render of a history.

    Attributes:
        nuisance: the value of the nuisance parameter; 0 is the plain history.
        frames: `uint8[time height width 3]`, the read-out window only.
        at_edge: the last value of the family: a best match here means that the truth may lie beyond.
        label: what else tells it apart (the colour of a recoloured ball).
    """

    nuisance: float
    frames: UInt8[np.ndarray, "time height width 3"]
    at_edge: bool = False
    label: str = ""


@dataclass(frozen=True)
class Answer:
    """What a clip was read as.

    Attributes:
        name: the class, or `NONE`.
        nearest: the nearest class even when it is not near enough.
        nuisance: of the nearest render.
        label: of the nearest render.
        distances: LAB units, the minimum over each family.
        departure: LAB units, from the plain lawful history. Of what is too slow it tells how much, where
            `distances` would find a lawful history that is late.
        margin: -1..1, positive when the lawful class is the nearest:
            (nearest other - lawful) / (nearest other + lawful).
        contrast: how clearly the clip is on the side of the nearest class, lawful or not: 1 as rendered, 0
            halfway to a render of the other side. Noise, far from all renders alike, hardly moves it.
        fit: distance of the nearest class over the separation of the classes; 0 is perfect.
        explained: of the picture where the histories agree: 1 as rendered, 0 no nearer to it than one
            flat colour. A blank frame holds no ball, yet it does not show that the ball vanished.
    """

    name: str
    nearest: str
    nuisance: float
    label: str
    distances: Mapping[str, float]
    departure: float
    margin: float
    contrast: float
    fit: float
    explained: float


@final
class Alternatives:
    """Renders of all histories of one question, ready to read clips.

    Args:
        families: class -> renders over its nuisance, all of one shape; two classes at least.
        lawful: the class that should have happened; it must have a variant with nuisance 0.
        blur_px: standard deviation of the smoothing that clip and renders get alike, so that a soft or
            noisy clip is not far from every sharp render. By default 0.011 of the height.

    Attributes:
        mask: `bool[time height width]`, where the histories differ.
        separation: LAB units between the plain lawful history and the nearest other plain history.
        blur_px: as above.
    """

    def __init__(
        self, families: Mapping[str, Sequence[Variant]], lawful: str, *, blur_px: float | None = None
    ) -> None:
        self._entries = [(name, variant) for name, family in families.items() for variant in family]
        self._lawful = lawful
        height = self._entries[0][1].frames.shape[1]
        self.blur_px = 0.011 * height if blur_px is None else blur_px
        shown, shows = distinct([variant.frames for _, variant in self._entries])
        pictures = soften(lab(shown), self.blur_px)
        self._plainly = self._centre()
        self.mask: Bool[np.ndarray, "time height width"] = where_they_differ(pictures, shows, self._plainly)
        self._plain = pictures[shows[self._plainly]]
        self._bank = masked(pictures, shows, self.mask)
        self._soft_bank = masked(soften(pictures, _SOFTER * self.blur_px), shows, self.mask)
        self.separation = self._separation()

    def _centre(self) -> int:
        plain = [i for i, (name, v) in enumerate(self._entries) if name == self._lawful and v.nuisance == 0]
        if not plain or len({name for name, _ in self._entries}) < 2:
            raise ValueError(f"needs another class, and a variant of {self._lawful!r} with nuisance 0")
        return plain[0]

    def _separation(self) -> float:
        """Only plain histories count: the far end of a family may well look like another class."""
        every = np.ones(len(self._bank.pixels), dtype=bool)
        gaps = self._bank.distances(self._bank.of(self._plainly), every)
        return min(
            float(gap)
            for gap, (name, variant) in zip(gaps, self._entries, strict=True)
            if name != self._lawful and variant.nuisance == 0
        )

    def read(
        self,
        frames: UInt8[np.ndarray, "time height width 3"],
        shown: Bool[np.ndarray, " time"] | None = None,
    ) -> Answer:
        """Read the window of a clip; the frames must line up with the renders.

        Args:
            frames: of the window.
            shown: which of them count; those that repeat the one before say nothing. All by default.
        """
        whole = match_exposure(soften(lab(frames), self.blur_px), self._plain, ~self.mask)
        explained = _explained(whole[~self.mask], self._plain[~self.mask])
        counts = self._counting(shown)
        picture = whole[self.mask]
        each = np.array([bank.distances(picture, counts) for bank in (self._bank, self._soft_bank)])
        distances = each.min(axis=0)
        best = int(distances.argmin())
        by_class: dict[str, float] = {}
        for (name, _), distance in zip(self._entries, distances, strict=True):
            by_class[name] = min(by_class.get(name, np.inf), float(distance))
        nearest, variant = self._entries[best]
        near = distances[best] <= min(_NEAR * self.separation, _FAR_LAB) and explained >= _LEAST_EXPLAINED
        softness = int(each[:, best].argmin())
        return Answer(
            name=nearest if near and not variant.at_edge else NONE,
            nearest=nearest,
            nuisance=variant.nuisance,
            label=variant.label,
            distances=by_class,
            departure=float(distances[self._plainly]),
            margin=_margin(by_class, self._lawful),
            contrast=self._contrast((self._bank, self._soft_bank)[softness], counts, each[softness], best),
            fit=float(distances[best] / max(self.separation, 1e-6)),
            explained=explained,
        )

    def _counting(self, shown: Bool[np.ndarray, " time"] | None) -> Bool[np.ndarray, " pixel"]:
        """Which pixels of the question lie in frames that count; all where that would leave none."""
        when = np.nonzero(self.mask)[0]
        counts = np.ones(len(when), dtype=bool) if shown is None else shown[when]
        return counts if counts.any() else ~counts

    def _contrast(
        self,
        bank: Masked,
        counts: Bool[np.ndarray, " pixel"],
        distances: Float64[np.ndarray, " variant"],
        best: int,
    ) -> float:
        """How much further the clip is from the renders of the other side, over how far they are; the least.

        In the quadratic part of Huber's function noise cancels in it, and 1 - 2 p is left, p being the place
        of the clip on the line from the best render to the other.
        """
        side = self._entries[best][0] == self._lawful
        apart = bank.distances(bank.of(best), counts)
        found = [
            (distances[i] - distances[best]) / max(float(apart[i]), 1e-6)
            for i, (name, _) in enumerate(self._entries)
            if (name == self._lawful) != side
        ]
        return float(np.clip(min(found), -1.0, 1.0))


def _explained(here: Float32[np.ndarray, "pixel 3"], there: Float32[np.ndarray, "pixel 3"]) -> float:
    if not len(there):
        return 1.0
    flat = np.broadcast_to(there.mean(axis=0), there.shape)
    return 1.0 - float(difference(here, there).mean()) / max(float(difference(there, flat).mean()), 1e-6)


def _margin(by_class: Mapping[str, float], lawful: str) -> float:
    own = by_class[lawful]
    other = min(distance for name, distance in by_class.items() if name != lawful)
    return (other - own) / max(other + own, 1e-9)
