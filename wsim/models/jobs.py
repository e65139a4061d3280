"""Videos that are waiting, being made or finished, by the digest of their request; one is made at a time."""

import queue
import threading
from collections import OrderedDict
from dataclasses import dataclass
from io import BytesIO
from typing import Literal

from wsim.contracts import Model, Request
from wsim.runs.answers import failure_of, wrong_with
from wsim.video import write_lossless

MOST_WAITING = 64
MOST_KEPT, MOST_KEPT_BYTES = 64, 1 << 30  # finished ones, the latest


class Full(Exception):
    """Too many requests are waiting."""


@dataclass
class Job:
    """One request and what became of it. `data` is a Matroska file once the status is `done`."""

    request: Request
    status: Literal["queued", "running", "done", "failed"] = "queued"
    data: bytes = b""
    error: str = ""


class Jobs:
    """A queue in front of a model, and a memory of what it made."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._lock = threading.Lock()
        self._waiting: queue.Queue[Job | None] = queue.Queue()
        self._worker = threading.Thread(target=self._work, daemon=True)
        self._worker.start()

    def get(self, digest: str) -> Job | None:
        """The job of a request, if it is known."""
        with self._lock:
            return self._jobs.get(digest)

    def put(self, request: Request) -> Job:
        """Queue a request, unless it is known and has not failed.

        Raises:
            Full: too many are waiting.
        """
        with self._lock:
            known = self._jobs.get(request.digest)
            if known is not None and known.status != "failed":
                return known
            if self._waiting.qsize() >= MOST_WAITING:
                raise Full
            job = self._jobs[request.digest] = Job(request)
            self._jobs.move_to_end(request.digest)
            self._forget_oldest()
            self._waiting.put(job)
            return job

    def forget(self, digest: str) -> None:
        """Forget a request; what is being made is finished for nobody."""
        with self._lock:
            self._jobs.pop(digest, None)

    def close(self) -> None:
        """Stop after the video that is being made."""
        self._waiting.put(None)

    def _forget_oldest(self) -> None:
        finished = [(digest, job) for digest, job in self._jobs.items() if job.status in ("done", "failed")]
        kept_bytes = sum(len(job.data) for _, job in finished)
        for place, (digest, job) in enumerate(finished):
            if len(finished) - place <= MOST_KEPT and kept_bytes <= MOST_KEPT_BYTES:
                return
            kept_bytes -= len(job.data)
            del self._jobs[digest]

    def _work(self) -> None:
        while (job := self._waiting.get()) is not None:
            if self.get(job.request.digest) is job:  # else nobody wants it any more
                self._make(job)

    def _make(self, job: Job) -> None:
        job.status = "running"
        try:
            (video,) = self._model.generate([job.request])
            problem = wrong_with(video, job.request)
            if problem is None:
                buffer = BytesIO()
                write_lossless(buffer, video)
                job.data = buffer.getvalue()
        except Exception as error:  # whatever the model raises is its answer to this request
            problem = failure_of("the model", error).reason
        job.error = problem or ""
        job.status = "failed" if problem else "done"
