"""A model on many accelerators: a copy in every actor, and each request to whoever is free."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from functools import cache
from typing import Any

from wsim.contracts import Model, ModelInfo, Privileged, Request, RoundTrips
from wsim.runs.crew import TRIES, Crew, Lost
from wsim.runs.on_ray import RayWorker, refuse_more_than_there_is
from wsim.video import Video

LIMIT_S = 3600.0  # of one video, the loading of the model included
Options = tuple[tuple[str, str], ...]  # of a model, as `-m` gives them


class FleetLost(Exception):
    """A request took down every copy of the model that it was given to."""


class Fleet:
    """Implements `Model` and `WorksAhead`.

    Args:
        crew: the copies.
        text: the model, as on the command line.
        options: `-m` options.
        info: as a copy described itself.
    """

    def __init__(self, crew: Crew, text: str, options: Options, info: ModelInfo) -> None:
        self._crew, self._text, self._options = crew, text, options
        self.info = info
        self.at_once = crew.size
        self._lock = threading.Lock()
        self._under_way: dict[str, Future[Any]] = {}

    def expect(self, requests: Sequence[Request]) -> None:
        """Begin with requests that will be asked later. May be called from another thread."""
        for request in requests:
            self._begun(request)

    def generate(self, requests: Sequence[Request]) -> Iterator[Video]:
        """Answer in order, whoever is done first.

        Raises:
            FleetLost: a request killed, twice, the copy that was at it, or took too long; the other requests
                are under way, and asking again for them waits for those answers.
        """
        self.expect(requests)
        for request in requests:
            future = self._begun(request)
            try:
                yield future.result()
            except Lost as lost:
                raise FleetLost(f"its process {lost}, {TRIES} times") from lost
            finally:
                with self._lock:
                    self._under_way.pop(request.digest, None)

    def close(self) -> None:
        """End all copies."""
        self._crew.close()

    def _begun(self, request: Request) -> "Future[Any]":
        with self._lock:
            if request.digest not in self._under_way:
                future = self._crew.submit(_answer, self._text, self._options, request)
                self._under_way[request.digest] = future
            return self._under_way[request.digest]


class CodedFleet(Fleet):
    """A fleet of a model with a codec of its own; implements `RoundTrips` as well."""

    def round_trip(self, video: Video) -> Video:
        """Encode and decode, by one of the copies."""
        result: Video = self._crew.submit(_round_trip, self._text, self._options, video).result()
        return result


def fleet(
    text: str, options: Mapping[str, str], *, copies: int, gpus: float, limit_s: float = LIMIT_S
) -> Fleet | None:
    """So many copies of a model on the cluster; None for one that has to see the scenario, which stays here.

    Args:
        text: the model, as on the command line; every machine must be able to resolve it.
        options: `-m` options.
        copies: actors.
        gpus: accelerators of each; a fraction lets several share one.
        limit_s: seconds after which a request is given to another copy, and then given up.

    Raises:
        WsimError: there is no such model, or the cluster has fewer accelerators.
    """
    refuse_more_than_there_is("GPU", copies * gpus, option="--copies")
    crew = Crew(lambda: RayWorker(cpus=0.0, gpus=gpus), copies, limit_s)
    told = tuple(sorted(options.items()))
    try:
        info, privileged, coded = crew.submit(_described, text, told).result()
    except BaseException:
        crew.close()
        raise
    if privileged:
        crew.close()
        return None
    return (CodedFleet if coded else Fleet)(crew, text, told, info)


@cache
def _resolved(text: str, options: Options) -> Model:
    """The copy of this process, loaded once."""
    from wsim.models.resolve import resolve_model

    return resolve_model(text, dict(options))


def _described(text: str, options: Options) -> tuple[ModelInfo, bool, bool]:
    model = _resolved(text, options)
    return model.info, isinstance(model, Privileged), isinstance(model, RoundTrips)


def _answer(text: str, options: Options, request: Request) -> Any:
    return next(iter(_resolved(text, options).generate([request])))


def _round_trip(text: str, options: Options, video: Video) -> Any:
    model = _resolved(text, options)
    assert isinstance(model, RoundTrips)
    return model.round_trip(video)
