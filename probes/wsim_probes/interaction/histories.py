"""The histories of a brush and a board: what the board should look like late, and all that it should not."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float32, UInt8
from scipy.ndimage import binary_dilation

from wsim.contracts import ClipFormat
from wsim.perception.alternatives import Alternatives, Variant
from wsim.perception.colour import lab
from wsim.worlds.film import film
from wsim.worlds.scene import Scene, Stroke, Vec2, Violation
from wsim.worlds.take import Take
from wsim_probes.posing import window

WINDOW_S = (1.25, 1.5)
LATEST_S = 0.25
WHOLE = (0.8, 1.2)  # of what the brush still had to draw: where it stops is not settled by the given frames
UNFINISHED = (0.0, 0.3)
FADES = (1.0, 0.75, 0.5, 0.25)
FADES_AT_S = 0.9  # the brush has lifted; nothing touches the paint any more
_PAINTED_LAB = 15.0


@dataclass(frozen=True)
class Board:
    """All that is needed to read a clip.

    Attributes:
        alternatives: the histories; `lawful` is the class that should have happened.
        window: the frames that are read. fps: of the clip.
        bare: the board without brush and paint. painted: with the whole stroke.
        stroke: where the stroke is, or would be.
        around: the board away from the stroke.
    """

    alternatives: Alternatives
    lawful: str
    window: tuple[int, ...]
    fps: float
    bare: UInt8[np.ndarray, "height width 3"]
    painted: UInt8[np.ndarray, "height width 3"]
    stroke: Bool[np.ndarray, "height width"]
    around: Bool[np.ndarray, "height width"]

    def paint_on(
        self, frames: UInt8[np.ndarray, "time height width 3"]
    ) -> Bool[np.ndarray, "time height width"]:
        """Which pixels are nearer to the paint than to the bare board, along the line between the two."""
        stroke = lab(self.painted)[self.stroke].mean(axis=0)
        bare = lab(self.bare)
        axis: Float32[np.ndarray, "height width 3"] = stroke - bare
        along = np.einsum("thwc,hwc->thw", lab(frames) - bare, axis)
        return np.asarray(along > 0.5 * np.einsum("hwc,hwc->hw", axis, axis))


def pose_board(take: Take, touching: Scene, known: int) -> Board:
    """Render all histories of the read-out window.

    Args:
        take: the lawful history, of the touching or of the near-miss twin.
        touching: the twin in which the brush paints.
        known: how many frames were given.
    """
    frames, clip = window(take.clip, *WINDOW_S), take.clip
    bare = _still(_without_brush(touching).replace(strokes=()), clip, frames)
    painted = _still(_without_brush(touching), clip, frames)
    if take.scene.strokes:
        lawful = "kept"
        families = _touching(touching, clip, frames, (known - 1) / clip.fps)
    else:
        lawful = "bare"
        stroke = [variant for share in (1.0, 0.5) for variant in _drawn(touching, clip, frames, 0.0, share)]
        families = {"bare": _late(take.scene, clip, frames), "painted": stroke}
    families["frozen"] = _held(take, frames, known)
    families["behind"] = _behind(take, frames)
    gap = np.linalg.norm(lab(painted[-1]) - lab(bare[-1]), axis=-1)
    stroke_mask = gap > _PAINTED_LAB
    near = binary_dilation(stroke_mask, iterations=max(2, clip.height // 24))
    clean = _without_brush(touching)
    ids = film(clean, _times(frames[-1:], clip), clip.height, clip.width).render.ids
    board = ids[0] == [body.name for body in clean.bodies].index("board")
    return Board(
        alternatives=Alternatives(families, lawful),
        lawful=lawful,
        window=frames,
        fps=clip.fps,
        bare=bare[-1],
        painted=painted[-1],
        stroke=stroke_mask,
        around=board & ~near,
    )


def _without_brush(scene: Scene) -> Scene:
    for body in scene.bodies:
        if body.motion == "rail":
            scene = scene.without_body(body.name)
    return scene


def _touching(
    scene: Scene, clip: ClipFormat, frames: tuple[int, ...], left_s: float
) -> dict[str, list[Variant]]:
    """`nuisance` is seconds late for `kept`, and what is left of the stroke for `faded`."""
    kept = _late(scene, clip, frames)
    kept += [replace(v, nuisance=0.0) for share in WHOLE for v in _drawn(scene, clip, frames, left_s, share)]
    unfinished = [v for share in UNFINISHED for v in _drawn(scene, clip, frames, left_s, share)]
    clean = _without_brush(scene)
    faded = []
    for amount in FADES:
        fades = Violation("mark_fades", FADES_AT_S, "board", amount)
        faded.append(Variant(1.0 - amount, _still(clean.violated(fades), clip, frames)))
    return {"kept": kept, "faded": faded, "unfinished": unfinished}


def _late(scene: Scene, clip: ClipFormat, frames: tuple[int, ...]) -> list[Variant]:
    """The window as it should be, and late by up to LATEST_S: the brush may not have left yet."""
    most = max(1, round(LATEST_S * clip.fps))
    shown = film(scene, _times(range(frames[0] - most, frames[-1] + 1), clip), clip.height, clip.width).rgb
    return [
        Variant(late / clip.fps, shown[most - late : most - late + len(frames)]) for late in range(most + 1)
    ]


def _held(take: Take, frames: tuple[int, ...], known: int) -> list[Variant]:
    """One of the given frames, held; the brush is there. The last one is the plain freeze."""
    stills = [np.repeat(take.film.rgb[k][None], len(frames), axis=0) for k in range(known)]
    return [Variant((known - 1 - k) / take.clip.fps, still) for k, still in enumerate(stills)]


def _behind(take: Take, frames: tuple[int, ...]) -> list[Variant]:
    """An earlier part of the history in its place: the brush is still at work, or at work again."""
    first = max(1, round(LATEST_S * take.clip.fps)) + 1
    while first < frames[0] and not _brush_share(take, frames[0] - first) > 0.3:
        first += 1
    shown = take.film.rgb
    return [
        Variant(late / take.clip.fps, shown[frames[0] - late : frames[-1] + 1 - late])
        for late in range(first, frames[0] + 1)
    ]


def _brush_share(take: Take, frame: int) -> float:
    """Pixels of the brush in a frame over the most it ever covers."""
    brush = [i for i, body in enumerate(take.scene.bodies) if body.motion == "rail"]
    pixels = np.isin(take.film.render.ids, brush).sum(axis=(1, 2))
    return float(pixels[frame] / max(pixels.max(), 1))


def _drawn(
    scene: Scene, clip: ClipFormat, frames: tuple[int, ...], left_s: float, share: float
) -> list[Variant]:
    """The stroke up to a share of what was left to draw at `left_s`; the brush is gone."""
    ends = max(stroke.times_s[-1] for stroke in scene.strokes)
    until = left_s + share * max(ends - left_s, 0.0)
    strokes = tuple(cut for stroke in scene.strokes for cut in _cut(stroke, until))
    if not strokes:
        return []
    partial = _without_brush(scene).replace(strokes=strokes)
    return [Variant(0.0 if share in (0.0, 1.0) else share, _still(partial, clip, frames))]


def _cut(stroke: Stroke, until_s: float) -> tuple[Stroke, ...]:
    """The part drawn by a time, or drawn on in the same direction; nothing when it has not begun."""
    times = np.array(stroke.times_s)
    if until_s <= times[0]:
        return ()
    last = int(np.searchsorted(times, until_s))
    u, v = np.array(stroke.points_m).T
    before = min(last, len(times) - 1) - 1
    share = (until_s - times[before]) / (times[before + 1] - times[before])
    end: Vec2 = (
        float(u[before] + share * (u[before + 1] - u[before])),
        float(v[before] + share * (v[before + 1] - v[before])),
    )
    done = before + 1
    return (
        replace(
            stroke,
            times_s=(*stroke.times_s[:done], float(until_s)),
            points_m=(*stroke.points_m[:done], end),
        ),
    )


def _still(
    scene: Scene, clip: ClipFormat, frames: tuple[int, ...]
) -> UInt8[np.ndarray, "time height width 3"]:
    """A scene in which nothing moves in the window: rendered once."""
    last = film(scene, _times(frames[-1:], clip), clip.height, clip.width).rgb
    return np.repeat(last, len(frames), axis=0)


def _times(frames: Iterable[int], clip: ClipFormat) -> np.ndarray:
    return np.array(list(frames), dtype=np.float64) / clip.fps
