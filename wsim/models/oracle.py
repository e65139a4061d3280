"""The oracle: a control that plays what the world knows, lawful or violated. Never a contestant."""

from collections.abc import Iterator, Sequence

from wsim.contracts import Capability, ModelInfo, Request, Scenario
from wsim.errors import WsimError
from wsim.video import Video

VERSION = 1
TRUTH = "truth"
ACCEPTS: frozenset[Capability] = frozenset(
    {"text", "first_frame", "context", "keyframes", "camera", "actions"}
)


class Oracle:
    """Plays one history of every scenario: the lawful one, or an alternative by name.

    It has no digest, so nothing of it is cached: the same request may have two truths.
    """

    def __init__(self, history: str = TRUTH) -> None:
        self.history = history

    @property
    def info(self) -> ModelInfo:
        """The name carries the history, so a violated run cannot be taken for the lawful one."""
        name = "oracle" if self.history == TRUTH else f"oracle:{self.history}"
        return ModelInfo(
            name=name,
            adapter=f"wsim.models.oracle/{VERSION}",
            digest=None,
            accepts=ACCEPTS,
            settings={"history": self.history},
        )

    def answer(self, scenarios: Sequence[Scenario]) -> Iterator[Video]:
        """Play the history of each scenario.

        Raises:
            WsimError: a scenario has no history of that name.
        """
        for scenario in scenarios:
            if self.history == TRUTH:
                yield scenario.truth.video
            elif self.history in scenario.alternatives:
                yield scenario.alternatives[self.history].video
            else:
                known = ", ".join([TRUTH, *sorted(scenario.alternatives)])
                raise WsimError(
                    f"the oracle has no history {self.history!r} to play",
                    where=f"scenario {scenario.id}",
                    remedy=f"its histories are: {known}",
                )

    def generate(self, requests: Sequence[Request]) -> Iterator[Video]:
        """Refuse: a request does not hold the answer.

        Raises:
            WsimError: always, unless there is nothing to answer.
        """
        if requests:
            raise WsimError(
                "the oracle cannot answer a bare request: it plays the truth of a scenario",
                where="Oracle.generate(requests)",
                remedy="call Oracle().answer(scenarios), or score it with `wsim score oracle`",
            )
        return iter(())
