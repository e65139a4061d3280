"""The key of a video: who made it and what was asked, so nobody is shown another's answer.

It covers the digest of the weights, the adapter, the settings and the whole request, never a model's name.
"""

from dataclasses import dataclass

from wsim.contracts import Json, ModelInfo, Scenario, digest_of

VIDEO_SCHEMA = "wsim.video/1"


@dataclass(frozen=True)
class Asker:
    """Who is asked, and within which run: what makes the key of a video.

    Attributes:
        info: the model. Batch size, device and number of jobs are no part of the key.
        privileged: its answers depend on more than the request, so the scenario joins the key.
        run: run id; joins the key unless digest and request say all.
    """

    info: ModelInfo
    privileged: bool
    run: str

    @property
    def shared(self) -> bool:
        """Whether other runs may be given this model's videos: only when the key says all about them."""
        return self.info.digest is not None and not self.privileged

    def describe(self, scenario: Scenario) -> dict[str, Json]:
        """What the video is the answer to, in clear; its SHA-256 is the key."""
        asked: dict[str, Json] = {
            "schema": VIDEO_SCHEMA,
            "weights": self.info.digest,
            "adapter": self.info.adapter,
            "settings": dict(self.info.settings),
            "request": scenario.request.describe(),
        }
        if not self.shared:
            asked["run"] = self.run
        if self.privileged:
            asked["scenario"] = scenario.id
        return asked

    def key(self, scenario: Scenario) -> str:
        """The key under which the answer to a scenario is stored."""
        return digest_of(self.describe(scenario))
