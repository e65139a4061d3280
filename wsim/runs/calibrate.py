"""Both ends of a probe's scale: what lawful renders score, and what is scored without simulating.

They are measured on calibration seeds, never on the scored ones, at the clip format of the run, and kept in
the run folder and in the cache of all runs.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from wsim.contracts import ClipFormat, HasNearMisses, MetricSpec, Probe, Track, digest_of
from wsim.errors import WsimError
from wsim.runs import provenance
from wsim.runs.codec import Codec
from wsim.runs.durable import make_folder
from wsim.runs.folder import RunFolder, read_calibrations, write_calibrations
from wsim.runs.means import LAWFUL, means
from wsim.runs.measure import Measurer, measurer
from wsim.runs.results import Calibration
from wsim.runs.store import cache_folder, shared_cache
from wsim.runs.unsimulated import FreeHalf, own_scale

SEED_OFFSET = 1_000_003  # far from any benchmark's seed; a prime, so that strided seeds do not meet it
CLUSTERS = 8
LEAST_SPAN = 0.35  # of the metric's range, between null and ceiling (docs/decisions/0025)
FLOOR, NEAR_MISSES = "floor", "near misses"


def calibration_key(probe: Probe, *, track: Track, clip: ClipFormat, seed: int, codec: str) -> str:
    """Everything that a calibration depends on, the source of wsim and of the probe's package included."""
    return digest_of(
        {
            "schema": "wsim.calibration/1",
            "probe": probe.name,
            "version": probe.version,
            "code": provenance.code_digest(probe),
            "track": track,
            "clip": str(clip),
            "seed": seed + SEED_OFFSET,
            "clusters": CLUSTERS,
            "codec": codec,
        }
    )


def calibrated(
    probe: Probe,
    *,
    track: Track,
    clip: ClipFormat,
    seed: int,
    folder: RunFolder,
    codec: Codec | None = None,
    measure: Measurer | None = None,
) -> Calibration:
    """The calibration, from the run folder, from the cache, or measured now and kept in both.

    Of the free half of a probe it is the metric's own range: there are no lawful renders to measure.
    """
    if isinstance(probe, FreeHalf):
        free = own_scale(probe, clip)
        folder.keep_calibration(provenance.instrument_digest(probe), free)
        return free
    key = calibration_key(probe, track=track, clip=clip, seed=seed, codec=codec.identity if codec else "")
    kept_key, kept = folder.calibrations().get(probe.name, ("", None))
    if kept is not None and kept_key == key:
        return kept
    path = cache_folder() / "calibrations" / f"{key}.json"
    shared, far = codec is None or codec.asker.shared, shared_cache()
    if shared and (far.bring(path) if far else path.exists()):
        with suppress(WsimError):  # a damaged cache only costs the time to measure again
            calibration = _named_after(read_calibrations(path)[probe.name][1], codec)
            folder.keep_calibration(key, calibration)
            return calibration
    calibration = calibrate(probe, track=track, clip=clip, seed=seed, codec=codec, measure=measure)
    folder.keep_calibration(key, calibration)
    if shared:
        with suppress(WsimError):  # as does one that cannot be written
            make_folder(path.parent)
            write_calibrations(path, {probe.name: (key, calibration)})
            if far:
                far.send(path)
    return calibration


def _named_after(kept: Calibration, codec: Codec | None) -> Calibration:
    """One that was measured for another model with the same codec, for this one."""
    name = codec.asker.info.name if codec else ""
    return replace(kept, codec=name if kept.codec else "", unreadable=name if kept.unreadable else "")


def calibrate(
    probe: Probe,
    *,
    track: Track,
    clip: ClipFormat,
    seed: int,
    codec: Codec | None = None,
    measure: Measurer | None = None,
    clusters: int = CLUSTERS,
) -> Calibration:
    """Measure lawful renders and the controls that set the null on calibration seeds.

    A codec that leaves no scale is no excuse: what its model makes is then held against the renders.

    Args:
        probe: the instrument.
        track: what the model is told.
        clip: the format of the run.
        seed: of the benchmark; the calibration seed lies `SEED_OFFSET` beyond.
        codec: the model's own, for the ceiling.
        measure: where to measure; in this process by default.
        clusters: worlds.

    Raises:
        WsimError: the codec fails, or a clip takes down whoever reads it: without it the scale is another.
    """
    if measure is None:
        with measurer("serial", 1) as serial:
            return calibrate(
                probe, track=track, clip=clip, seed=seed, codec=codec, measure=serial, clusters=clusters
            )
    found = _scale(probe, track, clip, seed, codec, measure, clusters)
    if codec is None or found.valid:
        return found
    plain = _scale(probe, track, clip, seed, None, measure, clusters)
    return replace(plain, unreadable=codec.asker.info.name) if plain.valid else found


def _scale(
    probe: Probe,
    track: Track,
    clip: ClipFormat,
    seed: int,
    codec: Codec | None,
    measure: Measurer,
    clusters: int,
) -> Calibration:
    """The scale of lawful renders, through a codec or as they are."""
    scenarios = probe.scenarios(clip, track=track, seed=seed + SEED_OFFSET, limit=clusters)
    found = means(probe, scenarios, codec, measure)
    worlds, ceiling = found.worlds, found.means.pop(LAWFUL, None)
    spec = probe.metrics[0]
    null_control, null = _null(spec, found.means)
    if isinstance(probe, HasNearMisses) and probe.near_misses > null:
        null_control, null = NEAR_MISSES, probe.near_misses
    return Calibration(
        probe=probe.name,
        probe_version=probe.version,
        track=track,
        format=str(clip),
        ceiling=null if ceiling is None else ceiling,
        null=null,
        null_control=null_control,
        controls=found.means,
        codec=codec.asker.info.name if codec else "",
        clusters=worlds,
        valid=ceiling is not None and _spans(spec, ceiling, null),
    )


def _null(spec: MetricSpec, controls: Mapping[str, float]) -> tuple[str, float]:
    """The best control, by name and value; the worst end of the metric when none could be measured."""
    if not controls:
        return FLOOR, spec.low if spec.better == "higher" else spec.high
    best = max if spec.better == "higher" else min
    name = best(controls, key=lambda control: controls[control])
    return name, controls[name]


def _spans(spec: MetricSpec, ceiling: float, null: float) -> bool:
    """Whether lawful renders lie far enough on the good side of the null."""
    span = ceiling - null if spec.better == "higher" else null - ceiling
    return span >= LEAST_SPAN * (spec.high - spec.low) - 1e-12
