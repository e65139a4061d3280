"""The histories of a ball behind a screen: what should come out, and everything that should not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, UInt8

from wsim.contracts import ClipFormat
from wsim.perception.alternatives import Alternatives, Variant
from wsim.worlds.film import film
from wsim.worlds.palette import PALETTE
from wsim.worlds.scene import Rail, Scene
from wsim.worlds.take import Take
from wsim_probes.posing import window

WINDOW_S = (1.2, 1.5)
LATEST_S = 0.25
_STILL_SEEN = 0.1  # visible share below which a frozen ball is as good as gone


@dataclass(frozen=True)
class Question:
    """All that is needed to read a clip.

    Attributes:
        alternatives: the histories. screen: whether the screen is there.
        window: the frames that are read. fps: of the clip.
        background: the scene without the ball.
        corridor: `bool[time height width]`, where a ball that comes out could be.
        lawful: the class that should have happened.
        expected_colour: of the ball that should come out, `empty` when none should.
        frames_out: in how many frames of the window a ball that should come out is half visible.
        expected_boxes: where it should be, (index in the window, x0 y0 x1 y1).
    """

    alternatives: Alternatives
    screen: Alternatives
    window: tuple[int, ...]
    fps: float
    background: UInt8[np.ndarray, "height width 3"]
    corridor: Bool[np.ndarray, "time height width"]
    lawful: str
    expected_colour: str
    frames_out: int
    expected_boxes: tuple[tuple[int, tuple[float, float, float, float]], ...]


def waiting_ball(with_ball: Take) -> tuple[float, Scene]:
    """The middle of the time in which the ball is hidden, and a world in which it waits there until then.

    Nothing is seen to go in, and a ball comes out.
    """
    scene, shown = with_ball.scene, with_ball.film
    ball = _index(scene, "ball")
    hidden = np.flatnonzero(shown.in_view[:, ball] & (shown.visible[:, ball] == 0.0))
    middle_s = float(shown.times_s[hidden].mean()) if len(hidden) else scene.duration_s / 2
    rail = _rail(scene)
    there = tuple(float(np.interp(middle_s, rail.times_s, axis)) for axis in zip(*rail.points_m, strict=True))
    later = [(t, p) for t, p in zip(rail.times_s, rail.points_m, strict=True) if t > middle_s]
    waits = Rail((middle_s, *(t for t, _ in later)), ((there[0], there[1], there[2]), *(p for _, p in later)))
    return middle_s, scene.with_body("ball", rail=waits, position_m=waits.points_m[0])


def pose_question(take: Take, known: int, intruder: Scene | None) -> Question:
    """Render all histories of the read-out window.

    Args:
        take: the lawful history.
        known: how many frames were given.
        intruder: for the empty twin, the world in which a ball comes out all the same.
    """
    frames = window(take.clip, *WINDOW_S)
    scene = take.scene
    bare = scene.without_body("ball") if intruder is None else scene
    background = _frames(bare, take.clip, frames[-1:])
    still = np.repeat(background, len(frames), axis=0)
    if intruder is not None:
        appeared = _rolling(intruder, take.clip, frames, list(PALETTE), background)
        families = {"empty": [Variant(0.0, still)], "appeared": appeared}
        boxes: tuple[tuple[int, tuple[float, float, float, float]], ...] = ()
        lawful, colour, out = "empty", "empty", len(frames) - 1
    else:
        families = _with_ball(take, frames, known, still)
        lawful, colour = "kept", scene.body("ball").colour_name
        boxes, out = _expected(take, frames)
    gone = _frames(bare.without_body("screen"), take.clip, frames[-1:])
    return Question(
        alternatives=Alternatives(families, lawful),
        screen=Alternatives({"there": [Variant(0.0, background)], "gone": [Variant(0.0, gone)]}, "there"),
        window=frames,
        fps=take.clip.fps,
        background=background[0],
        corridor=_corridor(families, background[0]),
        lawful=lawful,
        expected_colour=colour,
        frames_out=out,
        expected_boxes=boxes,
    )


def _corridor(
    families: Mapping[str, Sequence[Variant]], background: UInt8[np.ndarray, "height width 3"]
) -> Bool[np.ndarray, "time height width"]:
    """Wherever a render has a ball that came out, of any colour and early or late."""
    rolling = [v.frames for name in ("kept", "appeared") for v in families.get(name, ())]
    return np.any([np.abs(f.astype(np.int16) - background).max(axis=-1) > 12 for f in rolling], axis=0)


def _with_ball(
    take: Take, frames: tuple[int, ...], known: int, still: UInt8[np.ndarray, "time height width 3"]
) -> dict[str, list[Variant]]:
    scene = take.scene
    own = scene.body("ball").colour_name
    colours = [own, *(name for name in PALETTE if name != own)]
    rolling = _rolling(scene, take.clip, frames, colours, still[:1])
    families = {
        "kept": [variant for variant in rolling if variant.label == own],
        "vanished": [Variant(0.0, still)],
        "recoloured": [variant for variant in rolling if variant.label != own],
    }
    left = take.film.visible[known - 1, _index(scene, "ball")]
    if left > _STILL_SEEN:
        held = np.repeat(take.film.rgb[known - 1][None], len(frames), axis=0)
        families["frozen"] = [Variant(0.0, held)]
    return families


def _rolling(
    scene: Scene,
    clip: ClipFormat,
    frames: tuple[int, ...],
    colours: Sequence[str],
    bare: UInt8[np.ndarray, "1 height width 3"],
) -> list[Variant]:
    """A ball of every colour, early and late by up to LATEST_S, each from one film: the camera stands still.

    Where the first shows the bare scene, neither the ball nor its shadow is seen, whatever its colour.
    """
    most = max(1, round(LATEST_S * clip.fps))
    span = np.arange(frames[0] - most, frames[-1] + most + 1)
    count, seen, variants = len(frames), np.ones(len(span), dtype=bool), []
    for colour in colours:
        shown = np.repeat(bare, len(span), axis=0)
        if seen.any():
            shown[seen] = _frames(_painted(scene, colour), clip, span[seen].tolist())
        seen = (shown != bare).any(axis=(1, 2, 3)) if colour == colours[0] else seen
        variants += [
            Variant(float(late), shown[most - late : most - late + count], abs(late) == most, colour)
            for late in range(-most, most + 1)
        ]
    return variants


def _painted(scene: Scene, name: str) -> Scene:
    if name == scene.body("ball").colour_name:
        return scene
    material = replace(scene.body("ball").material, colour=PALETTE[name])
    return scene.with_body("ball", material=material, colour_name=name)


def _frames(
    scene: Scene, clip: ClipFormat, indices: Sequence[int]
) -> UInt8[np.ndarray, "time height width 3"]:
    times = np.array(indices, dtype=np.float64) / clip.fps
    return film(scene, times, clip.height, clip.width).rgb


def _expected(
    take: Take, frames: tuple[int, ...]
) -> tuple[tuple[tuple[int, tuple[float, float, float, float]], ...], int]:
    """Boxes of the true ball in the window, and in how many frames it is at least half visible."""
    ball = _index(take.scene, "ball")
    boxes = []
    for index, frame in enumerate(frames):
        rows, columns = np.nonzero(take.film.render.ids[frame] == ball)
        if len(rows):
            box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
            boxes.append((index, (float(box[0]), float(box[1]), float(box[2]), float(box[3]))))
    out = int((take.film.visible[list(frames), ball] >= 0.5).sum())
    return tuple(boxes), out


def _rail(scene: Scene) -> Rail:
    rail = scene.body("ball").rail
    if rail is None:
        raise ValueError("the ball of this world does not roll on a rail")
    return rail


def _index(scene: Scene, name: str) -> int:
    return [body.name for body in scene.bodies].index(name)
