"""A model from somebody's module, with the source of its adapter written into what identifies it.

Otherwise an edited adapter would be answered from the videos of the old one.
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from wsim.contracts import Model, ModelInfo, Privileged, Request, RoundTrips, Scenario
from wsim.video import Video


def stamp(model: Model, *, source: str, options: Mapping[str, str]) -> Model:
    """The same model; its `info` also tells the SHA-256 of its source and the options it was built with."""
    if isinstance(model, Privileged):
        return StampedPrivileged(model, source, options)
    if isinstance(model, RoundTrips):
        return StampedWithCodec(model, source, options)
    return Stamped(model, source, options)


class Stamped:
    """A model that only sees requests."""

    def __init__(self, model: Model, source: str, options: Mapping[str, str]) -> None:
        self._model = model
        self._source = source
        self._options = dict(sorted(options.items()))

    @property
    def info(self) -> ModelInfo:
        """What the model says of itself, and where it comes from."""
        info = self._model.info
        options = {f"-m {key}": value for key, value in self._options.items()}
        return dataclasses.replace(
            info, adapter=f"{info.adapter}+{self._source[:12]}", settings={**info.settings, **options}
        )

    def generate(self, requests: Sequence[Request]) -> Iterator[Video]:
        """Pass the requests on."""
        return self._model.generate(requests)


class StampedWithCodec(Stamped):
    """A model with a codec of its own."""

    def round_trip(self, video: Video) -> Video:
        """Pass the video on."""
        return cast(RoundTrips, self._model).round_trip(video)


class StampedPrivileged(Stamped):
    """A control that sees scenarios."""

    def answer(self, scenarios: Sequence[Scenario]) -> Iterator[Video]:
        """Pass the scenarios on."""
        return cast(Privileged, self._model).answer(scenarios)
