"""What lawful renders look like through the model's own encoder and decoder: the most it could show."""

from dataclasses import dataclass

from wsim.contracts import Json, RoundTrips, digest_of
from wsim.errors import RAISED_ELSEWHERE, ExitCode, WsimError
from wsim.runs.asker import VIDEO_SCHEMA, Asker
from wsim.runs.store import VideoStore
from wsim.video import Video


@dataclass(frozen=True)
class Codec:
    """A model's own encoder and decoder; what it made is stored, so that measuring again needs no model."""

    asker: Asker
    store: VideoStore
    model: RoundTrips | None

    @property
    def identity(self) -> str:
        """What a ceiling through this codec is good for: this codec, these weights, or this run."""
        digest = self.asker.info.codec or self.asker.info.digest
        return digest if digest and self.asker.shared else self.asker.run

    def through(self, video: Video) -> Video:
        """The video, encoded and decoded.

        Raises:
            WsimError: the codec fails, changes length or size, or is needed and not there.
        """
        asked: dict[str, Json] = {
            "schema": VIDEO_SCHEMA,
            "weights": self.identity,
            "adapter": self.asker.info.adapter,
            "settings": {} if self.asker.info.codec else dict(self.asker.info.settings),
            "round_trip": video.digest,
        }
        key = digest_of(asked)
        stored = self.store.get(key)
        if stored is None:
            stored = self._make(video)
            self.store.put(key, stored, asked)
        return stored

    def _make(self, video: Video) -> Video:
        name = self.asker.info.name
        if self.model is None:
            raise WsimError(
                "the ceiling goes through the model's codec, and the worlds have changed since it was made",
                where=f"model {name}",
                remedy="give the original command again, with the model",
            )
        try:
            result: object = self.model.round_trip(video)
        except RAISED_ELSEWHERE as error:
            raise _codec_error(name, f"{type(error).__name__}: {error}") from error
        if not isinstance(result, Video):
            raise _codec_error(name, f"it gave {type(result).__name__}, not a wsim.Video")
        if len(result) != len(video) or result.size != video.size:
            raise _codec_error(name, f"it made {result.frames.shape} of {video.frames.shape}")
        return Video(result.frames, video.fps)


def _codec_error(name: str, problem: str) -> WsimError:
    return WsimError(
        f"the model's codec failed: {problem}",
        where=f"round_trip of model {name}",
        remedy="mend round_trip, or leave it out: the ceiling is then the render itself",
        exit_code=ExitCode.INCOMPLETE,
    )
