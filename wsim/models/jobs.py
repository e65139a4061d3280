"""Videos that are waiting, being made or finished, by the digest of what was sent; one is made at a time."""

import queue
import threading
from collections import OrderedDict
from dataclasses import dataclass
from io import BytesIO
from typing import Literal, cast

from wsim.contracts import Model, Request, RoundTrips
from wsim.errors import RAISED_ELSEWHERE
from wsim.runs.answers import failure_of, wrong_with
from wsim.video import Video, write_lossless

MOST_WAITING = 64
MOST_KEPT, MOST_KEPT_BYTES = 64, 1 << 30  # finished ones, the latest


class Full(Exception):
    """Too many requests are waiting."""


@dataclass
class Job:
    """A request, or a video to encode and decode, and what became of it.

    `data` is a Matroska file once the status is `done`.
    """

    asked: Request | Video
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

    def put(self, asked: Request | Video) -> Job:
        """Queue a request, or a video for the model's codec, unless it is known and has not failed.

        Raises:
            Full: too many are waiting.
        """
        with self._lock:
            known = self._jobs.get(asked.digest)
            if known is not None and known.status != "failed":
                return known
            if self._waiting.qsize() >= MOST_WAITING:
                raise Full
            job = self._jobs[asked.digest] = Job(asked)
            self._jobs.move_to_end(asked.digest)
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
            if self.get(job.asked.digest) is job:  # else nobody wants it any more
                self._make(job)

    def _make(self, job: Job) -> None:
        job.status = "running"
        try:
            video, problem = self._answer(job.asked)
            if problem is None:
                buffer = BytesIO()
                write_lossless(buffer, video)
                job.data = buffer.getvalue()
        except RAISED_ELSEWHERE as error:  # whatever the model raises is its answer to this request
            problem = failure_of("the model", error).reason
        job.error = problem or ""
        job.status = "failed" if problem else "done"

    def _answer(self, asked: Request | Video) -> tuple[Video, str | None]:
        """What the model makes of it, and what is wrong with that."""
        if isinstance(asked, Request):
            (video,) = self._model.generate([asked])
            return video, wrong_with(video, asked)
        coded = cast(RoundTrips, self._model).round_trip(asked)
        same = coded.frames.shape == asked.frames.shape
        problem = None if same else f"the codec made {coded.frames.shape} of {asked.frames.shape}"
        return Video(coded.frames, asked.fps), problem
