"""Every word that a caption can contain."""

import re
from functools import cache

from wsim.worlds.captions import wording
from wsim.worlds.captions.grammar import RELATIONS, plural_verb
from wsim.worlds.captions.nouns import COLOURS, NOUNS, NUMBERS, SIZES
from wsim.worlds.captions.verbs import CAMERA, VERBS, WAYS


@cache
def vocabulary() -> tuple[str, ...]:
    """All words of all captions that can be worded, in alphabetical order; lower case, letters only."""
    phrasings = [phrasing for verb in VERBS.values() for phrasing in verb.phrasings]
    forms = [*wording.EXISTENCE, *wording.RELATION, wording.INVERTED]
    texts = [
        *NOUNS, *NOUNS.values(), *COLOURS, *SIZES, *NUMBERS, *RELATIONS.values(), *WAYS.values(),
        *phrasings, *map(plural_verb, phrasings), *forms, *wording.NOTHING_MOVES, *wording.CAMERA_STILL,
        *(phrase for phrases in CAMERA.values() for phrase in phrases),
        "a an the some another other and with there is are it they the camera",
    ]  # fmt: skip
    words = {word for text in texts for word in re.findall(r"[a-z]+", re.sub(r"\{\w+\}", "", text))}
    return tuple(sorted(words))
