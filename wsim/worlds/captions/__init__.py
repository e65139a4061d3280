"""Captions: worded from the facts of a scene, and read back to them."""

from wsim.worlds.captions.told import LENGTHS, Length, told
from wsim.worlds.captions.wording import captioned, captions_of

__all__ = ["LENGTHS", "Length", "captioned", "captions_of", "told"]
