"""A model from somebody's module, with the source of its adapter written into what identifies it.

Otherwise an edited adapter would be answered from the videos of the old one.
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

from wsim.contracts import Model, ModelInfo, Privileged, Remarks, Request, RoundTrips, WorksAhead
from wsim.video import Video

# The members of all that a model may be besides a model.
_MORE = {
    Privileged: ("answer",),
    RoundTrips: ("round_trip",),
    Remarks: ("remarks",),
    WorksAhead: ("at_once", "expect"),
}


class Stamped:
    """The same model; its `info` also tells the SHA-256 of its source and the options it was built with.

    Whatever else it can do (see codec, scenarios, requests to come), it can do as before.
    """

    def __init__(self, model: Model, *, source: str, options: Mapping[str, str]) -> None:
        self._model = model
        self._source = source
        self._options = dict(sorted(options.items()))
        for protocol, members in _MORE.items():
            for member in members if isinstance(model, protocol) else ():
                setattr(self, member, getattr(model, member))  # protocols look for them on the object itself

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
