"""Where do keys lead? Views of a world of blocks, compared only where they show what was seen before.

A player who turns comes to see what no given frame has shown, and what is there nobody can know. So every
view knows which of its surfaces were seen in the first frame.

Axis letters: `look` frames that are read, `height` and `width` pixels.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, UInt8

from wsim.contracts import ClipFormat
from wsim.perception.colour import difference, lab, match_exposure
from wsim.perception.soft import soften
from wsim.worlds.derived.flow import optical_flow
from wsim.worlds.film import Film, film
from wsim.worlds.scene import Scene

_BLUR = 0.011  # of the height, for views and clips alike; softer ones by a factor
_SOFTER = 2.0

_Picture = Float32[np.ndarray, "height width 3"]


@dataclass(frozen=True)
class View:
    """What is seen at the end of a history.

    Attributes:
        sharp, soft: LAB, smoothed a little and more.
        known: the pixels that show what the first frame showed.
    """

    sharp: _Picture
    soft: _Picture
    known: Bool[np.ndarray, "height width"]

    def distance(self, picture: _Picture) -> float:
        """Mean difference of a picture from this view where it is known, LAB units."""
        there = match_exposure(picture[self.known], self.sharp[self.known], self.known[self.known])
        return min(float(difference(there, own[self.known]).mean()) for own in (self.sharp, self.soft))


def at_rest(frames: UInt8[np.ndarray, "look height width 3"]) -> _Picture:
    """The mean of frames that should all be the same, as views are kept."""
    return _smoothed(lab(frames).mean(axis=0), _BLUR)


def view(scene: Scene, clip: ClipFormat) -> View:
    """The last frame of a scene, and what of it the first one showed."""
    return view_in(film(scene, clip.times_s()[[0, -1]], clip.height, clip.width), 1)


def view_in(shown: Film, frame: int) -> View:
    """A frame of a film, and what of it the first one showed."""
    sharp = _smoothed(lab(shown.rgb[frame]), _BLUR)
    return View(sharp, _smoothed(sharp, _SOFTER * _BLUR), optical_flow(shown, frame, 0).visible)


def _smoothed(picture: _Picture, share: float) -> _Picture:
    return soften(picture, share * picture.shape[0])
