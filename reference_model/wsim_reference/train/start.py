"""What a run begins with that another one has made: its codec, and its transformer if that goes on."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from torch import nn

from wsim.errors import WsimError
from wsim.worlds.captions.vocabulary import vocabulary as words_of_captions
from wsim_reference import checkpoint
from wsim_reference.checkpoint import Checkpoint
from wsim_reference.config import ModelConfig
from wsim_reference.text import Vocabulary
from wsim_reference.train import own
from wsim_reference.train.data import Clips
from wsim_reference.train.settings import TrainSettings


@dataclass(frozen=True)
class Start:
    """Where a run begins.

    Attributes:
        settings: with the vocabulary, and with all of the model of a checkpoint whose transformer goes on.
        words: of the model.
        given: the checkpoint that something is taken from; None where all is new.
        goes_on: whether its transformer is taken too, or its codec alone.
    """

    settings: TrainSettings
    words: Vocabulary
    given: Checkpoint | None
    goes_on: bool

    @property
    def steps(self) -> int:
        """That the transformer has behind it."""
        return int(self._facts.get("train_step", 0)) if self.goes_on else 0

    @property
    def flops(self) -> float:
        """That these steps took."""
        return float(self._facts.get("train_flops", 0.0)) if self.goes_on else 0.0

    @property
    def _facts(self) -> Mapping[str, Any]:
        return self.given.facts.get("train", {}) if self.given else {}

    def fill(self, autoencoder: nn.Module, transformer: nn.Module) -> None:
        """Put in what is taken."""
        if self.given is None:
            return
        autoencoder.load_state_dict(self.given.autoencoder.state_dict())
        if self.goes_on:
            transformer.load_state_dict(self.given.transformer.state_dict())

    def facts(self, own: Mapping[str, Any]) -> dict[str, Any]:
        """For the model card: what was taken from another run, with what this one has added to it.

        Args:
            own: of this run, with the steps and times of either network.
        """
        if self.given is None:
            return {}
        taken = {
            "digest": self.given.digest,
            "transformer_steps": self.steps,
            "codec_steps": self._facts["autoencoder"]["steps"],
        }
        networks = ("autoencoder", "transformer") if self.goes_on else ("autoencoder",)
        return {"start": taken} | {name: _sum(self._facts[name], own[name]) for name in networks}


def start_of(settings: TrainSettings, clips: Clips) -> Start:
    """Read the checkpoint of `settings.start`, if there is one.

    Raises:
        WsimError: it is no checkpoint, or one of a model of other sizes.
    """
    own_words = settings.own is not None
    given = None if settings.start is None else checkpoint.load(settings.start)
    if given is not None and settings.goes_on:
        words = given.vocabulary
    else:
        words = own.vocabulary_of(clips) if own_words else Vocabulary(words_of_captions())
    model = _with_vocabulary(settings.model, words)
    if given is not None:
        same = given.config.autoencoder == model.autoencoder
        if not same or (settings.goes_on and given.config.transformer != model.transformer):
            raise WsimError(
                "the checkpoint to begin with is of a model of other sizes",
                where=str(settings.start),
                remedy="give --config the name that it was trained with",
            )
        if settings.goes_on:  # its transformer knows latents as they were standardised for it
            model = model.replace(latent_mean=given.config.latent_mean, latent_std=given.config.latent_std)
    return Start(replace(settings, model=model), words, given, given is not None and settings.goes_on)


def _sum(earlier: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Steps and times of one network in two runs."""
    return {**earlier, **{name: earlier[name] + own[name] for name in ("steps", "seconds", "core_seconds")}}


def _with_vocabulary(model: ModelConfig, vocabulary: Vocabulary) -> ModelConfig:
    return model.replace(transformer=replace(model.transformer, vocabulary=vocabulary.size))
