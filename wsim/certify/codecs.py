"""A model's own codec as a nuisance: a row of its own in a certificate.

All that a model makes has gone through its decoder. What the decoder alone does to a lawful clip is no broken
law, and whether a probe knows that depends on the codec. Codecs change more often than probes do: the row
carries the digest of the weights and is made anew without the rest of the certificate.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from wsim.certify.certificate import Certificate
from wsim.certify.certify import looked_at
from wsim.certify.clips import FULL, QUICK, coded_clips
from wsim.certify.figures import alarms, scale_of
from wsim.certify.many import Job, is_current, loaded, published
from wsim.certify.observations import Notebook
from wsim.certify.source import observations_digest
from wsim.contracts import TRACKS, ClipFormat, Probe, RoundTrips
from wsim.errors import WsimError
from wsim.models.resolve import resolve_model
from wsim.runs.measure import measurer
from wsim.runs.store import cache_folder
from wsim.video import Video


@dataclass(frozen=True)
class Codec:
    """What a model does to a video by encoding and decoding it, and the digest of the weights that do."""

    name: str
    digest: str
    round_trip: Callable[[Video], Video]


def with_codec(job: Job, *, out: Path, model: str, options: Mapping[str, str]) -> Certificate:
    """The certificate of a folder with the row of a model's codec; as it is where that is up to date.

    Args:
        job: which certificate.
        out: the folder.
        model: as on the command line.
        options: of the model.

    Raises:
        WsimError: there is no such certificate of the source at hand, or the model has no codec.
    """
    certificate = published(out, job)
    if certificate is None or not is_current(certificate, loaded(job.probe)):
        raise WsimError(
            f"{job.probe} has no certificate of the source at hand",
            where=str(out / job.file_name),
            remedy=f"make it first: wsim validate {job.probe} --out {out}",
        )
    coder = resolve_model(model, options)
    if not isinstance(coder, RoundTrips) or coder.info.digest is None:
        lacks = "digest of its weights" if isinstance(coder, RoundTrips) else "codec of its own"
        raise WsimError(
            f"{coder.info.name} has no {lacks}",
            where="--codec",
            remedy="name a model with both, for instance reference",
        )
    codec = Codec(f"codec of {coder.info.name}", coder.info.codec or coder.info.digest, coder.round_trip)
    return coded(certificate, loaded(job.probe), job.clip, codec, cache_folder() / "observations")


def coded(
    certificate: Certificate, probe: Probe, clip: ClipFormat, codec: Codec, folder: Path
) -> Certificate:
    """The certificate with the row of this codec, made in this process; observations are kept in `folder`."""
    if certificate.codecs.get(codec.name) == codec.digest:
        return certificate
    track = next(one for one in TRACKS if one == certificate.track)
    size = QUICK if certificate.quick else FULL
    clips = coded_clips(probe, track, clip, size, certificate.seed, codec.name, codec.round_trip)
    seen_by = f"{observations_digest(probe)[:16]}-{codec.digest[:16]}"
    notebook = Notebook(folder / f"{probe.name.replace('/', '-')}-{track}-{clip}-{seen_by}.jsonl")
    with measurer("serial", 1) as reader:
        keys = {one.key for one in looked_at(probe, clips, notebook, reader)}
    seen = [one for one in notebook.all() if one.key in keys]
    row = alarms([one for one in seen if not one.error], scale_of(certificate.ceiling, certificate.null))
    return replace(
        certificate,
        nuisances={**certificate.nuisances, codec.name: row},
        codecs={**certificate.codecs, codec.name: codec.digest},
        errors=certificate.errors + sum(bool(one.error) for one in seen),
    )
