"""Controls that put the picture together from all that is given: for what needs no world to be told.

Whatever a photographer does who has several pictures of one place and wants it without the passers-by. They
simulate nothing, and yet they are right where the answer can already be seen in what is given.

Axis letters: `known` context frames, `time` frames of the clip, `height` and `width` pixels.
"""

import numpy as np
from jaxtyping import Bool, Float, Float32

from wsim.contracts import Request
from wsim.models.control import Control, Known, Picture, frames_since, latest, pinned, to_uint8
from wsim.video import Frames

LATELY_S = 0.25
CHANGED = 12  # grey levels of a channel: more than grain and codecs leave, less than what passes by
_MARGIN = 1 / 32  # of the shorter side: antialiased edges and soft shadows go with what they belong to
_MOVING_HEIGHTS_PER_S = 0.075  # slower is an error of the flow
_HOLE_PX = 2  # around a hole, from which it is painted


def plate() -> Control:
    """The temporal median of all that is given: the place without whoever passed through it."""

    def play(request: Request, known: Known) -> Frames:
        return np.repeat(_median(known)[None], request.num_frames, axis=0)

    return Control("plate", play)


def clean() -> Control:
    """The latest given frame; what moved in the quarter second before it is replaced by the median of all."""

    def play(request: Request, known: Known) -> Frames:
        median, at = _median(known), np.array(pinned(request))
        pictures = np.array(known)
        for last in np.unique(latest(request)):
            recent = (at[last] - at[:last]) / request.fps <= LATELY_S + 1e-9
            moved = _moved(known[last], known[:last][recent])
            pictures[last][moved] = median[moved]
        shown: Frames = pictures[latest(request)]
        return shown

    return Control("clean", play)


def carry() -> Control:
    """The latest given frame, every pixel of which goes on as it moved between the last two given ones.

    The motion is DIS optical flow, held constant. What is uncovered is filled with the median of all that is
    given where most of the picture stands still, and painted in from its edges where most of it moves.
    """

    def play(request: Request, known: Known) -> Frames:
        frames: Frames = known[latest(request)]
        median, at, since = _median(known), pinned(request), frames_since(request)
        for last in np.unique(latest(request)):
            if last == 0:
                continue
            step = _motion(known[last - 1], known[last]) / (at[last] - at[last - 1])
            moves = np.linalg.norm(step, axis=-1) * request.fps > _MOVING_HEIGHTS_PER_S * len(median)
            for index in np.flatnonzero((latest(request) == last) & (since > 0)):
                frames[index] = _moved_on(known[last], since[index] * step, moves, median)
        return frames

    return Control("carry", play, uses=("wsim.perception.dense_flow",))


def _median(known: Known) -> Picture:
    return to_uint8(np.median(known, axis=0))


def _moved(last: Picture, before: Known) -> Bool[np.ndarray, "height width"]:
    """Where one of the frames before looks otherwise than the last one, and a margin around."""
    from scipy.ndimage import maximum_filter

    differs = (np.abs(before.astype(np.int16) - last) > CHANGED).any(axis=(0, 3))
    margin = max(1, round(_MARGIN * min(differs.shape)))
    return np.asarray(maximum_filter(differs, 2 * margin + 1))


def _motion(before: Picture, last: Picture) -> Float32[np.ndarray, "height width 2"]:
    """How far every pixel of the last frame has come, (right, down), since the one before."""
    from wsim.perception.dense_flow import dense_flow

    return -dense_flow(last, before)


def _moved_on(
    picture: Picture,
    shift_px: Float[np.ndarray, "height width 2"],
    moves: Bool[np.ndarray, "height width"],
    behind: Picture,
) -> Picture:
    """Every pixel that moves is put down where it has come to, over what stands still."""
    import cv2

    shown = np.where(moves[..., None], behind, picture)
    rows, columns = np.nonzero(moves)
    right, down = np.rint(shift_px[rows, columns]).astype(np.int64).T
    inside = (rows + down >= 0) & (rows + down < moves.shape[0])
    inside &= (columns + right >= 0) & (columns + right < moves.shape[1])
    rows, columns, right, down = rows[inside], columns[inside], right[inside], down[inside]
    shown[rows + down, columns + right] = picture[rows, columns]
    if moves.mean() <= 0.5:
        return shown
    bare = moves.copy()
    bare[rows + down, columns + right] = False
    return np.asarray(cv2.inpaint(shown, bare.astype(np.uint8), _HOLE_PX, cv2.INPAINT_TELEA))
