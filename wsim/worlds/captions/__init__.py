"""Captions: worded from the facts of a scene, and read back to them."""

from wsim.worlds.captions.asking import prompted, setting
from wsim.worlds.captions.contrast import KINDS, Kind, swapped
from wsim.worlds.captions.reading import Reading, facts, read_caption
from wsim.worlds.captions.told import LENGTHS, Length, told
from wsim.worlds.captions.vocabulary import vocabulary
from wsim.worlds.captions.wording import captioned, captions_of

__all__ = [
    "KINDS", "LENGTHS", "Kind", "Length", "Reading", "captioned", "captions_of", "facts", "prompted",
    "read_caption", "setting", "swapped", "told", "vocabulary",
]  # fmt: skip
