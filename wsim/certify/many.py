"""Certify several probes, one process each; what is done is kept, so the same command goes on."""

import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, replace
from importlib.resources import files
from multiprocessing import get_context
from pathlib import Path

from wsim.certify.certificate import Certificate, certificate_from_json
from wsim.certify.certify import certify
from wsim.certify.clips import CALIBRATION_SEED, CERTIFICATION_SEED, DEVELOPMENT_SEEDS
from wsim.certify.source import source_digest
from wsim.contracts import TRACKS, ClipFormat, Probe, Track
from wsim.errors import WsimError
from wsim.registry import find, plugins
from wsim.runs.durable import make_folder, write_whole
from wsim.runs.parent import end_with_parent
from wsim.runs.store import cache_folder

CLIP = ClipFormat(25, 64, 64, 16.0)


@dataclass(frozen=True, slots=True)
class Job:
    """One certificate to make.

    Attributes:
        richest: on the richest track of the probe, the one that is published.
        seed: of the worlds.
    """

    probe: str
    track: Track
    clip: ClipFormat
    quick: bool
    richest: bool = True
    seed: int = CERTIFICATION_SEED

    @property
    def file_name(self) -> str:
        """`permanence_occlude.json`, as it is published; other tracks, and quick ones, say so."""
        track, quick = "" if self.richest else f".{self.track}", ".quick" if self.quick else ""
        return f"{self.probe.replace('/', '_')}{track}{quick}.json"


def jobs_for(
    names: Sequence[str],
    track: Track | None,
    clip: ClipFormat,
    quick: bool,
    seed: int = CERTIFICATION_SEED,
) -> list[Job]:
    """One job for every probe, on the track asked for or the richest one that the probe offers.

    Raises:
        WsimError: the seed belongs to worlds that probes were made with.
    """
    if seed in DEVELOPMENT_SEEDS or seed == CALIBRATION_SEED:
        raise WsimError(
            f"probes were made with the worlds of seed {seed}",
            where="--seed",
            remedy=f"certify on others, for instance --seed {CERTIFICATION_SEED + 1}",
        )
    found = []
    for name in names:
        probe = loaded(name)
        offered = [t for t in TRACKS if t in probe.needs]
        if track is None or track in offered:
            shown = clip.lasting(probe.min_duration_s)
            found.append(Job(name, track or offered[-1], shown, quick, track in (None, offered[-1]), seed))
    return found


def loaded(name: str) -> Probe:
    """The installed probe of that name."""
    probe: Probe = plugins("probes")[name].load()()
    return probe


def published(folder: Path, job: Job) -> Certificate | None:
    """The certificate that lies in a folder, None when there is none."""
    path = folder / job.file_name
    return certificate_from_json(path.read_text(encoding="utf-8"), path) if path.exists() else None


def is_current(certificate: Certificate, probe: Probe) -> bool:
    """Whether it was made with the source at hand."""
    return certificate.version == probe.version and certificate.source == source_digest(probe)


def shipped_folder() -> Path:
    """Where the certificates of the installed benchmarks lie; it need not exist."""
    package = find("benchmarks", "core").entry.value.partition(":")[0]
    return Path(str(files(package))) / "certificates"


def not_certified(folder: Path, names: Sequence[str], *, quick: bool = False) -> dict[str, str]:
    """Probes without a certificate in a folder, or with one of other source: name to what is wrong.

    Args:
        folder: of certificates.
        names: of probes.
        quick: let one of a few worlds do, where there is no other.
    """
    wrong = {}
    for job in jobs_for(names, None, CLIP, quick=False):
        certificate = published(folder, job)
        if certificate is None and quick:
            certificate = published(folder, replace(job, quick=True))
        if certificate is None:
            wrong[job.probe] = "no certificate"
        elif not is_current(certificate, loaded(job.probe)):
            wrong[job.probe] = "stale: the probe, or what it reads with, has changed since"
    return wrong


def make_certificates(
    jobs: Sequence[Job], out: Path, processes: int, make: Callable[[Job], Certificate] | None = None
) -> Iterator[tuple[Job, Certificate]]:
    """Make certificates and write each into the folder the moment it is done.

    Args:
        jobs: which.
        out: the folder.
        processes: so many at a time.
        make: makes one, in another process as well; `run_job` by default.

    Raises:
        WsimError: a probe cannot be calibrated, or the folder cannot be written.
    """
    make = make or run_job
    make_folder(out)
    if processes == 1 or len(jobs) == 1:
        for job in jobs:
            yield job, _kept(out, job, make(job))
        return
    pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_obey_parent)
    try:
        waiting: dict[Future[Certificate], Job] = {pool.submit(make, job): job for job in jobs}
        while waiting:
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                job = waiting.pop(future)
                yield job, _kept(out, job, future.result())
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def run_job(job: Job) -> Certificate:
    """Make one certificate in this process; observations are kept in the cache."""
    folder = cache_folder() / "observations"
    return certify(
        loaded(job.probe), track=job.track, clip=job.clip, folder=folder, quick=job.quick, seed=job.seed
    )


def _kept(out: Path, job: Job, certificate: Certificate) -> Certificate:
    write_whole(out / job.file_name, certificate.to_json())
    return certificate


def _obey_parent() -> None:
    """Ctrl-C reaches the whole process group; the parent decides what it means, and leaves nobody behind."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
