"""How well identities are kept: HOTA (Luiten et al., IJCV 2021) and IDF1 (Ristani et al., ECCVW 2016).

Axis letters: `true` true objects and `found` tracks of one frame, `alpha` thresholds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64
from scipy.optimize import linear_sum_assignment

ALPHAS = np.arange(1, 20) * 0.05  # Luiten et al.: 0.05 to 0.95
_IDF1_SIMILARITY = 0.5


@dataclass(frozen=True)
class Sighting:
    """One frame: who is there, who is found, and how alike they lie (IoU of boxes or masks, 0..1)."""

    true_ids: tuple[int, ...]
    found_ids: tuple[int, ...]
    similarity: Float64[np.ndarray, "true found"]


@dataclass(frozen=True, slots=True)
class TrackingScores:
    """All in 0..1, 1 is perfect.

    `hota` is the mean over thresholds of sqrt(DetA AssA); `deta` and `assa` are its two halves, detection and
    association; `idf1` is the F1 of identities at IoU 0.5.
    """

    hota: float
    deta: float
    assa: float
    idf1: float


def tracking_scores(sightings: Sequence[Sighting]) -> TrackingScores:
    """Score a clip, or several put one after the other with ids of their own.

    Raises:
        ValueError: nothing is there in any frame.
    """
    true_ids = sorted({i for s in sightings for i in s.true_ids})
    found_ids = sorted({i for s in sightings for i in s.found_ids})
    if not true_ids:
        raise ValueError("there is no true object in any frame")
    if not found_ids:
        return TrackingScores(0.0, 0.0, 0.0, 0.0)
    true_at, found_at = {k: i for i, k in enumerate(true_ids)}, {k: i for i, k in enumerate(found_ids)}
    placed = [
        (np.array([true_at[i] for i in s.true_ids], dtype=int),
         np.array([found_at[i] for i in s.found_ids], dtype=int), s.similarity)
        for s in sightings
    ]  # fmt: skip
    seen_true = np.bincount(np.concatenate([t for t, _, _ in placed]), minlength=len(true_ids))
    seen_found = np.bincount(np.concatenate([f for _, f, _ in placed]), minlength=len(found_ids))
    together = _alike(placed, (len(true_ids), len(found_ids)))
    alignment = together / np.maximum(seen_true[:, None] + seen_found[None] - together, 1e-9)
    matches = _matches(placed, alignment)
    true_positives = matches.sum(axis=(1, 2))
    total = seen_true.sum() + seen_found.sum()
    deta = true_positives / np.maximum(total - true_positives, 1)
    union = np.maximum(seen_true[:, None] + seen_found[None] - matches, 1)
    assa = (matches * matches / union).sum(axis=(1, 2)) / np.maximum(true_positives, 1)
    return TrackingScores(
        hota=float(np.sqrt(deta * assa).mean()),
        deta=float(deta.mean()),
        assa=float(assa.mean()),
        idf1=_idf1(placed, seen_true, seen_found),
    )


Placed = tuple[np.ndarray, np.ndarray, np.ndarray]


def _alike(placed: Sequence[Placed], shape: tuple[int, int]) -> Float64[np.ndarray, "true found"]:
    """How often two identities could be the same: the Jaccard share of their similarity, summed."""
    together = np.zeros(shape)
    for true, found, similarity in placed:
        if similarity.size:
            rest = similarity.sum(axis=0)[None] + similarity.sum(axis=1)[:, None] - similarity
            together[np.ix_(true, found)] += similarity / np.maximum(rest, 1e-9)
    return together


def _matches(
    placed: Sequence[Placed], alignment: Float64[np.ndarray, "true found"]
) -> Float64[np.ndarray, "alpha true found"]:
    """How often two identities are matched, at every threshold."""
    matches = np.zeros((len(ALPHAS), *alignment.shape))
    for true, found, similarity in placed:
        if not similarity.size:
            continue
        rows, columns = linear_sum_assignment(-alignment[np.ix_(true, found)] * similarity)
        good = similarity[rows, columns][None] >= ALPHAS[:, None] - 1e-9
        for alpha, kept in enumerate(good):
            matches[alpha, true[rows[kept]], found[columns[kept]]] += 1
    return matches


def _idf1(placed: Sequence[Placed], seen_true: np.ndarray, seen_found: np.ndarray) -> float:
    """2 IDTP / (true + found), identities matched once for the whole clip so that IDTP is largest."""
    together = np.zeros((len(seen_true), len(seen_found)))
    for true, found, similarity in placed:
        if similarity.size:
            together[np.ix_(true, found)] += similarity >= _IDF1_SIMILARITY
    rows, columns = linear_sum_assignment(-together)
    return float(2 * together[rows, columns].sum() / (seen_true.sum() + seen_found.sum()))


def box_iou(
    a: Sequence[tuple[float, float, float, float]], b: Sequence[tuple[float, float, float, float]]
) -> Float64[np.ndarray, "true found"]:
    """Intersection over union of boxes x0, y0, x1, y1.

    Example:
        >>> box_iou([(0.0, 0.0, 2.0, 2.0)], [(1.0, 0.0, 3.0, 2.0)]).round(3).tolist()
        [[0.333]]
    """
    p, q = np.array(a, dtype=np.float64).reshape(-1, 1, 4), np.array(b, dtype=np.float64).reshape(1, -1, 4)
    sides = np.minimum(p[..., 2:], q[..., 2:]) - np.maximum(p[..., :2], q[..., :2])
    common = np.clip(sides, 0.0, None).prod(axis=-1)
    areas = (p[..., 2:] - p[..., :2]).prod(axis=-1) + (q[..., 2:] - q[..., :2]).prod(axis=-1)
    iou: Float64[np.ndarray, "true found"] = common / np.maximum(areas - common, 1e-9)
    return iou
