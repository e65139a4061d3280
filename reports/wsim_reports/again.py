"""The command that makes one clip of a run again, and reads it."""

import shlex
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from wsim.errors import WsimError
from wsim.runs.folder import RunFolder

_PLACES = {"score": 2, "probe": 3}  # of the model among the words of a command that makes a run


def command_of_clip(folder: Path, scenario: str) -> str:
    """`wsim measure RUN --scenario ID --model MODEL`.

    Without its end, which reads the stored video, where the command of the run does not tell the model in its
    usual place, or the model answers scenarios and no requests.
    """
    return shlex.join(["wsim", "measure", str(folder), "--scenario", scenario, *_model_of(folder)])


@lru_cache(maxsize=64)
def _model_of(folder: Path) -> tuple[str, ...]:
    try:
        manifest = RunFolder(folder).manifest
    except WsimError:
        return ()
    return () if manifest.model["privileged"] else model_words(manifest.argv)


def model_words(argv: Sequence[str]) -> tuple[str, ...]:
    """The model and its options in a command line.

    >>> model_words(["wsim", "score", "reference", "--limit", "2", "-m", "steps=8"])
    ('--model', 'reference', '-m', 'steps=8')
    """
    place = _PLACES.get(argv[1], len(argv)) if len(argv) > 1 else len(argv)
    words = argv[2 : place + 1]
    if len(argv) <= place or any(word.startswith("-") for word in words):
        return ()
    options = [pair for pair in pairwise(argv[place + 1 :]) if pair[0] == "-m"]
    return ("--model", argv[place], *(word for pair in options for word in pair))
