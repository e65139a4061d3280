"""From features of two sets of videos to numbers with interval, size and signature."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float64

import wsim
from wsim.metrics.features import FeatureExtractor, FeatureSet, signature_of
from wsim.metrics.networks import LEAST_PER_DIM, NETWORKS, ReadsWords, Set, SetDistance
from wsim.runs.features import PART, Rows
from wsim.runs.looking import Seen, Task
from wsim.runs.manifest import Manifest
from wsim.runs.mean_rows import clip_row
from wsim.runs.results import Record, SetMetric
from wsim.runs.scoring import FEW_CLUSTERS, NOTHING, clipped, plain
from wsim.stats import cluster_mean, jackknife

NO_LAWFUL = "no simulator stands behind these videos, so there are no lawful renders to lie near"
FEW, NO_WORDS = "fewer than two videos", "no question of this run has words"
ONE_WORLD = "all videos are of one world, and those of one world are not held against each other"


def rows_of(
    name: str, network: FeatureExtractor, seen: Sequence[Seen], tasks: Sequence[Task], manifest: Manifest
) -> list[SetMetric]:
    """All numbers of one network.

    Args:
        name: of the network, a key of `NETWORKS`.
        network: loaded.
        seen: of every probe, in the order of the tasks.
        tasks: with the words of the requests.
        manifest: of the run.
    """
    asked = sum(len(task.records) for task in tasks)
    flags = tuple(
        flag
        for flag, raised in (
            ("videos missing", any(len(one.answered) < len(one.records) for one in seen)),
            ("other lengths left out", sum(len(one.records or one.answered) for one in seen) < asked),
        )
        if raised
    )
    rows = [
        _distance(f"{short}[{name}]", distance, network, seen, manifest, flags)
        for short, distance in NETWORKS[name].distances.items()
    ]
    if NETWORKS[name].words and isinstance(network, ReadsWords):
        texts = {key: one.text for task in tasks for key, one in task.generated.items()}
        rows.append(_fit(f"{NETWORKS[name].words}[{name}]", network, network, seen, texts, manifest, flags))
    numbers = NETWORKS[name].numbers.items()
    return rows + [clip_row(f"{short}[{name}]", number, network, seen, manifest) for short, number in numbers]


def rows_unavailable(name: str, why: str, remedy: str) -> list[SetMetric]:
    """The names of a network's numbers, each with why it is not there and what brings it."""
    network = NETWORKS[name]
    rows = [SetMetric(f"{short}[{name}]", "lower", NOTHING) for short in network.distances]
    if network.words:
        rows.append(SetMetric(f"{network.words}[{name}]", "higher", NOTHING))
    rows += [SetMetric(f"{short}[{name}]", one.better, NOTHING) for short, one in network.numbers.items()]
    return [replace(row, unavailable=why, remedy=remedy) for row in rows]


def _distance(
    name: str,
    distance: SetDistance,
    network: FeatureExtractor,
    seen: Sequence[Seen],
    manifest: Manifest,
    flags: tuple[str, ...],
) -> SetMetric:
    real, fake = (np.concatenate(part) for part in zip(*((o.lawful, o.generated) for o in seen), strict=True))
    if len(real) < 2 or len(fake) < 2:
        return SetMetric(name, "lower", NOTHING, unavailable=FEW if len(real) else NO_LAWFUL)
    worlds = [np.array([r.cluster for o in seen for r in part(o)]) for part in (_records, _answered)]
    if len(set(worlds[1])) < distance.least_worlds:
        return SetMetric(name, "lower", NOTHING, unavailable=ONE_WORLD)
    left_out = _leaving(distance.of, (real, worlds[0]), (fake, worlds[1]))
    found = jackknife(left_out, worlds[1], n=len(fake))
    least = min(len(real), len(fake))
    signature = signature_of(
        name, _set(network, real, manifest), _set(network, fake, manifest), *distance.said
    )
    estimate = clipped(found, low=0.0, high=math.inf) if distance.biased else plain(found)
    small = ("few videos",) if distance.biased and least < LEAST_PER_DIM * network.dim else ()
    return SetMetric(name, "lower", estimate, signature=signature, flags=small + _few(found.clusters) + flags)


def _leaving(of: Callable[[Set, Set], float], real: Set, fake: Set) -> Callable[[frozenset[str]], float]:
    """The distance as a function of the worlds that are left out of both sets."""

    def distance(out: frozenset[str]) -> float:
        stay = [~np.isin(worlds, list(out)) for _, worlds in (real, fake)]
        return of(*((rows[s], worlds[s]) for (rows, worlds), s in zip((real, fake), stay, strict=True)))

    return distance


def _fit(
    name: str,
    network: FeatureExtractor,
    words: ReadsWords,
    seen: Sequence[Seen],
    texts: dict[str, str | None],
    manifest: Manifest,
    flags: tuple[str, ...],
) -> SetMetric:
    """How well videos fit the words that they were asked for with, beside the same of the lawful renders."""
    said = [_worded(one.generated, one.answered, texts) for one in seen]
    lawful = [_worded(one.lawful, one.records, texts) for one in seen]
    given = [record.cluster for _, records, _ in said for record in records]
    if not given:
        return SetMetric(name, "higher", NOTHING, unavailable=NO_WORDS)
    found = cluster_mean(_likeness(words, said), given)
    others = [record.cluster for _, records, _ in lawful for record in records]
    signature = "|".join((
        name, f"{network.name}={network.weights_fingerprint}", f"rs={network.preprocess_id}",
        f"T{manifest.clip.num_frames}@{manifest.clip.fps:g}", f"gen{len(given)}", "fp32",
        f"wsim{wsim.__version__}",
    ))  # fmt: skip
    return SetMetric(
        name,
        "higher",
        plain(found),
        cluster_mean(_likeness(words, lawful), others).mean if others else None,
        signature,
        _few(found.clusters) + flags,
    )


Worded = tuple[Rows, list[Record], list[str]]


def _worded(rows: Rows, records: Sequence[Record], texts: dict[str, str | None]) -> Worded:
    """Those of which words are known."""
    told = [(place, record, texts.get(record.scenario)) for place, record in enumerate(records)]
    chosen = [(place, record, text) for place, record, text in told if text]
    places = [place for place, _, _ in chosen]
    return rows[places], [record for _, record, _ in chosen], [text for _, _, text in chosen]


def _likeness(network: ReadsWords, worded: Sequence[Worded]) -> list[float]:
    """Of every clip to its own words; a few at a time, always the same ones together."""
    values: list[float] = []
    for rows, _, texts in worded:
        for start in range(0, len(texts), PART):
            part = slice(start, start + PART)
            values += np.diag(network.likeness(rows[part], texts[part])).tolist()
    return values


def _set(network: FeatureExtractor, rows: Float64[np.ndarray, "n dim"], manifest: Manifest) -> FeatureSet:
    extractor = (network.name, network.weights_fingerprint, network.preprocess_id)
    return FeatureSet(rows, extractor, manifest.clip.num_frames, manifest.clip.fps)


def _few(clusters: int) -> tuple[str, ...]:
    return ("few clusters",) if clusters < FEW_CLUSTERS else ()


def _records(seen: Seen) -> tuple[Record, ...]:
    return seen.records


def _answered(seen: Seen) -> tuple[Record, ...]:
    return seen.answered
