"""The promises of a certificate, and how well each kind of them is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

Kind: TypeAlias = Literal[
    "ceiling", "false alarms", "nuisances", "read", "dose", "full", "quarter", "adversary", "told apart",
    "cross-talk", "moved", "arrow", "instrument",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)

# What each kind of promise is about, for a table's caption.
MEANINGS: dict[Kind, str] = {
    "ceiling": "score of lawful renders; 1 is the ceiling measured on other worlds",
    "false alarms": "share of lawful renders that are called unlawful",
    "nuisances": "the same under the worst of codec, blur, noise, size, rate and light",
    "read": "share of lawful renders that can be read at all, under the worst of these",
    "dose": "rank correlation of the score with the dose, of the violation where it is weakest",
    "full": "AUROC of lawful worlds against violated ones, of the violation that is hardest to see",
    "quarter": "the same at a quarter of the severity, where severity has an amount",
    "adversary": "strict skill of the best adversary, who simulates nothing",
    "told apart": "AUROC of lawful worlds against the adversary that is hardest to tell",
    "cross-talk": "share of lawful answers that are called unlawful for a fault of another kind, the worst",
    "moved": "share of readings that change in a mirror, in other hues, at another size; the worst",
    "arrow": "share of clips called unlawful when they run backwards, where a probe reads the arrow",
    "instrument": "whether the scale spans enough of the metric, and nothing failed",
}


@dataclass(frozen=True, slots=True)
class Bound:
    """One promise: its kind, what it is about, the figure found, the bound, and whether it is met."""

    kind: Kind
    what: str
    found: float | None
    bound: float
    met: bool


def most(kind: Kind, what: str, found: float, bound: float) -> Bound:
    """A figure that may not be larger."""
    return Bound(kind, what, found, bound, found <= bound)


def least(kind: Kind, what: str, found: float | None, bound: float) -> Bound:
    """A figure that may not be smaller, nor be missing."""
    return Bound(kind, what, found, bound, found is not None and found >= bound)


def worst(bounds: Sequence[Bound], kind: Kind) -> Bound | None:
    """The promise of a kind that is kept least well; None where there is none of that kind."""
    return min((bound for bound in bounds if bound.kind == kind), key=_reserve, default=None)


def _reserve(bound: Bound) -> tuple[bool, float]:
    """A broken promise first; then how far a figure lies from the bound."""
    if bound.found is None:
        return False, -1.0
    return bound.met, (1.0 if bound.met else -1.0) * abs(bound.found - bound.bound)
